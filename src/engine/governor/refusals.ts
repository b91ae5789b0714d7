import type { Clock } from '../../base/clock.ts';
import type { RateLimitHints } from '../../model/attempt.ts';
import type { RateUnit } from './rateGate.ts';

/**
 * A refusal that says nothing of when to come back may be an accident. So many of them within a second, and so large a
 * share of what started, are a limit.
 */
const telltaleRefusals = 3;
const telltaleShare = 0.2;
const refusalWindowMs = 1000;
const defaultPauseMs = 1000;
const pauseJitter = 0.1;

/** Attempts of one service. */
export interface Traffic {
  readonly started: number;
  /** Those of them that have not ended, the one in question included. */
  readonly inFlight: number;
}

/** Weighs refusals (429) by evidence: which of them are a limit, and for how long nothing may start then. */
export class Refusals {
  readonly #clock: Clock;
  readonly #random: () => number;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #windowStart = Number.NEGATIVE_INFINITY;
  #inWindow = 0;
  #endedBeforeWindow = 0;

  /** @param random 0 to 1 */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** ms from now for which nothing may start; 0 or less: it may. */
  get pausedForMs(): number {
    return this.#pausedUntil - this.#clock.now();
  }

  /**
   * The service refused an attempt. If that is a limit, nothing starts for as long as it asks for, and a little longer.
   *
   * @param retryAfterMs what the service asks for; a service that asks to wait has said that it is a limit
   */
  isLimit(retryAfterMs: number | undefined, traffic: Traffic): boolean {
    const now = this.#clock.now();
    if (retryAfterMs === undefined && !this.#areTelltale(now, traffic)) return false;
    const waitMs = (retryAfterMs ?? defaultPauseMs) * (1 + pauseJitter * this.#random());
    this.#pausedUntil = Math.max(this.#pausedUntil, now + waitMs);
    return true;
  }

  #areTelltale(now: number, { started, inFlight }: Traffic): boolean {
    if (now - this.#windowStart > refusalWindowMs) {
      this.#windowStart = now;
      this.#inWindow = 0;
      this.#endedBeforeWindow = started - inFlight;
    }
    this.#inWindow++;
    const starts = started - this.#endedBeforeWindow;
    return this.#inWindow >= telltaleRefusals && this.#inWindow >= telltaleShare * starts;
  }
}

/**
 * Which of its limits made a service refuse an attempt: requests, unless it says that those were left and that the
 * tokens were not.
 *
 * @param reserved tokens that the attempt was expected to cost
 */
export function exhaustedUnit(hints: RateLimitHints | undefined, reserved: number): RateUnit {
  const tokensLeft = hints?.tokens?.remaining;
  const byTokens = tokensLeft !== undefined && tokensLeft < reserved && hints?.requests?.remaining !== 0;
  return byTokens ? 'tokens' : 'requests';
}
