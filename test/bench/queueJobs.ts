/** What a queue bench asks of its child process, and what that answers. */
export type QueueJob =
  | { readonly kind: 'through'; readonly subject: Subject; readonly count: number; readonly concurrency: number }
  | { readonly kind: 'cancel'; readonly subject: 'PriorityQueue' | 'Engine'; readonly count: number }
  | { readonly kind: 'operations'; readonly size: number; readonly samples: number };

export type Subject = 'PriorityQueue' | 'Engine' | 'p-queue' | 'p-limit';

export interface ThroughReport {
  /** Adding every item, then letting them all through. */
  readonly addMs: number;
  readonly drainMs: number;
  /** CPU time of both, collecting garbage included: what a busy machine does not change. */
  readonly cpuMs: number;
  /** Held while all of them wait, without what the caller made of them. */
  readonly heldBytes: number;
  /** Still held when all are through. */
  readonly leftBytes: number;
}

export interface CancelReport {
  readonly cancelMs: number;
  readonly cancelled: number;
  readonly drainMs: number;
}

/** ms */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export type OperationsReport = Readonly<Record<string, Spread>>;
