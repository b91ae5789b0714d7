import type { AttemptOutcome, Failure } from '../model/attempt.ts';
import { retryDelay, type RetryPolicy } from './retry.ts';

/** What becomes of an item after an attempt. */
export type Fate<Result> =
  | { readonly kind: 'completed'; readonly result: Result }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'retried'; readonly failure: Failure; readonly delayMs: number };

/** What decides about it besides the outcome. */
export interface Circumstances {
  readonly retry: RetryPolicy;
  /** Attempts so far that count against the policy, at least 1. */
  readonly countedAttempts: number;
  /** Why no attempt at the service can succeed any more; absent: one can. */
  readonly stopped: Failure | undefined;
  /** 0 to 1. */
  readonly random: () => number;
}

/** A finished text was paid for: it is kept, cancelled or not. */
export function fateOf<Result>(outcome: AttemptOutcome<Result>, circumstances: Circumstances): Fate<Result> {
  if (outcome.kind === 'completed') return { kind: 'completed', result: outcome.result };
  const { failure } = outcome;
  if (failure.reason === 'cancelled') return { kind: 'cancelled' };
  const { retry, countedAttempts, stopped, random } = circumstances;
  // What stopped the service says more than the attempt that found out.
  if (stopped) return { kind: 'failed', failure: stopped.reason === failure.reason ? stopped : failure };
  if (failure.isAskedAgain === true) return { kind: 'retried', failure, delayMs: 0 };
  if (failure.isPutOff === true) return { kind: 'retried', failure, delayMs: failure.retryAfterMs ?? 0 };
  const delayMs = retryDelay(retry, failure, countedAttempts, random);
  return delayMs === undefined ? { kind: 'failed', failure } : { kind: 'retried', failure, delayMs };
}
