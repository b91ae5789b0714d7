import type { FaultKind } from './faults.ts';

const maxRecords = 200_000;

/** How a call ended; `closed` means that the server was closed first. */
export type CallOutcome = 'completed' | 'rejected' | 'faulted' | 'aborted' | 'closed';

/** One chat-completions call. Times are milliseconds of the server's performance.now(). */
export interface CallRecord {
  /** 1 for the first call since the last reset. */
  readonly n: number;
  readonly at: number;
  endedAt: number | null;
  /** null while nothing was sent. */
  status: number | null;
  /** Passed key, shape and limits. */
  accepted: boolean;
  fault: FaultKind | null;
  outcome: CallOutcome | null;
  /** The whole answer was sent, and no fault was in it. */
  completed: boolean;
  messagesHash: string | null;
  itemHeader: string | null;
  /** As the call gave it. */
  seed: number | null;
  promptTokens: number;
  /** Of those, the ones that were cached. */
  cachedTokens: number;
  /** Output tokens that were sent. */
  completionTokens: number;
  /** Milliseconds that the answer was meant to take; `endedAt - at - plannedMs` is the server's own delay. */
  plannedMs: number | null;
}

export interface LedgerSummary {
  readonly total: number;
  /** Calls by the status sent. */
  readonly byStatus: Readonly<Record<string, number>>;
  readonly accepted: number;
  /** Refused for key, shape or limits. */
  readonly rejected: number;
  /** Accepted calls that were given a fault, whatever happened then. */
  readonly faulted: number;
  readonly byFault: Readonly<Partial<Record<FaultKind, number>>>;
  readonly completed: number;
  /** The client went away first; a hanging fault may count here too. */
  readonly aborted: number;
  readonly concurrent: number;
  readonly peakConcurrent: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Most calls that arrived in any sliding second and minute. */
  readonly mostArrivals: { readonly second: number; readonly minute: number };
  /** The same of accepted calls only. */
  readonly mostAccepted: { readonly second: number; readonly minute: number };
  /** Calls without a record of their own, because there were too many. */
  readonly unrecorded: number;
}

export class Ledger {
  #records: CallRecord[] = [];
  #total = 0;
  #ended = createCounts();
  #concurrent = 0;
  #peakConcurrent = 0;
  /** The calls that belong to the present counts; those from before a reset no longer do. */
  #open = new Set<CallRecord>();

  get records(): readonly CallRecord[] {
    return this.#records;
  }

  /** Calls received whose response has not ended. */
  get concurrent(): number {
    return this.#concurrent;
  }

  get peakConcurrent(): number {
    return this.#peakConcurrent;
  }

  arrive(at: number, itemHeader: string | null): CallRecord {
    const record: CallRecord = {
      n: ++this.#total,
      at,
      endedAt: null,
      status: null,
      accepted: false,
      fault: null,
      outcome: null,
      completed: false,
      messagesHash: null,
      seed: null,
      itemHeader,
      promptTokens: 0,
      cachedTokens: 0,
      completionTokens: 0,
      plannedMs: null,
    };
    if (this.#records.length < maxRecords) {
      this.#records.push(record);
    }
    this.#open.add(record);
    this.#concurrent++;
    this.#peakConcurrent = Math.max(this.#peakConcurrent, this.#concurrent);
    return record;
  }

  end(record: CallRecord, outcome: CallOutcome, at: number): void {
    record.endedAt = at;
    record.outcome = outcome;
    record.completed = outcome === 'completed';
    this.#concurrent--;
    if (this.#open.delete(record)) {
      count(this.#ended, record);
    }
  }

  /** Forgets everything but the calls in flight, which stay `concurrent` and are counted nowhere else. */
  reset(): void {
    this.#records = [];
    this.#total = 0;
    this.#ended = createCounts();
    this.#open.clear();
    this.#peakConcurrent = this.#concurrent;
  }

  /** Most recorded arrivals in any sliding window of `windowMs`. */
  mostArrivals(windowMs: number, acceptedOnly = false): number {
    let most = 0;
    const inWindow: number[] = [];
    let first = 0;
    for (const record of this.#records) {
      if (acceptedOnly && !record.accepted) {
        continue;
      }
      inWindow.push(record.at);
      while ((inWindow[first] ?? record.at) <= record.at - windowMs) {
        first++;
      }
      most = Math.max(most, inWindow.length - first);
    }
    return most;
  }

  summary(): LedgerSummary {
    const counts = structuredClone(this.#ended);
    for (const record of this.#open) {
      count(counts, record);
    }
    return {
      total: this.#total,
      ...counts,
      concurrent: this.#concurrent,
      peakConcurrent: this.#peakConcurrent,
      mostArrivals: { second: this.mostArrivals(1000), minute: this.mostArrivals(60_000) },
      mostAccepted: { second: this.mostArrivals(1000, true), minute: this.mostArrivals(60_000, true) },
      unrecorded: this.#total - this.#records.length,
    };
  }
}

interface Counts {
  byStatus: Record<string, number>;
  accepted: number;
  rejected: number;
  faulted: number;
  byFault: Partial<Record<FaultKind, number>>;
  completed: number;
  aborted: number;
  promptTokens: number;
  completionTokens: number;
}

function createCounts(): Counts {
  return {
    byStatus: {},
    accepted: 0,
    rejected: 0,
    faulted: 0,
    byFault: {},
    completed: 0,
    aborted: 0,
    promptTokens: 0,
    completionTokens: 0,
  };
}

function count(counts: Counts, record: CallRecord): void {
  if (record.status !== null) {
    counts.byStatus[record.status] = (counts.byStatus[record.status] ?? 0) + 1;
  }
  if (record.fault !== null) {
    counts.faulted++;
    counts.byFault[record.fault] = (counts.byFault[record.fault] ?? 0) + 1;
  }
  counts.accepted += record.accepted ? 1 : 0;
  counts.rejected += record.outcome === 'rejected' ? 1 : 0;
  counts.completed += record.completed ? 1 : 0;
  counts.aborted += record.outcome === 'aborted' ? 1 : 0;
  counts.promptTokens += record.accepted ? record.promptTokens : 0;
  counts.completionTokens += record.completionTokens;
}
