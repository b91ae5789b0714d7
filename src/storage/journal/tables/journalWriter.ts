import type { AdaptationTable } from './adaptationTable.ts';
import { deleteOldRun, deleteOldTexts } from './cleanUp.ts';
import { number, text, type Database, type Row } from './database.ts';
import type { FetchedTable } from './fetchedTable.ts';
import type { LeaseTable } from './leaseTable.ts';
import type { Spending } from '../../../model/budget.ts';
import type { LearnedAdaptation } from '../../../model/adaptation.ts';
import { whole } from '../checksum.ts';
import { failure, type JournalOutcome } from '../journalFailure.ts';
import { done, success } from '../../../base/outcome.ts';
import type { PackedPlan } from './planPacking.ts';
import { rebuildRuns, type FoundCandidate } from './rebuild.ts';
import type {
  AttemptRecord,
  BudgetClaim,
  CacheLimits,
  ChangedItems,
  ClaimOutcome,
  EndedItem,
  FetchedAnswer,
  FinishedRun,
  JournalItem,
  NewResult,
  NewRow,
  NewRun,
  PutRows,
  Requeue,
  RunLease,
  SpendingChange,
  WrittenFile,
} from '../records.ts';
import { groupOf, progressOf } from './rows.ts';
import { endedItems, RunItems } from './runItems.ts';
import type { RunFlows } from './runFlows.ts';
import type { Ending } from './flowTables.ts';
import {
  deleteText,
  insertMetrics,
  insertPlan,
  insertRun,
  putText,
  rememberFile,
  setProgress,
  toJson,
  type JournalTables,
} from './runTables.ts';
import { toStored } from './storedPaths.ts';
import type { SpendingTable } from './spendingTable.ts';
import type { TextCache } from './textCache.ts';

/**
 * Everything that changes the journal. Each method runs inside a transaction of its caller, who also describes what
 * SQLite throws. Expected refusals are outcomes, and nothing was changed then.
 */
export class JournalWriter {
  readonly #database: Database;
  readonly #base: string;
  readonly #leases: LeaseTable;
  readonly #cache: TextCache;
  readonly #adaptations: AdaptationTable;
  readonly #fetched: FetchedTable;
  readonly #flows: RunFlows;
  readonly #spending: SpendingTable;
  readonly #now: () => number;

  /** @param now epoch ms */
  constructor(tables: JournalTables, now: () => number) {
    this.#database = tables.database;
    this.#base = tables.base;
    this.#leases = tables.leases;
    this.#cache = tables.cache;
    this.#adaptations = tables.adaptations;
    this.#fetched = tables.fetched;
    this.#flows = tables.flows;
    this.#spending = tables.spending;
    this.#now = now;
  }

