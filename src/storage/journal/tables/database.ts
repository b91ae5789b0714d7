import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { JournalError } from '../journalFailure.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** A row that is not what was written: the database is damaged. */
export class DamageError extends JournalError {
  constructor(message: string) {
    super('damaged', message);
  }
}

/** All of an action's changes, or none. */
export function transaction<Value>(raw: DatabaseSync, action: () => Value): Value {
  raw.exec('BEGIN IMMEDIATE');
  try {
    const value = action();
    raw.exec('COMMIT');
    return value;
  } catch (error) {
    try {
      raw.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself: the disk is full, for one.
    }
    throw error;
  }
}

/** A connection with its prepared statements. */
export class Database {
  readonly raw: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(raw: DatabaseSync) {
    this.raw = raw;
  }

  /** @returns how many rows it changed */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values.map(encoded)).changes);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values.map(encoded));
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values.map(encoded));
  }

  /** Adds a row as it was read, unless there is one with the same key. @returns 1 if it was added */
  insertRow(table: string, row: Row): number {
    const columns = Object.keys(row);
    const sql = `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    return Number(this.#prepare(sql).run(...(Object.values(row) as SQLInputValue[])).changes);
  }

  /** One transaction that takes the write lock at once, so that it never fails half-way because of another process. */
  transaction<Value>(action: () => Value): Value {
    return transaction(this.raw, action);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.raw.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Node 22 reads a text up to its first NUL only, so a NUL is written as two characters, and so is the first of these. */
const escapeCharacter = '\u001a';

function encoded(value: SQLInputValue): SQLInputValue {
  // eslint-disable-next-line no-control-regex
  if (typeof value !== 'string' || !/[\0\u001a]/.test(value)) return value;
  return value.replaceAll(escapeCharacter, `${escapeCharacter}1`).replaceAll('\0', `${escapeCharacter}0`);
}

function decoded(value: string): string {
  if (!value.includes(escapeCharacter)) return value;
  return value.replaceAll(`${escapeCharacter}0`, '\0').replaceAll(`${escapeCharacter}1`, escapeCharacter);
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new DamageError(`The column ${column} holds no text.`);
  return decoded(value);
}

export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new DamageError(`The column ${column} holds no number.`);
  return value;
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

export function optionalNumber(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : number(row, column);
}

export function json(row: Row, column: string): unknown {
  try {
    return JSON.parse(text(row, column));
  } catch {
    throw new DamageError(`The column ${column} holds no JSON.`);
  }
}
