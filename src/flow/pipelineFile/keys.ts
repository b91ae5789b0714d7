import type { JsonObject } from '../../base/jsonObject.ts';
import { deliveryKinds } from '../pipeline.ts';
import { duration, size } from './amounts.ts';
import { limits } from './limits.ts';
import {
  anyBlock,
  anyList,
  anything,
  either,
  filledText,
  listOf,
  namedTexts,
  oneOf,
  text,
  wholeNumber,
  word,
  yesOrNo,
  type Reading,
} from './reading.ts';
import { stageNamePattern } from './stageNames.ts';
import { expression, path, pathEndingIn, pathTemplate, recordPath } from './texts.ts';

/**
 * Every key of a pipeline file, for its reader, its JSON Schema and its documentation. What several keys say together is
 * for the reader alone.
 */
export interface Key<Value> {
  readonly reading: Reading<Value>;
  /** One line for those who write it. */
  readonly says: string;
  /** In YAML. */
  readonly example: string;
  /** What the block of this key has, or each block of its list. */
  readonly inner?: { readonly table: KeyTable; readonly kind: 'block' | 'list'; readonly needs: readonly string[] };
}

export type KeyTable = Readonly<Record<string, Key<unknown>>>;

/** What reading a key gives. */
export type ValueOf<Of> = Of extends Key<infer Value> ? Value : never;

function key<Value>(reading: Reading<Value>, says: string, example: string): Key<Value> {
  return { reading, says, example };
}

const block: Reading<JsonObject> = anyBlock;

function blockOf(table: KeyTable, needs: readonly string[], says: string, example: string): Key<JsonObject> {
  return { reading: block, says, example, inner: { table, kind: 'block', needs } };
}

export const atOnce = wholeNumber(1, 10_000);
const attempts = wholeNumber(1, 100);
const priority = wholeNumber(0, 9);
export const count = wholeNumber(1, 1_000);

const oneCharacter: Reading<string> = {
  wanted: 'one character',
  schema: { type: 'string', minLength: 1, maxLength: 1 },
  read: (value) => (typeof value === 'string' && value.length === 1 ? value : undefined),
};

export const sourceKeys = {
  files: key(
    path,
    'a pattern: each file is a row with `file.path`, `file.name`, `file.stem`, `file.text` and `file.frontMatter`',
    'files: "pdfs/**/*.pdf"',
  ),
  data: key(path, 'a file of rows: `.csv`, `.tsv`, `.json`, `.jsonl`, `.ndjson`, `.yml` or `.yaml`', 'data: words.csv'),
  rows: key(anyList, 'the rows themselves', 'rows: [{ word: tea }, { word: salt }]'),
  order: key(
    oneOf('oldest', 'newest'),
    'which of the `files` come first, by their last change; default `oldest`',
    'order: newest',
  ),
  watch: key(yesOrNo, 'whether new and changed `files` become rows of the open run; default `false`', 'watch: true'),
  key: key(filledText, 'what tells rows apart: a column, or a template', 'key: "{{ sku }}-{{ size }}"'),
  filter: key(filledText, 'a condition over the row', 'filter: type == "brand" and price > 10'),
  limit: key(wholeNumber(1, Number.MAX_SAFE_INTEGER), 'only the first so many rows that pass the filter', 'limit: 20'),
  encoding: key(word, 'of the data; default UTF-8, or UTF-16 by its byte order mark', 'encoding: latin1'),
  delimiter: key(
    oneCharacter,
    'between the columns of a CSV file; default: found in its first lines',
    'delimiter: ";"',
  ),
} as const satisfies KeyTable;

export const gatherKeys = {
  by: key(expression, 'records that it gives the same text belong together; default: all do', 'by: "{{ book }}"'),
  size: key(wholeNumber(1, 1_000_000), 'so many at once, in order; default: all of a group', 'size: 10'),
  order: key(
    oneOf('position'),
    'in which order `records` lists them: as the source has them, the only one there is',
    'order: position',
  ),
  require: key(
    oneOf('any', 'all'),
    '`any` goes on without members that failed and names them in `missing`, `all` fails then; default `any`',
    'require: all',
  ),
} as const satisfies KeyTable;

export const retryKeys = {
  attempts: key(attempts, 'how often an item is tried in all, 1 to 100', 'attempts: 5'),
  base: key(
    duration,
    'the longest wait before the second attempt, which doubles with each one; default 1 s',
    'base: 2s',
  ),
} as const satisfies KeyTable;

