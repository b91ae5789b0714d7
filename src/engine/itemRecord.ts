import type { LimitFunction } from 'p-limit';
import type { Governor } from './governor/governor.ts';
import type { ItemState, Priority } from '../model/item.ts';
import type { Failure } from '../model/attempt.ts';
import type { PriorityQueue, Ticket } from './priorityQueue.ts';
import type { ItemSpec, ItemView, RunSpec, ServiceKey, StageSpec } from './work.ts';

/** An item as the engine keeps it: the listener's view, writable, and what only the engine needs. */
export interface ItemRecord<Work, Result> extends ItemView<Work> {
  state: ItemState;
  stageIndex: number;
  progress: number;
  attempts: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  dueAt: number | undefined;
  failure: (Failure & { readonly stage: string }) | undefined;
  /** Attempts of this stage that count against the retry policy. */
  countedAttempts: number;
  stageAttempts: number;
  priority: Priority;
  readyAt: number;
  result: Result | undefined;
  ticket: Ticket<ItemRecord<Work, Result>> | undefined;
  callOffRetry: (() => void) | undefined;
  abort: AbortController | undefined;
}

export function newItem<Work, Result>(
  run: string,
  spec: ItemSpec<Work>,
  position: number,
  now: number,
): ItemRecord<Work, Result> {
  return {
    run,
    spec,
    position,
    state: 'queued',
    stageIndex: 0,
    progress: 0,
    attempts: 0,
    startedAt: undefined,
    finishedAt: undefined,
    dueAt: undefined,
    failure: undefined,
    countedAttempts: 0,
    stageAttempts: 0,
    priority: spec.priority,
    readyAt: now,
    result: undefined,
    ticket: undefined,
    callOffRetry: undefined,
    abort: undefined,
  };
}

export interface StageState {
  readonly spec: StageSpec;
  inFlight: number;
  /** Items that wait for this stage, for a slot or for a retry. */
  held: number;
}

export interface RunRecord<Work, Result> {
  readonly spec: RunSpec<Work, Result>;
  readonly weight: number;
  readonly items: Map<string, ItemRecord<Work, Result>>;
  readonly inOrder: ItemRecord<Work, Result>[];
  readonly stages: readonly StageState[];
  paused: boolean;
  inFlight: number;
  unfinished: number;
  /** Items that ended and whose predecessors all ended too. */
  endedInOrder: number;
}

/** The items of one run and stage that wait for one service. */
export interface StageQueue<Work, Result> {
  readonly run: RunRecord<Work, Result>;
  readonly stageIndex: number;
  readonly ready: PriorityQueue<ItemRecord<Work, Result>>;
}

/** One of a service's places for an attempt. */
export interface Slot<Work, Result> {
  item: ItemRecord<Work, Result> | undefined;
  /** Clock ms at which it became busy or idle. */
  since: number;
}

/** One service: its queues, its slots and its governor. */
export interface Lane<Work, Result> {
  readonly key: ServiceKey;
  readonly governor: Governor;
  readonly limit: LimitFunction;
  readonly slots: Slot<Work, Result>[];
  readonly freeSlots: Slot<Work, Result>[];
  readonly queues: Set<StageQueue<Work, Result>>;
  /** What each run has been given, in attempts by weight: the one with the least comes next (stride scheduling). */
  readonly given: Map<RunRecord<Work, Result>, number>;
  /** Slots that wait for admission and hold no item yet. */
  admitting: number;
  inFlight: number;
}
