import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Validator, type Schema } from '@cfworker/json-schema';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { formats, type FormatName } from '../../../../src/prompts/formats/formatNames.ts';
import { readPrompt } from '../../../../src/prompts/formats/formats.ts';
import { candidateKeys } from '../../../../src/prompts/help/candidateKeys.ts';
import { formatKeys } from '../../../../src/prompts/help/formatKeys.ts';
import { frontMatterSchema, schemaFormats } from '../../../../src/prompts/help/jsonSchema.ts';
import { keyAt, type Key, type KeyTable } from '../../../../src/prompts/help/key.ts';
import { promptFileOf } from '../../../../src/prompts/parse.ts';
import type { PromptFile, Result } from '../../../../src/prompts/promptFile.ts';
import { schemaText, schemaUrl } from '../../../support/writeSchemas.ts';

const root = new URL('../../../../', import.meta.url);
const docs = readFileSync(new URL('docs/formats.md', root), 'utf8');
const readme = readFileSync(new URL('README.md', root), 'utf8');

const paths: Readonly<Record<FormatName, string>> = {
  prompt: 'a.prompt.md',
  skill: 'a/SKILL.md',
  prompty: 'a.prompty',
  github: 'a.prompt.yml',
  text: 'a.md',
};

/** A file with one setting, and what its format cannot do without. */
function textWith(format: FormatName, settings: object): string {
  if (format !== 'github') return `---\n${stringify(settings)}---\nuser: Hi\n`;
  return stringify({ messages: [{ role: 'user', content: 'Hi' }], ...settings });
}

function read(format: FormatName, settings: object): Result<PromptFile> {
  return readPrompt(paths[format], textWith(format, settings), format);
}

/** What a reader makes of a file, without what every change of the text changes. */
function meaningOf(result: Result<PromptFile>): unknown {
  if (!result.ok) return result;
  return { ...result.value, hash: '', hints: [], messages: result.value.messages.map(({ template }) => template) };
}

const validators = new Map(
  schemaFormats.map((format) => [format, new Validator(frontMatterSchema(format) as Schema, '7', false)]),
);

function isValid(format: (typeof schemaFormats)[number], settings: object): boolean {
  const more = format === 'github' ? { messages: [{ role: 'user', content: 'Hi' }] } : {};
  return validators.get(format)!.validate({ ...more, ...settings }).valid;
}

/** Every key that a reader asks for, as paths. */
function askedKeys(): Set<string> {
  const asked = new Set<string>();
  const recording = (path: string, blocks: Readonly<Record<string, object>>): object =>
    new Proxy(blocks, {
      getOwnPropertyDescriptor(target, key) {
        asked.add(`${path}${String(key)}`);
        return Reflect.getOwnPropertyDescriptor(target, key);
      },
    });
  const candidates = recording('candidates.', {
    data: recording('candidates.data.', {}),
    budget: recording('candidates.budget.', {}),
  });
  promptFileOf('a.prompt.md', '', {
    settings: { values: recording('', { candidates }) as Readonly<Record<string, unknown>>, lineOf: () => 1 },
    messages: [{ role: 'user', template: 'Hi', line: 1 }],
    textLine: 1,
    actionLine: 1,
  });
  return asked;
}

