import { number, text, type Database } from './database.ts';
import { cacheChecksum, formatOf } from './rows.ts';
import type { CachedText, CacheEntry, CacheLimits } from '../records.ts';

/** Entries that one transaction takes out at most. */
const trimBatch = 500;
/** A full cache is trimmed to this share of its limit, so that not every entry that comes in takes one out. */
const trimmedShare = 0.9;

/** Texts by the hash of what they were made from; the least recently used go first. */
export class TextCache {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A text that is not what was written counts as absent. */
  get(key: string): CachedText | undefined {
    const row = this.#database.get(
      'SELECT text, format, model, input_tokens, output_tokens, checksum FROM cache WHERE key = ?',
      key,
    );
    if (!row) return undefined;
    const cached = text(row, 'text');
    const model = text(row, 'model');
    const format = formatOf(row);
    if (number(row, 'checksum') !== cacheChecksum({ key, format, model, text: cached })) return undefined;
    const usage = { input: number(row, 'input_tokens'), output: number(row, 'output_tokens') };
    return { text: cached, format, model, usage };
  }

  /** @param now epoch ms */
  put({ key, text: cached, format, model, usage }: CacheEntry, now: number): void {
    this.#database.run(
      `INSERT INTO cache VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
       ON CONFLICT DO UPDATE SET text = excluded.text, format = excluded.format, checksum = excluded.checksum, model = excluded.model,
         input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, characters = excluded.characters,
         created_at = excluded.created_at, used_at = excluded.used_at`,
      key,
      cached,
      format,
      cacheChecksum({ key, format, model, text: cached }),
      model,
      usage.input,
      usage.output,
      cached.length,
      now,
      now,
    );
  }

  /** Counts a hit and makes the entry the most recently used. */
  touch(keys: readonly string[], now: number): void {
    for (const key of keys) {
      this.#database.run('UPDATE cache SET hits = hits + 1, used_at = max(used_at, ?) WHERE key = ?', now, key);
    }
  }

  /**
   * Takes out what is too old or too much, oldest use first, a batch at most.
   *
   * @returns whether there may be more to take out
   */
  trim({ mostCharacters, maxAgeMs }: CacheLimits, now: number): boolean {
    const expired = this.#database.run(
      'DELETE FROM cache WHERE key IN (SELECT key FROM cache WHERE created_at < ? LIMIT ?)',
      now - maxAgeMs,
      trimBatch,
    );
    if (expired === trimBatch) return true;
    let characters = this.#characters();
    if (characters <= mostCharacters) return false;
    const oldest = this.#database.all('SELECT key, characters FROM cache ORDER BY used_at LIMIT ?', trimBatch);
    for (const row of oldest) {
      if (characters <= mostCharacters * trimmedShare) return false;
      this.#database.run('DELETE FROM cache WHERE key = ?', text(row, 'key'));
      characters -= number(row, 'characters');
    }
    return characters > mostCharacters * trimmedShare;
  }

  clear(): number {
    return this.#database.run('DELETE FROM cache');
  }

  #characters(): number {
    const row = this.#database.get('SELECT total(characters) AS characters FROM cache INDEXED BY cache_by_use');
    return row ? number(row, 'characters') : 0;
  }
}
