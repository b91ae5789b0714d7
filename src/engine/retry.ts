import type { Failure } from '../model/attempt.ts';
import { isRetryable } from '../model/attempt.ts';

export interface RetryPolicy {
  /** Attempts per stage of an item, the first one included. */
  readonly attempts: number;
  /** Upper bound of the first wait, ms; doubles with each attempt. */
  readonly baseMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 3, baseMs: 1000 };

const longestBackoffMs = 60_000;
const askedJitter = 0.1;

/**
 * How long to wait before the next attempt, ms; undefined when there is none. Exponential with full jitter (Brooker,
 * "Exponential Backoff And Jitter", AWS Architecture Blog, 2015); the service's Retry-After is a minimum.
 *
 * @param failedAttempts attempts made so far in this stage, at least 1
 * @param random 0 to 1
 */
export function retryDelay(
  policy: RetryPolicy,
  failure: Failure,
  failedAttempts: number,
  random: () => number,
): number | undefined {
  if (!isRetryable(failure.reason) || failedAttempts >= policy.attempts) return undefined;
  const ceiling = Math.min(longestBackoffMs, policy.baseMs * 2 ** (failedAttempts - 1));
  const share = random();
  // Whoever was told when to come back need not guess: a little later, so that not everybody comes at once.
  return Math.max(share * ceiling, (failure.retryAfterMs ?? 0) * (1 + askedJitter * share));
}
