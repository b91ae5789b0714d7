import assert from 'node:assert/strict';
import { readPipelineText } from '../../../../src/flow/pipelineFile/parsePipeline.ts';
import type { StageDefinition } from '../../../../src/flow/pipeline.ts';
import { fileOf, hintsIn, literature, markedIn, path, problemsIn, stageWith } from './support.ts';

function stageOf(...lines: readonly string[]): StageDefinition {
  const [stage] = fileOf(stageWith(...lines)).pipeline.stages;
  return stage ?? assert.fail('there is a stage');
}

const common = { name: 'text', line: 2, input: { kind: 'pass' }, otherwise: 'fail', priority: 5 } as const;
const module = 'module: ocr';

describe('a pipeline file', () => {
  it('says what the one of the design says', () => {
    const { pipeline, hints } = fileOf(literature);
    const stage = { otherwise: 'fail', priority: 5 };
    const pass = { kind: 'pass' };
    const plainHttp = { method: 'GET', query: {}, headers: {}, allowPrivate: false };
    assert.deepEqual(hints, []);
    assert.deepEqual(pipeline, {
      description: 'PDFs to a bibliography with its papers',
      source: {
        data: { source: { kind: 'files', pattern: 'pdfs/**/*.pdf' }, line: 3 },
        order: 'newest',
        watch: true,
      },
      stages: [
        { ...stage, kind: 'module', name: 'text', line: 5, input: pass, workers: 4, module: 'pdf-text', with: {} },
        {
          ...stage,
          kind: 'prompt',
          name: 'references',
          line: 8,
          input: pass,
          prompt: { kind: 'file', path: 'references.prompt.md' },
        },
        {
          kind: 'http',
          name: 'metadata',
          line: 10,
          input: { kind: 'expand', list: 'references.items', key: '{{ doi | default: title }}' },
          service: 'openalex',
          otherwise: 'keep',
          priority: 5,
          http: {
            ...plainHttp,
            url: 'https://api.openalex.org/works',
            query: { search: '{{ title }}' },
            select: 'results[0]',
          },
        },
        {
          ...stage,
          kind: 'http',
          name: 'download',
          line: 16,
          input: pass,
          when: '{{ metadata.open_access.is_oa }}',
          output: 'downloads/{{ key }}.pdf',
          http: { ...plainHttp, url: '{{ metadata.open_access.oa_url }}', accept: 'application/pdf' },
        },
        {
          ...stage,
          kind: 'prompt',
          name: 'chapters',
          line: 20,
          input: { kind: 'gather', by: '{{ book }}', size: 10, require: 'any' },
          prompt: { kind: 'file', path: 'chapters.prompt.md' },
        },
      ],
      table: { path: 'bibliography.csv', columns: ['title', 'metadata.doi', 'download.file'], line: 23 },
      deliver: [{ kind: 'bibtex', path: 'bibliography.bib', options: {}, line: 24 }],
    });
  });

  it('may do without all but stages', () => {
    const { pipeline } = fileOf(stageWith(module));
    assert.deepEqual(pipeline, {
      source: { order: 'oldest', watch: false },
      stages: [{ ...common, kind: 'module', module: 'ocr', with: {} }],
      deliver: [],
    });
  });

  it('is the same with a byte order mark and with lines of Windows', () => {
    const windows = `\ufeff${literature.replaceAll('\n', '\r\n')}`;
    assert.deepEqual(fileOf(windows).pipeline, fileOf(literature).pipeline);
    const text = stageWith(module, 'workers: many');
    assert.deepEqual(problemsIn(`\ufeff${text.replaceAll('\n', '\r\n')}`), problemsIn(text));
  });

  it('has durations and sizes as numbers and with units', () => {
    const durations = {
      30: 30_000,
      0.5: 500,
      '"30s"': 30_000,
      '2m': 120_000,
      '1 h': 3_600_000,
      '250ms': 250,
      '5 MIN': 300_000,
    };
    for (const [written, ms] of Object.entries(durations)) {
      assert.equal(stageOf(module, `timeout: ${written}`).timeoutMs, ms, written);
    }
    const sizes = { 1000: 1000, '20 MB': 20_000_000, '"1.5 kB"': 1500, '1GiB': 1024 ** 3, '5 b': 5 };
    for (const [written, bytes] of Object.entries(sizes)) {
      const stage = stageOf(`http: { url: "https://a.test/", maxBytes: ${written} }`);
      assert.equal(stage.kind === 'http' && stage.http.mostBytes, bytes, written);
    }
  });

  it('reads expressions without braces as templates', () => {
    const stage = stageOf('each: "{{ a.b }}"', 'key: doi', 'when: is_open and not old', module);
    assert.deepEqual(stage.input, { kind: 'expand', list: 'a.b', key: '{{ doi }}' });
    assert.equal(stage.when, '{{ is_open and not old }}');
    assert.equal(stageOf('when: false', module).when, '{{ false }}');
    assert.deepEqual(stageOf('gather: { by: book, require: all, order: position }', module).input, {
      kind: 'gather',
      by: '{{ book }}',
      require: 'all',
    });
    assert.deepEqual(stageOf('gather: {}', module).input, { kind: 'gather', require: 'any' });
  });

  it('has all settings of a stage', () => {
    const stage = stageOf(
      'module: ./stages/clean.mjs',
      'with: { language: eng, deep: [1, { x: "{{ a }}" }] }',
      'workers: 8',
      'queue: 100',
      'service: " slow "',
      'retry: { attempts: 5, base: 2s }',
      'timeout: 60',
      'otherwise: keep',
      'output: "pages/{{ key }}/{{ index }}.txt"',
      'priority: 0',
    );
    assert.deepEqual(stage, {
      ...common,
      kind: 'module',
      module: './stages/clean.mjs',
      with: { language: 'eng', deep: [1, { x: '{{ a }}' }] },
      workers: 8,
      queue: 100,
      service: 'slow',
      retry: { attempts: 5, baseMs: 2000 },
      timeoutMs: 60_000,
      otherwise: 'keep',
      output: 'pages/{{ key }}/{{ index }}.txt',
      priority: 0,
    });
    assert.deepEqual(stageOf(module, 'retry: 2').retry, { attempts: 2, baseMs: 1000 });
  });

  it('tells prompt files and prompts apart', () => {
    const promptOf = (...lines: readonly string[]): unknown => {
      const stage = stageOf(...lines);
      return stage.kind === 'prompt' ? stage.prompt : undefined;
    };
    const files = [
      'a.prompt.md',
      'my prompts/a.prompt.md',
      'a.prompty',
      'x/a.prompt.yml',
      'skills/x/SKILL.md',
      'a.txt',
    ];
    for (const file of files) assert.deepEqual(promptOf(`prompt: ${file}`), { kind: 'file', path: file });
    const texts = ['Summarise README.md', '{{ text.text }}', 'Say it in one word.'];
    for (const text of texts) {
      assert.deepEqual(promptOf(`prompt: ${JSON.stringify(text)}`), { kind: 'inline', text });
    }
    assert.deepEqual(promptOf('prompt: |', '  system: You translate.', '  user: "{{ word }}"'), {
      kind: 'inline',
      text: 'system: You translate.\nuser: "{{ word }}"\n',
    });
    assert.deepEqual(promptOf('prompt: { text: x }'), { kind: 'inline', text: 'x' });
    assert.deepEqual(promptOf('prompt: { file: prompts/any }'), { kind: 'file', path: 'prompts/any' });
  });

  it('has prompts with a count and models', () => {
    const stage = stageOf('prompt: a.prompt.md', 'count: 3', 'models: [a, local/b, a]');
    assert.ok(stage.kind === 'prompt');
    assert.deepEqual([stage.count, stage.models], [3, ['a', 'local/b']]);
    const one = stageOf('prompt: a.prompt.md', 'model: a');
    assert.deepEqual(one.kind === 'prompt' && one.models, ['a']);
  });

  it('has commands as a list, and as a line for a shell', () => {
    const listed = stageOf(
      'command: [tesseract, "{{ file.path }}", "-", -l, 3]',
      'stdin: "{{ text.text }}"',
      'result: json',
    );
    assert.deepEqual(listed, {
      ...common,
      kind: 'command',
      command: { kind: 'program', arguments: ['tesseract', '{{ file.path }}', '-', '-l', '3'] },
      stdin: '{{ text.text }}',
      result: 'json',
    });
    const line = stageOf('command: "cat {{ file.path }} | wc"', 'shell: true');
    assert.deepEqual(line.kind === 'command' && line.command, { kind: 'shell', line: 'cat {{ file.path }} | wc' });
  });

  it('has requests with all that they take', () => {
    const stage = stageOf(
      'http:',
      '  url: "http://localhost:8080/{{ doi }}"',
      '  query: { rows: 5, exact: true }',
      '  headers: { accept-language: de }',
      '  body: { text: "{{ a }}" }',
      '  select: "message.items[0]"',
      '  accept: Application/PDF',
      '  paging: { next: meta.cursor, parameter: cursor, items: results, pages: 3 }',
      '  allowPrivate: true',
    );
    assert.deepEqual(stage.kind === 'http' && stage.http, {
      method: 'POST',
      url: 'http://localhost:8080/{{ doi }}',
      query: { rows: '5', exact: 'true' },
      headers: { 'accept-language': 'de' },
      body: { text: '{{ a }}' },
      select: 'message.items[0]',
      accept: 'application/pdf',
      paging: { next: 'meta.cursor', parameter: 'cursor', items: 'results', mostPages: 3 },
      allowPrivate: true,
    });
    const paged = stageOf('http: { url: "https://a.test", paging: { next: links.next, items: data } }');
    assert.deepEqual(paged.kind === 'http' && paged.http.paging, { next: 'links.next', items: 'data', mostPages: 10 });
  });

  it('has sources of all kinds', () => {
    const sourceOf = (source: string): unknown => fileOf(`source: ${source}\n${stageWith(module)}`).pipeline.source;
    const plain = { order: 'oldest', watch: false };
    assert.deepEqual(
      sourceOf('{ data: words.csv, key: sku, filter: "a > 1", limit: 2, encoding: latin1, delimiter: ";" }'),
      {
        ...plain,
        data: {
          source: { kind: 'file', path: 'words.csv' },
          key: 'sku',
          filter: 'a > 1',
          limit: 2,
          encoding: 'latin1',
          delimiter: ';',
          line: 1,
        },
      },
    );
    const rows = [{ word: 'tea' }, 'salt'];
    assert.deepEqual(sourceOf('{ rows: [{ word: tea }, salt] }'), {
      ...plain,
      data: { source: { kind: 'rows', rows }, line: 1 },
    });
    assert.deepEqual(sourceOf('{ files: "scans/*.png" }'), {
      ...plain,
      data: { source: { kind: 'files', pattern: 'scans/*.png' }, line: 1 },
    });
  });

  it('leaves the options of deliveries to them', () => {
    const text = `${stageWith(module)}deliver:\n  - epub: book.epub\n    title: The book\n  - html: "pages/{{ key }}.html"\n`;
    assert.deepEqual(fileOf(text).pipeline.deliver, [
      { kind: 'epub', path: 'book.epub', options: { title: 'The book' }, line: 5 },
      { kind: 'html', path: 'pages/{{ key }}.html', options: {}, line: 7 },
    ]);
  });

  it('is marked where something is wrong', () => {
    const text = stageWith(module, 'workers: many', 'retry: { attempts: 0 }');
    const { problems } = readPipelineText(path, text);
    assert.deepEqual(
      problems.map((problem) => markedIn(text, problem)),
      ['many', '0'],
    );
  });

  it('is told of all that is wrong at once, in order of the lines', () => {
    const text =
      'source: { data: /etc/passwd }\nstages:\n  - module: ocr\n    workers: 0\n  - name: a b\n    prompt: x\n';
    assert.deepEqual(problemsIn(text), [
      '1:17: "source.data" must be a path below the folder of the pipeline file, not "/etc/passwd".',
      '3:5: Stage 1 has no name: give it one, such as "name: metadata".',
      '4:14: "workers" of stage 1 must be a whole number from 1 to 10000, not 0.',
      '5:5: The name "a b" of stage 2 must begin with a letter and have only letters, digits, "-" and "_".',
      '6:13: "prompt" of stage 2 is neither a prompt file such as "card.prompt.md" nor a text of several words.',
    ]);
  });

  it('is told of the first problems where there are very many', () => {
    const text = `stages:\n${'  - { name: 1a, module: ocr, workers: x }\n'.repeat(100)}`;
    const problems = problemsIn(text);
    assert.equal(problems.length, 51);
    assert.match(problems.at(-1) ?? '', /There are 150 more problems: correct these first\.$/);
  });

  it('may have keys that are not known, with a hint', () => {
    const text = `sorce: x\n${stageWith(module, 'worker: 3', 'select: a', 'zzzzzz: 1')}`;
    assert.deepEqual(hintsIn(text), [
      '1:1: "sorce" is not known and left alone: write "source" if that is meant.',
      '5:5: "worker" of the stage "text" is not known and left alone: write "workers" if that is meant.',
      '6:5: "select" of the stage "text" is left alone: it belongs into the block "http".',
      '7:5: "zzzzzz" of the stage "text" is not known and left alone: check its name.',
    ]);
    assert.deepEqual(
      hintsIn(stageWith('http: { url: "https://a.test/", acept: a/b, paging: { next: a, items: b, page: 1 } }')),
      [
        '3:37: "http.acept" of the stage "text" is not known and left alone: write "accept" if that is meant.',
        '3:78: "http.paging.page" of the stage "text" is not known and left alone: write "pages" if that is meant.',
      ],
    );
  });

  it('gives its hints beside its problems', () => {
    const { problems, hints } = readPipelineText(path, stageWith(module, 'workers: x', 'worker: 3'));
    assert.deepEqual([problems.length, hints.length], [1, 1]);
  });
});
