import { isJsonObject } from '../../base/jsonObject.ts';
import { csvField } from '../../candidates/csvField.ts';
import type { RecordData } from '../../flow/flow.ts';
import type { EndRecord } from './endRecords.ts';

/** More columns than a table can show. */
const mostColumns = 1_000;

export type TableRecord = Pick<EndRecord, 'key' | 'state' | 'record' | 'failure'>;

/**
 * The table of what records came to, in their order. A column is a name of the record, or a path of names with dots between
 * them; `key`, `state` and `problem` are known of each record that has no such names itself.
 *
 * @param columns absent: all that the records have, but for lists and long texts of stages
 */
export function recordTable(
  format: 'csv' | 'jsonl',
  records: readonly TableRecord[],
  columns: readonly string[] = columnsOf(records),
): string {
  const values = (each: TableRecord): readonly unknown[] => columns.map((column) => valueOf(each, column));
  if (format === 'jsonl') {
    const lines = records.map((each) => {
      const found = values(each);
      return JSON.stringify(Object.fromEntries(columns.map((column, place) => [column, found[place] ?? null])));
    });
    return lines.map((line) => `${line}\n`).join('');
  }
  return csvLine(columns) + csvRows(records, columns);
}

export function csvLine(values: readonly unknown[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

/** Lines of a table whose columns are known. */
export function csvRows(records: readonly TableRecord[], columns: readonly string[]): string {
  return records.map((each) => csvLine(columns.map((column) => valueOf(each, column)))).join('');
}

function valueOf({ key, state, failure, record }: TableRecord, column: string): unknown {
  const found = fieldOf(record, column);
  if (found !== undefined) return found;
  switch (column) {
    case 'key':
      return key;
    case 'state':
      return state;
    case 'problem':
      return failure?.message;
    default:
      return undefined;
  }
}

function fieldOf(record: RecordData, column: string): unknown {
  if (Object.hasOwn(record, column)) return record[column];
  let value: unknown = record;
  for (const name of column.split('.')) {
    if (Array.isArray(value) && /^\d+$/.test(name)) value = value[Number(name)] as unknown;
    else if (isJsonObject(value) && Object.hasOwn(value, name)) value = value[name];
    else return undefined;
  }
  return value;
}

function columnsOf(records: readonly TableRecord[]): readonly string[] {
  const columns = new FoundColumns();
  columns.add(records);
  return columns.all;
}

/** The columns of a table whose records come some at a time: all that they have, but for lists and long texts of stages. */
export class FoundColumns {
  readonly #names = new Set<string>(['key']);

  add(records: readonly Pick<TableRecord, 'record'>[]): void {
    for (const { record } of records) {
      for (const [name, value] of Object.entries(record)) {
        this.#take(name, value);
        if (isJsonObject(value)) for (const [inner, own] of Object.entries(value)) this.#take(`${name}.${inner}`, own);
      }
    }
  }

  get all(): readonly string[] {
    return [...this.#names, 'state'];
  }

  #take(name: string, value: unknown): void {
    if (this.#names.size < mostColumns && !Array.isArray(value) && !isJsonObject(value)) this.#names.add(name);
  }
}
