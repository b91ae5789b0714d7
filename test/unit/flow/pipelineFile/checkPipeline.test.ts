import assert from 'node:assert/strict';
import { compile } from '@jmespath-community/jmespath';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Problem } from '../../../../src/base/problem.ts';
import { guardedPlace } from '../../../../src/candidates/guardedPlaces.ts';
import { checkPipeline } from '../../../../src/flow/pipelineFile/checkPipeline.ts';
import type { PipelineChecks } from '../../../../src/flow/pipelineFile/checks.ts';
import { readPrompt } from '../../../../src/prompts/formats/formats.ts';
import { parsePromptFile } from '../../../../src/prompts/parse.ts';
import { promptNames } from '../../../../src/prompts/promptNames.ts';
import { templateNames } from '../../../../src/prompts/rowExpressions.ts';
import { fileOf, literature, markedIn, path, told } from './support.ts';

interface World {
  /** Texts of files by their paths. */
  readonly files?: Readonly<Record<string, string>>;
  readonly programs?: readonly string[];
  readonly services?: readonly string[];
  readonly columns?: readonly string[];
}

function checksOf({ files = {}, programs = [], ...known }: World): PipelineChecks {
  return {
    templateNames,
    selectProblem: (expression) => {
      try {
        compile(expression);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
    promptNames: (prompt, names) => {
      const read =
        prompt.kind === 'file'
          ? readPrompt(prompt.path, files[prompt.path] ?? '')
          : parsePromptFile('inline.prompt.md', prompt.text);
      return Promise.resolve(read.ok ? promptNames(read.value, names) : read);
    },
    hasFile: (path) => Promise.resolve(Object.hasOwn(files, path)),
    guardedPlace,
    hasProgram: (program) => Promise.resolve(programs.includes(program)),
    ...known,
  };
}

async function found(
  text: string,
  world: World = {},
): Promise<{ problems: string[]; hints: string[]; marked: string[] }> {
  const { problems, hints } = await checkPipeline(fileOf(text), checksOf(world));
  const sources: Readonly<Record<string, string>> = { ...world.files, [path]: text };
  const line = (problem: Problem): string => told(problem).replace(/^(\d+):\d+/, '$1');
  return {
    problems: problems.map((problem) => (problem.file === path ? '' : `${problem.file}:`) + line(problem)),
    hints: hints.map(line),
    marked: [...problems, ...hints].map((problem) => markedIn(sources[problem.file] ?? '', problem)),
  };
}

/** Stages that say something each, one a line. */
function pipeline(source: string, ...stages: readonly string[]): string {
  return [source === '' ? '' : `source: ${source}`, 'stages:', ...stages.map((stage) => `  - { ${stage} }`), ''].join(
    '\n',
  );
}

const rows = '{ rows: [{ word: tea, level: 1 }] }';
const ocr = 'module: ocr';

describe('what a pipeline refers to', () => {
  it('is all there in the file of the design, but for what the table has of records that were gathered', async () => {
    const files = {
      'references.prompt.md': 'List them: {{ text.text }}',
      'chapters.prompt.md': '{% for r in records %}{{ r.title }}{% endfor %}',
    };
    const { problems, hints, marked } = await found(literature, { files, services: ['openalex'] });
    assert.deepEqual(problems, []);
    const lost = (name: string): string =>
      `A column of "table" stays empty: it reads "${name}", which is no more in the record since the stage "chapters" gathers: read it in "records".`;
    assert.deepEqual(hints, [`23: ${lost('title')}`, `23: ${lost('metadata')}`, `23: ${lost('download')}`]);
    assert.deepEqual(marked, ['title', 'metadata.doi', 'download.file']);
  });

  it('is a stage that comes before', async () => {
    const text = pipeline(
      rows,
      'name: one, module: ocr, with: { a: "{{ two.text }}" }',
      'name: two, command: [cat], stdin: "{{ two.text }} {{ one.text }}"',
      'name: three, each: three.items, module: ocr',
      'name: four, each: five.items, key: "{{ five.x }}", module: ocr',
      'name: five, module: ocr',
    );
    const { problems, marked } = await found(text, { programs: ['cat'] });
    const later = (key: string, stage: string, name: string): string =>
      `"${key}" of the stage "${stage}" reads the stage "${name}", which comes later: move that one up, or read another name.`;
    const itself = (key: string, stage: string): string =>
      `"${key}" of the stage "${stage}" reads what the stage itself adds: it can read only what comes before it.`;
    assert.deepEqual(problems, [
      `3: ${later('with.a', 'one', 'two')}`,
      `4: ${itself('stdin', 'two')}`,
      `5: ${itself('each', 'three')}`,
      `6: ${later('each', 'four', 'five')}`,
      `6: ${later('key', 'four', 'five')}`,
    ]);
    assert.deepEqual(marked, ['two', 'two', 'three.items', 'five.items', 'five']);
  });

  it('is a column of the source, where they are known', async () => {
    const text = pipeline(
      rows,
      `name: one, when: wrod, ${ocr}`,
      `name: two, output: "{{ one.text }}/{{ colour }}", ${ocr}`,
    );
    const { problems, marked } = await found(text);
    assert.deepEqual(problems, [
      '3: "when" of the stage "one" reads "wrod", which the source does not have: write "word" if that is meant; there are "word" and "level".',
      '4: "output" of the stage "two" reads "colour", which the source does not have: correct the name; there are "one", "word" and "level".',
    ]);
    assert.deepEqual(marked, ['wrod', 'colour']);
    const data = text.replace(rows, '{ data: words.csv }');
    const files = { 'words.csv': '' };
    assert.deepEqual((await found(data, { files })).problems, []);
    assert.equal((await found(data, { files, columns: ['word'] })).problems.length, 2);
    assert.equal((await found(data, { files, columns: ['wrod', 'colour'] })).problems.length, 0);
  });

  it('is what files and single values have', async () => {
    const stage = `name: one, with: { a: "{{ file.path }}", b: "{{ value }}" }, ${ocr}`;
    const [first, ...others] = (await found(pipeline('{ files: "*.png" }', stage))).problems;
    assert.match(first ?? '', /"with\.b" of the stage "one" reads "value", which the source does not have/);
    assert.deepEqual(others, []);
    const [second] = (await found(pipeline('{ rows: [1, 2] }', stage))).problems;
    assert.match(second ?? '', /"with\.a" of the stage "one" reads "file"/);
  });

  it('may be missing where the template says so', async () => {
    const text = pipeline(
      rows,
      `name: one, when: "{{ doi | default: title }}", ${ocr}`,
      `name: two, when: "{{ two | default: 1 }}", ${ocr}`,
    );
    assert.deepEqual((await found(text)).problems, [
      '3: "when" of the stage "one" reads "title", which the source does not have: correct the name; there are "word" and "level".',
      '4: "when" of the stage "two" reads what the stage itself adds: it can read only what comes before it.',
    ]);
  });

  it('is nothing where a pipeline has no source and no stage before', async () => {
    const text = pipeline('', `name: one, when: a, ${ocr}`, `name: two, when: a, ${ocr}`);
    assert.deepEqual((await found(text)).problems, [
      '3: "when" of the stage "one" reads "a", but there is nothing in the record yet: give the pipeline a "source".',
      '4: "when" of the stage "two" reads "a", which no stage before adds: correct the name; there is "one".',
    ]);
  });

  it('may be any name behind an each, but for stages that come later', async () => {
    const text = pipeline(
      rows,
      `name: one, ${ocr}`,
      `name: two, each: one.items, key: title, when: anything.at_all, output: "{{ key }}-{{ index }}.txt", ${ocr}`,
      `name: three, when: four, ${ocr}`,
      `name: four, ${ocr}`,
    );
    const { problems } = await found(text);
    assert.deepEqual(problems, [
      '5: "when" of the stage "three" reads the stage "four", which comes later: move that one up, or read another name.',
    ]);
  });

  it('is only what a gather leaves, behind it', async () => {
    const text = pipeline(
      rows,
      `name: one, ${ocr}`,
      `name: two, gather: { by: "{{ word }}{{ one.text }}{{ colour }}" }, with: { a: "{{ word }}", b: "{{ records[0].word }}{{ group }}{{ missing.size }}" }, ${ocr}`,
      `name: three, when: one.text, output: "{{ two.text }}", ${ocr}`,
      `name: four, each: records, when: "{{ word }}{{ one.text }}", ${ocr}`,
    );
    const lost = (key: string, stage: string, name: string): string =>
      `"${key}" of the stage "${stage}" reads "${name}", which is no more in the record since the stage "two" gathers: read it in "records".`;
    const { problems, marked } = await found(text);
    assert.deepEqual(problems, [
      '4: "gather.by" of the stage "two" reads "colour", which the source does not have: correct the name; there are "one", "word" and "level".',
      `4: ${lost('with.a', 'two', 'word')}`,
      `5: ${lost('when', 'three', 'one')}`,
    ]);
    assert.deepEqual(marked, ['colour', 'word', 'one']);
  });

  it('is a template that Liquid can read', async () => {
    const text = pipeline(
      rows,
      `name: one, when: "{{ word", output: "{{ word | upper }}.txt", ${ocr}`,
      `name: two, key: a b, each: one.items, ${ocr}`,
    );
    const { problems } = await found(text);
    assert.equal(problems.length, 3);
    assert.match(
      problems[0] ?? '',
      /^3: "when" of the stage "one" cannot be read, because a "\{\{" is not closed by "\}\}": correct it\.$/,
    );
    assert.match(
      problems[1] ?? '',
      /^3: "output" of the stage "one" cannot be read, because there is no filter "upper" here, but .*: correct it\.$/,
    );
    assert.match(problems[2] ?? '', /^4: "key" of the stage "two" cannot be read, because .*: correct it\.$/);
  });

  it('is JMESPath that can be read', async () => {
    const text = pipeline(
      '',
      'name: one, http: { url: "https://a.test", select: "results[", paging: { next: "a.[", items: data } }',
    );
    const { problems, marked } = await found(text);
    assert.equal(problems.length, 2);
    assert.match(
      problems[0] ?? '',
      /^3: "http\.select" of the stage "one" is no JMESPath \([^:]*[^.]*\): correct it\.$/,
    );
    assert.match(problems[1] ?? '', /"http\.paging\.next" of the stage "one" is no JMESPath/);
    assert.deepEqual(marked, ['"results["', '"a.["']);
  });

  it('is looked for in all parts of a stage', async () => {
    const text = pipeline(
      rows,
      'name: one, http: { url: "https://a.test/{{ a }}", query: { q: "{{ b }}" }, headers: { x: "{{ c }}" }, body: { list: [{ deep: "{{ d }}" }] } }',
      'name: two, command: [cat, "{{ e }}"], stdin: "{{ f }}"',
      'name: three, command: "cat {{ g }}", shell: true',
      'name: four, module: ocr, with: { list: ["{{ h }}"] }',
    );
    const { problems } = await found(text, { programs: ['cat'] });
    const keys = problems.map((problem) => /"([\w.]+)" of the stage/.exec(problem)?.[1]);
    assert.deepEqual(keys, [
      ...[
        'http.url',
        'http.query.q',
        'http.headers.x',
        'http.body.list.0.deep',
        'command.1',
        'stdin',
        'command',
        'with.list.0',
      ],
    ]);
  });

  it('is a file, a program and a service that are there', async () => {
    const text = pipeline(
      '{ data: words.csv }',
      'name: one, prompt: one.prompt.md',
      'name: two, prompt: { file: two.prompt.md }, service: opnai',
      'name: three, module: ./three.mjs',
      'name: four, command: [pandoc, -t, plain], service: none',
    );
    const { problems, marked } = await found(text, { services: ['openai', 'local'] });
    assert.deepEqual(problems, [
      '1: The file "words.csv" is not there: correct its path.',
      '3: The prompt file "one.prompt.md" of the stage "one" is not there: correct its path.',
      '4: The prompt file "two.prompt.md" of the stage "two" is not there: correct its path.',
      '4: The stage "two" asks for the service "opnai", which is not there: write "openai" if that is meant, or add it to your settings; there are "openai" and "local".',
      '5: The module "./three.mjs" of the stage "three" is not there: correct its path.',
      '6: The program "pandoc" of the stage "four" is not on the PATH: install it, or correct its name.',
      '6: The stage "four" asks for the service "none", which is not there: add it to your settings; there are "openai" and "local".',
    ]);
    assert.deepEqual(marked, ['words.csv', 'one.prompt.md', 'two.prompt.md', 'opnai', './three.mjs', 'pandoc', 'none']);
    const files = { 'words.csv': '', 'one.prompt.md': 'x', 'two.prompt.md': 'x', './three.mjs': '' };
    const all = { files, programs: ['pandoc'], services: ['opnai', 'none'] };
    assert.deepEqual((await found(text, all)).problems, []);
  });

  it('is what the prompts of its stages ask for, in their own files too', async () => {
    const prompt =
      '---\ninputs: { tone: warm }\n---\nuser: Write about {{ word }} and {{ card.front }}, {{ tone }}.\n\n{% if level %}{{ colour }}{% endif %}\n';
    const text = pipeline(
      rows,
      'name: one, prompt: one.prompt.md',
      'name: card, prompt: "Say {{ one.text }} in {{ langauge }}."',
    );
    const { problems, marked } = await found(text, { files: { 'one.prompt.md': prompt } });
    assert.deepEqual(problems, [
      '4: The prompt of the stage "card" reads "langauge", which the source does not have: correct the name; there are "one", "word" and "level".',
      'one.prompt.md:4: The prompt of the stage "one" reads the stage "card", which comes later: move that one up, or read another name.',
      'one.prompt.md:6: The prompt of the stage "one" reads "colour", which the source does not have: correct the name; there are "word" and "level".',
    ]);
    assert.deepEqual(marked, ['langauge', 'card', 'colour']);
  });

  it('is told in the lines of a prompt within the pipeline', async () => {
    const text = [
      'stages:',
      '  - name: one',
      '    module: ocr',
      '  - name: two',
      '    prompt: |',
      '      system: You translate.',
      '      user: {{ one.text }}',
      '        {{ on.text }} and {{ three }}',
      '  - name: three',
      '    prompt: { text: "Say {% if %} it." }',
      '',
    ].join('\n');
    const { problems, marked } = await found(text);
    assert.equal(problems.length, 3);
    assert.match(
      problems[0] ?? '',
      /^8: The prompt of the stage "two" reads "on", which no stage before adds: write "one"/,
    );
    assert.match(problems[1] ?? '', /^8: The prompt of the stage "two" reads the stage "three", which comes later/);
    assert.match(problems[2] ?? '', /^10: In the prompt of the stage "three": /);
    assert.deepEqual(marked.slice(0, 2), ['on', 'three']);
  });

  it('is hidden by a stage of the same name, which is a hint', async () => {
    const text = pipeline(rows, `name: word, with: { a: "{{ word }}" }, ${ocr}`);
    assert.deepEqual(await found(text), {
      problems: [],
      hints: [
        '3: The stage "word" takes the place of the column "word" in the record: give it another name to keep both.',
      ],
      marked: ['word'],
    });
  });

  it('is what the columns of the table have, or a hint', async () => {
    const table = 'table: { file: a.csv, columns: [word, key, state, problem, one.text, colour] }\n';
    const { problems, hints, marked } = await found(pipeline(rows, `name: one, ${ocr}`) + table);
    assert.deepEqual(problems, []);
    assert.deepEqual(hints, [
      '4: A column of "table" stays empty: it reads "colour", which the source does not have: correct the name; there are "one", "word" and "level".',
    ]);
    assert.deepEqual(marked, ['colour']);
  });

  it('is checked soon and without a throw, whatever is in the templates', async () => {
    const template = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc
        .array(
          fc.constantFrom('{{', '}}', ' one.text ', 'x', '"', "'", '|', '{%', '%}', '[0]', '-', '\n', 'two', '\\'),
          { maxLength: 12 },
        )
        .map((pieces) => pieces.join('')),
    );
    await fc.assert(
      fc.asyncProperty(template, template, async (first, second) => {
        const stages = [
          { name: 'one', module: 'ocr', with: { a: first, b: [second] } },
          { name: 'two', command: ['cat', first], stdin: second },
          { name: 'three', prompt: { text: `x ${first}` } },
        ];
        const text = stringify({ source: { rows: [{ x: 1 }] }, stages });
        const { problems } = await checkPipeline(fileOf(text), checksOf({ programs: ['cat'] }));
        const lines = text.split('\n');
        for (const problem of problems) {
          told(problem);
          assert.ok((problem.line ?? 0) >= 1 && (problem.line ?? 0) <= lines.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is told of once for the first of very many', async () => {
    const stage = `name: one, module: ocr, with: [${'"{{ a }} {{ b }}", '.repeat(5_000)}]`
      .replace('with: [', 'with: { a: [')
      .concat(' }');
    const { problems } = await found(pipeline(rows, stage));
    assert.equal(problems.length, 51);
    assert.match(problems.at(-1) ?? '', /There are 9,950 more problems: correct these first\.$/);
  });
});

describe('what a pipeline writes', () => {
  it('replaces nothing that the pipeline reads or runs itself', async () => {
    const stages = `source: { data: words.csv }
stages:
  - { name: one, prompt: one.prompt.md, output: ./ONE.prompt.md }
  - { name: two, module: ./two.mjs, output: two.mjs }
  - { name: three, command: [./three.sh], output: three.sh }
  - { name: four, ${ocr}, output: book.pipeline.yml }
table: { file: Words.csv }
deliver: [{ markdown: one.prompt.md }, { jsonl: words.jsonl }, { markdown: "{{ key }}.md" }]
`;
    const files = { 'words.csv': 'word\nx', 'one.prompt.md': 'x', './two.mjs': '' };
    const { problems, marked } = await found(stages, { files, programs: ['./three.sh'] });
    assert.deepEqual(problems, [
      '3: "output" of the stage "one": "./ONE.prompt.md" would replace the prompt file of the stage "one": give it another name.',
      '4: "output" of the stage "two": "two.mjs" would replace the module of the stage "two": give it another name.',
      '5: "output" of the stage "three": "three.sh" would replace the program of the stage "three": give it another name.',
      '6: "output" of the stage "four": "book.pipeline.yml" would replace the pipeline file itself: give it another name.',
      '7: The table "Words.csv" would replace the data that the pipeline reads: give it another name.',
      '8: Delivery 1: "one.prompt.md" would replace the prompt file of the stage "one": give it another name.',
    ]);
    assert.deepEqual(marked.slice(-2), ['Words.csv', 'one.prompt.md']);
  });

  it('does not come to lie where programs run or read, whatever the records say', async () => {
    const { problems } = await found(`stages:
  - { name: one, ${ocr}, output: ".git/hooks/{{ key }}" }
  - { name: two, ${ocr}, output: "out/{{ key }}/.git" }
table: { file: .vscode/table.csv }
deliver: [{ html: "node_modules/{{ key }}.html" }, { markdown: AGENTS.md }, { html: "site/{{ key }}.html" }]
`);
    const because = 'which programs run or read as configuration: choose another place.';
    assert.deepEqual(problems, [
      `2: "output" of the stage "one": ".git/hooks/{{ key }}" leads to ".git", ${because}`,
      `4: The table ".vscode/table.csv" leads to ".vscode", ${because}`,
      `5: Delivery 1: "node_modules/{{ key }}.html" leads to "node_modules", ${because}`,
      `5: Delivery 2: "AGENTS.md" leads to "AGENTS.md", ${because}`,
    ]);
  });

  it('is told where a program that is named by its path is not there', async () => {
    const { problems } = await found(`stages: [{ name: one, command: [./no.sh] }]\n`);
    assert.deepEqual(problems, [
      '1: The program "./no.sh" of the stage "one" is not there, or may not be run: correct its path.',
    ]);
  });
});
