import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { CacheUpkeep } from './cacheUpkeep.ts';
import {
  holdsResult,
  invoke,
  type ReadCall,
  type ReadName,
  type ReadOutcome,
  type Reads,
  type WriteCall,
  type WriteName,
  type WriteOutcome,
  type Writes,
} from './calls.ts';
import { failpoint } from '../failpoint.ts';
import { LeaseObserver, thisOwner } from './ownership.ts';
import type { Database } from './tables/database.ts';
import { JournalReader } from './tables/journalReader.ts';
import { JournalWriter } from './tables/journalWriter.ts';
import { RunFlows } from './tables/runFlows.ts';
import { LeaseTable } from './tables/leaseTable.ts';
import {
  identityOf,
  openDatabase,
  reopenMoved,
  type FileIdentity,
  type OpenDatabase,
  type OpenOptions,
} from './openDatabase.ts';
import { describeFailure, reasonOf, type JournalFailureReason, type JournalOutcome } from './journalFailure.ts';
import { success } from '../../base/outcome.ts';
import { takeOver } from './repair/salvage.ts';
import type { FoundCandidate } from './tables/rebuild.ts';
import type { Owner, Retention, RunLease } from './records.ts';
import { defaultBusyMs, journalPath, threadBusyMs, type JournalSettings, type Repair } from './settings.ts';
import { AdaptationTable } from './tables/adaptationTable.ts';
import { FetchedTable } from './tables/fetchedTable.ts';
import { SpendingTable } from './tables/spendingTable.ts';
import { TextCache } from './tables/textCache.ts';

/** Wall clock and monotonic clock, ms. */
export interface JournalClock {
  readonly epoch: () => number;
  readonly monotonic: () => number;
}

export const systemJournalClock: JournalClock = { epoch: () => Date.now(), monotonic: () => performance.now() };

interface Connection {
  readonly database: Database;
  readonly writer: JournalWriter;
  readonly reader: JournalReader;
  readonly leases: LeaseTable;
  readonly identity: FileIdentity;
}

/** Pages that one clean-up gives back to the disk at most. */
const vacuumPages = 4000;

/**
 * The journal of one folder, synchronous: a call takes as long as the disk does, so the extension host uses the one in a
 * worker (`JournalClient`). Writes go in batches, each batch in one transaction; what goes wrong is an outcome.
 */
export class Journal {
  readonly #settings: JournalSettings;
  readonly #clock: JournalClock;
  readonly #owner: Owner;
  readonly #observer: LeaseObserver;
  readonly #path: string;
  readonly #reportRepair: (repair: Repair) => void;
  readonly #cache: CacheUpkeep;
  readonly #held = new Map<string, RunLease>();
  #lost: string[] = [];
  #connection: Connection | undefined;
  #damaged: FileIdentity | undefined;
  #isClosed = false;

  private constructor(settings: JournalSettings, clock: JournalClock, reportRepair: (repair: Repair) => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#owner = thisOwner(settings.kind);
    this.#observer = new LeaseObserver(clock.monotonic);
    this.#path = journalPath(settings.directory);
    this.#reportRepair = reportRepair;
    this.#cache = new CacheUpkeep(settings.cacheLimits);
  }

  /** @param reportRepair told when a damaged journal was mended, on opening or later */
  static open(
    settings: JournalSettings,
    reportRepair: (repair: Repair) => void = () => undefined,
    clock = systemJournalClock,
  ): JournalOutcome<Journal> {
    const journal = new Journal(settings, clock, reportRepair);
    try {
      journal.#connect(openDatabase(journal.#openOptions));
      return success(journal);
    } catch (error) {
      return journal.#failed(error);
    }
  }

  /** One write in a transaction of its own. */
  write<Name extends WriteName>(name: Name, ...args: Parameters<Writes[Name]>): WriteOutcome<Name> {
    const [outcome] = this.writeAll([{ name, args } as WriteCall]);
    return outcome as WriteOutcome<Name>;
  }

