import { dirname, join } from 'node:path';
import type { ManifestEntry } from '../../../candidates/manifest.ts';
import type { AdaptationTable } from './adaptationTable.ts';
import type { FetchedTable } from './fetchedTable.ts';
import { callHistory } from './callHistory.ts';
import { Contents } from './contents.ts';
import { json, number, optionalNumber, text, type Database, type Row } from './database.ts';
import type { LeaseTable } from './leaseTable.ts';
import { manifestEntry } from '../../../candidates/manifestEntry.ts';
import { failure, type JournalOutcome } from '../journalFailure.ts';
import { success } from '../../../base/outcome.ts';
import { pageRows } from './pages.ts';
import { unpackOutput } from './planPacking.ts';
import type { FoundCandidate } from './rebuild.ts';
import type {
  AttemptRecord,
  CachedText,
  CallHistory,
  ItemOverview,
  ItemRange,
  ItemWay,
  JournalCounts,
  JournalItem,
  JournalState,
  KnownFile,
  LastNumber,
  LastWritten,
  FetchedAnswer,
  ModelAdaptation,
  NewRun,
  Page,
  PageRequest,
  RecordedSpending,
  RunDetails,
  RunOverview,
  UnwrittenResult,
} from '../records.ts';
import { isWatched, metricsOf, runOf, stateOf, verifyFile } from './rows.ts';
import type { RunFlows } from './runFlows.ts';
import { RunItems } from './runItems.ts';
import type { RecordData } from '../../../flow/flow.ts';
import { keyOf, type JournalTables } from './runTables.ts';
import { RunTexts } from './runTexts.ts';
import { RunWays } from './runWays.ts';
import { fromStored, toStored } from './storedPaths.ts';
import type { SpendingTable } from './spendingTable.ts';
import type { TextCache } from './textCache.ts';

/** What the manifest entries of one run are made from. */
interface EntrySource {
  readonly key: number;
  readonly items: RunItems;
  readonly services: NewRun['services'];
}

/** Everything that asks the journal. A row that is not what was written is thrown as damage, for the caller to mend. */
export class JournalReader {
  readonly #database: Database;
  readonly #base: string;
  readonly #leases: LeaseTable;
  readonly #cache: TextCache;
  readonly #adaptations: AdaptationTable;
  readonly #fetched: FetchedTable;
  readonly #flows: RunFlows;
  readonly #spending: SpendingTable;

