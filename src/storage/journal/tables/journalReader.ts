import { dirname, join } from 'node:path';
import type { Failure, TokenUsage } from '../../../model/attempt.ts';
import type { ManifestEntry } from '../../../candidates/manifest.ts';
import { checksum } from '../checksum.ts';
import { DamageError, json, number, optionalNumber, text, type Database, type Row } from './database.ts';
import type { LeaseTable } from './leaseTable.ts';
import { manifestEntry } from '../../../candidates/manifestEntry.ts';
import { failure, type JournalOutcome } from '../journalFailure.ts';
import { success } from '../../../base/outcome.ts';
import { unpackItem, unpackOutput } from './planPacking.ts';
import type { FoundCandidate } from './rebuild.ts';
import type {
  CachedText,
  Checkpoint,
  ItemOverview,
  ItemProgress,
  JournalCounts,
  JournalItem,
  JournalState,
  KnownFile,
  LastNumber,
  LastWritten,
  NewRun,
  Page,
  PageRequest,
  RunDetails,
  RunOverview,
} from '../records.ts';
import { checkpointOf, metricsOf, packedItem, progressOf, runOf, stateOf, verify, verifyFile } from './rows.ts';
import { keyOf, type JournalTables } from './runTables.ts';
import { fromStored, toStored } from './storedPaths.ts';
import type { TextCache } from './textCache.ts';

/** Characters of text or content after which a page ends. */
const pageCharacters = 256 * 1024;
/** Number of a run's last stage, in SQL on items. */
const lastStage = '(SELECT max(stage) FROM stages WHERE stages.run = items.run)';
/** A result that is a whole text while its file is not known to be there, in SQL on items and results. */
const isUnwritten = `state IN ('queued', 'failed') AND stage = ${lastStage}`;
const checkpointColumns =
  'items.id, items.position, stage, text, results.checksum, results.model, input_tokens, output_tokens';
const checkpointsAtOnce = 20;
const defaultPageRows = 200;
const mostPageRows = 500;

/** What the items of one run have in common. */
interface Contents {
  readonly of: (number: number) => unknown;
  /** How much was read so far. */
  readonly characters: () => number;
}

/** What the manifest entries of one run are made from. */
interface EntrySource {
  readonly key: number;
  readonly contents: Contents;
  readonly services: NewRun['services'];
}

/** Everything that asks the journal. A row that is not what was written is thrown as damage, for the caller to mend. */
export class JournalReader {
  readonly #database: Database;
  readonly #base: string;
  readonly #leases: LeaseTable;
  readonly #cache: TextCache;

  constructor({ database, base, leases, cache }: JournalTables) {
    this.#database = database;
    this.#base = base;
    this.#leases = leases;
    this.#cache = cache;
  }