  /** Writes in order in one transaction; what is returned was committed. One that SQLite rejects fails alone. */
  writeAll(calls: readonly WriteCall[]): JournalOutcome<unknown>[] {
    const outcomes = this.#writeTogether([...calls, ...this.#cache.takeHits()]).slice(0, calls.length);
    for (const [place, call] of calls.entries()) this.#follow(call, outcomes[place]);
    this.#cache.trim((trimming) => this.#writeTogether([trimming]));
    return outcomes;
  }

  read<Name extends ReadName>(name: Name, ...args: Parameters<Reads[Name]>): ReadOutcome<Name> {
    return this.readCall({ name, args } as ReadCall) as ReadOutcome<Name>;
  }

  readCall(call: ReadCall): JournalOutcome<unknown> {
    if (this.#cache.hasManyHits) this.#writeTogether(this.#cache.takeHits());
    const outcome = this.#mending(({ reader }) => invoke(reader, call));
    if (outcome.ok) this.#cache.followRead(call, outcome.value);
    return outcome;
  }

  /** Shows that this owner lives. @returns whether that is in the journal */
  beat(): boolean {
    if (this.#held.size === 0) return true;
    const outcome = this.write('beat', [...this.#held.values()]);
    if (outcome.ok) for (const { run } of outcome.value) this.#lose(run);
    return outcome.ok;
  }

  /** Differs between two looks when the owner of a run has given a sign of life between them, or is another one. */
  lifeSign(run: string): string | undefined {
    const sign = this.#mending(({ leases }) => success(leases.lifeSign(run)));
    return sign.ok ? sign.value : undefined;
  }

  /** The runs that somebody else was found to have taken over since the last call. */
  takeLost(): string[] {
    const lost = this.#lost;
    this.#lost = [];
    return lost;
  }

  /**
   * Forgets what is older than wanted, in steps of some ms; others get their turn between them.
   *
   * @returns how many runs went
   */
  *deleteOld({ finishedBefore, textsBefore }: Retention): Generator<undefined, JournalOutcome<number>> {
    let runs = 0;
    for (;;) {
      const deleted = this.write('deleteOldRun', finishedBefore);
      if (!deleted.ok) return deleted;
      if (!deleted.value) break;
      runs++;
      yield;
    }
    let from: number | undefined = 0;
    while (from !== undefined) {
      const cleaned: JournalOutcome<number | undefined> = this.write('deleteOldTexts', textsBefore, from);
      if (!cleaned.ok) return cleaned;
      from = cleaned.value;
      yield;
    }
    return this.#mending(({ database }) => {
      database.raw.exec(`PRAGMA incremental_vacuum(${vacuumPages})`);
      return success(runs);
    });
  }

  /**
   * Takes over what the manifests beside a run's candidates know and this journal does not: one that came out of a
   * backup, or lost its last commits with the power. Whoever holds the run calls it before anything is generated again.
   *
   * @param found what the manifests in its open folders tell of
   * @returns how many written items the journal did not know
   */
  reconcile(run: string, found: readonly FoundCandidate[]): JournalOutcome<number> {
    const there = found.filter(({ path, entry }) => entry.run === run && existsSync(path));
    const unknown = this.read('unknownCandidates', run, there);
    return unknown.ok && unknown.value.length > 0 ? this.write('rebuild', unknown.value) : success(0);
  }

  /**
   * Takes over every run of another journal, and its cache. Nobody holds the runs here.
   *
   * @param path of its database
   * @returns how many runs it has
   */
  adopt(path: string): JournalOutcome<number> {
    return this.#mending(({ database }) => {
      const from = new DatabaseSync(path);
      try {
        return success(takeOver(from, database, 'without-leases').runs);
      } finally {
        from.close();
      }
    });
  }

