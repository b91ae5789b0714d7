/** How a 429 says when to come back; `milliseconds` sends `retry-after-ms` beside the seconds. */
export type RetryAfterStyle = 'seconds' | 'milliseconds' | 'date' | 'none';

export interface LimitOptions {
  requestsPerMinute?: number;
  tokensPerMinute?: number;
  /** Calls in flight; one more is refused. */
  maxConcurrent?: number;
  /**
   * A bucket refills continuously (default); a fixed window starts full every minute, or every second with a
   * sixtieth of the quota, rounded down.
   */
  window?: 'bucket' | 'minute' | 'second';
  /** What a bucket holds, in seconds of its rate: 60 (default) is the minute, 1 is enforced per second. */
  burstSeconds?: number;
  /** What a call costs in tokens: prompt + the most it may write (default), or prompt + what it writes. */
  tokenCost?: 'reserved' | 'actual';
  /** A refused call uses up what is left of the quota that it wanted (default false). */
  chargeRejected?: boolean;
  /** A call that fails with an error status, or is reset before its answer, keeps its cost (default true). */
  chargeFailed?: boolean;
  /** The quota headers of each response; `project-tokens` renames the token trio. */
  headers?: 'standard' | 'none' | 'project-tokens';
}

export interface Refusal {
  readonly type: 'requests' | 'tokens';
  readonly message: string;
  /** Milliseconds until the same call would fit; Infinity when it never will. */
  readonly waitMs: number;
}

/** One quota. All times are milliseconds of one monotonic clock. */
interface Meter {
  readonly perMinute: number;
  /** Milliseconds until `cost` fits; 0 when it does now. */
  wait(cost: number, now: number): number;
  take(cost: number, now: number): void;
  /** Loses what is left, up to `cost`. */
  forfeit(cost: number, now: number): void;
  giveBack(cost: number, now: number): void;
  remaining(now: number): number;
  /** Milliseconds until the whole quota is back. */
  resetMs(now: number): number;
}

/** Absorbs rounding, so that a call made exactly when it was told to is admitted. */
const epsilon = 1e-6;

class TokenBucket implements Meter {
  readonly perMinute: number;
  readonly #capacity: number;
  #level: number;
  #at: number;

  constructor(perMinute: number, burstSeconds: number, now: number) {
    this.perMinute = perMinute;
    this.#capacity = Math.max(1, (perMinute * burstSeconds) / 60);
    this.#level = this.#capacity;
    this.#at = now;
  }

