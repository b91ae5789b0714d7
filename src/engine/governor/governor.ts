import { Mutex } from 'async-mutex';
import { Breaker } from './breaker.ts';
import type { Clock } from '../../base/clock.ts';
import { ConcurrencyLimit } from './concurrencyLimit.ts';
import type { AttemptOutcome, Failure, FailureReason, RateLimitHints } from '../../model/attempt.ts';
import { RateControl } from './rateControl.ts';

export interface ServiceLimits {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Attempts in flight at once: a number is where it starts and its ceiling, `auto` finds out. */
  readonly maxConcurrent: number | 'auto';
  /** Share of the rates that may be used, above 0 to 1. */
  readonly safetyFactor: number;
  /** Whether a service that keeps failing gets one attempt at a time until it is back (default true). */
  readonly fallback?: boolean;
}

export const defaultSafetyFactor = 0.8;

/** The right to start one attempt; given back unused, or finished with what came of it. */
export interface Permit {
  /** Whether the attempt finds out if a service that was down is back. */
  readonly isProbe: boolean;
  /** The tokens that the attempt may cost, in place of those that were reserved. */
  start(reservation: number): void;
  /** The service has begun to answer, and told of its limits or not. */
  readonly hear: (hints: RateLimitHints) => void;
  finish(outcome: AttemptOutcome<unknown>, durationMs: number): void;
  giveBack(): void;
}

/** Why nothing starts at the moment. */
export type Waiting =
  { readonly reason: 'asked-to-wait'; readonly forMs: number } | { readonly reason: 'down'; readonly forMs: number };

/**
 * A refusal that says nothing of when to come back may be an accident. So many of them within a second, and so large a
 * share of what started, are a limit.
 */
const telltaleRefusals = 3;
const telltaleShare = 0.2;
const refusalWindowMs = 1000;
const defaultPauseMs = 1000;
const pauseJitter = 0.1;
/** Attempts in flight that keep a known rate busy, with room for slow ones. */
const concurrencyHeadroom = 1.2;
/** Attempts that start before the first answer, which may tell of a limit, has come. */
const firstWave = 10;
/** An outage this long is told instead of waited for. */
const longestOutageMs = 600_000;

/** How fast the share of a reservation that is used is learned, and the room that is left above it. */
const usedShareWeight = 0.1;
const usedShareRoom = 1.25;

const serviceFailures: ReadonlySet<FailureReason> = new Set<FailureReason>(['server-error', 'timeout', 'connection']);
/** After these no other attempt can succeed. */
const stopReasons: ReadonlySet<FailureReason> = new Set<FailureReason>(['quota-exhausted', 'unauthorized']);

/**
 * The admission control of one service, shared by everybody who uses its endpoint and key: how many per minute, how
 * many at once, and when nothing may start.
 */
export class Governor {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #fallback: boolean;
  readonly #requests: RateControl;
  readonly #tokens: RateControl;
  readonly #concurrency: ConcurrencyLimit;
  readonly #breaker: Breaker;
  readonly #turns = new Mutex();
  /** Told when more may start than before, or nothing ever will. */
  changed: () => void = () => undefined;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #refusalsSince = Number.NEGATIVE_INFINITY;
  #refusals = 0;
  #startsBeforeRefusals = 0;
  #stopped: Failure | undefined;
  /** Whether nothing is known of the service: no limit is configured and it has not answered yet. */
  #isUnheard: boolean;
  #inFlight = 0;
  #sequence = 0;
  #startedRequests = 0;
  #startedTokens = 0;
  /** Mean share of the tokens reserved that attempts really used: few texts are as long as they may be. */
  #usedShare = 1;

