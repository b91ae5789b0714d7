import type { Failure, TokenUsage } from '../../engine/outcome.ts';
import { checksum } from './checksum.ts';
import { DamageError, json, number, optionalNumber, text, type Database, type Row } from './database.ts';
import type { Leases } from './leases.ts';
import { failure, success, type Outcome } from './outcome.ts';
import { unpackItem } from './planPacking.ts';
import type {
  CachedText,
  CacheStatistics,
  Checkpoint,
  ItemOverview,
  ItemProgress,
  JournalCounts,
  JournalItem,
  JournalState,
  LastWritten,
  Page,
  PageRequest,
  RunDetails,
  RunOverview,
} from './records.ts';
import { checkpointOf, metricsOf, packedItem, progressOf, runChecksum, stateOf, verify, verifyFile } from './rows.ts';
import { keyOf, type JournalTables } from './runTables.ts';
import { fromStored, toStored } from './storedPaths.ts';
import type { TextCache } from './textCache.ts';

/** Characters of text or content after which a page ends. */
const pageCharacters = 256 * 1024;
/** Number of a run's last stage, in SQL on items. */
const lastStage = '(SELECT max(stage) FROM stages WHERE stages.run = items.run)';
const checkpointsAtOnce = 20;
const defaultPageRows = 200;
const mostPageRows = 500;

/** Everything that asks the journal. A row that is not what was written is thrown as damage, for the caller to mend. */
export class JournalReader {
  readonly #database: Database;
  readonly #base: string;
  readonly #leases: Leases;
  readonly #cache: TextCache;

  constructor({ database, base, leases, cache }: JournalTables) {
    this.#database = database;
    this.#base = base;
    this.#leases = leases;
    this.#cache = cache;
  }

  /** Newest first. */
  listRuns(filter: { readonly unfinished?: boolean } = {}, page: PageRequest = {}): Outcome<Page<RunOverview>> {
    const limit = pageRows(page);
    const rows = this.#database.all(
      `SELECT * FROM runs WHERE run < ?
       AND (? OR finished_at IS NULL OR EXISTS (SELECT 1 FROM items WHERE items.run = runs.run AND state = 'queued'))
       ORDER BY run DESC LIMIT ?`,
      page.after ?? Number.MAX_SAFE_INTEGER,
      filter.unfinished === true ? 0 : 1,
      limit,
    );
    const last = rows.at(-1);
    return success({
      rows: rows.map((row) => this.#overview(row)),
      ...(last && rows.length === limit ? { next: number(last, 'run') } : {}),
    });
  }

  run(id: string): Outcome<RunDetails> {
    const row = this.#database.get('SELECT * FROM runs WHERE id = ?', id);
    if (!row) return unknownRun(id);
    const key = number(row, 'run');
    const stages = this.#database.all('SELECT name FROM stages WHERE run = ? ORDER BY stage', key);
    const metrics = this.#database.all('SELECT * FROM metrics WHERE run = ? ORDER BY service', key);
    return success({
      ...this.#overview(row),
      root: fromStored(this.#base, text(row, 'root')),
      stages: stages.map((stage) => text(stage, 'name')),
      options: json(row, 'options'),
      services: json(row, 'services'),
      metrics: metrics.map(metricsOf),
      ...(row.summary === null ? {} : { summary: json(row, 'summary') }),
    });
  }

  /** In the order of the plan, with all that their calls need. */
  items(run: string, states: readonly JournalState[] = [], page: PageRequest = {}): Outcome<Page<JournalItem>> {
    let characters = 0;
    const contents = new Map<number, unknown>();
    return this.#itemPage(run, states, page, (row, progress, key) => {
      const contentOf = (content: number): unknown => {
        if (contents.has(content)) return contents.get(content);
        const stored = this.#content(key, content);
        characters += stored.length;
        const value: unknown = JSON.parse(stored);
        contents.set(content, value);
        return value;
      };
      const item = { ...unpackItem(packedItem(row), contentOf, this.#base), ...progress };
      return { row: item, full: characters >= pageCharacters };
    });
  }

  /** In the order of the plan, with what a list shows. */
  itemOverviews(run: string, states: readonly JournalState[] = [], page: PageRequest = {}): Outcome<Page<ItemOverview>> {
    const prompts = new Map<number, ItemOverview['prompt']>();
    return this.#itemPage(run, states, page, (row, progress, key) => {
      const { messages: _messages, parameters: _parameters, variables: _variables, output: _output, prompt: content, ...packed } =
        packedItem(row);
      let prompt = prompts.get(content);
      if (!prompt) {
        prompt = JSON.parse(this.#content(key, content)) as ItemOverview['prompt'];
        prompts.set(content, prompt);
      }
      return { row: { ...packed, prompt, ...progress }, full: false };
    });
  }

