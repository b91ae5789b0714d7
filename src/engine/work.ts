import type { AttemptOutcome, Failure, FailureReason, RateLimitHints, TokenUsage } from '../model/attempt.ts';
import type { ItemState, Priority } from '../model/item.ts';
import type { Governor } from './governor/governor.ts';
import type { QueueOrder } from './priorityQueue.ts';
import type { RetryPolicy } from './retry.ts';

/** Names the governor that an attempt runs under: one per endpoint, key and model family. */
export type ServiceKey = string;

/** What the items of one stage have in common. */
export interface StageSpec {
  readonly name: string;
  /** Attempts of this stage in flight at once in one run; absent: only the services limit it. */
  readonly workers?: number;
  /** Items that wait for this stage in memory at most; while more wait, the stage before starts nothing. Default: no bound. */
  readonly queue?: number;
  /** In place of the run's. */
  readonly retry?: RetryPolicy;
}

export interface ItemSpec<Work> {
  readonly id: string;
  /** Unique within the run, in the order in which items come into being. */
  readonly position: number;
  /** Position of the first item that it comes from, its own for one that the run began with: the order of results. */
  readonly root: number;
  /** 0-based. */
  readonly stage: number;
  readonly priority: Priority;
  readonly service: ServiceKey;
  /** Which model of the service answers it: one that the service does not know fails the items that ask for it. */
  readonly model?: string;
  /** Tokens that one attempt may cost at most. */
  readonly reservation: number;
  /**
   * Names how its prompt begins, where the service caches that: the first item of a prefix goes ahead, and the others
   * start when the service has begun to answer it.
   */
  readonly prefix?: string;
  readonly work: Work;
}

/** Items of a stage that exist and were not handed over: the port loads them when there is room. */
export interface WaitingItems {
  readonly stage: number;
  /** Lowest and highest position. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface RunSpec<Work, Result = unknown> {
  readonly id: string;
  readonly stages: readonly StageSpec[];
  /** By position. */
  readonly items: readonly ItemSpec<Work>[];
  readonly waiting?: readonly WaitingItems[];
  /** What items came to that are complete: they are only committed. By item id. */
  readonly results?: ReadonlyMap<string, Result>;
  readonly retry: RetryPolicy;
  /** Share of a service against other runs; default 1. */
  readonly weight?: number;
  /** Attempts of the run in flight at once: 1 is sequential mode. Absent: only the services limit it. */
  readonly maxInFlight?: number;
  readonly order?: QueueOrder;
  /** More items may be added: when all have ended it only rests, and ends once it is closed. */
  readonly isOpen?: boolean;
}

/** What an attempt is given. */
export interface AttemptTask<Work> {
  readonly run: string;
  readonly item: ItemSpec<Work>;
  readonly stage: StageSpec;
  /** 1-based. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly reportProgress: (share: number) => void;
  /** The service has begun to answer: what it says of its limits, if anything. */
  readonly reportHints: (hints: RateLimitHints) => void;
}

/** What has become of a finished item, and the items that follow it: both were committed together. */
export type CommitOutcome<Work> = (
  { readonly kind: 'written' | 'skipped' } | { readonly kind: 'failed'; readonly failure: Failure }
) & {
  /** By position. */
  readonly followers?: readonly ItemSpec<Work>[];
};

/** The engine's only ways out: making an attempt, and making what comes of it survive. */
export interface EnginePorts<Work, Result> {
  perform(task: AttemptTask<Work>): Promise<AttemptOutcome<Result>>;
  /**
   * @param durable called once nothing can lose the result any more, though more may be left to do with it: the slot
   *   that made it makes no call before. Where it is not called, that is at the end.
   */
  commit(run: string, item: ItemSpec<Work>, result: Result, durable: () => void): Promise<CommitOutcome<Work>>;
  /**
   * What an item comes to without an attempt; asked when it is taken into memory, and it starts only afterwards.
   *
   * @returns undefined when nothing is to be asked
   */
  recall?(run: string, item: ItemSpec<Work>): Promise<Result | undefined> | undefined;
  /**
   * An item ended without a result. Items may follow all the same: those that waited for it only to end.
   *
   * @returns undefined when nothing can follow
   */
  ended?(item: ItemView<Work>): Promise<readonly ItemSpec<Work>[]> | undefined;
  /** Queued items from a position on, `most` at most; fewer when there are no more of them. */
  load?(run: string, waiting: WaitingItems, most: number): Promise<readonly ItemSpec<Work>[]>;
  governor(service: ServiceKey): Governor;
  /** Characters that a result holds in memory. */
  sizeOf?(result: Result): number;
}

/** An item as its listeners see it; only the engine changes it. Times are the clock's ms. */
export interface ItemView<Work> {
  readonly run: string;
  readonly spec: ItemSpec<Work>;
  readonly state: ItemState;
  /** As it is now: retries and people change it. */
  readonly priority: Priority;
  readonly progress: number;
  readonly attempts: number;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly dueAt: number | undefined;
  readonly failure: (Failure & { readonly stage: string }) | undefined;
}

export interface AttemptReport<Work> {
  readonly item: ItemView<Work>;
  readonly stage: string;
  readonly service: ServiceKey;
  readonly attempt: number;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly queueWaitMs: number;
  readonly outcome: 'completed' | FailureReason;
  /** Why it failed, or what is to be known of it all the same. */
  readonly message: string | undefined;
  readonly usage: TokenUsage | undefined;
  readonly retryInMs: number | undefined;
}

export interface EngineListener<Work> {
  itemChanged(item: ItemView<Work>): void;
  /** Text is streaming in; called often, so it must be cheap. */
  itemProgressed(item: ItemView<Work>): void;
  attemptFinished(report: AttemptReport<Work>): void;
  /** An item and all that come from earlier roots have ended: once per item, by root and position. */
  itemEnded?(item: ItemView<Work>): void;
  /** Every item of an open run has ended; may be told again while that is so. */
  runRested?(run: string): void;
  /** All that is left of the run is being committed; more may follow from that. */
  lastCommits?(run: string): void;
  /** Every item of the run has ended. */
  runFinished(run: string): void;
}

/** One place for an attempt, busy or idle. */
export interface SlotView {
  readonly service: ServiceKey;
  /** 0-based; stays the same for as long as the service has that many slots. */
  readonly slot: number;
  /** Clock ms at which it became busy or idle. */
  readonly since: number;
  readonly busy: { readonly run: string; readonly item: string; readonly stage: string } | undefined;
}
