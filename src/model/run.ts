import type { StageLoad } from './activity.ts';
import type { ParameterChanges } from './adaptation.ts';
import type { Budget } from './budget.ts';
import type { ItemCounts, ItemState, Priority } from './item.ts';
import type { Failure, FailureReason, TokenUsage } from './attempt.ts';

/**
 * `watching`: all that there is has been made, and files may come; `unfinished`: nobody works on it, and it can be resumed;
 * `elsewhere`: another window or a terminal works on it.
 */
export type RunState = 'running' | 'paused' | 'watching' | 'stopping' | 'finished' | 'unfinished' | 'elsewhere';

/** One item as anybody outside the engine sees it. Times are epoch ms. */
export interface ItemSnapshot {
  readonly run: string;
  readonly id: string;
  /** 0-based place in the plan. */
  readonly position: number;
  readonly prompt: string;
  /** Name of the prompt file without its ending. */
  readonly promptName: string;
  /** Label of the row; empty for a prompt without data. */
  readonly row: string;
  /** Key of its record, empty where there is but one; present for an item of a pipeline. */
  readonly record?: string;
  readonly model: string;
  /** 1-based. */
  readonly index: number;
  readonly state: ItemState;
  readonly priority: Priority;
  readonly stage: string;
  /** 0-based. */
  readonly stageIndex: number;
  readonly stageCount: number;
  /** Share of the expected text that has arrived in this stage, 0 to 1. */
  readonly progress: number;
  readonly attempts: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** When a retry is due. */
  readonly dueAt?: number;
  readonly failure?: Failure & { readonly stage: string };
  /** Written candidate, absolute. */
  readonly file?: string;
  /** Its text was cut at the output limit. */
  readonly cut?: true;
}

/** Shortest and longest time left that the binding limit and what was seen so far allow, ms. */
export interface Eta {
  readonly low: number;
  readonly high: number;
}

export interface RunSnapshot {
  readonly id: string;
  /** What a person would call it: the prompt's name, or "3 prompts". */
  readonly label: string;
  readonly state: RunState;
  readonly total: number;
  /** Records that it has begun with; present for a run of a pipeline. */
  readonly records?: number;
  /** Its source is watched: files that come or change become records of it. */
  readonly isWatched?: true;
  /** How full its stages are, in order; present for a pipeline that is at work here. */
  readonly stages?: readonly StageLoad[];
  readonly counts: ItemCounts;
  readonly startedAt: number;
  readonly finishedAt?: number;
  /** Items that ended written in the last minute (or since the start, scaled to a minute). */
  readonly perMinute: number;
  readonly eta?: Eta;
  /** Why nothing starts at the moment, in words: a Retry-After, an open breaker. */
  readonly waiting?: string;
}

export function isActive(state: RunState): boolean {
  return state === 'running' || state === 'paused' || state === 'watching' || state === 'stopping';
}

export interface AttemptSnapshot {
  readonly run: string;
  readonly item: string;
  readonly label: string;
  readonly stage: string;
  readonly service: string;
  readonly model: string;
  /** 1-based. */
  readonly attempt: number;
  readonly durationMs: number;
  readonly queueWaitMs: number;
  readonly usage?: TokenUsage;
  readonly outcome: 'completed' | FailureReason;
  readonly message?: string;
  /** Present when the attempt will be repeated. */
  readonly retryInMs?: number;
  /** It was a request of a plan that the person has somewhere else. */
  readonly isOfPlan?: true;
  /** The text was cut at the output limit. */
  readonly cut?: true;
}

/** Latencies of completed attempts, ms. */
export interface LatencySummary {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What the run cost this process. */
export interface ProcessUse {
  /** p99, ms. */
  readonly eventLoopDelayMs: number;
  /** At the end of the run. */
  readonly heapBytes: number;
  readonly cpuMs: number;
}

/** What one process did for a run; only the counts are of the run as a whole. */
export interface RunSummary {
  readonly run: string;
  readonly label: string;
  /** As in `RunSnapshot`. */
  readonly records?: number;
  readonly counts: ItemCounts;
  readonly attempts: number;
  readonly retries: number;
  readonly retriesByReason: Readonly<Partial<Record<FailureReason, number>>>;
  readonly rateLimited: number;
  readonly tokens: TokenUsage;
  /** Candidates that were cut at the output limit; absent for none. */
  readonly cut?: number;
  /** In the currency of the services' prices; absent when none is known. */
  readonly cost?: number;
  /** Not all prices are known: it cost more. */
  readonly isCostPartial?: true;
  readonly latency: LatencySummary;
  /** From being able to start to starting, ms. */
  readonly queueWait: LatencySummary;
  /** Outages of its services that began during the run. */
  readonly breakerTrips: number;
  readonly perMinute: number;
  readonly process: ProcessUse;
  readonly slots: { readonly peak: number; readonly mean: number; readonly limit: number };
  /** Candidates that the cache was asked for. */
  readonly cache: { readonly hits: number; readonly misses: number };
  readonly durationMs: number;
  /** Why the run stopped before its time, as a sentence that says what to do. */
  readonly problem?: string;
  /** Tables of results that it has kept, absolute; absent for none. */
  readonly tables?: readonly string[];
  /** Why a table could not be kept, as a sentence that says what to do. */
  readonly tableProblem?: string;
  /** A call would have exceeded a budget: what is left can be resumed with more. */
  readonly stopped?: 'budget';
  /** What the run would need in all to come to its end, about; absent where the day's budget is used up. */
  readonly moreBudget?: Budget;
}

/** A model was not sent what was asked for: told once for each model and each set of changes. */
export interface AdaptedCalls extends ParameterChanges {
  readonly run: string;
  readonly service: string;
  readonly model: string;
}

export type RunEvent =
  | { readonly type: 'runStarted'; readonly run: RunSnapshot; readonly items: readonly ItemSnapshot[] }
  | { readonly type: 'itemChanged'; readonly item: ItemSnapshot }
  | { readonly type: 'attemptFinished'; readonly attempt: AttemptSnapshot }
  | { readonly type: 'callsAdapted'; readonly adapted: AdaptedCalls }
  | { readonly type: 'runChanged'; readonly run: RunSnapshot }
  | { readonly type: 'runFinished'; readonly run: RunSnapshot; readonly summary: RunSummary }
  /** Runs came from the journal or were forgotten: whoever lists runs takes a new snapshot. */
  | { readonly type: 'runsReplaced' };
