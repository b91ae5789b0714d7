import type { Failure, TokenUsage } from '../../../model/attempt.ts';
import type {
  ItemOverview,
  ItemProgress,
  ItemRange,
  JournalItem,
  JournalState,
  Page,
  PageRequest,
} from '../records.ts';
import { Contents } from './contents.ts';
import { number, text, type Database, type Row } from './database.ts';
import { pageCharacters, pageRows } from './pages.ts';
import { unpackItem } from './planPacking.ts';
import { packedItem, progressOf } from './rows.ts';
import { fromStored } from './storedPaths.ts';

/** Reads the items of one run: what was planned, and what has become of it. */
export class RunItems {
  readonly #database: Database;
  readonly #base: string;
  readonly #key: number;
  readonly #contents: Contents;

  /**
   * @param base what stored paths are relative to
   * @param key the run's in the tables
   */
  constructor(database: Database, base: string, key: number) {
    this.#database = database;
    this.#base = base;
    this.#key = key;
    this.#contents = new Contents(database, key);
  }

  /** In the order of the plan, with all that their calls need. */
  page(states: readonly JournalState[], page: PageRequest): Page<JournalItem> {
    return this.#page(states, page, (row, progress) => this.#whole(row, progress));
  }

  /** In the order of the plan, with what a list shows. */
  overviews(states: readonly JournalState[], page: PageRequest): Page<ItemOverview> {
    const { rows, ...more } = this.#page(states, page, (row, progress) => this.#overview(row, progress));
    const cut = this.#cut(rows[0]?.position ?? 0, rows.at(-1)?.position ?? -1);
    const mark = (row: ItemOverview): ItemOverview => (cut.has(row.position) ? { ...row, cut: true } : row);
    return { rows: cut.size === 0 ? rows : rows.map(mark), ...more };
  }

  /** Undefined when the run has no such item. */
  at(position: number): JournalItem | undefined {
    return this.#one(this.#database.get('SELECT * FROM items WHERE run = ? AND position = ?', this.#key, position));
  }

  /** With what a list shows; undefined when the run has no such item. */
  overviewAt(position: number): ItemOverview | undefined {
    return this.overviews([], { after: position - 1, limit: 1 }).rows.find((item) => item.position === position);
  }

  /** Undefined when the run has no such item. */
  byId(id: string): JournalItem | undefined {
    return this.#one(this.#database.get('SELECT * FROM items WHERE run = ? AND id = ?', this.#key, id));
  }

  /** Queued items of a stage within a range of positions, the first of them. */
  queued({ stage, from, to }: ItemRange, most: number): JournalItem[] {
    return this.#database
      .all(
        `SELECT * FROM items WHERE run = ? AND position BETWEEN ? AND ? AND stage = ? AND state = 'queued'
         ORDER BY position LIMIT ?`,
        this.#key,
        from,
        to,
        stage,
        most,
      )
      .map((row) => this.#one(row))
      .filter((item) => item !== undefined);
  }

  #one(row: Row | undefined): JournalItem | undefined {
    if (!row) return undefined;
    const position = number(row, 'position');
    return this.#whole(row, this.#progress(row, this.#attempts(position, position).get(position)));
  }