  constructor({ database, base, leases, cache, adaptations, fetched, flows, spending }: JournalTables) {
    this.#database = database;
    this.#base = base;
    this.#leases = leases;
    this.#cache = cache;
    this.#adaptations = adaptations;
    this.#fetched = fetched;
    this.#flows = flows;
    this.#spending = spending;
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
      ...(row.flow === null ? {} : { flow: json(row, 'flow') as NonNullable<RunDetails['flow']> }),
      options: json(row, 'options'),
      services: json(row, 'services') as RunDetails['services'],
      metrics: metrics.map(metricsOf),
      ...(row.summary === null ? {} : { summary: json(row, 'summary') }),
    });
  }

  /** In the order of the plan, with all that their calls need. */
  items(run: string, states: readonly JournalState[] = [], page: PageRequest = {}): JournalOutcome<Page<JournalItem>> {
    return this.#ofRun(run, (key) => this.#items(key).page(states, page));
  }

  /** In the order of the ids; those that the run does not have are absent. */
  itemsById(run: string, ids: readonly string[]): JournalOutcome<JournalItem[]> {
    return this.#ofRun(run, (key) => {
      const items = this.#items(key);
      return ids.map((id) => items.byId(id)).filter((item) => item !== undefined);
    });
  }

  /** In the order of the plan, with what a list shows. */
  itemOverviews(
    run: string,
    states: readonly JournalState[] = [],
    page: PageRequest = {},
  ): JournalOutcome<Page<ItemOverview>> {
    return this.#ofRun(run, (key) => this.#items(key).overviews(states, page));
  }

  /** How the record of an item has come through the stages; undefined when there is no such item. */
  itemWay(run: string, item: string): JournalOutcome<ItemWay | undefined> {
    return this.#ofRun(run, (key) => this.#ways(key).wayOf(item));
  }

  /** The attempts that count for an item, oldest first; the newest of very many. */
  attempts(run: string, item: string): JournalOutcome<AttemptRecord[]> {
    return this.#ofRun(run, (key) => this.#ways(key).attemptsOf(item));
  }

  /** Texts that are complete while their file is not known to be there, in the order of the plan: to be written without a call. */
  unwrittenResults(run: string, page: PageRequest = {}): JournalOutcome<Page<UnwrittenResult>> {
    return this.#ofRun(run, (key) => new RunTexts(this.#database, key).unwritten(page));
  }

  /** The text of one item that is complete while its file is not known to be there. */
  unwrittenResult(run: string, item: string): JournalOutcome<UnwrittenResult | undefined> {
    return this.#ofRun(run, (key) => new RunTexts(this.#database, key).unwrittenOf(item));
  }

  /** The highest number that a run has given out in each of its series. */
  lastNumbers(run: string): JournalOutcome<LastNumber[]> {
    return this.#ofRun(run, (key) => {
      const contents = new Contents(this.#database, key);
      return this.#database
        .all('SELECT output, max(number) AS last FROM items WHERE run = ? AND output IS NOT NULL GROUP BY output', key)
        .map((row) => ({
          output: unpackOutput(contents.of(number(row, 'output')), this.#base),
          number: number(row, 'last'),
        }));
    });
  }

  /** Queued items of a stage within a range of positions, the first of them. */
  queuedItems(run: string, range: ItemRange, most: number): JournalOutcome<JournalItem[]> {
    return this.#ofRun(run, (key) => this.#items(key).queued(range, most));
  }

  /** What an item of a run with a flow is the work of; undefined when there is no such item. */
  record(run: string, item: string): JournalOutcome<RecordData | undefined> {
    return this.#ofRun(run, (key) => {
      const row = this.#database.get('SELECT * FROM items WHERE run = ? AND id = ?', key, item);
      return row && this.#flows.of(run, key)?.records.recordOf(row);
    });
  }

  /** The same with what the item has come to, as far as it has. */
  recordAfter(run: string, item: string): JournalOutcome<RecordData | undefined> {
    return this.#ofRun(run, (key) => {
      const row = this.#database.get('SELECT * FROM items WHERE run = ? AND id = ?', key, item);
      return row && this.#flows.of(run, key)?.records.recordAfter(row);
    });
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
    return this.#ofRun(run, (key) => {
      const contents = new Contents(this.#database, key);
      const sql = `SELECT DISTINCT output FROM items
        WHERE run = ? AND output IS NOT NULL AND state IN ('queued', 'failed')`;
      const folders = this.#database.all(sql, key).map((row) => {
        const { folder, series } = unpackOutput(contents.of(number(row, 'output')), this.#base);
        return join(folder, dirname(series));
      });
      return [...new Set(folders)].filter((folder) => !folder.includes('*'));
    });
  }

  /** Those of a run's candidates whose item has not ended here and whose file the journal has never written. */
  unknownCandidates(run: string, candidates: readonly FoundCandidate[]): JournalOutcome<FoundCandidate[]> {
    const isOpen = `SELECT 1 FROM items WHERE run = ? AND id = ? AND state IN ('queued', 'failed')`;
    return this.#ofRun(run, (key) =>
      candidates.filter(
        ({ path, entry }) =>
          entry.run === run &&
          this.#database.get(isOpen, key, entry.item) !== undefined &&
          this.#lastWritten(path) === undefined,
      ),
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
      const item = run.items.byId(last.item);
      if (item?.file === undefined || toStored(this.#base, item.file) !== toStored(this.#base, path)) continue;
      const facts = this.#adaptations.factsOf(run.key, item.position);
      entries.push(manifestEntry({ ...item, ...facts }, { path, ...last }, run.services));
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

  /** What a request was answered with when it was made last; undefined: that is not kept. */
  fetched(key: string): JournalOutcome<FetchedAnswer | undefined> {
    return success(this.#fetched.get(key));
  }

  /** What was learned of the models of an endpoint, by model. */
  adaptations(endpoint: string): JournalOutcome<ModelAdaptation[]> {
    return success(this.#adaptations.of(endpoint));
  }

  /** What the calls of a run have cost, by prompt file, service and model. */
  recordedSpending(run: string): JournalOutcome<RecordedSpending[]> {
    return this.#ofRun(run, (key) => this.#spending.recorded(key));
  }

  /**
   * What the newest calls of a model came to: those for a prompt file if there were enough, else all. Undefined when
   * there was none.
   *
   * @param prompt its path
   */
  callHistory(prompt: string, model: string): JournalOutcome<CallHistory | undefined> {
    return success(callHistory(this.#database, prompt, model));
  }

  /** What there is to read about a run. */
  #ofRun<Value>(run: string, read: (key: number) => Value): JournalOutcome<Value> {
    const key = keyOf(this.#database, run);
    return key === undefined ? unknownRun(run) : success(read(key));
  }

  #items(key: number): RunItems {
    return new RunItems(this.#database, this.#base, key);
  }

  #ways(key: number): RunWays {
    return new RunWays(this.#database, key, this.#items(key));
  }

  #entrySource(id: string): EntrySource | undefined {
    const row = this.#database.get('SELECT * FROM runs WHERE id = ?', id);
    if (!row) return undefined;
    const key = number(row, 'run');
    return { key, items: this.#items(key), services: JSON.parse(runOf(row).services) as EntrySource['services'] };
  }

  #lastWritten(path: string): LastWritten | undefined {
    const row = this.#database.get('SELECT * FROM files WHERE path = ?', toStored(this.#base, path));
    return row && lastWrittenOf(row);
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
    const finishedAt = optionalNumber(row, 'finished_at');
    const owner = this.#leases.ownerOf(id);
    return {
      id,
      label,
      // What follows was not planned.
      total: Math.max(
        total,
        Object.values(counts).reduce((sum, count) => sum + count),
      ),
      counts,
      unwritten: new RunTexts(this.#database, key).countUnwritten(),
      startedAt,
      ...(finishedAt === undefined ? {} : { finishedAt: Math.max(finishedAt, startedAt) }),
      ...(owner && { owner }),
      ...(isWatched(row) ? { isWatched: true } : {}),
    };
  }
}

function lastWrittenOf(row: Row): LastWritten {
  verifyFile(row);
  return { contentHash: text(row, 'content_hash'), run: text(row, 'run'), item: text(row, 'item') };
}

function unknownRun(run: string): JournalOutcome<never> {
  return failure('no-run', `Run ${run} is not in the journal: list the runs to see what is.`);
}