/** Names in code of the first cells of the tables of a part of a document. */
function firstCells(part: string): string[] {
  const rows = part.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

function partOf(document: string, title: string): string {
  const start = document.indexOf(`\n## ${title}\n`);
  assert.notEqual(start, -1, title);
  const end = document.indexOf('\n## ', start + 4);
  return document.slice(start, end === -1 ? undefined : end);
}

describe('what is known of keys of the front matter', () => {
  it('is of every key that the reader asks for, and of no other under candidates', () => {
    const asked = askedKeys();
    const known = (path: string): boolean => keyAt(formatKeys.prompt, path.split('.')) !== undefined;
    assert.ok(asked.size > 60, 'keys are found at all');
    assert.deepEqual(
      [...asked].filter((path) => !known(path)),
      [],
    );
    const inside = (table: KeyTable, path: string): string[] => Object.keys(table).map((name) => `${path}${name}`);
    const { data, budget } = candidateKeys;
    const told = [
      ...inside(candidateKeys, 'candidates.'),
      ...inside(data!.keys as KeyTable, 'candidates.data.'),
      ...inside(budget!.keys as KeyTable, 'candidates.budget.'),
    ];
    // The reader asks for these only where nothing else stops it.
    const late = ['candidates.diversity', 'candidates.table'];
    assert.deepEqual(
      told.filter((path) => !asked.has(path) && !late.includes(path)),
      [],
    );
  });

  for (const format of formats.map(({ name }) => name)) {
    for (const [name, key] of Object.entries(formatKeys[format])) {
      const settings = (): object => ({ [name]: parse(key.example) as unknown });
      it(`has an example of "${name}" that ${format} takes${key.isLeftAlone ? ' and leaves alone' : ''}`, () => {
        const result = read(format, settings());
        assert.ok(result.ok, JSON.stringify(result));
        if (format !== 'text') assert.ok(isValid(format, settings()));
        if (key.isLeftAlone) {
          assert.deepEqual(meaningOf(result), meaningOf(read(format, {})));
          return;
        }
        // One says nothing without the other.
        const rest = {
          responseFormat: { jsonSchema: { type: 'object' } },
          jsonSchema: { responseFormat: 'json_schema' },
        };
        const more = name === 'responseFormat' || name === 'jsonSchema' ? rest[name] : {};
        assert.notDeepEqual(meaningOf(read(format, { ...settings(), ...more })), meaningOf(read(format, {})));
      });
    }
  }

  for (const [name, key] of Object.entries(candidateKeys)) {
    it(`has an example and values of "candidates.${name}" that are taken`, () => {
      for (const yaml of [key.example, ...(key.values ?? [])]) {
        const data = name === 'promptBy' ? { data: 'a.csv' } : {};
        const settings = { candidates: { ...data, [name]: parse(yaml) as unknown } };
        const result = read('prompt', settings);
        assert.ok(result.ok, JSON.stringify(result));
        assert.ok(isValid('prompt', settings));
        assert.equal(result.value.hints.length > 0, key.isLeftAlone === true, JSON.stringify(result.value.hints));
      }
    });
  }

  it('allows exactly the values that the reader takes', () => {
    const value = fc.oneof(
      fc.integer({ min: -3, max: 1200 }),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -3, max: 12 }),
      fc.boolean(),
      fc.constantFrom('', ' ', 'low', 'a.csv', '../a.csv', '/a', 'C:/a', 'a/../b', '~x', ' ..', ';', 'a..b'),
      fc.array(fc.constantFrom<unknown>('a', '', 3, {}), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', '50', 'requests'), fc.constantFrom<unknown>(1, -200, 'x', [1], [], {}), {
        maxKeys: 2,
      }),
    );
    // What is in a block counts elsewhere, and what a pattern of paths may be is no matter of shape.
    const names = Object.keys(candidateKeys).filter((name) => !['output', 'target', 'budget', 'data'].includes(name));
    fc.assert(
      fc.property(fc.constantFrom(...names), value, (name, given) => {
        const data = name === 'promptBy' ? { data: 'a.csv' } : {};
        const settings = { candidates: { ...data, [name]: given } };
        assert.equal(read('prompt', settings).ok, isValid('prompt', settings), `${name}: ${JSON.stringify(given)}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('is written down for other editors', () => {
    for (const format of schemaFormats) {
      assert.equal(readFileSync(schemaUrl(format), 'utf8'), schemaText(format), 'run: npm run schemas');
    }
  });

  it('is one sentence or more, of what can be shown as text', () => {
    const all = (table: KeyTable, seen = new Set<unknown>()): Key[] =>
      Object.values(table).flatMap((key) => {
        if (seen.has(key)) return [];
        seen.add(key);
        const { keys, entries, named } = key;
        const inside = [keys, entries, named].filter((each) => each !== undefined);
        return [key, ...inside.flatMap((each) => all(typeof each === 'function' ? each() : each, seen))];
      });
    const keys = schemaFormats.flatMap((format) => all(formatKeys[format]));
    assert.ok(keys.length > 150);
    for (const { description } of keys) assert.match(description, /^[A-Zj][^\n`*<>]+\.$/);
  });
});

describe('the documentation of keys', () => {
  for (const [format, title] of [
    ['prompt', '`*.prompt.md`'],
    ['prompty', '`*.prompty`'],
    ['github', '`*.prompt.yml`'],
  ] as const) {
    it(`has the keys of ${title} and no others`, () => {
      const named = firstCells(partOf(docs, title)).filter((name) => !name.startsWith('${'));
      const unknown = named.filter((name) => !keyAt(formatKeys[format], name.split('.')));
      assert.deepEqual(unknown, []);
      const top = Object.keys(formatKeys[format]).filter(
        (name) =>
          name !== 'candidates' && !(format === 'prompt' && Object.hasOwn(candidateKeys, name) && name !== 'model'),
      );
      assert.deepEqual(
        top.filter((name) => !named.includes(name)),
        [],
      );
    });
  }

  it('has the keys of the block candidates and no others', () => {
    const named = firstCells(partOf(docs, 'The block `candidates`'));
    assert.deepEqual(
      named.filter((name) => !Object.hasOwn(candidateKeys, name)),
      [],
    );
    const parameters = firstCells(readme).filter((name) => Object.hasOwn(formatKeys.prompt, name));
    const told = [...named, ...parameters];
    assert.deepEqual(
      Object.keys(candidateKeys).filter((name) => !told.includes(name)),
      [],
    );
  });

  it('of the README names only keys that there are', () => {
    const named = firstCells(partOf(readme, 'Prompt files'));
    assert.ok(named.length > 25);
    assert.deepEqual(
      named.filter((name) => !keyAt(formatKeys.prompt, name.split('.'))),
      [],
    );
  });
});
