import type { Clock } from '../../base/clock.ts';
import type { RateLimitHint, RateLimitHints } from '../../model/attempt.ts';
import type { CountedUnit } from './rateGate.ts';

/**
 * A refusal that says nothing of when to come back may be an accident. So many of them within a second, and so large a
 * share of what started, are a limit.
 */
const telltaleRefusals = 3;
const telltaleShare = 0.2;
const refusalWindowMs = 1000;
/** One that says so is weighed against what came within the time it asks for, at most so long, ms. */
const longestWindowMs = 30_000;
/** Left of a limit, as a share of it, that makes a refusal an accident. */
const plentyShare = 0.05;
const defaultPauseMs = 1000;
const pauseJitter = 0.1;
/** Of what was unanswered at the first of them or started since, with no answer in between: so many, and so large a share, are a limit. */
const telltaleStreak = 3;
const streakShare = 0.5;
/** So many at most of those that are unanswered are taken for accepted: with more, a limit would show too late. */
const mostUnanswered = 10;
/** And so many of those that were at the first of a streak. */
const mostBeforeStreak = 4;
/** Answers are remembered in steps of this, ms. */
const stepMs = 250;

/** Attempts of one service. */
export interface Traffic {
  readonly started: number;
  /** Those of them that have not ended, the one in question included. */
  readonly inFlight: number;
}

/** What a service says with a refusal. */
export interface Refusal {
  /** What it asks for. */
  readonly retryAfterMs: number | undefined;
  /** What it tells of the limit that was hit, if anything. */
  readonly hint?: RateLimitHint | undefined;
  /** Units of that limit that the attempt needed; default 1. */
  readonly needed?: number;
}

/** Weighs refusals (429) by evidence: which of them are a limit, and for how long nothing may start then. */
export class Refusals {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #accepted: Recent;
  readonly #refused: Recent;
  /** The last pause, or the one that goes on. */
  #pausedSince = Number.NEGATIVE_INFINITY;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  /** Refusals since an attempt was accepted that started after the first of them. */
  #streak = 0;
  #streakSince = 0;
  #startedBeforeStreak = 0;
  #windowStart = Number.NEGATIVE_INFINITY;
  #inWindow = 0;
  #endedBeforeWindow = 0;

  /** @param random 0 to 1 */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
    this.#accepted = new Recent(clock);
    this.#refused = new Recent(clock);
  }

  /** ms from now for which nothing may start; 0 or less: it may. */
  get pausedForMs(): number {
    return this.#pausedUntil - this.#clock.now();
  }

  /** The service answered an attempt otherwise than with a refusal. @param durationMs what the attempt took */
  accept(durationMs: number): void {
    this.#accepted.add();
    if (this.#clock.now() - durationMs > this.#streakSince) this.#streak = 0;
  }

  /** The service refused an attempt. If that is a limit, nothing starts for as long as it asks for, and a little longer. */
  isLimit({ retryAfterMs, hint, needed = 1 }: Refusal, traffic: Traffic): boolean {
    this.#refused.add();
    if (this.#streak === 0) {
      this.#streakSince = this.#clock.now();
      this.#startedBeforeStreak = traffic.started - Math.min(mostBeforeStreak, traffic.inFlight);
    }
    this.#streak++;
    const isLimit =
      retryAfterMs === undefined
        ? this.#areTelltale(traffic)
        : this.#isAskedFor(retryAfterMs, hint, needed, traffic) || this.#isStreak(traffic);
    if (!isLimit) return false;
    const waitMs = (retryAfterMs ?? defaultPauseMs) * (1 + pauseJitter * this.#random());
    const now = this.#clock.now();
    if (now >= this.#pausedUntil) this.#pausedSince = now;
    this.#pausedUntil = Math.max(this.#pausedUntil, now + waitMs);
    return true;
  }

  /** A time up to now, and as much longer as nothing was let through in it: that nothing was accepted then says nothing. */
  #withPause(windowMs: number): number {
    const now = this.#clock.now();
    if (this.#pausedUntil <= now - windowMs) return windowMs;
    return windowMs + Math.min(now, this.#pausedUntil) - this.#pausedSince;
  }

  /**
   * A service that asks to wait means everybody when it says that nothing is left, when nothing else was accepted of
   * late, or when it refuses a good part of what it is asked. One refusal among many answers is about itself, and so is one
   * while others wait for theirs: should it have been about them, they will be refused too.
   */
  #isAskedFor(retryAfterMs: number, hint: RateLimitHint | undefined, needed: number, { inFlight }: Traffic): boolean {
    const { remaining, limit = 0 } = hint ?? {};
    if (remaining !== undefined && remaining < needed) return true;
    if (remaining !== undefined && remaining >= Math.max(needed, plentyShare * limit)) return false;
    const windowMs = this.#withPause(Math.max(refusalWindowMs, Math.min(longestWindowMs, retryAfterMs)));
    const accepted = this.#accepted.within(windowMs);
    const refused = this.#refused.within(windowMs);
    const unanswered = inFlight - 1;
    if (accepted === 0 && unanswered <= 0) return true;
    return refused >= 2 && refused >= telltaleShare * (refused + accepted + Math.min(mostUnanswered, unanswered));
  }

  #isStreak({ started }: Traffic): boolean {
    const since = started - this.#startedBeforeStreak;
    return this.#streak >= telltaleStreak && this.#streak >= streakShare * since;
  }

  #areTelltale({ started, inFlight }: Traffic): boolean {
    const now = this.#clock.now();
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

/** How many of something came of late, in bounded memory. */
class Recent {
  readonly #clock: Clock;
  /** By step, oldest first. */
  readonly #steps: { readonly at: number; count: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(): void {
    const at = Math.floor(this.#clock.now() / stepMs);
    const last = this.#steps.at(-1);
    if (last?.at === at) last.count++;
    else this.#steps.push({ at, count: 1 });
    if (this.#steps.length > longestWindowMs / stepMs + 1) this.#steps.shift();
  }

  within(ms: number): number {
    const from = Math.floor((this.#clock.now() - ms) / stepMs);
    return this.#steps.reduce((sum, { at, count }) => (at >= from ? sum + count : sum), 0);
  }
}

/**
 * Which of its limits made a service refuse an attempt: requests, unless it says that those were left and that the
 * tokens were not.
 *
 * @param reserved tokens that the attempt was expected to cost
 */
export function exhaustedUnit(hints: RateLimitHints | undefined, reserved: number): CountedUnit {
  const tokensLeft = hints?.tokens?.remaining;
  const byTokens = tokensLeft !== undefined && tokensLeft < reserved && hints?.requests?.remaining !== 0;
  return byTokens ? 'tokens' : 'requests';
}
