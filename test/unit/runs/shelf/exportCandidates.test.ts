import assert from 'node:assert/strict';
import { readPrompt } from '../../../../src/prompts/formats/formats.ts';
import { rate } from '../../../../src/runs/shelf/decide.ts';
import { exportCandidates, type ExportedPrompt } from '../../../../src/runs/shelf/exportCandidates.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { failure, ShelfBench, value } from './support.ts';

describe('exporting candidates', () => {
  const scratch = useScratchFolder();
  let bench: ShelfBench;

  /** The prompt file as it is now. */
  function prompt(text: string): ExportedPrompt {
    bench.put('a.prompt.md', text);
    const read = readPrompt('a.prompt.md', text);
    return read.ok ? { chosen: bench.prompt, file: read.value } : assert.fail(read.problems[0]?.message);
  }
  async function rated(path: string, rating: 1 | 5): Promise<void> {
    value(await rate([await bench.candidate(path)], rating, bench.choosing));
  }
  const pairs = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly prompt: readonly { readonly content: string }[] });

  beforeEach(() => {
    bench = new ShelfBench(scratch());
  });

  it('pairs candidates with the messages that they were made of', async () => {
    const exported = prompt('Write about {{ subject }}, {{ angle }}.\n');
    for (const [row, angle] of [
      ['x', 'short'],
      ['y', 'long'],
    ] as const) {
      const variables = { subject: row, angle };
      const made = { row, variables, prompt: { path: 'a.prompt.md', hash: exported.file.hash } };
      bench.generated({ '01.md': `One of ${row}.\n`, '02.md': `Two of ${row}.\n` }, `candidates/a/${row}`, made);
      await rated(`candidates/a/${row}/01.md`, 1);
      await rated(`candidates/a/${row}/02.md`, 5);
    }
    const { text, notes } = value(await exportCandidates([exported], 'dpo', bench.choosing));
    assert.deepEqual(
      pairs(text).map((pair) => pair.prompt[0]?.content),
      ['Write about x, short.', 'Write about y, long.'],
    );
    assert.deepEqual(notes, []);
  });

  it('says which candidates are left out, and which were made before the prompt was changed', async () => {
    bench.generated({ '01.md': 'One.\n', '02.md': 'Two.\n' }, 'candidates/a', { variables: { subject: 'tea' } });
    bench.put('candidates/a/03.md', 'By hand.\n');
    await rated('candidates/a/01.md', 1);
    await rated('candidates/a/02.md', 5);
    await rated('candidates/a/03.md', 1);
    const exported = prompt('Write more about {{ subject }}.\n');
    const { text, notes } = value(await exportCandidates([exported], 'dpo', bench.choosing));
    assert.equal(pairs(text).length, 1);
    assert.deepEqual(notes, [
      "Candidates of a.prompt.md that are left out, because nobody knows its variables' values for them: 1.",
      'Candidates that were made before a.prompt.md was changed: 2. Their pairs have it as it is now.',
    ]);
  });

  it('refuses where there is nothing to export', async () => {
    const exported = prompt('Write.\n');
    for (const format of ['csv', 'jsonl', 'md'] as const) {
      assert.match(
        failure(await exportCandidates([exported], format, bench.choosing)),
        /^There are no candidates of a:/,
      );
    }
    bench.generated({ '01.md': 'One.\n', '02.md': 'Two.\n' });
    assert.match(failure(await exportCandidates([exported], 'dpo', bench.choosing)), /^Nobody has picked or rated/);
    await rated('candidates/a/01.md', 1);
    assert.match(failure(await exportCandidates([exported], 'dpo', bench.choosing)), /^There is no pair among/);
  });
});
