import assert from 'node:assert/strict';
import { problemsIn, stageWith } from './support.ts';

const http = (inner: string): string => `http: { url: "https://a.test/", ${inner} }`;

/** Lines of a stage, and what is said of them. */
const stages: readonly (readonly [lines: readonly string[], problem: string])[] = [
  [[], '2:5: The stage "text" has nothing to do: give it one of "prompt", "command", "http" and "module".'],
  [
    ['promt: x.prompt.md'],
    '3:5: The stage "text" has nothing to do: give it "prompt" in place of "promt", or one of "prompt", "command", "http" and "module".',
  ],
  [['module: ocr', 'prompt: a.prompt.md'], '3:5: The stage "text" has "prompt" and "module": make two stages of them.'],
  [['module:'], '3:5: "module" of the stage "text" has no value: it must be a word, or be left out.'],
  [['module: [ocr]'], '3:13: "module" of the stage "text" must be a word, not a list.'],
  ...['ocrr', 'stages/clean.mjs', './clean.ts', './../clean.mjs', '/clean.mjs', './a/../../b.js'].map(
    (module) =>
      [
        [`module: ${module}`],
        '3:13: "module" of the stage "text" must be "pdf-text", "ocr", or a JavaScript file of the folder such as "./stages/clean.mjs".',
      ] as const,
  ),
  [
    ['module: ocr', 'with: 3'],
    '4:11: "with" of the stage "text" must be a block of "name: value" lines, indented below it, not 3.',
  ],
  [['module: ocr', 'stdin: x'], '4:12: "stdin" of the stage "text" is for stages with "command": leave it out.'],
  [['module: ocr', 'count: 2'], '4:12: "count" of the stage "text" is for stages with "prompt": leave it out.'],
  [['prompt: a.prompt.md', 'with: {}'], '4:11: "with" of the stage "text" is for stages with "module": leave it out.'],

  [
    ['prompt: ../a.prompt.md'],
    '3:13: "prompt" of the stage "text" must be a path below the folder of the pipeline file, or a text of several words.',
  ],
  [
    ['prompt: { file: ~/a.prompt.md }'],
    '3:21: "prompt.file" of the stage "text" must be a path below the folder of the pipeline file, not "~/a.prompt.md".',
  ],
  [['prompt: {}'], '3:5: "prompt" of the stage "text" needs one of "file" and "text".'],
  [['prompt: { file: a.prompt.md, text: x }'], '3:5: "prompt" of the stage "text" needs one of "file" and "text".'],
  [
    ['prompt: [a]'],
    '3:13: "prompt" of the stage "text" must be a prompt file, a text, or a block with "file" or "text", not a list.',
  ],
  [
    ['prompt: a.prompt.md', 'count: 0'],
    '4:12: "count" of the stage "text" must be a whole number from 1 to 1000, not 0.',
  ],
  [
    ['prompt: a.prompt.md', 'models: [a, 3]'],
    '4:13: "models" of the stage "text" must be the name of a model or a list of names: correct its entries.',
  ],
  [
    ['prompt: a.prompt.md', 'model: a', 'models: [b]'],
    '5:13: "models" of the stage "text" stands beside "model": keep one of them.',
  ],

  [
    ['command: cat a.txt'],
    '3:14: "command" of the stage "text" is one line: make it a list such as [pandoc, "-t", plain], or say "shell: true" beside it.',
  ],
  [
    ['command: [cat, a]', 'shell: true'],
    '3:14: "command" of the stage "text" is a list, which no shell reads: leave out "shell", or write one line.',
  ],
  [
    ['command: ["{{ tool }}", x]'],
    '3:14: "command" of the stage "text" must begin with a program of its own: a record may give arguments only.',
  ],
  [['command: [" ", x]'], '3:14: "command" of the stage "text" must begin with the name of a program.'],
  [
    ['command: []'],
    '3:14: "command" of the stage "text" must be a list such as [pandoc, "-t", plain], or one line with "shell: true": correct its entries.',
  ],
  [['command: [cat]', 'result: xml'], '4:13: "result" of the stage "text" must be "text" or "json", not "xml".'],
  [['command: [cat]', 'shell: "yes"'], '4:12: "shell" of the stage "text" must be true or false, not "yes".'],

  [['http: {}'], '3:5: "http" of the stage "text" needs "url".'],
  [
    ['http: https://a.test'],
    '3:11: "http" of the stage "text" must be a block of "name: value" lines, indented below it, not "https://a.test".',
  ],
  ...['ftp://a.test/x', 'a.test', '/works', 'ftp://{{ host }}', 'javascript:{{ x }}'].map(
    (url) =>
      [
        [`http: { url: "${url}" }`],
        '3:18: "http.url" of the stage "text" must be an address that begins with "https://" or "http://".',
      ] as const,
  ),
  [
    ['http: { url: "https://" }'],
    '3:18: "http.url" of the stage "text" must be an address that begins with "https://" or "http://" and names a host.',
  ],
  [
    ['http: { url: "https://me:pw@a.test/" }'],
    '3:18: "http.url" of the stage "text" has a user name or a password in it: set a key in the settings of the service.',
  ],
  [[http('method: PUT')], '3:45: "http.method" of the stage "text" must be "GET" or "POST", not "PUT".'],
  [[http('method: GET, body: {}')], '3:45: "http.method" of the stage "text" must be POST where there is a "body".'],
  [
    [http('query: { a: [1] }')],
    '3:44: "http.query" of the stage "text" must be a block of "name: text" lines, indented below it: correct its entries.',
  ],
  [
    [http('headers: { authorization: x }')],
    '3:46: "http.headers" of the stage "text" has the header "authorization": set a key in the settings of the service, never in a file.',
  ],
  [
    [http('headers: { X-Api-Key: x }')],
    '3:46: "http.headers" of the stage "text" has the header "X-Api-Key": set a key in the settings of the service, never in a file.',
  ],
  [
    [http('headers: { Host: x }')],
    '3:46: "http.headers" of the stage "text" has the header "Host", which each request has by itself: leave it out.',
  ],
  [
    [http('headers: { "a b": x }')],
    '3:46: "http.headers" of the stage "text" has the header "a b", which is no name of a header: correct it.',
  ],
  [
    [http('headers: { a: "x\\ny" }')],
    '3:46: "http.headers" of the stage "text" has the header "a" with several lines: make it one.',
  ],
  [
    [http('accept: pdf')],
    '3:45: "http.accept" of the stage "text" must be a media type such as "application/pdf", not "pdf".',
  ],
  [
    [http('maxBytes: 3 GB')],
    '3:47: "http.maxBytes" of the stage "text" must be a number of bytes, or a size such as "20 MB", up to 2 GB, not "3 GB".',
  ],
  [[http('select: ""')], '3:45: "http.select" of the stage "text" must be a text that is not empty, not "".'],
  [[http('paging: { items: a }')], '3:37: "http.paging" of the stage "text" needs "next".'],
  [
    [http('paging: { items: a, next: b, pages: 0 }')],
    '3:73: "http.paging.pages" of the stage "text" must be a whole number from 1 to 10000, not 0.',
  ],
  [[http('allowPrivate: 1')], '3:51: "http.allowPrivate" of the stage "text" must be true or false, not 1.'],

  [
    ['module: ocr', 'each: a', 'gather: {}'],
    '5:13: "gather" of the stage "text" cannot stand beside "each": make two stages of them.',
  ],
  [
    ['module: ocr', 'when: a', 'gather: {}'],
    '4:11: "when" of the stage "text" cannot stand beside "gather": put it into the stage before, or into the one after.',
  ],
  [['module: ocr', 'key: a'], '4:10: "key" of the stage "text" needs "each": without it, records keep their keys.'],
  [
    ['module: ocr', 'each: a..b'],
    '4:11: "each" of the stage "text" must be names with dots between them, such as "references.items", not "a..b".',
  ],
  [
    ['module: ocr', 'each: "{{ a | split }}"'],
    '4:11: "each" of the stage "text" must be names with dots between them, such as "references.items", not "{{ a | split }}".',
  ],
  [
    ['module: ocr', 'gather: 10'],
    '4:13: "gather" of the stage "text" must be a block of "name: value" lines, indented below it, not 10.',
  ],
  [
    ['module: ocr', 'gather: { size: 0 }'],
    '4:21: "gather.size" of the stage "text" must be a whole number from 1 to 1000000, not 0.',
  ],
  [
    ['module: ocr', 'gather: { require: most }'],
    '4:24: "gather.require" of the stage "text" must be "any" or "all", not "most".',
  ],
  [
    ['module: ocr', 'gather: { order: newest }'],
    '4:22: "gather.order" of the stage "text" must be "position", not "newest".',
  ],
  [
    ['module: ocr', 'gather: { by: {{ book }} }'],
    '4:19: "gather.by" of the stage "text" must stand in quotes, because it begins with "{{".',
  ],
  [
    ['module: ocr', 'when: {{ book }}'],
    '4:11: "when" of the stage "text" must stand in quotes, because it begins with "{{".',
  ],
  [
    ['module: ocr', 'when: {{ a }}/{{ b }}'],
    '4:1: The pipeline file is not valid YAML on line 4: a value with "{{" in it must stand in quotes.',
  ],
  [
    ['module: ocr', 'when: ""'],
    '4:11: "when" of the stage "text" must be a name such as "metadata.doi", or a template such as "{{ metadata.doi }}", not "".',
  ],
  [['module: ocr', 'otherwise: skip'], '4:16: "otherwise" of the stage "text" must be "fail" or "keep", not "skip".'],
  [
    ['module: ocr', 'workers: 1.5'],
    '4:14: "workers" of the stage "text" must be a whole number from 1 to 10000, not 1.5.',
  ],
  [['module: ocr', 'queue: -1'], '4:12: "queue" of the stage "text" must be a whole number from 1 to 10000, not -1.'],
  [['module: ocr', 'service: ""'], '4:14: "service" of the stage "text" must be a word, not "".'],
  [
    ['module: ocr', 'retry: 0'],
    '4:12: "retry" of the stage "text" must be a whole number from 1 to 100 or a block of "name: value" lines, indented below it, not 0.',
  ],
  [['module: ocr', 'retry: { base: 2s }'], '4:5: "retry" of the stage "text" needs "attempts".'],
  [
    ['module: ocr', 'retry: { attempts: 3, base: soon }'],
    '4:33: "retry.base" of the stage "text" must be seconds, or a duration such as "30s" or "2m", up to a day, not "soon".',
  ],
  [
    ['module: ocr', 'timeout: 0'],
    '4:14: "timeout" of the stage "text" must be seconds, or a duration such as "30s" or "2m", up to a day, not 0.',
  ],
  [
    ['module: ocr', 'timeout: 2 days'],
    '4:14: "timeout" of the stage "text" must be seconds, or a duration such as "30s" or "2m", up to a day, not "2 days".',
  ],
  [['module: ocr', 'priority: 10'], '4:15: "priority" of the stage "text" must be a whole number from 0 to 9, not 10.'],
  ...[
    '/x/a.txt',
    '../a.txt',
    'a/{b,..}/c',
    '~/a',
    'C:\\a',
    '{{ a }}/../b',
    'x/{{ a | append: "/../" }}',
    'a/',
    '.',
    '{{ a }}/',
  ].map(
    (output) =>
      [
        ['module: ocr', `output: '${output}'`],
        `4:13: "output" of the stage "text" must be a path below the folder of the pipeline file that ends in the name of a file, not "${output}".`,
      ] as const,
  ),
];