  /** Texts that are complete while their file is not known to be there, in the order of the plan: to be written without a call. */
  unwrittenResults(run: string, page: PageRequest = {}): Outcome<Page<Checkpoint>> {
    return this.#checkpointPage(run, page, `state IN ('queued', 'failed') AND stage = ${lastStage}`);
  }

  /** The stage that each unfinished item has reached, in the order of the plan; items that have reached none are absent. */
  checkpoints(run: string, page: PageRequest = {}): Outcome<Page<Checkpoint>> {
    return this.#checkpointPage(
      run,
      page,
      `state = 'queued' AND stage < ${lastStage}
       AND stage = (SELECT max(stage) FROM results AS r WHERE r.run = items.run AND r.position = items.position)`,
    );
  }

  /** Undefined when the journal has never written there. */
  lastWritten(path: string): Outcome<LastWritten | undefined> {
    const row = this.#database.get('SELECT * FROM files WHERE path = ?', toStored(this.#base, path));
    if (!row) return success(undefined);
    verifyFile(row);
    return success({ contentHash: text(row, 'content_hash'), run: text(row, 'run'), item: text(row, 'item') });
  }

  /** In the order of the keys; undefined where there is none. */
  cached(keys: readonly string[]): Outcome<(CachedText | undefined)[]> {
    return success(keys.map((key) => this.#cache.get(key)));
  }

  cacheStatistics(): Outcome<CacheStatistics> {
    return success(this.#cache.statistics());
  }

  /** JSON. */
  #content(key: number, content: number): string {
    const row = this.#database.get('SELECT json, checksum FROM contents WHERE run = ? AND number = ?', key, content);
    if (!row) throw new DamageError('The content of an item is missing.');
    verify(row, checksum(text(row, 'json')));
    return text(row, 'json');
  }

  #overview(row: Row): RunOverview {
    const key = number(row, 'run');
    const id = text(row, 'id');
    const total = number(row, 'total');
    const startedAt = number(row, 'started_at');
    verify(
      row,
      runChecksum({
        id,
        label: text(row, 'label'),
        root: text(row, 'root'),
        total,
        options: text(row, 'options'),
        services: text(row, 'services'),
        startedAt,
      }),
    );
    const counts: JournalCounts = { queued: 0, written: 0, failed: 0, cancelled: 0, skipped: 0 };
    for (const each of this.#database.all('SELECT state, count(*) AS items FROM items WHERE run = ? GROUP BY state', key)) {
      counts[stateOf(each)] = number(each, 'items');
    }
    const unwritten = this.#database.get(
      `SELECT count(*) AS items FROM items JOIN results USING (run, position)
       WHERE items.run = ? AND state IN ('queued', 'failed') AND text IS NOT NULL AND stage = ${lastStage}`,
      key,
    );
    const finishedAt = optionalNumber(row, 'finished_at');
    const owner = this.#leases.ownerOf(id);
    return {
      id,
      label: text(row, 'label'),
      total,
      counts,
      unwritten: unwritten ? number(unwritten, 'items') : 0,
      startedAt,
      ...(finishedAt === undefined ? {} : { finishedAt }),
      ...(owner && { owner }),
    };
  }

  #itemPage<Item>(
    run: string,
    states: readonly JournalState[],
    page: PageRequest,
    read: (row: Row, progress: ItemProgress, key: number) => { readonly row: Item; readonly full: boolean },
  ): Outcome<Page<Item>> {
    const key = keyOf(this.#database, run);
    if (key === undefined) return unknownRun(run);
    const limit = pageRows(page);
    const wanted = states.length === 0 ? '' : `AND state IN (${states.map(() => '?').join(', ')})`;
    const rows = this.#database.all(
      `SELECT * FROM items WHERE run = ? AND position > ? ${wanted} ORDER BY position LIMIT ?`,
      key,
      page.after ?? -1,
      ...states,
      limit,
    );
    const [first] = rows;
    const last = rows.at(-1);
    if (!first || !last) return success({ rows: [] });
    const attempts = this.#attempts(key, number(first, 'position'), number(last, 'position'));
    const items: Item[] = [];
    for (const row of rows) {
      const position = number(row, 'position');
      const { row: item, full } = read(row, this.#progress(row, attempts.get(position)), key);
      items.push(item);
      if (full || items.length === limit) return success({ rows: items, next: position });
    }
    return success({ rows: items });
  }

  #attempts(key: number, first: number, last: number): Map<number, Row> {
    const rows = this.#database.all(
      `SELECT position, count(*) AS attempts, coalesce(sum(input_tokens), 0) AS input, coalesce(sum(output_tokens), 0) AS output,
         min(started_at) AS started_at FROM attempts WHERE run = ? AND position BETWEEN ? AND ? GROUP BY position`,
      key,
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
    return {
      state,
      attempts: attempts ? number(attempts, 'attempts') : 0,
      usage,
      ...(attempts ? { startedAt: number(attempts, 'started_at') } : {}),
      ...(finishedAt === null ? {} : { finishedAt }),
      ...(why === null ? {} : { failure: JSON.parse(why) as Failure & { readonly stage: string } }),
      ...(file === null ? {} : { file: fromStored(this.#base, file) }),
    };
  }

  /** @param condition SQL on items and results */
  #checkpointPage(run: string, page: PageRequest, condition: string): Outcome<Page<Checkpoint>> {
    const key = keyOf(this.#database, run);
    if (key === undefined) return unknownRun(run);
    const limit = pageRows(page);
    const rows: Checkpoint[] = [];
    let characters = 0;
    let after = page.after ?? -1;
    while (rows.length < limit && characters < pageCharacters) {
      // As many as fit, if they are as long as those before.
      const fitting = Math.ceil(((pageCharacters - characters) * rows.length) / Math.max(1, characters));
      const wanted = Math.max(1, Math.min(checkpointsAtOnce, limit - rows.length, fitting));
      const found = this.#database.all(
        `SELECT items.id, items.position, stage, text, results.checksum, results.model, input_tokens, output_tokens
         FROM items JOIN results USING (run, position)
         WHERE items.run = ? AND items.position > ? AND text IS NOT NULL AND ${condition} ORDER BY items.position LIMIT ?`,
        key,
        after,
        wanted,
      );
      for (const checkpoint of found.map(checkpointOf)) {
        rows.push(checkpoint);
        characters += checkpoint.text.length;
        after = checkpoint.position;
      }
      if (found.length < wanted) return success({ rows });
    }
    return success({ rows, next: after });
  }
}

function pageRows({ limit = defaultPageRows }: PageRequest): number {
  return Math.max(1, Math.min(mostPageRows, Math.floor(limit)));
}

function unknownRun(run: string): Outcome<never> {
  return failure('unknown', `Run ${run} is not in the journal: list the runs to see what is.`);
}
