import type { RateLimitHint } from '../../../src/model/attempt.ts';
import type { QuotaModel, Schedule } from './model.ts';
import { neighbourCalls } from './model.ts';

/** Absorbs rounding, so that a call made exactly when it was told to is admitted. */
const epsilon = 1e-6;
const minuteMs = 60_000;
const windowMs = 1000;

function rateAt(schedule: Schedule, atMs: number): number {
  let perMinute = 0;
  for (const step of schedule) if (step.fromMs <= atMs) ({ perMinute } = step);
  return perMinute;
}

/** One kind of unit. All times are ms since the start of the scenario, and never go back. */
export interface Meter {
  /** ms until `cost` may fit, 0 when it does now; somebody else may be faster. */
  wait(cost: number, nowMs: number): number;
  take(cost: number, nowMs: number): void;
  /** Loses what is left, up to `cost`. */
  forfeit(cost: number, nowMs: number): void;
  hint(nowMs: number): RateLimitHint;
}

/** Refills continuously up to so many seconds of its rate, which may change on the way; starts full. */
export class Bucket implements Meter {
  readonly #schedule: Schedule;
  readonly #burstSeconds: number;
  readonly #neighbour: Iterator<number, never> | undefined;
  #neighbourAt: number;
  #level: number;
  #at = 0;

  /** @param neighbour moments at which somebody else takes one unit, even on credit */
  constructor(schedule: Schedule, burstSeconds: number, neighbour?: Iterator<number, never>) {
    this.#schedule = schedule;
    this.#burstSeconds = burstSeconds;
    this.#neighbour = neighbour;
    this.#neighbourAt = neighbour?.next().value ?? Number.POSITIVE_INFINITY;
    this.#level = this.#capacity(0);
  }

  /** A cost above the capacity fits when the bucket is full, and leaves a debt: the rate holds all the same. */
  wait(cost: number, nowMs: number): number {
    this.#refill(nowMs);
    const missing = Math.min(cost, this.#capacity(nowMs)) - this.#level;
    return missing <= epsilon ? 0 : (missing * minuteMs) / rateAt(this.#schedule, nowMs);
  }

  take(cost: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#level -= cost;
  }

  forfeit(cost: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#level -= Math.min(cost, Math.max(0, this.#level));
  }

  hint(nowMs: number): RateLimitHint {
    this.#refill(nowMs);
    const limit = rateAt(this.#schedule, nowMs);
    return {
      limit,
      remaining: Math.max(0, Math.floor(this.#level + epsilon)),
    };
  }

  #capacity(atMs: number): number {
    return Math.max(1, (rateAt(this.#schedule, atMs) * this.#burstSeconds) / 60);
  }

  #refill(nowMs: number): void {
    while (this.#neighbour && this.#neighbourAt <= nowMs) {
      this.#refillTo(this.#neighbourAt);
      this.#level--;
      this.#neighbourAt = this.#neighbour.next().value;
    }
    this.#refillTo(nowMs);
  }

  #refillTo(nowMs: number): void {
    for (const { fromMs } of this.#schedule) if (fromMs > this.#at && fromMs <= nowMs) this.#flow(fromMs);
    this.#flow(nowMs);
  }

  /** The rate does not change on the way. */
  #flow(toMs: number): void {
    const gained = ((toMs - this.#at) * rateAt(this.#schedule, this.#at)) / minuteMs;
    this.#level = Math.min(this.#capacity(toMs), this.#level + gained);
    this.#at = toMs;
  }
}

/** Starts full every second. */
export class SecondWindow implements Meter {
  readonly #schedule: Schedule;
  #startedAt = 0;
  #used = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  wait(cost: number, nowMs: number): number {
    this.#roll(nowMs);
    const quota = this.#quota(nowMs);
    return this.#used + Math.min(cost, quota) <= quota ? 0 : this.#startedAt + windowMs - nowMs;
  }

  take(cost: number, nowMs: number): void {
    this.#roll(nowMs);
    this.#used += cost;
  }

  forfeit(cost: number, nowMs: number): void {
    this.#roll(nowMs);
    this.#used += Math.min(cost, Math.max(0, this.#quota(nowMs) - this.#used));
  }

  hint(nowMs: number): RateLimitHint {
    this.#roll(nowMs);
    return {
      limit: rateAt(this.#schedule, nowMs),
      remaining: Math.max(0, this.#quota(nowMs) - this.#used),
    };
  }

  #quota(atMs: number): number {
    return Math.max(1, Math.floor(rateAt(this.#schedule, atMs) / 60));
  }

  #roll(nowMs: number): void {
    const windows = Math.floor((nowMs - this.#startedAt) / windowMs);
    if (windows > 0) {
      this.#startedAt += windows * windowMs;
      this.#used = 0;
    }
  }
}

export function scheduleOf(rate: number | Schedule): Schedule {
  return typeof rate === 'number' ? [{ fromMs: 0, perMinute: rate }] : rate;
}

export function scaled(schedule: Schedule, factor: number): Schedule {
  return schedule.map(({ fromMs, perMinute }) => ({ fromMs, perMinute: perMinute * factor }));
}

export interface Meters {
  readonly requests: Meter | undefined;
  readonly tokens: Meter | undefined;
}

/** The meters of a service, with its neighbour in them. */
export function metersOf(seed: number, quota: QuotaModel | undefined): Meters {
  const { requestsPerMinute, tokensPerMinute } = quota ?? {};
  if (!quota) return { requests: undefined, tokens: undefined };
  const neighbour = quota.neighbour && neighbourCalls(seed, quota.neighbour);
  return {
    requests:
      requestsPerMinute === undefined
        ? undefined
        : quota.quantised
          ? new SecondWindow(scheduleOf(requestsPerMinute))
          : new Bucket(scheduleOf(requestsPerMinute), quota.burstSeconds, neighbour),
    tokens: tokensPerMinute === undefined ? undefined : new Bucket(scheduleOf(tokensPerMinute), quota.burstSeconds),
  };
}
