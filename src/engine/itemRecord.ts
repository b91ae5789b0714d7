import type { Failure } from '../model/attempt.ts';
import type { ItemState, Priority } from '../model/item.ts';
import { EndsInOrder } from './endsInOrder.ts';
import { Overflow } from './overflow.ts';
import { PrefixLeads } from './prefixLeads.ts';
import type { Ticket } from './priorityQueue.ts';
import type { RetryPolicy } from './retry.ts';
import type { EngineListener, ItemSpec, ItemView, RunSpec, StageSpec } from './work.ts';

/** An item as the engine keeps it: the listener's view, writable, and what only the engine needs. */
export interface ItemRecord<Work, Result> extends ItemView<Work> {
  state: ItemState;
  progress: number;
  attempts: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  dueAt: number | undefined;
  failure: (Failure & { readonly stage: string }) | undefined;
  /** Attempts that count against the retry policy. */
  countedAttempts: number;
  priority: Priority;
  readyAt: number;
  ticket: Ticket<ItemRecord<Work, Result>> | undefined;
  callOffRetry: (() => void) | undefined;
  abort: AbortController | undefined;
}

export function newItem<Work, Result>(run: string, spec: ItemSpec<Work>, now: number): ItemRecord<Work, Result> {
  return {
    run,
    spec,
    state: 'queued',
    progress: 0,
    attempts: 0,
    startedAt: undefined,
    finishedAt: undefined,
    dueAt: undefined,
    failure: undefined,
    countedAttempts: 0,
    priority: spec.priority,
    readyAt: now,
    ticket: undefined,
    callOffRetry: undefined,
    abort: undefined,
  };
}

/** One stage of one run. */
export interface StageState {
  readonly spec: StageSpec;
  readonly retry: RetryPolicy;
  inFlight: number;
  /** Results that are not durable yet: the slots that made them are not free. */
  settling: number;
  /** Items that are complete and wait for their commit, which may bring followers. */
  committing: number;
  /** Items in memory that wait for a slot or for a retry. */
  held: number;
  /** Those that are not in memory. */
  readonly overflow: Overflow;
  isLoading: boolean;
}

export interface RunRecord<Work, Result> {
  readonly spec: RunSpec<Work, Result>;
  readonly weight: number;
  /** Those in memory, by id: all that have not ended, and in a run of one stage also those that have. */
  readonly items: Map<string, ItemRecord<Work, Result>>;
  readonly stages: readonly StageState[];
  readonly leads: PrefixLeads<ItemRecord<Work, Result>>;
  /** Absent when nobody listens. */
  readonly ends: EndsInOrder<ItemView<Work>> | undefined;
  paused: boolean;
  /** Items may be added. */
  isOpen: boolean;
  /** What follows is `cancelled` at once, or not handed on. */
  stopping: 'cancelled' | 'given-back' | undefined;
  inFlight: number;
  /** As in its stages. */
  settling: number;
  committing: number;
  /** Items that have not ended, in memory or not, and endings that may bring more. */
  unfinished: number;
}

/** A run that has no item yet. @param listener who hears of its items' ends, in order */
export function newRun<Work, Result>(
  spec: RunSpec<Work, Result>,
  listener: Pick<EngineListener<Work>, 'itemEnded'>,
): RunRecord<Work, Result> {
  return {
    spec,
    weight: spec.weight ?? 1,
    items: new Map(),
    stages: spec.stages.map((stage, index) => newStage(stage, index, spec)),
    leads: new PrefixLeads(),
    ends: listener.itemEnded && new EndsInOrder(rootsOf(spec), (item) => listener.itemEnded?.(item)),
    paused: false,
    isOpen: spec.isOpen === true,
    stopping: undefined,
    inFlight: 0,
    settling: 0,
    committing: 0,
    unfinished: 0,
  };
}

/** @throws when the run has no such stage */
export function stageOf<Work, Result>(run: RunRecord<Work, Result>, index: number): StageState {
  const stage = run.stages[index];
  if (stage === undefined) throw new Error(`Run ${run.spec.id} has no stage ${index}.`);
  return stage;
}

function newStage<Work, Result>(spec: StageSpec, stage: number, { retry }: RunSpec<Work, Result>): StageState {
  return {
    spec,
    retry: spec.retry ?? retry,
    inFlight: 0,
    settling: 0,
    committing: 0,
    held: 0,
    overflow: new Overflow(stage),
    isLoading: false,
  };
}

function rootsOf<Work, Result>({ items }: RunSpec<Work, Result>): number[] {
  return [...new Set(items.map(({ root }) => root))].sort((a, b) => a - b);
}
