import type { AttemptRecord, ItemWay } from '../records.ts';
import { number, optionalNumber, optionalText, text, type Database } from './database.ts';
import type { RunItems } from './runItems.ts';

/** A way is as long as there are stages; more than this is damage. */
const longestWay = 500;
/** Attempts of one item that are told at most, the newest. */
const mostAttempts = 100;

/** Reads how records of one run have come through its stages, and what was tried for an item. */
export class RunWays {
  readonly #database: Database;
  readonly #key: number;
  readonly #items: RunItems;

  /** @param key the run's in the tables */
  constructor(database: Database, key: number, items: RunItems) {
    this.#database = database;
    this.#key = key;
    this.#items = items;
  }

  /** Undefined when the run has no such item. */
  wayOf(id: string): ItemWay | undefined {
    const found = this.#database.get('SELECT * FROM items WHERE run = ? AND id = ?', this.#key, id);
    if (!found) return undefined;
    const own = number(found, 'position');
    const positions = [own];
    for (let at = this.#parentOf(own); at !== undefined && positions.length < longestWay; at = this.#parentOf(at)) {
      positions.unshift(at);
    }
    let followers = this.#followersOf(own);
    while (followers.length === 1 && positions.length < longestWay) {
      const [next] = followers;
      if (next === undefined) break;
      positions.push(next);
      followers = this.#followersOf(next);
    }
    const steps = positions.flatMap((position) => this.#items.overviewAt(position) ?? []);
    return { steps, further: followers.length };
  }

  /** The attempts that count for an item, oldest first: those of a text that was made anew do not. */
  attemptsOf(id: string): AttemptRecord[] {
    return this.#database
      .all(
        `SELECT attempts.* FROM attempts JOIN items USING (run, position)
         WHERE attempts.run = ? AND items.id = ? AND superseded = 0 ORDER BY attempt_id DESC LIMIT ?`,
        ...[this.#key, id, mostAttempts],
      )
      .map((row): AttemptRecord => {
        const message = optionalText(row, 'message');
        const input = optionalNumber(row, 'input_tokens');
        const retryInMs = optionalNumber(row, 'retry_in_ms');
        return {
          item: id,
          attempt: number(row, 'attempt'),
          service: text(row, 'service'),
          model: text(row, 'model'),
          startedAt: number(row, 'started_at'),
          durationMs: number(row, 'duration_ms'),
          queueWaitMs: number(row, 'queue_wait_ms'),
          outcome: text(row, 'outcome') as AttemptRecord['outcome'],
          ...(message === undefined ? {} : { message }),
          ...(input === undefined ? {} : { usage: { input, output: optionalNumber(row, 'output_tokens') ?? 0 } }),
          ...(retryInMs === undefined ? {} : { retryInMs }),
        };
      })
      .reverse();
  }

  #parentOf(position: number): number | undefined {
    const row = this.#database.get('SELECT parent FROM items WHERE run = ? AND position = ?', this.#key, position);
    return row && optionalNumber(row, 'parent');
  }

  #followersOf(position: number): number[] {
    return this.#database
      .all('SELECT position FROM items WHERE run = ? AND parent = ? ORDER BY position', this.#key, position)
      .map((row) => number(row, 'position'));
  }
}
