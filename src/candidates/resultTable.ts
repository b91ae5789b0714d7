import { parse } from 'csv-parse/sync';
import { isJsonObject } from '../base/jsonObject.ts';
import type { ItemState } from '../model/item.ts';
import { csvField, withoutFormula } from './csvField.ts';

/** What came of an item, as a line of the table. */
export interface ResultItem {
  /** Path of its prompt file, as people would look for it from the table. */
  readonly prompt: string;
  /** Key of its row; empty for a prompt without data. */
  readonly row: string;
  /** 1-based: the number of the candidate within prompt, row and model. */
  readonly index: number;
  readonly model: string;
  readonly state: ItemState;
  /** What the data says of the row, and what is varied. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Relative to the table, with `/`; absent as long as there is none. */
  readonly file?: string;
  /** US dollars; absent where nobody knows. */
  readonly cost?: number;
  /** The candidate; absent where there is none, or `json` says it. */
  readonly text?: string;
  /** What the candidate holds when it was asked for with a schema. */
  readonly json?: unknown;
}

/** What all tables of one run have in common, whichever of its candidates are there. */
export interface ResultTableShape {
  readonly format: ResultTableFormat;
  /** Of the data; those with a dot lead into a value, unless there is one of that name. */
  readonly columns: readonly string[];
  /** Whether candidates are JSON: then there is no column with their text. */
  readonly isStructured: boolean;
  /** Fields of the JSON that have a column in any case: `title`, `author.name`. */
  readonly fields: readonly string[];
  /** There is none for other fields of the JSON. */
  readonly areFieldsChosen: boolean;
  /** In the data's order. */
  readonly rows: readonly { readonly prompt: string; readonly row: string }[];
  /** In the order in which candidates of the same number stand. */
  readonly models: readonly string[];
}

export type ResultTableFormat = 'csv' | 'jsonl';

/** Cells by the names of their columns. */
export type ResultLine = ReadonlyMap<string, unknown>;

/** By the ending of its name; undefined for another one. */
export function resultTableFormat(path: string): ResultTableFormat | undefined {
  return /\.(csv|jsonl)$/i.exec(path)?.[1]?.toLowerCase() as ResultTableFormat | undefined;
}

/** In front of the data's columns, and behind the candidate's. */
const firstColumn = 'row';
const lastColumns = ['file', 'prompt', 'model', 'index', 'state', 'cost'] as const;

/** More columns than a table can show. */
const mostColumns = 2_000;

interface Column {
  readonly name: string;
  readonly value: (item: ResultItem) => unknown;
}

