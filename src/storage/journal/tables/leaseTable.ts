import { leaseLifeMs, type LeaseObserver, type LeaseView } from '../ownership.ts';
import { number, text, type Database, type Row } from './database.ts';
import { failure, type JournalFailure, type JournalOutcome } from '../journalFailure.ts';
import { done, success } from '../../../base/outcome.ts';
import type { Owner, OwnerKind, OwnerView, RunLease } from '../records.ts';

/** What every write to a run is checked against. */
export interface HeldRun {
  /** The run's key in the tables. */
  readonly key: number;
}

/** Who holds which run. Everything here runs inside a transaction of its caller. */
export class LeaseTable {
  readonly #database: Database;
  readonly #owner: Owner;
  readonly #observer: LeaseObserver;
  readonly #lifeMs: number;

  constructor(database: Database, owner: Owner, observer: LeaseObserver, lifeMs = leaseLifeMs) {
    this.#database = database;
    this.#owner = owner;
    this.#observer = observer;
    this.#lifeMs = lifeMs;
  }

  /** Refuses whoever does not hold the run now, with the highest fencing number. */
  check(lease: RunLease): JournalOutcome<HeldRun> {
    const row = this.#database.get(
      'SELECT runs.run, fence, owner, kind, pid, process_start, host, machine, released FROM runs LEFT JOIN leases USING (run) WHERE id = ?',
      lease.run,
    );
    if (!row) return unknownRun(lease.run);
    if (row.fence === lease.fence && row.released === 0) return success({ key: number(row, 'run') });
    if (row.owner === null || (row.released === 1 && row.fence === lease.fence)) {
      return failure('lost', `Run ${lease.run} was given back: resume it to go on.`);
    }
    if (row.released === 1) return takenOver(lease.run);
    const owner = this.#view(ownerOf(row), false);
    return failure('lost', `Run ${lease.run} was taken over by ${describeOwner(owner)}: it goes on there.`, owner);
  }

  /** Takes the run if nobody holds it or its owner is dead. */
  acquire(run: string): JournalOutcome<RunLease> {
    const key = this.#database.get('SELECT run FROM runs WHERE id = ?', run);
    if (!key) return unknownRun(run);
    const row = this.#leaseRow(run);
    if (row?.released === 0) {
      const lease = leaseOf(run, row);
      if (lease.owner.id === this.#owner.id) return success({ run, fence: lease.fence });
      if (!this.#observer.isDead(lease)) {
        const owner = this.#view(lease.owner, false);
        return failure('owned', `Run ${run} is going on in ${describeOwner(owner)}: watch or cancel it there.`, owner);
      }
    }
    const fence = row ? number(row, 'fence') + 1 : 1;
    const { id, kind, pid, processStart, host, machine } = this.#owner;
    this.#database.run(
      `INSERT INTO leases VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0)
       ON CONFLICT DO UPDATE SET fence = excluded.fence, owner = excluded.owner, kind = excluded.kind, pid = excluded.pid,
         process_start = excluded.process_start, host = excluded.host, machine = excluded.machine, beat = 0,
         ttl_ms = excluded.ttl_ms, released = 0`,
      number(key, 'run'),
      fence,
      id,
      kind,
      pid,
      processStart,
      host,
      machine,
      this.#lifeMs,
    );
    this.#observer.forget(run);
    return success({ run, fence });
  }

  /** @returns the leases that somebody else has taken, or that are gone with their run */
  beat(leases: readonly RunLease[]): RunLease[] {
    return leases.filter(
      ({ run, fence }) =>
        this.#database.run(
          'UPDATE leases SET beat = beat + 1 WHERE run = (SELECT run FROM runs WHERE id = ?) AND fence = ? AND released = 0',
          run,
          fence,
        ) === 0,
    );
  }

  /** A sign of life of somebody who must be sure to hold the run. */
  confirm(lease: RunLease): JournalOutcome<undefined> {
    const held = this.check(lease);
    if (!held.ok) return held;
    this.beat([lease]);
    return done;
  }

  release(lease: RunLease): JournalOutcome<undefined> {
    const held = this.check(lease);
    if (!held.ok) return held;
    this.#database.run('UPDATE leases SET released = 1 WHERE run = ?', held.value.key);
    return done;
  }

  /** Undefined when nobody holds the run. */
  ownerOf(run: string): OwnerView | undefined {
    const row = this.#leaseRow(run);
    if (row?.released !== 0) return undefined;
    const lease = leaseOf(run, row);
    return this.#view(lease.owner, lease.owner.id !== this.#owner.id && this.#observer.isDead(lease));
  }

  /** Undefined when nobody has held the run. */
  lifeSign(run: string): string | undefined {
    const row = this.#leaseRow(run);
    return row && `${number(row, 'fence')} ${number(row, 'beat')}`;
  }

  #leaseRow(run: string): Row | undefined {
    return this.#database.get('SELECT leases.* FROM leases JOIN runs USING (run) WHERE id = ?', run);
  }

  #view({ id, kind, pid, host }: Owner, dead: boolean): OwnerView {
    return { kind, pid, host, mine: id === this.#owner.id, dead };
  }
}

/** By somebody who is through with it, or whom the caller does not know. */
export function takenOver(run: string): { readonly ok: false; readonly failure: JournalFailure } {
  return failure('lost', `Run ${run} was taken over by another window or terminal: see there what became of it.`);
}

function unknownRun(run: string): { readonly ok: false } & JournalOutcome<never> {
  return failure('no-run', `Run ${run} is not in the journal: it was discarded, or it belongs to another folder.`);
}

function describeOwner({ kind, pid, host }: OwnerView): string {
  return kind === 'editor' ? `an editor window (process ${pid} on ${host})` : `a terminal (process ${pid} on ${host})`;
}

function ownerOf(row: Row): Owner {
  return {
    id: text(row, 'owner'),
    kind: text(row, 'kind') as OwnerKind,
    pid: number(row, 'pid'),
    processStart: text(row, 'process_start'),
    host: text(row, 'host'),
    machine: text(row, 'machine'),
  };
}

function leaseOf(run: string, row: Row): LeaseView {
  return {
    run,
    fence: number(row, 'fence'),
    beat: number(row, 'beat'),
    lifeMs: number(row, 'ttl_ms'),
    owner: ownerOf(row),
  };
}