export const pagingKeys = {
  next: key(
    filledText,
    'JMESPath to the cursor of the next page, or to its address; nothing there: the last page',
    'next: meta.next_cursor',
  ),
  parameter: key(
    word,
    'the parameter of the query that takes the cursor; without it, `next` is an address',
    'parameter: cursor',
  ),
  items: key(filledText, 'JMESPath to the list of which each page has a part', 'items: results'),
  pages: key(wholeNumber(1, 10_000), 'at most so many pages; default 10', 'pages: 5'),
} as const satisfies KeyTable;

const mediaType: Reading<string> = {
  wanted: 'a media type such as "application/pdf"',
  schema: { type: 'string', pattern: '^[\\w.+-]+/[\\w.+*-]+$' },
  read: (value) => (typeof value === 'string' && /^[\w.+-]+\/[\w.+*-]+$/.test(value) ? value : undefined),
};

export const httpKeys = {
  url: key(filledText, 'the address, with templates', 'url: "https://api.openalex.org/works/{{ doi | url_encode }}"'),
  method: key(oneOf('GET', 'POST'), 'default `GET`, or `POST` with a `body`', 'method: POST'),
  query: key(
    namedTexts,
    'parameters that are added to the address, each a template',
    'query: { search: "{{ title }}" }',
  ),
  headers: key(
    namedTexts,
    'headers of the request, each a template; keys belong to the `service`',
    'headers: { accept-language: de }',
  ),
  body: key(anything, 'sent as JSON, with templates in its texts', 'body: { text: "{{ ocr.text }}" }'),
  select: key(filledText, 'JMESPath to what is kept of the answer; default: all of it', 'select: "results[0]"'),
  accept: key(mediaType, 'the media type that must come; anything else is a failure', 'accept: application/pdf'),
  maxBytes: key(size, 'the longest answer, in bytes or with a unit', 'maxBytes: 20 MB'),
  paging: blockOf(
    pagingKeys,
    ['next', 'items'],
    'how an answer of several pages is read',
    'paging: { next: meta.next_cursor, parameter: cursor, items: results }',
  ),
  allowPrivate: key(
    yesOrNo,
    'whether addresses of your own network may be asked; default `false`',
    'allowPrivate: true',
  ),
} as const satisfies KeyTable;

/** What `prompt` may be in place of a text. */
export const promptKeys = {
  file: key(path, 'a prompt file', 'file: prompts/references.prompt.md'),
  text: key(filledText, 'a prompt as it would stand in a prompt file', 'text: "Translate {{ word }}."'),
} as const satisfies KeyTable;