  constructor(limits: ServiceLimits, clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
    this.#fallback = limits.fallback ?? true;
    this.#isUnheard = limits.requestsPerMinute === undefined && limits.tokensPerMinute === undefined;
    this.#requests = new RateControl(clock, limits.requestsPerMinute, limits.safetyFactor);
    this.#tokens = new RateControl(clock, limits.tokensPerMinute, limits.safetyFactor);
    this.#concurrency = new ConcurrencyLimit(clock, limits.maxConcurrent, (latencyMs) =>
      Math.ceil((concurrencyHeadroom * (this.#requests.perMinute ?? 0) * latencyMs) / 60_000),
    );
    this.#breaker = new Breaker(
      clock,
      () => this.#concurrency.current,
      () => {
        this.#concurrency.startOver();
        this.changed();
      },
    );
  }

  /** Attempts that may be in flight now. */
  get concurrency(): number {
    if (this.isDown) return 1;
    const { current } = this.#concurrency;
    return this.#isUnheard ? Math.min(current, firstWave) : current;
  }

  get requestsPerMinute(): number | undefined {
    return this.#requests.perMinute;
  }

  get tokensPerMinute(): number | undefined {
    return this.#tokens.perMinute;
  }

  get breakerTrips(): number {
    return this.#breaker.trips;
  }

  /** Whether the service keeps failing; attempts made meanwhile are probes and do not count against their items. */
  get isDown(): boolean {
    return this.#fallback && !this.#breaker.isClosed;
  }

  /** Set once no attempt can succeed any more; `reset` clears it. */
  get stopped(): Failure | undefined {
    return this.#stopped;
  }

  get waiting(): Waiting | undefined {
    const pausedFor = this.#pausedUntil - this.#clock.now();
    if (pausedFor > 0) return { reason: 'asked-to-wait', forMs: pausedFor };
    if (this.isDown) return { reason: 'down', forMs: this.#breaker.probeInMs };
    return undefined;
  }

  /** A person starts anew: what stopped the service may be mended. */
  reset(): void {
    this.#stopped = undefined;
  }

  /**
   * Waits until an attempt may start.
   *
   * @param reservation tokens of the item that would start now: asked late, because that may change meanwhile
   */
  admit(reservation: () => number): Promise<Permit> | Permit {
    const sequence = this.#sequence++;
    const requests = this.#requests.perMinute;
    const tokens = this.#tokens.perMinute;
    if (this.waiting === undefined && requests === undefined && tokens === undefined) return this.#permit(sequence, 0);
    return this.#admitLater(sequence, reservation);
  }

  async #admitLater(sequence: number, reservation: () => number): Promise<Permit> {
    for (;;) {
      await this.#waitWhileClosed();
      // One after the other: who waits for tokens with a request in hand would hoard it, and many would start at once.
      const reserved = await this.#turns.runExclusive(async () => {
        await this.#requests.take(1);
        const expected = this.#expected(reservation());
        await this.#tokens.take(expected);
        return expected;
      });
      const permit = this.#permit(sequence, reserved);
      // A 429 or an outage may have come meanwhile.
      if (this.waiting === undefined || this.#mayProbe()) return permit;
      permit.giveBack();
    }
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#requests.dispose(), this.#tokens.dispose()]);
  }

  #answered(): void {
    if (!this.#isUnheard) return;
    this.#isUnheard = false;
    this.changed();
  }

  #expected(reservation: number): number {
    return reservation * Math.min(1, usedShareRoom * this.#usedShare);
  }