  /** Newest first. */
  listRuns(filter: { readonly unfinished?: boolean } = {}, page: PageRequest = {}): JournalOutcome<Page<RunOverview>> {
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

  /** One run with its options, services and metrics. */
  run(id: string): JournalOutcome<RunDetails> {
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
      services: json(row, 'services') as RunDetails['services'],
      metrics: metrics.map(metricsOf),
      ...(row.summary === null ? {} : { summary: json(row, 'summary') }),
    });
  }

  /** In the order of the plan, with all that their calls need. */
  items(run: string, states: readonly JournalState[] = [], page: PageRequest = {}): JournalOutcome<Page<JournalItem>> {
    return this.#itemPage(run, states, page, (key) => {
      const contents = this.#contents(key);
      return (row, progress) => {
        const item = { ...unpackItem(packedItem(row), contents.of, this.#base), ...progress };
        return { row: item, full: contents.characters() >= pageCharacters };
      };
    });
  }

  /** In the order of the ids; those that the run does not have are absent. */
  itemsById(run: string, ids: readonly string[]): JournalOutcome<JournalItem[]> {
    const key = keyOf(this.#database, run);
    if (key === undefined) return unknownRun(run);
    const contents = this.#contents(key);
    const items: JournalItem[] = [];
    for (const id of ids) {
      const item = this.#item(key, id, contents);
      if (item) items.push(item);
    }
    return success(items);
  }

  /** In the order of the plan, with what a list shows. */
  itemOverviews(
    run: string,
    states: readonly JournalState[] = [],
    page: PageRequest = {},
  ): JournalOutcome<Page<ItemOverview>> {
    return this.#itemPage(run, states, page, (key) => {
      const contents = this.#contents(key);
      return (row, progress) => {
        const {
          messages: _messages,
          parameters: _parameters,
          variables: _variables,
          output: _output,
          ...packed
        } = packedItem(row);
        const prompt = contents.of(packed.prompt) as ItemOverview['prompt'];
        return { row: { ...packed, prompt, ...progress }, full: false };
      };
    });
  }

  /** Texts that are complete while their file is not known to be there, in the order of the plan: to be written without a call. */
  unwrittenResults(run: string, page: PageRequest = {}): JournalOutcome<Page<Checkpoint>> {
    return this.#checkpointPage(run, page, isUnwritten);
  }

  /** The text of one item that is complete while its file is not known to be there. */
  unwrittenResult(run: string, item: string): JournalOutcome<Checkpoint | undefined> {
    const key = keyOf(this.#database, run);
    if (key === undefined) return unknownRun(run);
    const row = this.#database.get(
      `SELECT ${checkpointColumns} FROM items JOIN results USING (run, position)
       WHERE items.run = ? AND items.id = ? AND ${isUnwritten}`,
      key,
      item,
    );
    return success(row && checkpointOf(row));
  }

  /** The highest number that a run has given out in each of its series. */
  lastNumbers(run: string): JournalOutcome<LastNumber[]> {
    const key = keyOf(this.#database, run);
    if (key === undefined) return unknownRun(run);
    const contents = this.#contents(key);
    const rows = this.#database.all('SELECT output, max(number) AS last FROM items WHERE run = ? GROUP BY output', key);
    return success(
      rows.map((row) => ({
        output: unpackOutput(contents.of(number(row, 'output')), this.#base),
        number: number(row, 'last'),
      })),
    );
  }

  /** The stage that each unfinished item has reached, in the order of the plan; items that have reached none are absent. */
  checkpoints(run: string, page: PageRequest = {}): JournalOutcome<Page<Checkpoint>> {
    return this.#checkpointPage(
      run,
      page,
      `state = 'queued' AND stage < ${lastStage}
       AND stage = (SELECT max(stage) FROM results AS r WHERE r.run = items.run AND r.position = items.position)`,
    );
  }

  /** Undefined when the journal has never written there. */
  lastWritten(path: string): JournalOutcome<LastWritten | undefined> {
    return success(this.#lastWritten(path));
  }

  /** The files that items of a run are written to, absolute. */
  writtenFiles(run: string): JournalOutcome<string[]> {
    const rows = this.#database.all(
      `SELECT file FROM items JOIN runs USING (run) WHERE runs.id = ? AND state IN ('written', 'skipped') AND file IS NOT NULL`,
      run,
    );
    return success(rows.map((row) => fromStored(this.#base, text(row, 'file'))));
  }

  /** The folders, absolute, that items of a run go to which are not known as written; not those with a number in their name. */
  openFolders(run: string): JournalOutcome<string[]> {
    const key = keyOf(this.#database, run);
    if (key === undefined) return unknownRun(run);
    const contents = this.#contents(key);
    const rows = this.#database.all(
      `SELECT DISTINCT output FROM items WHERE run = ? AND state IN ('queued', 'failed')`,
      key,
    );
    const folders = rows.map((row) => {
      const { folder, series } = unpackOutput(contents.of(number(row, 'output')), this.#base);
      return join(folder, dirname(series));
    });
    return success([...new Set(folders)].filter((folder) => !folder.includes('*')));
  }

  /** Those of a run's candidates whose item has not ended here and whose file the journal has never written. */
  unknownCandidates(run: string, candidates: readonly FoundCandidate[]): JournalOutcome<FoundCandidate[]> {
    const key = keyOf(this.#database, run);
    if (key === undefined) return unknownRun(run);
    return success(
      candidates.filter(({ path, entry }) => {
        const isOpen = this.#database.get(
          `SELECT 1 FROM items WHERE run = ? AND id = ? AND state IN ('queued', 'failed')`,
          key,
          entry.item,
        );
        return entry.run === run && isOpen !== undefined && this.#lastWritten(path) === undefined;
      }),
    );
  }

  /** What manifests tell of files: nothing of those that are no item's file any more. */
  manifestEntries(paths: readonly string[]): JournalOutcome<ManifestEntry[]> {
    const runs = new Map<string, EntrySource | undefined>();
    const entries: ManifestEntry[] = [];
    for (const path of paths) {
      const last = this.#lastWritten(path);
      if (!last) continue;
      if (!runs.has(last.run)) runs.set(last.run, this.#entrySource(last.run));
      const run = runs.get(last.run);
      if (!run) continue;
      const item = this.#item(run.key, last.item, run.contents);
      if (item?.file === undefined || toStored(this.#base, item.file) !== toStored(this.#base, path)) continue;
      entries.push(manifestEntry(item, { path, ...last }, run.services));
    }
    return success(entries);
  }

  /** What the journal wrote for items in any run, for each of them, newest first. Whether it is still there, the disk knows. */
  filesOf(items: readonly string[]): JournalOutcome<KnownFile[][]> {
    return success(
      items.map((item) =>
        this.#database.all('SELECT * FROM files WHERE item = ? ORDER BY written_at DESC', item).map((row) => ({
          path: fromStored(this.#base, text(row, 'path')),
          ...lastWrittenOf(row),
        })),
      ),
    );
  }

  /** In the order of the keys; undefined where there is none. Hits are counted. */
  cached(keys: readonly string[]): JournalOutcome<(CachedText | undefined)[]> {
    return success(keys.map((key) => this.#cache.get(key)));
  }

  #item(key: number, id: string, contents: Contents): JournalItem | undefined {
    const row = this.#database.get('SELECT * FROM items WHERE run = ? AND id = ?', key, id);
    if (!row) return undefined;
    const position = number(row, 'position');
    const progress = this.#progress(row, this.#attempts(key, position, position).get(position));
    return { ...unpackItem(packedItem(row), contents.of, this.#base), ...progress };
  }

  #entrySource(id: string): EntrySource | undefined {
    const row = this.#database.get('SELECT * FROM runs WHERE id = ?', id);
    if (!row) return undefined;
    const key = number(row, 'run');
    return { key, contents: this.#contents(key), services: JSON.parse(runOf(row).services) as EntrySource['services'] };
  }

  #lastWritten(path: string): LastWritten | undefined {
    const row = this.#database.get('SELECT * FROM files WHERE path = ?', toStored(this.#base, path));
    return row && lastWrittenOf(row);
  }

  /** Each content is read and parsed once: the same object for the same number. */
  #contents(key: number): Contents {
    let characters = 0;
    const values = new Map<number, unknown>();
    return {
      of: (number) => {
        if (values.has(number)) return values.get(number);
        const stored = this.#content(key, number);
        characters += stored.length;
        const value: unknown = JSON.parse(stored);
        values.set(number, value);
        return value;
      },
      characters: () => characters,
    };
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
    const { id, label, total, startedAt } = runOf(row);
    const counts: JournalCounts = { queued: 0, written: 0, failed: 0, cancelled: 0, skipped: 0 };
    for (const each of this.#database.all(
      'SELECT state, count(*) AS items FROM items WHERE run = ? GROUP BY state',
      key,
    )) {
      counts[stateOf(each)] = number(each, 'items');
    }
    const unwritten = this.#database.get(
      `SELECT count(*) AS items FROM items JOIN results USING (run, position)
       WHERE items.run = ? AND ${isUnwritten}`,
      key,
    );
    const finishedAt = optionalNumber(row, 'finished_at');
    const owner = this.#leases.ownerOf(id);
    return {
      id,
      label,
      total,
      counts,
      unwritten: unwritten ? number(unwritten, 'items') : 0,
      startedAt,
      ...(finishedAt === undefined ? {} : { finishedAt: Math.max(finishedAt, startedAt) }),
      ...(owner && { owner }),
    };
  }

  #itemPage<Item>(
    run: string,
    states: readonly JournalState[],
    page: PageRequest,
    readerOf: (key: number) => (row: Row, progress: ItemProgress) => { readonly row: Item; readonly full: boolean },
  ): JournalOutcome<Page<Item>> {
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
    const read = readerOf(key);
    const items: Item[] = [];
    for (const row of rows) {
      const position = number(row, 'position');
      const { row: item, full } = read(row, this.#progress(row, attempts.get(position)));
      items.push(item);
      if (full || items.length === limit) return success({ rows: items, next: position });
    }
    return success({ rows: items });
  }

  #attempts(key: number, first: number, last: number): Map<number, Row> {
    const rows = this.#database.all(
      `SELECT position, count(*) AS attempts, coalesce(sum(input_tokens), 0) AS input, coalesce(sum(output_tokens), 0) AS output,
         min(started_at) AS started_at
       FROM attempts WHERE run = ? AND position BETWEEN ? AND ? AND superseded = 0 GROUP BY position`,
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
    const startedAt = attempts && number(attempts, 'started_at');
    return {
      state,
      attempts: attempts ? number(attempts, 'attempts') : 0,
      usage,
      ...(startedAt === undefined ? {} : { startedAt }),
      // The clock may have been set back meanwhile.
      ...(finishedAt === null ? {} : { finishedAt: Math.max(finishedAt, startedAt ?? finishedAt) }),
      ...(why === null ? {} : { failure: JSON.parse(why) as Failure & { readonly stage: string } }),
      ...(file === null ? {} : { file: fromStored(this.#base, file) }),
    };
  }

  /** @param condition SQL on items and results */
  #checkpointPage(run: string, page: PageRequest, condition: string): JournalOutcome<Page<Checkpoint>> {
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
        `SELECT ${checkpointColumns} FROM items JOIN results USING (run, position)
         WHERE items.run = ? AND items.position > ? AND ${condition} ORDER BY items.position LIMIT ?`,
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

function lastWrittenOf(row: Row): LastWritten {
  verifyFile(row);
  return { contentHash: text(row, 'content_hash'), run: text(row, 'run'), item: text(row, 'item') };
}

function pageRows({ limit = defaultPageRows }: PageRequest): number {
  return Math.max(1, Math.min(mostPageRows, Math.floor(limit)));
}

function unknownRun(run: string): JournalOutcome<never> {
  return failure('no-run', `Run ${run} is not in the journal: list the runs to see what is.`);
}