const nameOfStage: Reading<string> = {
  wanted: 'a name such as "metadata"',
  schema: { type: 'string', pattern: stageNamePattern, maxLength: limits.nameLength },
  read: (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
};

const models = listOf(word, 'names of models', limits.models);

/** Every stage has them. */
export const commonStageKeys = {
  name: key(nameOfStage, 'what it is called; what it adds lies under this name in the record', 'name: metadata'),
  each: key(
    recordPath,
    'a list in the record: from here on there is one record for each of its elements',
    'each: references.items',
  ),
  key: key(expression, 'with `each`: records with the same key are made once', 'key: "{{ doi | default: title }}"'),
  gather: blockOf(
    gatherKeys,
    [],
    'one record for many, with `records`, `group`, `index` and `missing`',
    'gather: { by: "{{ book }}", size: 10 }',
  ),
  when: key(
    expression,
    'where it gives nothing, `false` or `0`, the record passes by',
    'when: "{{ metadata.is_open }}"',
  ),
  otherwise: key(
    oneOf('fail', 'keep'),
    'what becomes of a record that the stage has nothing for: `keep` goes on without what it would add; default `fail`',
    'otherwise: keep',
  ),
  output: key(pathTemplate, 'the file that each record leaves, a template', 'output: downloads/{{ key }}.pdf'),
  workers: key(atOnce, 'items at once; default: what the service, the host or the cores allow', 'workers: 4'),
  service: key(word, 'the service of your settings whose limits, key and prices are used', 'service: openalex'),
  retry: {
    reading: either(attempts, block),
    says: 'how often an item is tried, or a block with `attempts` and `base`; default: the setting of the run',
    example: 'retry: { attempts: 5, base: 2s }',
    inner: { table: retryKeys, kind: 'block', needs: ['attempts'] },
  },
  timeout: key(duration, 'for one attempt, in seconds or with a unit', 'timeout: 2m'),
  queue: key(atOnce, 'items that wait in memory at most; the stage before waits while it is full', 'queue: 100'),
  priority: key(priority, '0 (most urgent) to 9; default 5', 'priority: 3'),
} as const satisfies KeyTable;

export const promptStageKeys = {
  prompt: {
    reading: either(filledText, block, 'a prompt file, a text, or a block with "file" or "text"'),
    says: 'a prompt file, the prompt itself, or a block with `file` or `text`',
    example: 'prompt: references.prompt.md',
    inner: { table: promptKeys, kind: 'block', needs: [] },
  },
  count: key(count, 'answers for each record and model, 1 to 1,000; default: what the prompt file says', 'count: 3'),
  model: key(word, 'the model, in place of that of the prompt file', 'model: gpt-5-mini'),
  models: key(
    either(word, models, 'the name of a model or a list of names'),
    'several models, each of which answers',
    'models: [gpt-5-mini, local/llama]',
  ),
} as const satisfies KeyTable;

const command = either(
  listOf(text, 'texts', limits.arguments),
  filledText,
  'a list such as [pandoc, "-t", plain], or one line with "shell: true"',
);

export const commandStageKeys = {
  command: key(
    command,
    'a program and its arguments, each a template; with `shell: true` one line',
    'command: [pdftotext, -layout, "{{ file.path }}", "-"]',
  ),
  shell: key(yesOrNo, 'whether a shell reads the line; values are quoted in it; default `false`', 'shell: true'),
  stdin: key(text, 'what the program reads, a template', 'stdin: "{{ text.text }}"'),
  result: key(oneOf('text', 'json'), 'how what it prints is read; default `text`', 'result: json'),
} as const satisfies KeyTable;

export const httpStageKeys = {
  http: blockOf(
    httpKeys,
    ['url'],
    'one request',
    'http: { url: "https://api.crossref.org/works/{{ doi }}", select: message }',
  ),
} as const satisfies KeyTable;

export const moduleStageKeys = {
  module: key(
    word,
    '`pdf-text`, `ocr`, or a JavaScript file of the folder that begins with `./`',
    'module: ./stages/clean.mjs',
  ),
  with: key(anyBlock, 'what the module takes besides the record; texts are templates', 'with: { language: eng }'),
} as const satisfies KeyTable;

export const kindKeys = {
  prompt: promptStageKeys,
  command: commandStageKeys,
  http: httpStageKeys,
  module: moduleStageKeys,
} as const satisfies Readonly<Record<string, KeyTable>>;

export const stageKeys = {
  ...commonStageKeys,
  ...promptStageKeys,
  ...commandStageKeys,
  ...httpStageKeys,
  ...moduleStageKeys,
} as const satisfies KeyTable;

export const tableKeys = {
  file: key(
    pathEndingIn('.csv', '.jsonl'),
    'the table, whole at every moment: `.csv` or `.jsonl`',
    'file: bibliography.csv',
  ),
  columns: key(
    listOf(recordPath, 'names with dots between them, such as "metadata.doi"', limits.columns),
    'what stands in it; default: the columns of the row, and what the stages add',
    'columns: [title, metadata.doi, download.file]',
  ),
} as const satisfies KeyTable;

const deliverySays: Readonly<Record<(typeof deliveryKinds)[number], readonly [says: string, example: string]>> = {
  bibtex: ['a bibliography', 'bibtex: bibliography.bib'],
  apkg: ['a deck of flashcards', 'apkg: words.apkg'],
  epub: ['a book', 'epub: book.epub'],
  html: ['a page', 'html: page.html'],
  markdown: ['a text', 'markdown: book.md'],
  jsonl: ['the records', 'jsonl: records.jsonl'],
};

export const deliveryKeys = Object.fromEntries(
  deliveryKinds.map((kind) => [kind, key(pathTemplate, ...deliverySays[kind])]),
) as Readonly<Record<(typeof deliveryKinds)[number], Key<string>>>;

export const pipelineKeys = {
  description: key(text, 'what it is for', 'description: PDFs to a bibliography with its papers'),
  source: blockOf(
    sourceKeys,
    [],
    'where the rows come from; without it there is one empty row',
    'source: { data: words.csv }',
  ),
  stages: {
    reading: anyList,
    says: 'the steps, in order; each reads what those before it have added',
    example: 'stages: [{ name: card, prompt: card.prompt.md }]',
    inner: { table: stageKeys, kind: 'list', needs: ['name'] },
  },
  table: blockOf(
    tableKeys,
    ['file'],
    'a table of the records in the order of the source',
    'table: { file: cards.csv, columns: [word, card.front] }',
  ),
  deliver: {
    reading: anyList,
    says: 'what is made of the records when the run ends: a list of blocks, each with one kind, its path and its options',
    example: 'deliver: [{ apkg: words.apkg }]',
    inner: { table: deliveryKeys, kind: 'list', needs: [] },
  },
} as const satisfies KeyTable;
