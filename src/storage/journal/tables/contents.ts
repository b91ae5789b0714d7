import { checksum } from '../checksum.ts';
import { DamageError, text, type Database } from './database.ts';
import { verify } from './rows.ts';

/** What the items of one run have in common. Each content is read and parsed once: the same object for the same number. */
export class Contents {
  readonly #database: Database;
  readonly #run: number;
  readonly #values = new Map<number, unknown>();
  #characters = 0;

  /** @param run the run's key in the tables */
  constructor(database: Database, run: number) {
    this.#database = database;
    this.#run = run;
  }

  /** How much was read so far. */
  get characters(): number {
    return this.#characters;
  }

  /** @throws DamageError */
  readonly of = (number: number): unknown => {
    if (this.#values.has(number)) return this.#values.get(number);
    const stored = this.#read(number);
    this.#characters += stored.length;
    const value: unknown = JSON.parse(stored);
    this.#values.set(number, value);
    return value;
  };

  /** JSON. */
  #read(content: number): string {
    const sql = 'SELECT json, checksum FROM contents WHERE run = ? AND number = ?';
    const row = this.#database.get(sql, this.#run, content);
    if (!row) throw new DamageError('The content of an item is missing.');
    verify(row, checksum(text(row, 'json')));
    return text(row, 'json');
  }
}
