import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parsePromptFile } from '../../../src/prompts/parse.ts';
import type { PromptFile } from '../../../src/prompts/promptFile.ts';
import { parse, path, problemIn, problemsOf } from './support.ts';

function withSettings(...lines: string[]): string {
  return ['---', ...lines, '---', 'Write a tagline.', ''].join('\n');
}

function inBlock(...lines: string[]): string {
  return withSettings('candidates:', ...lines.map((line) => `  ${line}`));
}

function hintsIn(text: string): string[] {
  return parse(text).hints.map(({ line, message }) => {
    assert.match(message, /^[^\n]+\.$/);
    return `${line ?? '?'}: ${message}`;
  });
}

describe('the settings of a prompt file', () => {
  const read: readonly (readonly [string, Partial<PromptFile>])[] = [
    ['data: products.csv', { data: { source: { kind: 'file', path: 'products.csv' }, line: 3 } }],
    ['data: ./a/b.csv', { data: { source: { kind: 'file', path: 'a/b.csv' }, line: 3 } }],
    ['data: "notes/**/*.txt"', { data: { source: { kind: 'files', pattern: 'notes/**/*.txt' }, line: 3 } }],
    ['data: "{a,b}.csv"', { data: { source: { kind: 'files', pattern: '{a,b}.csv' }, line: 3 } }],
    ['data: [{ a: 1 }, x]', { data: { source: { kind: 'rows', rows: [{ a: 1 }, 'x'] }, line: 3 } }],
    ['data: { rows: [1] }', { data: { source: { kind: 'rows', rows: [1] }, line: 3 } }],
    ['data: { file: "a[1].csv" }', { data: { source: { kind: 'file', path: 'a[1].csv' }, line: 3 } }],
    [
      'data: { files: "*.md", key: "{{ file.name }}", filter: a > 1, limit: 3, sample: 2, encoding: Latin-1, delimiter: ";" }',
      {
        data: {
          source: { kind: 'files', pattern: '*.md' },
          key: '{{ file.name }}',
          filter: 'a > 1',
          limit: 3,
          sample: 2,
          encoding: 'latin1',
          delimiter: ';',
          line: 3,
        },
      },
    ],
    [
      "data: { file: a.tsv, delimiter: '\\t' }",
      { data: { source: { kind: 'file', path: 'a.tsv' }, delimiter: '\t', line: 3 } },
    ],
    ['schema: product.schema.json', { schema: { kind: 'file', path: 'product.schema.json', line: 3 } }],
    ['schema: { type: object }', { schema: { kind: 'inline', schema: { type: 'object' }, line: 3 } }],
    ['attach: "{{ photo }}"', { attach: [{ template: '{{ photo }}', line: 3 }] }],
    ['vary: { angle: [price, 2], tone: [warm] }', { vary: { angle: ['price', 2], tone: ['warm'] } }],
    ['diversity: verbalized', { diversity: { verbalized: 5 } }],
    ['diversity: { verbalized: 8 }', { diversity: { verbalized: 8 } }],
    ['table: out/results.csv', { table: { path: 'out/results.csv', line: 3 } }],
    ['table: { file: a.jsonl, columns: [b, c, b] }', { table: { path: 'a.jsonl', columns: ['b', 'c'], line: 3 } }],
    [
      'budget: { requests: 200, tokens: 500000, cost: 2.50 }',
      { budget: { requests: 200, tokens: 500_000, cost: 2.5 } },
    ],
    ['budget: { cost: 0.01 }', { budget: { cost: 0.01 } }],
  ];
  for (const [line, expected] of read) {
    it(`are read from ${line}`, () => {
      const prompt = parse(inBlock(line));
      for (const [name, value] of Object.entries(expected)) {
        assert.deepEqual(prompt[name as keyof PromptFile], value);
      }
      assert.deepEqual(prompt.hints, []);
    });
  }

  it('name the column that names the prompt file of each row', () => {
    assert.equal(parse(inBlock('promptBy: type', 'data: a.csv')).promptBy, 'type');
  });

  it('know the line of each attachment', () => {
    const { attach } = parse(inBlock('attach:', '  - a.png', '  - "{{ b }}"'));
    assert.deepEqual(attach, [
      { template: 'a.png', line: 4 },
      { template: '{{ b }}', line: 5 },
    ]);
  });

  it('are absent where they are empty', () => {
    const names = ['data', 'promptBy', 'schema', 'attach', 'vary', 'diversity', 'table', 'budget'] as const;
    const prompt = parse(inBlock(...names.map((name) => `${name}:`)));
    for (const name of names) assert.ok(!(name in prompt), name);
  });

  const source = '"candidates.data" must have one of "file", "files" and "rows": say where its rows come from.';
  const wrong: readonly (readonly [string, string])[] = [
    ['data: 5', '3: "candidates.data" must be a path, a list of rows or a block that names its file, not 5.'],
    ['data: []', '3: "candidates.data" has no rows: put at least one into the list.'],
    ['data: " "', '3: "candidates.data" must be a text that is not empty, not "".'],
    ['data: { key: a }', `3: ${source}`],
    ['data: { file: a.csv, rows: [1] }', `3: ${source}`],
    ['data: { file: a.csv, limit: 0 }', '3: "candidates.data.limit" must be a whole number of 1 or more, not 0.'],
    ['data: { file: a.csv, sample: 1.5 }', '3: "candidates.data.sample" must be a whole number of 1 or more, not 1.5.'],
    ['data: { file: a.csv, filter: true }', '3: "candidates.data.filter" must be a text that is not empty, not true.'],
    [
      'data: { file: a.csv, encoding: klingon }',
      '3: "candidates.data.encoding" must be the name of an encoding, such as utf-8 or latin1, not "klingon".',
    ],
    [
      'data: { file: a.csv, delimiter: ab }',
      '3: "candidates.data.delimiter" must be one character, such as ";" or "\\t", that is neither a quote nor a line break, not "ab".',
    ],
    ['promptBy: [a]', '3: "candidates.promptBy" must be a text that is not empty, not a list.'],
    ['promptBy: type', '3: "candidates.promptBy" names a column of the data: add "candidates.data".'],
    [
      'budget: { money: 5 }',
      '3: "candidates.budget" needs one of "requests", "tokens" and "cost": say what may be spent.',
    ],
    ['schema: 4', '3: "candidates.schema" must be the path of a JSON Schema or the schema itself as a block, not 4.'],
    ['attach: [a, 4]', '3: "candidates.attach" must be a text or a list of texts, none of them empty, not a list.'],
    ['vary: { tone: [] }', '3: "candidates.vary.tone" must be a list of values such as "[warm, dry]", not a list.'],
    [
      'diversity: more',
      '3: "candidates.diversity" must be "verbalized", or a block such as "{ verbalized: 5 }", not "more".',
    ],
    [
      'diversity: { verbalized: 1 }',
      '3: "candidates.diversity.verbalized" must be a whole number from 2 to 20, not 1.',
    ],
    [
      'diversity: { of: 3 }',
      '3: "candidates.diversity" must have "verbalized": say how many are asked for in one call.',
    ],
    ['table: a.xlsx', '3: "candidates.table" must be a path that ends in .csv or .jsonl: name the file so.'],
    [
      'table: .git/a.csv',
      '3: "candidates.table" leads to ".git", which programs run or read as configuration: choose another name.',
    ],
    ['table: { columns: [a] }', '3: "candidates.table" must have a "file" that ends in .csv or .jsonl: name it.'],
    ['budget: { cost: 0 }', '3: "candidates.budget.cost" must be a number above 0, not 0.'],
    ['budget: { cost: .inf }', '3: "candidates.budget.cost" must be a number above 0, not Infinity.'],
    ['budget: { requests: -1 }', '3: "candidates.budget.requests" must be a whole number of 1 or more, not -1.'],
    ['budget: 5', '3: "candidates.budget" must be a block of "name: value" lines, indented below it, not 5.'],
  ];
  for (const [line, problem] of wrong) {
    it(`are told as wrong in ${line}`, () => assert.equal(problemIn(inBlock(line)), problem));
  }

  const places: readonly (readonly [string, (value: string) => string])[] = [
    ['data', (value) => `data: ${value}`],
    ['data.file', (value) => `data: { file: ${value} }`],
    ['data.files', (value) => `data: { files: ${value} }`],
    ['schema', (value) => `schema: ${value}`],
    ['attach', (value) => `attach: [a.png, ${value}]`],
    ['table', (value) => `table: ${value}`],
    ['table.file', (value) => `table: { file: ${value} }`],
  ];
  const leadingOut: readonly (readonly [string, RegExp])[] = [
    ['../a.csv', /must stay below the folder of the prompt file: leave out "\.\."/],
    ['a/../../b.csv', /must stay below/],
    ['a\\.. \\b.csv', /must stay below/],
    ['/etc/a.csv', /must be relative to the prompt file/],
    ['~/a.csv', /must be relative/],
    ['C:\\a.csv', /must be relative/],
    ['\\\\host\\a.csv', /must be relative/],
    ['https://x.org/a.csv', /must be relative/],
    [`${'a'.repeat(1_000)}.csv`, /has more than 1,000 characters/],
    ['a\0b.csv', /has a zero character/],
  ];
  for (const [name, line] of places) {
    it(`keep the path of ${name} within the folder of the prompt file`, () => {
      for (const [value, expected] of leadingOut) {
        const told = problemIn(inBlock(line(JSON.stringify(value))));
        assert.match(told, expected);
        assert.ok(told.startsWith(`3: "candidates.${name}" `), told);
      }
    });
  }

  it('may not hide ".." in a pattern', () => {
    for (const pattern of ['{../a,b}/*.csv', '{a,..}/*.csv', '+(..)/*', '@(a|..)/*']) {
      assert.match(problemIn(inBlock(`data: ${JSON.stringify(pattern)}`)), /must stay below/, pattern);
    }
  });

  it('tell of unknown keys inside blocks', () => {
    assert.deepEqual(
      hintsIn(
        inBlock(
          'data: { file: a.csv, fliter: x }',
          'table: { file: a.csv, cols: [a] }',
          'budget: { requests: 1, money: 3 }',
        ),
      ),
      [
        '3: "candidates.data.fliter" is not known and left alone: use file, files, rows, key, filter, limit, sample, encoding or delimiter.',
        '4: "candidates.table.cols" is not known and left alone: use file or columns.',
        '5: "candidates.budget.money" is not known and left alone: use requests, tokens or cost.',
      ],
    );
  });

  it('count hints that nobody would read', () => {
    const keys = Array.from({ length: 9_000 }, (_, index) => `k${index}: 1`);
    const { hints } = parse(inBlock(...keys));
    assert.equal(hints.length, 51);
    assert.equal(hints[50]?.message, 'There are 8,950 more hints: look at these first.');
  });

  for (const [settings, models, hint] of [
    [['model: GPT-5 mini (copilot)'], [], '2: "GPT-5 mini (copilot)" is a name of the editor\'s models'],
    [['model: [Claude Sonnet 4.5 (Preview), gpt-5]'], ['gpt-5'], '2: "Claude Sonnet 4.5 (Preview)" is a name'],
    [['candidates:', '  models: [a, B (copilot)]'], ['a'], '3: "B (copilot)" is a name'],
    [['candidates:', '  model: B (copilot)'], [], '3: "B (copilot)" is a name'],
  ] as const) {
    it(`take no name of the editor's models for one of a service: ${settings.join(' ')}`, () => {
      const text = withSettings(...settings);
      assert.deepEqual(parse(text).models, models);
      const hints = hintsIn(text);
      assert.equal(hints.length, 1);
      assert.ok(hints[0]?.startsWith(hint), hints[0]);
      assert.ok(hints[0]?.endsWith(models.length > 0 ? ': the others count.' : ': the default model is used.'));
    });
  }

  it('take names of models with brackets and no space as they are', () => {
    assert.deepEqual(parse(withSettings('model: llama(q4)')).models, ['llama(q4)']);
  });

  it('note what is said of inputs', () => {
    const { inputs, inputNotes } = parse(`---
inputs:
  product: Coffee
  brand: { default: Morrow, description: Who sells it, type: string }
  tone: { choices: [warm, dry, 5, warm], required: false }
  topic:
---
Hello`);
    assert.deepEqual(inputs, { product: 'Coffee', brand: 'Morrow' });
    assert.deepEqual(inputNotes, {
      brand: { description: 'Who sells it', type: 'string' },
      tone: { choices: ['warm', 'dry', '5'], required: false },
      topic: {},
    });
  });

  it('are told as they must be, or are what their types say, whatever stands there', () => {
    const key = fc.constantFrom(
      ...['data', 'promptBy', 'schema', 'attach', 'vary', 'diversity', 'table', 'budget', 'models', 'output', 'file'],
      ...['files', 'rows', 'key', 'limit', 'delimiter', 'columns', 'requests', 'cost', '__proto__', 'constructor'],
    );
    const leaf = fc.oneof(
      fc.constantFrom(
        'a.csv',
        '../a.csv',
        '*',
        '',
        'x (copilot)',
        'verbalized',
        'a.jsonl',
        '{{ a }}',
        null,
        true,
        0,
        3,
      ),
      fc.string(),
      fc.double(),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 6 }), (candidates) => {
        const result = parsePromptFile(path, `---\n${stringify({ candidates })}---\nbody`);
        if (!result.ok) {
          for (const { line } of problemsOf(result)) assert.ok(line !== undefined && line >= 1);
          return;
        }
        const { data, attach, vary, table, budget, models, diversity } = result.value;
        assert.ok(
          attach === undefined || (attach.length > 0 && attach.every(({ template }) => template.trim() !== '')),
        );
        assert.ok(vary === undefined || Object.values(vary).every((values) => values.length > 0));
        assert.ok(table === undefined || /\.(?:csv|jsonl)$/i.test(table.path));
        assert.ok(budget === undefined || Object.values(budget).every((most) => (most as number) > 0));
        assert.ok(models.every((model) => typeof model === 'string' && model.trim() !== ''));
        assert.ok(diversity === undefined || (diversity.verbalized >= 2 && diversity.verbalized <= 20));
        assert.ok(data?.source.kind !== 'file' || !data.source.path.split(/[/\\]/).includes('..'));
      }),
      { numRuns: 500 },
    );
  });
});
