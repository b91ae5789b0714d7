import { checksum, whole } from '../checksum.ts';
import type { FetchedAnswer } from '../records.ts';
import { DamageError, type Database, type Row } from './database.ts';
import { fetchedOf } from './rows.ts';

/** Answers that are kept at most, and characters of them: those that were fetched last. */
const mostRows = 5_000;
const mostCharacters = 50_000_000;
/** A full table is trimmed to this share, so that not every answer that comes in takes one out. */
const trimmedShare = 0.9;
/** Answers that come in before the table is looked at again. */
const trimEvery = 100;

/** What requests were answered with, by what tells them apart: a service may say later that nothing has changed. */
export class FetchedTable {
  readonly #database: Database;
  /** Answers until the table is looked at. */
  #untilTrim = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One that is not what was written counts as absent. */
  get(key: string): FetchedAnswer | undefined {
    const row = this.#database.get('SELECT * FROM fetched WHERE key = ?', key);
    return row && ifIntact(row);
  }

  /** @param now epoch ms */
  put(key: string, answer: FetchedAnswer, now: number): void {
    const { etag = null, lastModified = null, type, body } = answer;
    this.#database.run(
      'INSERT OR REPLACE INTO fetched VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      key,
      etag,
      lastModified,
      type,
      body,
      body.length,
      whole(now),
      checksum(key, etag, lastModified, type, body),
    );
    this.#untilTrim -= 1;
    if (this.#untilTrim >= 0) return;
    this.#untilTrim = trimEvery;
    this.#trim();
  }

  clear(): void {
    this.#database.run('DELETE FROM fetched');
  }

  #trim(): void {
    const oldest = this.#database.all(
      'SELECT key, characters FROM fetched INDEXED BY fetched_by_time ORDER BY fetched_at',
    );
    let characters = oldest.reduce((sum, row) => sum + Number(row.characters), 0);
    if (oldest.length <= mostRows && characters <= mostCharacters) return;
    for (const [place, row] of oldest.entries()) {
      const isWithin = oldest.length - place <= mostRows * trimmedShare && characters <= mostCharacters * trimmedShare;
      if (isWithin) return;
      this.#database.run('DELETE FROM fetched WHERE key = ?', String(row.key));
      characters -= Number(row.characters);
    }
  }
}

function ifIntact(row: Row): FetchedAnswer | undefined {
  try {
    return fetchedOf(row);
  } catch (error) {
    if (error instanceof DamageError) return undefined;
    throw error;
  }
}
