import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Row } from '../../../../src/model/row.ts';
import { planItems } from '../../../../src/prompts/items.ts';
import { parsePromptFile } from '../../../../src/prompts/parse.ts';
import type { PromptFile } from '../../../../src/prompts/promptFile.ts';
import type { NumberingMode } from '../../../../src/runs/plan/existingModes.ts';
import { CandidateNumbering } from '../../../../src/runs/plan/candidateNumbering.ts';
import { DiskFiles } from '../../../../src/storage/diskFiles.ts';
import { useScratchFolder } from '../../../support/scratch.ts';

const scratch = useScratchFolder();

function prompt(path: string, output: string | undefined, rows: readonly string[], count = 1): PromptFile {
  const front = `candidates:\n  count: ${count}\n${output === undefined ? '' : `  output: ${output}\n`}`;
  const parsed = parsePromptFile(path, `---\n${front}---\nHi`);
  assert.ok(parsed.ok);
  return { ...parsed.value, rows: rows.map((key): Row => ({ key, label: key, values: { key, type: 'all' } })) };
}

function write(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(scratch(), path)), { recursive: true });
    writeFileSync(join(scratch(), path), 'a text');
  }
}

/** `folder/series number` of each item, `there` for those that are, or what is wrong. */
async function placesOf(
  prompts: readonly PromptFile[],
  existing: NumberingMode = 'add',
  options: { readonly out?: string } = {},
): Promise<readonly string[]> {
  const planned = planItems(prompts, { defaultModel: 'demo', defaultPriority: 5 });
  assert.ok(planned.ok);
  const numbering = new CandidateNumbering({ root: scratch(), files: new DiskFiles(), existing, ...options });
  const places: string[] = [];
  for (const item of planned.value) {
    const numbered = await numbering.of(item);
    if (numbered.kind === 'there') places.push('there');
    else if (numbered.problem !== undefined) places.push(numbered.problem);
    else {
      const folder = numbered.output.folder.slice(scratch().length + 1);
      places.push(`${folder === '' ? '' : `${folder}/`}${numbered.output.series} ${numbered.number}`);
    }
  }
  return places;
}

describe('the numbers of candidates', () => {
  it('continue after what is there, in each row for itself', async () => {
    write('candidates/a/tea/04.md', 'candidates/a/tea/notes.txt');
    assert.deepEqual(await placesOf([prompt('a.prompt.md', undefined, ['tea', 'mug'], 2)]), [
      'candidates/a/tea/*.md 5',
      'candidates/a/tea/*.md 6',
      'candidates/a/mug/*.md 1',
      'candidates/a/mug/*.md 2',
    ]);
  });

  it('are shared by rows that the pattern does not tell apart', async () => {
    assert.deepEqual(await placesOf([prompt('a.prompt.md', 'out/${row.type}.md', ['tea', 'mug'])]), [
      'out/all*.md 1',
      'out/all*.md 2',
    ]);
  });

  it('are shared by prompt files of different folders whose candidates meet in one', async () => {
    const prompts = [
      prompt('a.prompt.md', 'sub/out/${index}.md', ['tea']),
      prompt('sub/b.prompt.md', 'out/${index}.md', ['tea']),
    ];
    assert.deepEqual(await placesOf(prompts), ['sub/out/*.md 1', 'sub/out/*.md 2']);
  });

  it('fill gaps where only what lacks is made', async () => {
    write('candidates/a/tea/02.md');
    assert.deepEqual(await placesOf([prompt('a.prompt.md', undefined, ['tea', 'mug'], 3)], 'missing'), [
      'candidates/a/tea/*.md 1',
      'there',
      'candidates/a/tea/*.md 3',
      'candidates/a/mug/*.md 1',
      'candidates/a/mug/*.md 2',
      'candidates/a/mug/*.md 3',
    ]);
  });

  it('begin anew where candidates are replaced', async () => {
    write('candidates/a/tea/02.md');
    assert.deepEqual(await placesOf([prompt('a.prompt.md', undefined, ['tea'])], 'replace'), [
      'candidates/a/tea/*.md 1',
    ]);
  });

  it('are none in places that programs read, seen from the folder that all stays inside', async () => {
    mkdirSync(join(scratch(), '.github'));
    const [told] = await placesOf([prompt('.github/a.prompt.md', 'workflows/${row}.md', ['tea'])]);
    assert.match(told ?? '', /"\.github\/workflows"/);
  });

  it('are those of a folder that is given instead', async () => {
    write('elsewhere/a/tea/07.md');
    const out = join(scratch(), 'elsewhere');
    assert.deepEqual(await placesOf([prompt('sub/a.prompt.md', undefined, ['tea'])], 'add', { out }), [
      'elsewhere/a/tea/*.md 8',
    ]);
  });
});