  #page<Item>(
    states: readonly JournalState[],
    page: PageRequest,
    read: (row: Row, progress: ItemProgress) => Item,
  ): Page<Item> {
    const limit = pageRows(page);
    const wanted = states.length === 0 ? '' : `AND state IN (${states.map(() => '?').join(', ')})`;
    const rows = this.#database.all(
      `SELECT * FROM items WHERE run = ? AND position > ? ${wanted} ORDER BY position LIMIT ?`,
      this.#key,
      page.after ?? -1,
      ...states,
      limit,
    );
    const [first] = rows;
    const last = rows.at(-1);
    if (!first || !last) return { rows: [] };
    const attempts = this.#attempts(number(first, 'position'), number(last, 'position'));
    const items: Item[] = [];
    for (const row of rows) {
      const position = number(row, 'position');
      items.push(read(row, this.#progress(row, attempts.get(position))));
      const isFull = this.#contents.characters >= pageCharacters;
      if (isFull || items.length === limit) return { rows: items, next: position };
    }
    return { rows: items };
  }

  #whole(row: Row, progress: ItemProgress): JournalItem {
    return { ...unpackItem(packedItem(row), this.#contents.of, this.#base), ...progress };
  }

  #overview(row: Row, progress: ItemProgress): ItemOverview {
    const {
      messages: _m,
      parameters: _p,
      variables: _v,
      schema: _s,
      vary: _a,
      output: _o,
      ...packed
    } = packedItem(row);
    const prompt = this.#contents.of(packed.prompt) as ItemOverview['prompt'];
    return { ...packed, prompt, ...progress };
  }

  /** Positions of those whose text was cut at the output limit; see `CallFacts`. */
  #cut(first: number, last: number): ReadonlySet<number> {
    const rows = this.#database.all(
      `SELECT position FROM sent_parameters WHERE run = ? AND position BETWEEN ? AND ? AND json LIKE '%"cut":true%'`,
      this.#key,
      first,
      last,
    );
    return new Set(rows.map((row) => number(row, 'position')));
  }

  /** What the calls of items have cost, by their positions. */
  #attempts(first: number, last: number): Map<number, Row> {
    const rows = this.#database.all(
      `SELECT position, count(*) AS attempts, coalesce(sum(input_tokens), 0) AS input, coalesce(sum(output_tokens), 0) AS output,
         min(started_at) AS started_at
       FROM attempts WHERE run = ? AND position BETWEEN ? AND ? AND superseded = 0 GROUP BY position`,
      this.#key,
      first,
      last,
    );
    return new Map(rows.map((row) => [number(row, 'position'), row]));
  }

  #progress(row: Row, attempts: Row | undefined): ItemProgress {
    const usage: TokenUsage = attempts
      ? { input: number(attempts, 'input'), output: number(attempts, 'output') }
      : { input: 0, output: 0 };
    const { state, finishedAt, failure: why, file } = progressOf(row);
    const isSkipped = isPassedBy(this.#database, row);
    const startedAt = attempts && number(attempts, 'started_at');
    return {
      state,
      attempts: attempts ? number(attempts, 'attempts') : 0,
      usage,
      ...(isSkipped ? { isSkipped } : {}),
      ...(startedAt === undefined ? {} : { startedAt }),
      // The clock may have been set back meanwhile.
      ...(finishedAt === null ? {} : { finishedAt: Math.max(finishedAt, startedAt ?? finishedAt) }),
      ...(why === null ? {} : { failure: JSON.parse(why) as Failure & { readonly stage: string } }),
      ...(file === null ? {} : { file: fromStored(this.#base, file) }),
    };
  }
}

/** Whether a record passes a stage by: nothing was made of it there, and nothing is when the stage is made again. */
function isPassedBy(database: Database, row: Row): boolean {
  if (row.state !== 'skipped' || row.place === '') return false;
  const made = database.get(
    'SELECT 1 AS made FROM results WHERE run = ? AND position = ?',
    number(row, 'run'),
    number(row, 'position'),
  );
  return made === undefined;
}

/**
 * The items of a run that have ended and can start again, by position.
 *
 * @param key the run's in the tables
 * @param ids absent: any of them
 * @param states absent: whatever became of them
 */
export function endedItems(
  database: Database,
  key: number,
  ids: readonly string[] | undefined,
  states: readonly JournalState[] | undefined,
): readonly Row[] {
  const wanted = ids && new Set(ids);
  return database
    .all(`SELECT * FROM items WHERE run = ? AND state <> 'queued' ORDER BY position`, key)
    .filter(
      (row) =>
        (wanted === undefined || wanted.has(text(row, 'id'))) &&
        (states === undefined || states.some((state) => state === row.state)) &&
        !isPassedBy(database, row),
    );
}