/** A member by its name, or down a path of names. */
function fieldOf(json: unknown, field: string): unknown {
  if (!isJsonObject(json)) return undefined;
  if (Object.hasOwn(json, field)) return json[field];
  let value: unknown = json;
  for (const name of field.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/**
 * The table of what came of items, one line each, in the data's order: the row's key (`row`), its own columns, the candidate
 * (its `text`, or fields of its JSON), `file`, `prompt`, `model`, `index`, `state` and `cost`. CSV is that of RFC 4180, and
 * texts that a spreadsheet would take for a formula get an apostrophe in front; JSONL has all values as they are.
 *
 * Lines are put into a table that is there: those of the same prompt, row, model and number give way, all others stay. What
 * a table comes to is the same in whatever order and however often its lines are put into it.
 */
export class ResultTable {
  readonly format: ResultTableFormat;
  readonly #columns: readonly Column[];
  readonly #names: ReadonlySet<string>;
  /** Of the JSON, that have a column; absent where others get none. */
  readonly #open: ReadonlySet<string> | undefined;
  /** Keys in the data's order. */
  readonly #rows: ReadonlySet<string>;
  /** Places by name. */
  readonly #models: ReadonlyMap<string, number>;

  constructor({ format, columns, isStructured, fields, areFieldsChosen, rows, models }: ResultTableShape) {
    this.format = format;
    // No name twice: our own columns have theirs, those of the candidate come next, those of the data give way to both.
    const taken = new Set<string>([firstColumn, ...lastColumns]);
    const made = isStructured
      ? fields.map((name): Column => {
          return { name: freeName(taken, this.#header(name), 'json'), value: ({ json }) => fieldOf(json, name) };
        })
      : [{ name: freeName(taken, 'text', 'text'), value: ({ text }: ResultItem) => text }];
    const ofData = columns.map((name): Column => {
      return { name: freeName(taken, this.#header(name), 'row'), value: ({ values }) => fieldOf(values, name) };
    });
    const own = lastColumns.map((name): Column => ({ name, value: (item) => item[name] }));
    this.#columns = [{ name: firstColumn, value: ({ row }) => row }, ...ofData, ...made, ...own];
    this.#names = taken;
    this.#open = isStructured && !areFieldsChosen ? new Set(fields) : undefined;
    this.#rows = new Set(rows.map(({ prompt, row }) => this.#key(prompt, row)));
    this.#models = new Map(models.map((model, place) => [this.#cell(model), place]));
  }

  /** The line of an item. */
  line(item: ResultItem): ResultLine {
    const line = new Map(this.#columns.map(({ name, value }) => [name, value(item)] as const));
    if (!this.#open || !isJsonObject(item.json)) return line;
    const taken = new Set(this.#names);
    for (const [field, value] of Object.entries(item.json)) {
      if (line.size >= mostColumns) break;
      if (!this.#open.has(field)) line.set(freeName(taken, this.#header(field), 'json'), value);
    }
    return line;
  }

  /** The lines of a table; undefined for a text that is none. */
  read(text: string): readonly ResultLine[] | undefined {
    if (text.trim() === '') return [];
    if (!isResultTable(this.format, text)) return undefined;
    try {
      return this.format === 'csv' ? linesOfCsv(text) : linesOfJsonl(text);
    } catch {
      return undefined;
    }
  }

  /** What tells a line from others. */
  keyOf(line: ResultLine): string {
    return this.#key(...['prompt', 'row', 'model', 'index'].map((name) => line.get(name)));
  }

  /** Whether a line is of something that this table's run makes again and has no candidate: nobody needs it any more. */
  isStale(line: ResultLine): boolean {
    const file = line.get('file');
    return (file === undefined || file === '') && this.#rows.has(this.#rowKey(line)) && this.#isModel(line);
  }

  /** The whole table. @param there lines of the table that is there */
  merged(
    there: readonly ResultLine[],
    lines: readonly ResultLine[],
  ): { readonly text: string; readonly lines: readonly ResultLine[] } {
    const byKey = new Map<string, ResultLine>();
    for (const line of [...there, ...lines]) byKey.set(this.keyOf(line), line);
    const byRow = Map.groupBy(byKey.values(), (line) => this.#rowKey(line));
    const inOrder = mergedOrder(this.#rows, [...byRow.keys()]).flatMap((key) =>
      (byRow.get(key) ?? []).sort((a, b) => this.#compare(a, b)),
    );
    return { text: this.#write(inOrder), lines: inOrder };
  }

  #write(lines: readonly ResultLine[]): string {
    const known = new Set(this.#columns.map(({ name }) => name));
    const more = new Set<string>();
    for (const line of lines) for (const name of line.keys()) if (!known.has(name)) more.add(name);
    const before = this.#columns.slice(0, -lastColumns.length).map(({ name }) => name);
    const names = [...before, ...[...more].sort(), ...lastColumns];
    if (this.format === 'jsonl') {
      const record = (line: ResultLine): unknown =>
        Object.fromEntries(names.filter((name) => line.has(name)).map((name) => [name, line.get(name)]));
      return lines.map((line) => `${JSON.stringify(record(line))}\n`).join('');
    }
    const rows = lines.map((line) => names.map((name) => csvField(line.get(name))).join(','));
    return [names.map(csvField).join(','), ...rows, ''].join('\r\n');
  }

  /** By number, then in the order of the run's models, others behind them. */
  #compare(a: ResultLine, b: ResultLine): number {
    const byIndex = Number(a.get('index')) - Number(b.get('index'));
    if (byIndex !== 0 && !Number.isNaN(byIndex)) return byIndex;
    const [one, other] = [a, b].map((line) => this.#cell(line.get('model')));
    const place = (model = ''): number => this.#models.get(model) ?? this.#models.size;
    return place(one) - place(other) || compareTexts(one, other) || compareTexts(this.keyOf(a), this.keyOf(b));
  }

  #rowKey(line: ResultLine): string {
    return this.#key(line.get('prompt'), line.get(firstColumn));
  }

  #isModel(line: ResultLine): boolean {
    return this.#models.has(this.#cell(line.get('model')));
  }

  #key(...parts: readonly unknown[]): string {
    return JSON.stringify(parts.map((part) => this.#cell(part)));
  }

  /** A name as it is read back: on the first line. */
  #header(name: string): string {
    return this.#cell(name.replace(/[\r\n]+/g, ' '));
  }

  /** A value as it is read back. */
  #cell(value: unknown): string {
    const text = typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
    return this.format === 'csv' ? withoutFormula(text) : text;
  }
}

/** The first of `name`, `prefix.name` and so on that is not taken; it is from then on. */
function freeName(taken: Set<string>, name: string, prefix: string): string {
  let found = name;
  while (taken.has(found)) found = `${prefix}.${found}`;
  taken.add(found);
  return found;
}

function compareTexts(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Keys of both: those that are wanted in their order, the others behind those that they stood behind.
 *
 * @param there no key twice
 */
function mergedOrder(wanted: ReadonlySet<string>, there: readonly string[]): readonly string[] {
  const behind = new Map<string | undefined, string[]>();
  let before: string | undefined;
  for (const key of there) {
    if (wanted.has(key)) {
      before = key;
      continue;
    }
    const others = behind.get(before);
    if (others) others.push(key);
    else behind.set(before, [key]);
  }
  return [...(behind.get(undefined) ?? []), ...[...wanted].flatMap((key) => [key, ...(behind.get(key) ?? [])])];
}

function linesOfCsv(text: string): readonly ResultLine[] {
  const [names = [], ...records] = parse(text, {
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n'],
  });
  return records.map((record) => new Map(names.map((name, place) => [name, record[place] ?? ''])));
}

/** @throws where a line is none */
function linesOfJsonl(text: string): readonly ResultLine[] {
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const record: unknown = JSON.parse(line);
      if (!isJsonObject(record)) throw new Error('This line is no record.');
      return new Map(Object.entries(record));
    });
}

/**
 * Whether a file holds a table of ours, by its start: anything else under its name is somebody's file.
 *
 * @param start the first line at least
 */
export function isResultTable(format: ResultTableFormat, start: string): boolean {
  const [line = ''] = start.replace(/^\ufeff/, '').split(/\r?\n/, 1);
  if (format === 'csv') return line.startsWith(`${firstColumn},`) && line.endsWith(`,${lastColumns.join(',')}`);
  try {
    const record: unknown = JSON.parse(line);
    return isJsonObject(record) && ['row', 'model', 'index', 'state'].every((name) => Object.hasOwn(record, name));
  } catch {
    return false;
  }
}