  #mayProbe(): boolean {
    return this.waiting?.reason === 'down' && this.#breaker.probeInMs === 0;
  }

  async #waitWhileClosed(): Promise<void> {
    for (let { waiting } = this; waiting !== undefined && waiting.forMs > 0; { waiting } = this) {
      const { forMs } = waiting;
      await new Promise<void>((resolve) => this.#clock.schedule(forMs, resolve));
    }
  }

  #permit(sequence: number, reserved: number): Permit {
    let held = reserved;
    let whole = 0;
    let requestsBefore = 0;
    let tokensBefore = 0;
    let startedAt = 0;
    const hear = (hints: RateLimitHints): void => {
      const agoMs = this.#clock.now() - startedAt;
      if (hints.requests) {
        const startedSince = this.#startedRequests - requestsBefore;
        this.#requests.hear(hints.requests, { sequence, agoMs, startedSince });
      }
      if (hints.tokens) {
        const startedSince = this.#startedTokens - tokensBefore;
        this.#tokens.hear(hints.tokens, { sequence, agoMs, startedSince });
      }
      this.#answered();
    };
    return {
      isProbe: this.isDown,
      start: (reservation) => {
        const expected = this.#expected(reservation);
        this.#tokens.add(held - expected);
        held = expected;
        whole = reservation;
        startedAt = this.#clock.now();
        this.#inFlight++;
        this.#requests.countStart(1);
        this.#tokens.countStart(expected);
        this.#startedRequests++;
        this.#startedTokens += expected;
        requestsBefore = this.#startedRequests;
        tokensBefore = this.#startedTokens;
      },
      hear,
      finish: (outcome, durationMs) => {
        const used = outcome.usage ? outcome.usage.input + outcome.usage.output : held;
        this.#tokens.add(held - used);
        if (outcome.calls === 0) this.#requests.add(1);
        if (outcome.kind === 'completed' && whole > 0) {
          this.#usedShare += usedShareWeight * (Math.min(1, used / whole) - this.#usedShare);
        }
        if (outcome.hints) hear(outcome.hints);
        this.#learn(outcome, durationMs, held);
        this.#inFlight--;
        this.#answered();
      },
      giveBack: () => {
        this.#requests.add(1);
        this.#tokens.add(held);
      },
    };
  }

  #refused(retryAfterMs: number | undefined, hints: RateLimitHints | undefined, reserved: number): void {
    const now = this.#clock.now();
    if (retryAfterMs === undefined && !this.#isLimit(now)) return;
    const waitMs = (retryAfterMs ?? defaultPauseMs) * (1 + pauseJitter * this.#random());
    this.#pausedUntil = Math.max(this.#pausedUntil, now + waitMs);
    const tokensLeft = hints?.tokens?.remaining;
    const byTokens = tokensLeft !== undefined && tokensLeft < reserved && hints?.requests?.remaining !== 0;
    if (byTokens) this.#tokens.refused(reserved);
    else this.#requests.refused(1);
  }

  #isLimit(now: number): boolean {
    if (now - this.#refusalsSince > refusalWindowMs) {
      this.#refusalsSince = now;
      this.#refusals = 0;
      this.#startsBeforeRefusals = this.#startedRequests - this.#inFlight;
    }
    this.#refusals++;
    const starts = this.#startedRequests - this.#startsBeforeRefusals;
    return this.#refusals >= telltaleRefusals && this.#refusals >= telltaleShare * starts;
  }

  #learn(outcome: AttemptOutcome<unknown>, durationMs: number, held: number): void {
    if (outcome.kind === 'completed') {
      this.#concurrency.ended('completed', durationMs, this.#inFlight);
      void this.#breaker.record('completed');
      return;
    }
    const { failure, hints } = outcome;
    if (failure.reason === 'rate-limited') {
      this.#refused(failure.retryAfterMs, hints, held);
    } else if (stopReasons.has(failure.reason)) {
      this.#stopped = failure;
    } else if (serviceFailures.has(failure.reason)) {
      this.#concurrency.ended('service-failed', durationMs, this.#inFlight);
      void this.#breaker.record('service-failed').then(() => {
        const { everSucceeded, downForMs } = this.#breaker;
        // A service that never answered is not coming back by waiting; one that did gets time.
        if (!this.isDown || (everSucceeded && downForMs <= longestOutageMs)) return;
        this.#stopped = failure;
        this.changed();
      });
    } else {
      this.#concurrency.ended('other', durationMs, this.#inFlight);
    }
  }
}