const module = stageWith('module: ocr');

/** Whole files. */
const files: readonly (readonly [text: string, problem: string])[] = [
  ['', '1:1: The pipeline file needs "stages": a list of steps, each with a name and something to do.'],
  ['- a\n', '1:1: The pipeline file must be settings, each on a line such as "description: Product page".'],
  ['stages: []\n', '1:9: "stages" is empty: give it a step with a name and something to do.'],
  ['stages:\n', '1:1: "stages" has no value: it must be a list, or be left out.'],
  ['stages: { a: 1 }\n', '1:9: "stages" must be a list, not a block.'],
  ['stages: [ocr]\n', '1:10: Stage 1 must be a block of "name: value" lines.'],
  ['stages:\n\t- a\n', '2:1: The pipeline file is not valid YAML on line 2: indent with spaces, not with tabs.'],
  [
    `stages: [${'{ name: a, module: ocr }, '.repeat(101)}]\n`,
    '1:9: "stages" has more than 100 steps: divide the file.',
  ],
  ['stages: [{ module: ocr }]\n', '1:10: Stage 1 has no name: give it one, such as "name: metadata".'],
  ['stages: [{ name: 3, module: ocr }]\n', '1:18: "name" of stage 1 must be a name such as "metadata", not 3.'],
  [
    'stages: [{ name: a, module: ocr }, { name: a, module: ocr }]\n',
    '1:38: There are two stages with the name "a": give each its own.',
  ],
  ...[
    'records',
    'missing',
    'group',
    'index',
    'row',
    'file',
    'key',
    'File',
    'true',
    'contains',
    'constructor',
    '__proto__',
  ].map(
    (name) =>
      [
        `stages: [{ name: "${name}", module: ocr }]\n`,
        `1:12: The name "${name}" of stage 1 means something else in the record: choose another name.`,
      ] as const,
  ),
  ...['a.b', '1a', 'a b', '-a', 'a/b', 'a{{b}}'].map(
    (name) =>
      [
        `stages: [{ name: "${name}", module: ocr }]\n`,
        `1:12: The name "${name}" of stage 1 must begin with a letter and have only letters, digits, "-" and "_".`,
      ] as const,
  ),
  [
    `stages: [{ name: ${'a'.repeat(61)}, module: ocr }]\n`,
    `1:12: The name "${'a'.repeat(39)}…" of stage 1 has more than 60 characters: make it shorter.`,
  ],

  [`description: [a]\n${module}`, '1:14: "description" must be a text, not a list.'],
  [
    `source: words.csv\n${module}`,
    '1:9: "source" must be a block of "name: value" lines, indented below it, not "words.csv".',
  ],
  [`source: {}\n${module}`, '1:1: "source" needs one of "files", "data" and "rows".'],
  [`source: { data: a.csv, rows: [1] }\n${module}`, '1:24: "source" has "data" and "rows": keep one of them.'],
  [`source: { rows: [] }\n${module}`, '1:17: "source.rows" is empty: give it a row.'],
  [`source: { rows: a }\n${module}`, '1:17: "source.rows" must be a list, not "a".'],
  [
    `source: { data: "*.csv" }\n${module}`,
    '1:17: "source.data" is one file with rows: say "files" where each file that a pattern matches is a row.',
  ],
  ...['../*.pdf', '/x/*.pdf', '{a,../b}/*', '~/x', 'c:/x', '{.,a}{.,b}/x'].map(
    (files) =>
      [
        `source: { files: "${files}" }\n${module}`,
        `1:18: "source.files" must be a path below the folder of the pipeline file, not "${files}".`,
      ] as const,
  ),
  [
    `source: { data: a.csv, order: newest }\n${module}`,
    '1:31: "source.order" is for "files": leave it out, rows keep the order of the data.',
  ],
  [
    `source: { data: a.csv, watch: true }\n${module}`,
    '1:31: "source.watch" is for "files": leave it out, other data is read once.',
  ],
  [`source: { files: a, order: first }\n${module}`, '1:28: "source.order" must be "oldest" or "newest", not "first".'],
  [`source: { files: a, watch: 1 }\n${module}`, '1:28: "source.watch" must be true or false, not 1.'],
  [`source: { files: a, delimiter: ";" }\n${module}`, '1:32: "source.delimiter" is for "data": leave it out.'],
  [`source: { data: a.csv, delimiter: ";;" }\n${module}`, '1:35: "source.delimiter" must be one character, not ";;".'],
  [`source: { data: a.csv, limit: 0 }\n${module}`, '1:31: "source.limit" must be a whole number of 1 or more, not 0.'],
  [`source: { data: a.csv, key: [a] }\n${module}`, '1:29: "source.key" must be a text that is not empty, not a list.'],
  [`source: { data: a.csv, filter: "" }\n${module}`, '1:32: "source.filter" must be a text that is not empty, not "".'],
  [`source: { data: a.csv, encoding: 8 }\n${module}`, '1:34: "source.encoding" must be a word, not 8.'],

  [`${module}table: a.csv\n`, '4:8: "table" must be a block of "name: value" lines, indented below it, not "a.csv".'],
  [`${module}table: { columns: [a] }\n`, '4:1: "table" needs "file".'],
  [
    `${module}table: { file: a.xlsx }\n`,
    '4:16: "table.file" must be a path below the folder of the pipeline file that ends in ".csv" or ".jsonl", not "a.xlsx".',
  ],
  [`${module}table: { file: "{{ a }}.csv" }\n`, '4:16: "table.file" is one file: leave out the template.'],
  [
    `${module}table: { file: a.csv, columns: [] }\n`,
    '4:32: "table.columns" must be a list of names with dots between them, such as "metadata.doi": correct its entries.',
  ],
  [`${module}deliver: a.bib\n`, '4:10: "deliver" must be a list, not "a.bib".'],
  [`${module}deliver: [a.bib]\n`, '4:11: Delivery 1 must be a block such as "epub: book.epub".'],
  [
    `${module}deliver: [{ title: x }]\n`,
    '4:11: Delivery 1 makes nothing: give it one of "bibtex", "apkg", "epub", "html", "markdown", "jsonl", with a path.',
  ],
  [
    `${module}deliver: [{ bibtext: a.bib }]\n`,
    '4:13: Delivery 1 makes nothing: give it "bibtex" in place of "bibtext", or one of "bibtex", "apkg", "epub", "html", "markdown", "jsonl", with a path.',
  ],
  [
    `${module}deliver: [{ epub: a.epub, html: a.html }]\n`,
    '4:27: Delivery 1 is "epub" and "html": make two entries of them.',
  ],
  [
    `${module}deliver: [{ epub: ../a.epub }]\n`,
    '4:19: "epub" of delivery 1 must be a path below the folder of the pipeline file that ends in the name of a file, not "../a.epub".',
  ],
  [
    `${module}table: { file: a.jsonl }\ndeliver: [{ jsonl: ./A.jsonl }]\n`,
    '5:20: "jsonl" of delivery 1 is a file that is written already: give each its own.',
  ],
  [
    `${module}deliver: [${'{ epub: a.epub }, '.repeat(51)}]\n`,
    '4:10: "deliver" has more than 50 entries: leave some out.',
  ],
  [
    `description: "${'x'.repeat(1_000_000)}"\n`,
    '1:1: The pipeline file has more than 1,000,000 characters: make it smaller.',
  ],
  [
    `a: &a "${'x'.repeat(90_000)}"\nb: [${'*a, '.repeat(30)}]\n`,
    '1:1: The pipeline file is not valid YAML on line 1: its references repeat more text than a pipeline file may have.',
  ],
  [
    `a: ${'['.repeat(200)}\n`,
    '1:1: The pipeline file has more than 100 blocks or lists within each other: make it smaller.',
  ],
];

describe('what is said of a stage', () => {
  for (const [lines, problem] of stages) {
    it(lines.join(', ') || 'without anything', () => assert.deepEqual(problemsIn(stageWith(...lines)), [problem]));
  }
});

describe('what is said of a file', () => {
  for (const [text, problem] of files) {
    it(JSON.stringify(text.replace(module, '…').slice(0, 80)), () => assert.deepEqual(problemsIn(text), [problem]));
  }
});