  /** A cost above the capacity fits when the bucket is full, and leaves a debt: the rate holds all the same. */
  wait(cost: number, now: number): number {
    this.#refill(now);
    const missing = Math.min(cost, this.#capacity) - this.#level;
    return missing <= epsilon ? 0 : (missing * 60_000) / this.perMinute;
  }

  take(cost: number, now: number): void {
    this.#refill(now);
    this.#level -= cost;
  }

  forfeit(cost: number, now: number): void {
    this.#refill(now);
    this.#level -= Math.min(cost, Math.max(0, this.#level));
  }

  giveBack(cost: number, now: number): void {
    this.#refill(now);
    this.#level = Math.min(this.#capacity, this.#level + cost);
  }

  remaining(now: number): number {
    this.#refill(now);
    return Math.max(0, Math.floor(this.#level + epsilon));
  }

  resetMs(now: number): number {
    this.#refill(now);
    return ((this.#capacity - this.#level) * 60_000) / this.perMinute;
  }

  #refill(now: number): void {
    this.#level = Math.min(this.#capacity, this.#level + ((now - this.#at) * this.perMinute) / 60_000);
    this.#at = now;
  }
}

class FixedWindow implements Meter {
  readonly perMinute: number;
  readonly #windowMs: number;
  readonly #quota: number;
  #startedAt: number;
  #used = 0;

  constructor(perMinute: number, windowMs: number, now: number) {
    this.perMinute = perMinute;
    this.#windowMs = windowMs;
    this.#quota = Math.max(1, Math.floor((perMinute * windowMs) / 60_000));
    this.#startedAt = now;
  }

  /** A cost above the quota fits into an empty window. */
  wait(cost: number, now: number): number {
    this.#roll(now);
    return this.#used + Math.min(cost, this.#quota) <= this.#quota ? 0 : this.#startedAt + this.#windowMs - now;
  }

  take(cost: number, now: number): void {
    this.#roll(now);
    this.#used += cost;
  }

  forfeit(cost: number, now: number): void {
    this.#roll(now);
    this.#used += Math.min(cost, Math.max(0, this.#quota - this.#used));
  }

  giveBack(cost: number, now: number): void {
    this.#roll(now);
    this.#used = Math.max(0, this.#used - cost);
  }

  remaining(now: number): number {
    this.#roll(now);
    return Math.max(0, this.#quota - this.#used);
  }

  resetMs(now: number): number {
    this.#roll(now);
    return this.#used === 0 ? 0 : this.#startedAt + this.#windowMs - now;
  }

  #roll(now: number): void {
    const windows = Math.floor((now - this.#startedAt) / this.#windowMs);
    if (windows > 0) {
      this.#startedAt += windows * this.#windowMs;
      this.#used = 0;
    }
  }
}

export class RateLimits {
  readonly #options: LimitOptions;
  readonly #requests: Meter | null;
  readonly #tokens: Meter | null;

  /** `now`: milliseconds of the clock that each later call uses too. */
  constructor(options: LimitOptions, now: number) {
    this.#options = options;
    this.#requests = createMeter(options.requestsPerMinute, options, now);
    this.#tokens = createMeter(options.tokensPerMinute, options, now);
  }

  /** Takes one request and `tokens` unless it refuses. `active`: calls in flight without this one. */
  admit(tokens: number, active: number, now: number): Refusal | null {
    const refusal = this.#refusal(tokens, active, now);
    if (refusal === null) {
      this.#requests?.take(1, now);
      this.#tokens?.take(tokens, now);
    } else if (this.#options.chargeRejected === true) {
      this.#requests?.forfeit(1, now);
      this.#tokens?.forfeit(tokens, now);
    }
    return refusal;
  }

  /** Settles a call that failed. */
  failed(tokens: number, now: number): void {
    if (this.#options.chargeFailed === false) {
      this.#requests?.giveBack(1, now);
      this.#tokens?.giveBack(tokens, now);
    }
  }

  tokenCost(promptTokens: number, mostTokens: number, actualTokens: number): number {
    return promptTokens + (this.#options.tokenCost === 'actual' ? actualTokens : mostTokens);
  }

  headers(now: number): Record<string, string> {
    const style = this.#options.headers ?? 'standard';
    if (style === 'none') {
      return {};
    }
    return {
      ...trio('requests', this.#requests, now),
      ...trio(style === 'project-tokens' ? 'project-tokens' : 'tokens', this.#tokens, now),
    };
  }

  #refusal(tokens: number, active: number, now: number): Refusal | null {
    const { maxConcurrent } = this.#options;
    if (maxConcurrent !== undefined && active >= maxConcurrent) {
      return {
        type: 'requests',
        waitMs: 1000,
        message: `Too many concurrent requests: Limit ${maxConcurrent}, in flight ${active}.`,
      };
    }
    if (this.#tokens !== null && tokens > this.#tokens.perMinute) {
      return {
        type: 'tokens',
        waitMs: Infinity,
        message: `Request too large on tokens per min (TPM): Limit ${this.#tokens.perMinute}, Requested ${tokens}.`,
      };
    }
    return (
      refusalOf('requests', 'RPM', this.#requests, 1, now) ?? refusalOf('tokens', 'TPM', this.#tokens, tokens, now)
    );
  }
}

function refusalOf(
  type: Refusal['type'],
  unit: string,
  meter: Meter | null,
  cost: number,
  now: number,
): Refusal | null {
  const waitMs = meter?.wait(cost, now) ?? 0;
  if (meter === null || waitMs === 0) {
    return null;
  }
  const left = meter.remaining(now);
  return {
    type,
    waitMs,
    message:
      `Rate limit reached on ${type} per min (${unit}): Limit ${meter.perMinute}, ` +
      `Remaining ${left}, Requested ${cost}. Please try again in ${formatDuration(waitMs)}.`,
  };
}

export function retryAfterHeaders(waitMs: number | null, style: RetryAfterStyle): Record<string, string> {
  if (waitMs === null || !Number.isFinite(waitMs) || style === 'none') {
    return {};
  }
  const seconds = String(Math.ceil(waitMs / 1000));
  switch (style) {
    case 'seconds':
      return { 'retry-after': seconds };
    case 'milliseconds':
      return { 'retry-after-ms': String(Math.ceil(waitMs)), 'retry-after': seconds };
    case 'date':
      return { 'retry-after': new Date(Math.ceil((Date.now() + waitMs) / 1000) * 1000).toUTCString() };
  }
}

/** Milliseconds as OpenAI writes them: `120ms`, `2.5s`, `1m2.5s`. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.ceil(milliseconds - epsilon);
  if (whole <= 0) {
    return '0s';
  }
  if (whole < 1000) {
    return `${whole}ms`;
  }
  const minutes = Math.floor(whole / 60_000);
  const seconds = `${(whole % 60_000) / 1000}s`;
  if (minutes < 60) {
    return minutes > 0 ? `${minutes}m${seconds}` : seconds;
  }
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

function createMeter(perMinute: number | undefined, options: LimitOptions, now: number): Meter | null {
  if (perMinute === undefined) {
    return null;
  }
  switch (options.window ?? 'bucket') {
    case 'bucket':
      return new TokenBucket(perMinute, options.burstSeconds ?? 60, now);
    case 'minute':
      return new FixedWindow(perMinute, 60_000, now);
    case 'second':
      return new FixedWindow(perMinute, 1000, now);
  }
}

function trio(name: string, meter: Meter | null, now: number): Record<string, string> {
  return meter === null
    ? {}
    : {
        [`x-ratelimit-limit-${name}`]: String(meter.perMinute),
        [`x-ratelimit-remaining-${name}`]: String(meter.remaining(now)),
        [`x-ratelimit-reset-${name}`]: formatDuration(meter.resetMs(now)),
      };
}
