import type { Governor } from './governor/governor.ts';
import type { ItemState, Priority } from '../model/item.ts';
import type { AttemptOutcome, Failure, FailureReason, RateLimitHints, TokenUsage } from '../model/attempt.ts';
import type { QueueOrder } from './priorityQueue.ts';
import type { RetryPolicy } from './retry.ts';

/** Names the governor that an attempt runs under: one per endpoint, key and model family. */
export type ServiceKey = string;

export interface StageSpec {
  readonly name: string;
  /** Attempts of this stage in flight at once in one run; absent: only the services limit it. */
  readonly workers?: number;
  /** Items that may wait for this stage; when there are as many, the stage before starts nothing. */
  readonly capacity?: number;
}

export interface ItemSpec<Work> {
  readonly id: string;
  readonly priority: Priority;
  /** The service of each stage. */
  readonly services: readonly ServiceKey[];
  /** Tokens that one attempt may cost at most. */
  readonly reservation: number;
  readonly work: Work;
}

/** What an item has reached already: it goes on with the stage after. */
export interface Checkpoint<Result> {
  /** 0-based; the last stage makes the item complete, so that it is only committed. */
  readonly stage: number;
  readonly result: Result;
}

export interface RunSpec<Work, Result = unknown> {
  readonly id: string;
  readonly stages: readonly StageSpec[];
  /** In the order of the plan. */
  readonly items: readonly ItemSpec<Work>[];
  /** By item id. */
  readonly checkpoints?: ReadonlyMap<string, Checkpoint<Result>>;
  readonly retry: RetryPolicy;
  /** Share of a service against other runs; default 1. */
  readonly weight?: number;
  /** Attempts of the run in flight at once: 1 is sequential mode. Absent: only the services limit it. */
  readonly maxInFlight?: number;
  readonly order?: QueueOrder;
}

/** What an attempt is given. */
export interface AttemptTask<Work, Result> {
  readonly run: string;
  readonly item: ItemSpec<Work>;
  readonly stage: StageSpec;
  readonly stageIndex: number;
  /** 1-based, within the stage. */
  readonly attempt: number;
  /** What the stage before came to. */
  readonly previous: Result | undefined;
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly reportProgress: (share: number) => void;
  /** The service has begun to answer: what it says of its limits, if anything. */
  readonly reportHints: (hints: RateLimitHints) => void;
}

export type CommitOutcome =
  { readonly kind: 'written' | 'skipped' } | { readonly kind: 'failed'; readonly failure: Failure };

/** The engine's only ways out: making an attempt, and making a finished item survive. */
export interface EnginePorts<Work, Result> {
  perform(task: AttemptTask<Work, Result>): Promise<AttemptOutcome<Result>>;
  commit(run: string, item: ItemSpec<Work>, result: Result): Promise<CommitOutcome>;
  /** A stage that is not the last came to this: keep it, so that the item can go on from here. */
  keepCheckpoint?(run: string, item: ItemSpec<Work>, checkpoint: Checkpoint<Result>): void;
  governor(service: ServiceKey): Governor;
  /** Characters that a result holds in memory. */
  sizeOf?(result: Result): number;
}

/** An item as its listeners see it; only the engine changes it. Times are the clock's ms. */
export interface ItemView<Work> {
  readonly run: string;
  readonly spec: ItemSpec<Work>;
  readonly position: number;
  readonly state: ItemState;
  readonly stageIndex: number;
  readonly progress: number;
  /** Over all stages. */
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
  readonly message: string | undefined;
  readonly usage: TokenUsage | undefined;
  readonly retryInMs: number | undefined;
}

export interface EngineListener<Work> {
  itemChanged(item: ItemView<Work>): void;
  /** Text is streaming in; called often, so it must be cheap. */
  itemProgressed(item: ItemView<Work>): void;
  attemptFinished(report: AttemptReport<Work>): void;
  /** An item and all before it in the plan have ended: called once per item, in the order of the plan. */
  itemEnded?(item: ItemView<Work>): void;
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
