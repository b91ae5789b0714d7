import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkSchema } from '../../../src/candidates/structured/checkSchema.ts';
import { inspectAttachment } from '../../../src/prompts/attachments.ts';
import { diagnose } from '../../../src/prompts/diagnose.ts';
import { formatOf } from '../../../src/prompts/formats/formatNames.ts';
import { readPrompt } from '../../../src/prompts/formats/formats.ts';
import { fillTemplate } from '../../../src/prompts/promptTemplate.ts';
import { firstRowOf } from '../../../src/runs/plan/firstRow.ts';
import { DataFiles } from '../../../src/storage/dataFiles.ts';
import { parsePromptFile } from '../../../src/prompts/parse.ts';
import { useScratchFolder } from '../../support/scratch.ts';

const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'media/templates/prompts');
const offered = readFileSync(join(root, 'src/editor/promptTemplates.ts'), 'utf8');

function filesIn(template: string): string[] {
  const entries = readdirSync(join(folder, template), { recursive: true, withFileTypes: true });
  return entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
}

describe('templates of prompts', () => {
  const scratch = useScratchFolder();
  const templates = readdirSync(folder);

  it('are those that are offered', () => {
    const named = [...offered.matchAll(/folder: '(\w+)'/g)].map(([, name]) => name!);
    assert.deepEqual(named.sort(), [...templates].sort());
  });

  for (const template of templates) {
    it(`are right from the start: ${template}`, async () => {
      // Any name that a person may give.
      const name = "it's #1, (new) & $&";
      const created = scratch();
      for (const file of filesIn(template)) {
        const target = join(created, fillTemplate(file.slice(join(folder, template).length + 1), name).text);
        mkdirSync(dirname(target), { recursive: true });
        const bytes = readFileSync(file);
        writeFileSync(target, file.endsWith('.png') ? bytes : fillTemplate(bytes.toString(), name).text);
      }
      const prompts = filesIn(template).filter((file) => formatOf(file) !== undefined);
      assert.equal(prompts.length, 1);
      const raw = readFileSync(prompts[0]!, 'utf8');
      const { text, start } = fillTemplate(raw, name);
      assert.ok(start && start.to > start.from, 'the person is told where to write');
      assert.ok(!/__\w+__/.test(text));
      const path = fillTemplate(prompts[0]!.slice(join(folder, template).length + 1), name).text;
      const read = readPrompt(path, text);
      assert.ok(read.ok, JSON.stringify(read));
      const { data, schema, attach, inputs, references } = read.value;
      const row = data && (await firstRowOf(data, path, new DataFiles(created, created)));
      assert.equal(row !== undefined, data !== undefined);
      assert.deepEqual(diagnose(path, text, [...Object.keys(inputs), ...Object.keys(row ?? {})]), {
        problems: [],
        hints: [],
      });
      if (schema?.kind === 'file') {
        const parsed: unknown = JSON.parse(readFileSync(join(created, schema.path), 'utf8'));
        assert.deepEqual(checkSchema(parsed), []);
      }
      if (attach) {
        assert.deepEqual(attach[0]?.template, '{{ image }}');
        const picture = readFileSync(join(created, String(row?.image)));
        assert.equal(inspectAttachment(picture)?.mediaType, 'image/png');
      }
      for (const reference of references ?? []) assert.ok(existsSync(join(created, dirname(path), reference.path)));
    });
  }
});

interface Snippet {
  readonly prefix: string | readonly string[];
  readonly description: string;
  readonly body: string | readonly string[];
}

describe('snippets of prompts', () => {
  const snippets = Object.entries(
    JSON.parse(readFileSync(join(root, 'media/snippets/prompt.json'), 'utf8')) as Readonly<Record<string, Snippet>>,
  );

  /** What is there before the person changes anything. */
  function textOf({ body }: Snippet): string {
    let text = [body]
      .flat()
      .join('\n')
      .replace(/\\([$}])/g, (_, sign: string) => (sign === '$' ? '\u0001' : '\u0002'));
    for (let before = ''; before !== text;) {
      before = text;
      text = text.replace(/\$\{\d+:([^${}]*(?:\{\{[^{}]*)?)\}/g, '$1').replace(/\$\{\d+\|([^,|]*)[^|]*\|\}/g, '$1');
    }
    return text.replace(/\$\w+/g, '').replaceAll('\u0001', '$').replaceAll('\u0002', '}');
  }

  for (const [name, snippet] of snippets) {
    it(`make a prompt that can be read: ${name}`, () => {
      assert.match(snippet.description, /^[A-Z][^\n]+$/);
      const text = textOf(snippet);
      const isSetting = snippet.description.startsWith('In the block candidates');
      const matter = `candidates:\n  ${text.replaceAll('\n', '\n  ')}`;
      const whole = isSetting
        ? `---\n${matter}\n---\nHi {{ angle }}\n`
        : text.startsWith('---')
          ? `${text}Write about {{ product }}.\n`
          : text;
      const read = parsePromptFile('a.prompt.md', whole);
      assert.ok(read.ok, `${whole}\n${JSON.stringify(read)}`);
      assert.deepEqual(read.value.hints, []);
      const names = ['product', 'items', 'tone', 'angle'];
      assert.deepEqual(diagnose('a.prompt.md', whole, names), { problems: [], hints: [] });
    });
  }
});