  /** Gives back the runs that are still held and closes the files. */
  close(): void {
    const releases = [...this.#held.values()].map((lease): WriteCall => ({ name: 'release', args: [lease] }));
    if (releases.length > 0 || this.#cache.hasHits) this.writeAll(releases);
    const connection = this.#connection;
    this.#isClosed = true;
    this.#connection = undefined;
    if (!connection) return;
    try {
      connection.database.raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // Others are reading: the log stays, and the last one to close cuts it.
    }
    connection.database.raw.close();
  }

  get #openOptions(): OpenOptions {
    return {
      directory: this.#settings.directory,
      folder: this.#settings.folder,
      busyMs: this.#settings.busyMs ?? defaultBusyMs,
      now: this.#clock.epoch,
      ...(this.#damaged === undefined ? {} : { damaged: this.#damaged }),
    };
  }

  #connect({ database, identity, repair }: OpenDatabase): Connection {
    database.raw.exec(`PRAGMA busy_timeout = ${Math.min(threadBusyMs, this.#openOptions.busyMs)}`);
    const leases = new LeaseTable(database, this.#owner, this.#observer, this.#settings.leaseLifeMs);
    const tables = {
      database,
      base: this.#settings.base,
      leases,
      cache: new TextCache(database),
      adaptations: new AdaptationTable(database),
      fetched: new FetchedTable(database),
      flows: new RunFlows(database),
      spending: new SpendingTable(database),
    };
    this.#connection = {
      database,
      reader: new JournalReader(tables),
      writer: new JournalWriter(tables, this.#clock.epoch),
      leases,
      identity,
    };
    this.#damaged = undefined;
    if (repair) this.#reportRepair(repair);
    return this.#connection;
  }

  #writeTogether(calls: readonly WriteCall[]): JournalOutcome<unknown>[] {
    if (calls.length === 0) return [];
    const together = this.#mending((connection) =>
      success(
        connection.database.transaction(() => {
          const outcomes = calls.map((call) => invoke(connection.writer, call));
          if (holdsResult(calls)) failpoint('mid-commit');
          return outcomes;
        }),
      ),
    );
    if (together.ok) return together.value;
    // One of them is at fault, not the disk: the others must not suffer from it.
    if (together.failure.reason === 'internal' && calls.length > 1)
      return calls.flatMap((call) => this.#writeTogether([call]));
    return calls.map(() => together);
  }

  /** Does something with the database at its place; one that moved or is damaged is mended first. */
  #mending<Value>(action: (connection: Connection) => JournalOutcome<Value>): JournalOutcome<Value> {
    if (this.#isClosed) return this.#failed(undefined, 'closed');
    for (let isMended = false; ; isMended = true) {
      try {
        const outcome = action(this.#inPlace());
        // What was committed to a file that went away meanwhile is taken over by the one at its place.
        this.#inPlace();
        return outcome;
      } catch (error) {
        if (reasonOf(error) !== 'damaged' || isMended) return this.#failed(error);
        this.#damaged = this.#connection?.identity;
        this.#connection?.database.raw.close();
        this.#connection = undefined;
      }
    }
  }

  #inPlace(): Connection {
    const connection = this.#connection;
    if (!connection) return this.#connect(openDatabase(this.#openOptions));
    if (identityOf(this.#path) === connection.identity) return connection;
    return this.#connect(reopenMoved(connection.database, this.#openOptions));
  }

  #failed(
    error: unknown,
    reason: JournalFailureReason = reasonOf(error),
  ): { readonly ok: false } & JournalOutcome<never> {
    return { ok: false, failure: describeFailure(reason, this.#path, error) };
  }

  /** Keeps in mind what a committed write means for leases and the cache. */
  #follow(call: WriteCall, outcome: JournalOutcome<unknown> | undefined): void {
    if (!outcome?.ok) {
      if (outcome?.failure.reason === 'lost') this.#lose((call.args as readonly RunLease[])[0]?.run ?? '');
      return;
    }
    this.#cache.followWrite(call);
    switch (call.name) {
      case 'createRun':
      case 'acquire': {
        const lease = outcome.value as RunLease;
        this.#held.set(lease.run, lease);
        return;
      }
      case 'release':
      case 'finishRun':
      case 'discardRun':
        this.#held.delete(call.args[0].run);
        return;
      default:
        return;
    }
  }

  #lose(run: string): void {
    if (this.#held.delete(run)) this.#lost.push(run);
  }
}
