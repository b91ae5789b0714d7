import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Owner, OwnerKind } from './records.ts';

/**
 * Who owns a run, without any clock that a person or a time server can set.
 *
 * The owner counts a beat up in the journal every third of the lease's life. A lease is dead when
 *  - its owner ran on this machine (same boot, same pid namespace) and that process is gone: known at once; or
 *  - an observer has seen the same beat for the whole life of the lease by its own monotonic clock. Only time between
 *    frequent looks counts: a machine or an observer that slept has seen nothing meanwhile.
 * Setting the system clock does neither. A live owner that is declared dead all the same (stopped, swapped out) finds a
 * higher fencing number in the journal when it wakes, and each of its writes is refused. What the journal does not see,
 * calls and candidate files, it does only within the life of its own last beat, or after a look into the journal.
 */

/** A clock that nobody sets and that is the same for all threads of the process, ms. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** Life of a lease without a beat, ms. */
export const leaseLifeMs = 15_000;

/** How long to watch an owner that gives no sign of life before its run can be taken over for certain, ms. */
export const watchMs = 1.5 * leaseLifeMs;

/** How often an owner beats in the life of a lease. */
export const beatsPerLife = 3;

/** How often somebody who waits for a lease looks in its life. */
export const looksPerLife = 10;

/** What an observer sees of a lease. */
export interface LeaseView {
  readonly run: string;
  readonly fence: number;
  readonly beat: number;
  readonly lifeMs: number;
  readonly owner: Owner;
}

function textOf(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/** What the system tells of a process; empty where it does not. */
function processStat(pid: number): { readonly state: string; readonly start: string } {
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // proc(5): the name in the second field may hold spaces and parentheses; the state is the third, the start the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', start: fields[19] ?? '' };
}

/** Processes with the same value see each other's pids, and those pids are from the same boot where that is known. */
function machine(): string {
  const boot = textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'));
  const pidNamespace = textOf(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), process.platform, boot, pidNamespace].join(' ');
}

/** This process as the owner of runs, for one opening of the journal. */
export function thisOwner(kind: OwnerKind): Owner {
  return {
    id: randomUUID(),
    kind,
    pid: process.pid,
    processStart: processStat(process.pid).start,
    host: hostname(),
    machine: machine(),
  };
}

function processIsGone(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = processStat(pid);
  // A zombie has ended; a later process may have been given its pid.
  return now.state === 'Z' || now.state === 'X' || (start !== '' && now.start !== '' && now.start !== start);
}

interface Sighting {
  readonly fence: number;
  readonly beat: number;
  readonly seenAt: number;
  readonly unchangedMs: number;
}

/** Watches the leases of others and says which are dead. */
export class LeaseObserver {
  readonly #now: () => number;
  readonly #machine = machine();
  readonly #isGone: (pid: number, start: string) => boolean;
  readonly #sightings = new Map<string, Sighting>();

  /** @param now monotonic, ms */
  constructor(now: () => number, isGone = processIsGone) {
    this.#now = now;
    this.#isGone = isGone;
  }

  /** Each call is a look. */
  isDead(lease: LeaseView): boolean {
    const { owner, run, fence, beat } = lease;
    if (owner.machine === this.#machine && this.#isGone(owner.pid, owner.processStart)) return true;
    const now = this.#now();
    const last = this.#sightings.get(run);
    const same = last?.fence === fence && last.beat === beat;
    // More than two looks apart, nobody knows whether the machine slept in between.
    const mostMs = (2 * lease.lifeMs) / looksPerLife;
    const unchangedMs = same ? last.unchangedMs + Math.min(now - last.seenAt, mostMs) : 0;
    this.#sightings.set(run, { fence, beat, seenAt: now, unchangedMs });
    return unchangedMs >= lease.lifeMs;
  }

  forget(run: string): void {
    this.#sightings.delete(run);
  }
}