  /** Commits a plan and makes the caller its owner. */
  createRun(run: NewRun, plan: PackedPlan): JournalOutcome<RunLease> {
    const columns = {
      id: run.id,
      label: run.label,
      root: toStored(this.#base, run.root),
      total: plan.items.length,
      options: toJson(run.options),
      services: toJson(run.services),
      flow: run.flow === undefined ? null : toJson(run.flow),
      startedAt: whole(run.startedAt),
    };
    const key = insertRun(this.#database, columns, run.stages);
    insertPlan(this.#database, key, plan);
    if (run.isWatched === true) this.#flows.watch(run.id);
    return this.#leases.acquire(run.id);
  }

  /** Adds a call and what it came to, for what items have cost and took. */
  recordAttempt(lease: RunLease, attempt: AttemptRecord): JournalOutcome<undefined> {
    return this.#change(lease, attempt.item, (key) =>
      this.#database.run(
        `INSERT INTO attempts (run, position, attempt, service, model, started_at, duration_ms, queue_wait_ms,
           outcome, message, input_tokens, output_tokens, retry_in_ms)
         SELECT run, position, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM items WHERE run = ? AND id = ?`,
        attempt.attempt,
        attempt.service,
        attempt.model,
        whole(attempt.startedAt),
        attempt.durationMs,
        attempt.queueWaitMs,
        attempt.outcome,
        attempt.message ?? null,
        attempt.usage ? whole(attempt.usage.input) : null,
        attempt.usage ? whole(attempt.usage.output) : null,
        attempt.retryInMs ?? null,
        key,
        attempt.item,
      ),
    );
  }

  /**
   * What was paid for, with the items that follow it: it is committed before the file is written. Once it is written, a
   * later text changes nothing.
   *
   * @returns the items that came into being, by position
   */
  recordResult(lease: RunLease, result: NewResult): JournalOutcome<readonly JournalItem[]> {
    return this.#ending(lease, result.item, (key, row) => {
      if (row.file !== null) return undefined;
      const { format = 'text', group, end, cacheKey } = result;
      if (cacheKey !== undefined) this.#cache.put({ ...result, format, key: cacheKey }, whole(this.#now()));
      const position = number(row, 'position');
      putText(this.#database, key, { ...result, position, format, committedAt: whole(this.#now()) });
      this.#adaptations.putFacts(key, position, result);
      if (end !== undefined || group !== undefined) {
        setProgress(this.#database, key, result.item, {
          ...progressOf(row),
          ...(end === undefined ? {} : { state: end, finishedAt: whole(this.#now()), failure: null }),
          ...(group === undefined ? {} : { group }),
        });
      }
      return { followers: result.followers ?? [], hasEnded: end !== undefined, group };
    });
  }

  /** Call it when the file is at its place. @returns the items that came into being, by position */
  markWritten(
    lease: RunLease,
    { item, path, contentHash, state = 'written' }: WrittenFile,
  ): JournalOutcome<readonly JournalItem[]> {
    const stored = toStored(this.#base, path);
    const writtenAt = whole(this.#now());
    return this.#ending(lease, item, (key, row) => {
      const group = groupOf(row);
      setProgress(this.#database, key, item, { state, finishedAt: writtenAt, failure: null, file: stored, group });
      rememberFile(this.#database, { path: stored, contentHash, run: lease.run, item, writtenAt });
      return { followers: [], hasEnded: true };
    });
  }

  /** Ends an item without a new file. @returns the items that came into being, by position */
  markEnded(lease: RunLease, ended: EndedItem): JournalOutcome<readonly JournalItem[]> {
    const { item, state, file, failure: why, isTextKept } = ended;
    return this.#ending(lease, item, (key, row) => {
      if (isTextKept) deleteText(this.#database, key, number(row, 'position'));
      setProgress(this.#database, key, item, {
        state,
        finishedAt: whole(this.#now()),
        failure: why === undefined ? null : JSON.stringify(why),
        file: file === undefined ? null : toStored(this.#base, file),
        group: groupOf(row),
      });
      return { followers: [], hasEnded: true };
    });
  }

  /** Rows come to the run or have changed: what came of those that they take the place of is not there any more. */
  putRows(lease: RunLease, rows: readonly NewRow[]): JournalOutcome<PutRows> {
    return this.#ofHeld(lease, (key) => {
      const isWatched = this.#flows.isWatched(lease.run);
      const put = this.#flows.of(lease.run, key)?.putRows(rows, whole(this.#now()), isWatched) ?? nothing;
      return { ...put, added: this.#itemsAt(key, put.added) };
    });
  }

  /** Begins the gathers that have waited until nothing of the run was open: call it only then. */
  gatherAtRest(lease: RunLease): JournalOutcome<ChangedItems> {
    return this.#ofHeld(lease, (key) => {
      const { added, removed } = this.#flows.of(lease.run, key)?.gatherAtRest(whole(this.#now())) ?? nothing;
      return { added: this.#itemsAt(key, added), removed };
    });
  }

  /** Ends the run and gives it back. */
  finishRun(lease: RunLease, { summary, metrics }: FinishedRun): JournalOutcome<undefined> {
    const held = this.#leases.check(lease);
    if (!held.ok) return held;
    const { key } = held.value;
    this.#database.run(
      'UPDATE runs SET finished_at = ?, summary = ? WHERE run = ?',
      whole(this.#now()),
      toJson(summary),
      key,
    );
    insertMetrics(this.#database, key, metrics);
    this.#flows.left(lease.run);
    return this.#leases.release(lease);
  }

  /** Items of the run that have ended start again, and with them the run. @returns how many */
  requeue(lease: RunLease, { items, states, fresh, only }: Requeue): JournalOutcome<number> {
    const held = this.#leases.check(lease);
    if (!held.ok) return held;
    const { key } = held.value;
    const flow = this.#flows.of(lease.run, key);
    const chosen = endedItems(this.#database, key, items, states).filter(
      (row) => !(only === 'unfollowed' && flow?.isFollowed(number(row, 'position'))),
    );
    const positions = chosen.map((row) => number(row, 'position'));
    flow?.forgetFollowers(positions);
    for (const row of chosen) {
      if (fresh) this.#forgetTexts(key, number(row, 'position'));
      setProgress(this.#database, key, text(row, 'id'));
    }
    if (chosen.length > 0) this.#database.run('UPDATE runs SET finished_at = NULL, summary = NULL WHERE run = ?', key);
    return success(chosen.length);
  }

  /** Ends everything of the run that has not ended, and what would come of that. @returns how many items that were */
  cancelQueued(lease: RunLease): JournalOutcome<number> {
    const held = this.#leases.check(lease);
    if (!held.ok) return held;
    const { key } = held.value;
    const flow = this.#flows.of(lease.run, key);
    const finishedAt = whole(this.#now());
    const open = (): Row[] => this.#database.all(`SELECT * FROM items WHERE run = ? AND state = 'queued'`, key);
    let cancelled = 0;
    for (let rows = open(); rows.length > 0; rows = open()) {
      for (const row of rows) {
        setProgress(this.#database, key, text(row, 'id'), { ...progressOf(row), state: 'cancelled', finishedAt });
      }
      cancelled += rows.length;
      // What has been made of a group before is not made anew of what was not wanted.
      if (!this.#flows.isWatched(lease.run)) flow?.beginGathers(finishedAt);
    }
    return success(cancelled);
  }

  /** Forgets the run and the texts that were not written; candidates stay. */
  discardRun(lease: RunLease): JournalOutcome<undefined> {
    const held = this.#leases.check(lease);
    if (!held.ok) return held;
    this.#database.run('DELETE FROM runs WHERE run = ?', held.value.key);
    this.#flows.left(lease.run);
    this.#flows.forget();
    return done;
  }

  /** Takes a run that nobody holds or whose owner is dead. */
  acquire(run: string): JournalOutcome<RunLease> {
    return this.#leases.acquire(run);
  }

  /** Gives a run back unfinished: anybody may resume it. */
  release(lease: RunLease): JournalOutcome<undefined> {
    this.#flows.left(lease.run);
    return this.#leases.release(lease);
  }

  /** Makes sure that nobody has taken the run over, and shows that its owner lives. */
  confirm(lease: RunLease): JournalOutcome<undefined> {
    return this.#leases.confirm(lease);
  }

  /** @returns the leases that are lost */
  beat(leases: readonly RunLease[]): JournalOutcome<RunLease[]> {
    return success(this.#leases.beat(leases));
  }

  /** Counts hits and makes the entries the most recently used. */
  cacheTouch(keys: readonly string[]): JournalOutcome<undefined> {
    this.#cache.touch(keys, whole(this.#now()));
    return done;
  }

  /** Takes out what is too old or too much, some at a time. @returns whether there may be more to take out */
  cacheTrim(limits: CacheLimits): JournalOutcome<boolean> {
    return success(this.#cache.trim(limits, whole(this.#now())));
  }

  /** Empties the cache, of what was fetched too. @returns how many texts went */
  cacheClear(): JournalOutcome<number> {
    this.#fetched.clear();
    return success(this.#cache.clear());
  }

  /** Keeps what a request was answered with, for whoever makes it again. @param key tells requests apart, without a secret */
  keepFetched(key: string, answer: FetchedAnswer): JournalOutcome<undefined> {
    this.#fetched.put(key, answer, this.#now());
    return done;
  }

  /** Keeps what was learned of one model, in place of what was kept of it. @param endpoint without anything secret */
  keepAdaptations(
    endpoint: string,
    model: string,
    adaptations: readonly LearnedAdaptation[],
  ): JournalOutcome<undefined> {
    this.#adaptations.put(endpoint, model, adaptations);
    return done;
  }

  /** What a run has spent, at least what is given. @returns what that is, in the order of the scopes */
  openSpending(lease: RunLease, spent: readonly SpendingChange[]): JournalOutcome<Spending[]> {
    return this.#ofHeld(lease, (key) => spent.map(({ scope, change }) => this.#spending.atLeast(key, scope, change)));
  }

  /** Sets aside what calls are going to spend: it counts as spent from then on, whatever becomes of the process. */
  claimBudgets(lease: RunLease, claims: readonly BudgetClaim[]): JournalOutcome<ClaimOutcome> {
    return this.#ofHeld(lease, (key) => this.#spending.claim(key, claims, this.#now()));
  }

  /** What was set aside and not spent comes back; what was spent beyond it is added. */
  changeSpending(lease: RunLease, changes: readonly SpendingChange[]): JournalOutcome<undefined> {
    return this.#ofHeld(lease, (key) => {
      for (const { scope, change } of changes) this.#spending.change(key, scope, change, this.#now());
      return undefined;
    });
  }

  /** Forgets the oldest run that finished before a moment (epoch ms). @returns whether there was one */
  deleteOldRun(finishedBefore: number): JournalOutcome<boolean> {
    const isDeleted = deleteOldRun(this.#database, whole(finishedBefore));
    this.#flows.forget();
    return success(isDeleted);
  }

  /**
   * Forgets texts whose candidates were written before a moment (epoch ms), a batch from a row on.
   *
   * @returns the row to go on from; undefined when all are done
   */
  deleteOldTexts(writtenBefore: number, from: number): JournalOutcome<number | undefined> {
    return success(deleteOldTexts(this.#database, whole(writtenBefore), from));
  }

  /** @returns how many written items the journal did not know */
  rebuild(candidates: readonly FoundCandidate[]): JournalOutcome<number> {
    return success(rebuildRuns(this.#database, this.#base, candidates));
  }

  /** What they have cost stays on record, and is not counted for the text that comes in their place. */
  #forgetTexts(key: number, position: number): void {
    deleteText(this.#database, key, position);
    this.#adaptations.forgetFacts(key, position);
    this.#database.run('UPDATE attempts SET superseded = 1 WHERE run = ? AND position = ?', key, position);
  }

  #ofHeld<Value>(lease: RunLease, action: (run: number) => Value): JournalOutcome<Value> {
    const held = this.#leases.check(lease);
    return held.ok ? success(action(held.value.key)) : held;
  }

  #change(lease: RunLease, item: string, change: (run: number) => number): JournalOutcome<undefined> {
    const held = this.#leases.check(lease);
    if (!held.ok) return held;
    return change(held.value.key) === 0 ? noItem(lease, item) : done;
  }

  /** Something happens to an item of which others may come: all of it together, or nothing. */
  #ending(
    lease: RunLease,
    item: string,
    end: (run: number, row: Row) => Ending | undefined,
  ): JournalOutcome<readonly JournalItem[]> {
    const held = this.#leases.check(lease);
    if (!held.ok) return held;
    const { key } = held.value;
    const row = this.#database.get('SELECT * FROM items WHERE run = ? AND id = ?', key, item);
    if (!row) return noItem(lease, item);
    const ending = end(key, row);
    // Nothing follows where there is no flow.
    if (!ending || text(row, 'place') === '') return success([]);
    const flow = this.#flows.of(lease.run, key);
    if (!flow) return success([]);
    const isWatched = this.#flows.isWatched(lease.run);
    return success(this.#itemsAt(key, flow.end(row, ending, whole(this.#now()), isWatched)));
  }

  #itemsAt(key: number, positions: readonly number[]): readonly JournalItem[] {
    const items = new RunItems(this.#database, this.#base, key);
    return positions.map((position) => items.at(position)).filter((each) => each !== undefined);
  }
}

const nothing = { added: [], removed: [], open: [] };

function noItem({ run }: RunLease, item: string): JournalOutcome<never> {
  return failure('no-item', `Item ${item} is not part of run ${run}.`);
}
