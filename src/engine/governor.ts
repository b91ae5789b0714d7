import Bottleneck from 'bottleneck';
import type { Clock } from './clock.ts';
import type { AttemptOutcome, TokenUsage } from './outcome.ts';

export interface ServiceLimits {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Attempts in flight at once. */
  readonly maxConcurrent: number;
  /** Share of the rates that may be used, above 0 to 1. */
  readonly safetyFactor: number;
}

export const defaultMaxConcurrent = 5;
export const defaultSafetyFactor = 0.8;

/** Tokens that an attempt may cost: an estimate of its input plus the most it may put out. */
export type TokenReservation = number;

/** The right to start one attempt; given back unused, or settled with what it really cost. */
export interface Permit {
  settle(usage: TokenUsage | undefined): void;
  giveBack(): void;
}

const increaseIntervalMs = 250;
const minuteMs = 60_000;

/** A Bottleneck limiter in increase mode: small frequent increments and at most one second of burst. */
function rateLimiter(perMinute: number): { limiter: Bottleneck; burst: number } {
  const burst = Math.max(1, perMinute / 60);
  const limiter = new Bottleneck({
    reservoir: burst,
    reservoirIncreaseAmount: (perMinute * increaseIntervalMs) / minuteMs,
    reservoirIncreaseInterval: increaseIntervalMs,
    reservoirIncreaseMaximum: burst,
  });
  return { limiter, burst };
}

/** The admission control of one service: how many at once, how many per minute, and when nothing may start. */
export class Governor {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly limits: ServiceLimits;
  readonly #requests: { limiter: Bottleneck; burst: number } | undefined;
  readonly #tokens: { limiter: Bottleneck; burst: number } | undefined;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(limits: ServiceLimits, clock: Clock, random: () => number) {
    this.limits = limits;
    this.#clock = clock;
    this.#random = random;
    if (limits.requestsPerMinute !== undefined) {
      this.#requests = rateLimiter(limits.requestsPerMinute * limits.safetyFactor);
    }
    if (limits.tokensPerMinute !== undefined) {
      this.#tokens = rateLimiter(limits.tokensPerMinute * limits.safetyFactor);
    }
  }

  get concurrency(): number {
    return this.limits.maxConcurrent;
  }

  /** ms until attempts may start again after a 429; 0 when nothing holds them. */
  get pausedForMs(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.now());
  }

  /**
   * Waits until an attempt may start. `reservation` is asked as late as possible, because the next item may change
   * while this waits.
   */
  async admit(reservation: () => TokenReservation): Promise<Permit> {
    for (;;) {
      await this.#pauseOver();
      const requests = this.#requests;
      if (requests) await requests.limiter.schedule(() => Promise.resolve());
      const tokens = this.#tokens;
      let reserved = 0;
      if (tokens) {
        // What is larger than the whole bucket would wait for ever: the rest is taken as debt.
        reserved = reservation();
        const weight = Math.min(reserved, tokens.burst);
        await tokens.limiter.schedule({ weight }, () => Promise.resolve());
        if (reserved > weight) void tokens.limiter.incrementReservoir(weight - reserved);
      }
      const permit: Permit = {
        settle: (usage) => {
          if (!tokens || usage === undefined) return;
          const correction = reserved - (usage.input + usage.output);
          if (correction !== 0) void tokens.limiter.incrementReservoir(correction);
        },
        giveBack: () => {
          if (requests) void requests.limiter.incrementReservoir(1);
          if (tokens) void tokens.limiter.incrementReservoir(reserved);
        },
      };
      if (this.pausedForMs === 0) return permit;
      permit.giveBack();
    }
  }

  /** Learns from what came back. */
  observe(outcome: AttemptOutcome<unknown>): void {
    if (outcome.kind === 'failed' && outcome.failure.reason === 'rate-limited') {
      const waitMs = outcome.failure.retryAfterMs ?? 1000;
      this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + waitMs * (1 + 0.1 * this.#random()));
    }
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#requests?.limiter.disconnect(), this.#tokens?.limiter.disconnect()]);
  }

  async #pauseOver(): Promise<void> {
    for (let waitMs = this.pausedForMs; waitMs > 0; waitMs = this.pausedForMs) {
      await new Promise<void>((resolve) => this.#clock.schedule(waitMs, resolve));
    }
  }
}
