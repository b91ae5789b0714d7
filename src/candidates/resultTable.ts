import { isJsonObject, type JsonObject } from '../base/jsonObject.ts';
import type { ItemState } from '../model/item.ts';
import type { Row } from '../model/row.ts';

/** What came of an item, as a line of the table. */
export interface ResultItem {
  /** Key of its row; empty for a prompt without data. */
  readonly row: string;
  /** 1-based, within row and model. */
  readonly index: number;
  readonly model: string;
  readonly state: ItemState;
  /** Relative to the table, with `/`; absent as long as there is none. */
  readonly file?: string;
  /** US dollars; absent where nobody knows. */
  readonly cost?: number;
  /** The candidate; absent where there is none, or `json` says it. */
  readonly text?: string;
  /** What the candidate holds when it was asked for with a schema. */
  readonly json?: unknown;
}

export interface ResultTableContents {
  /** In the data's order. */
  readonly rows: readonly Row[];
  /** Of the data. */
  readonly columns: readonly string[];
  /** In any order. */
  readonly items: readonly ResultItem[];
  /** The fields of the JSON that are wanted: `title`, `author.name`; absent: all that some candidate has. */
  readonly fields?: readonly string[];
  /** Whether candidates are JSON: then there is no column with their text. */
  readonly isStructured: boolean;
}

export type ResultTableFormat = 'csv' | 'jsonl';

/** By the ending of its name; undefined for another one. */
export function resultTableFormat(path: string): ResultTableFormat | undefined {
  return /\.(csv|jsonl)$/i.exec(path)?.[1]?.toLowerCase() as ResultTableFormat | undefined;
}

/** In front of the data's columns, and behind the candidate's. */
const firstColumn = 'row';
const lastColumns = ['file', 'model', 'index', 'state', 'cost'] as const;

/** More fields than a table can show. */
const mostFields = 1_000;

interface Column {
  readonly name: string;
  readonly value: (row: Row, item: ResultItem) => unknown;
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

function fieldsOf(items: readonly ResultItem[]): readonly string[] {
  const fields = new Set<string>();
  for (const { json } of items) {
    if (!isJsonObject(json)) continue;
    for (const field of Object.keys(json)) {
      if (fields.size === mostFields) return [...fields];
      fields.add(field);
    }
  }
  return [...fields];
}

/** No name twice: our own columns have theirs, those of the candidate come next, those of the data give way to both. */
function columnsOf({ columns, fields, isStructured }: ResultTableContents, inOrder: readonly ResultItem[]): Column[] {
  const taken = new Set<string>([firstColumn, ...lastColumns]);
  const free = (name: string, prefix: string): string => {
    let found = name;
    while (taken.has(found)) found = `${prefix}.${found}`;
    taken.add(found);
    return found;
  };
  const made = isStructured
    ? (fields ?? fieldsOf(inOrder)).map((name): Column => {
        return { name: free(name, 'json'), value: (_, { json }) => fieldOf(json, name) };
      })
    : [{ name: free('text', 'text'), value: (_: Row, { text }: ResultItem) => text }];
  const ofData = columns.map((name): Column => {
    const value = ({ values }: Row): unknown => (Object.hasOwn(values, name) ? values[name] : undefined);
    return { name: free(name, 'row'), value };
  });
  const own = lastColumns.map((name): Column => ({ name, value: (_, item) => item[name] }));
  return [{ name: firstColumn, value: ({ key }) => key }, ...ofData, ...made, ...own];
}

/** Items of one row by index, then in the order of the models. */
function inOrderOf({ rows, items }: ResultTableContents): readonly { readonly row: Row; readonly item: ResultItem }[] {
  const byRow = new Map<string, ResultItem[]>();
  const models = new Map<string, number>();
  for (const item of items) {
    if (!models.has(item.model)) models.set(item.model, models.size);
    const others = byRow.get(item.row);
    if (others) others.push(item);
    else byRow.set(item.row, [item]);
  }
  const place = ({ model }: ResultItem): number => models.get(model) ?? 0;
  return rows.flatMap((row) =>
    (byRow.get(row.key) ?? []).sort((a, b) => a.index - b.index || place(a) - place(b)).map((item) => ({ row, item })),
  );
}

/**
 * The table of what came of each item, in the data's order: the row's key (`row`), its own columns, the candidate (its
 * `text`, or fields of its JSON), `file`, `model`, `index`, `state` and `cost`. CSV is that of RFC 4180, and texts that a
 * spreadsheet would take for a formula get an apostrophe in front; JSONL has all values as they are.
 */
export function resultTable(format: ResultTableFormat, contents: ResultTableContents): string {
  const lines = inOrderOf(contents);
  const columns = columnsOf(
    contents,
    lines.map(({ item }) => item),
  );
  if (format === 'jsonl') {
    return lines.map(({ row, item }) => `${JSON.stringify(recordOf(columns, row, item))}\n`).join('');
  }
  const header = columns.map(({ name }) => csvField(name)).join(',');
  const rows = lines.map(({ row, item }) => columns.map(({ value }) => csvField(value(row, item))).join(','));
  return [header, ...rows, ''].join('\r\n');
}

function recordOf(columns: readonly Column[], row: Row, item: ResultItem): JsonObject {
  return Object.fromEntries(columns.map(({ name, value }) => [name, value(row, item)]));
}

/** What begins like this is a formula for some spreadsheet; the wide signs are for those that fold them. */
const formulaStart = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
/** A number is a number there too. */
const plainNumber = /^[+-]?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?$/i;

/** A spreadsheet computes what begins like a formula, and nobody has looked at what a model or a stranger's data says. */
function withoutFormula(text: string): string {
  return formulaStart.test(text) && !(text.length < 100 && plainNumber.test(text)) ? `'${text}` : text;
}

/** A field of CSV, in which a spreadsheet finds nothing to compute. */
export function csvField(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = withoutFormula(typeof value === 'string' ? value : JSON.stringify(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
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
