import { Mutex } from 'async-mutex';
import { defaultPatienceMs } from './defaults.ts';
import { Breaker } from './breaker.ts';
import type { Clock } from '../../base/clock.ts';
import { ConcurrencyLimit } from './concurrencyLimit.ts';
import { MinuteCount } from './minuteCount.ts';
import { localRateGates } from './localRateGate.ts';
import {
  isHopeless,
  type AttemptOutcome,
  type Failure,
  type FailureReason,
  type RateLimitHints,
} from '../../model/attempt.ts';
import { Permit, type PermitOwner, UsedShare } from './permit.ts';
import { RateControl } from './rateControl.ts';
import type { RateGateFactory, RateUnit } from './rateGate.ts';
import { exhaustedUnit, Refusals } from './refusals.ts';

export interface ServiceLimits {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** What may be spent in a minute where each request has a price, as requests: the cost over the price of one. */
  readonly paidRequestsPerMinute?: number;
  /** Attempts in flight at once: a number is where it starts and its ceiling, `auto` finds out. */
  readonly maxConcurrent: number | 'auto';
  /** Share of the rates that may be used, above 0 to 1. */
  readonly safetyFactor: number;
  /** Longest wait for a service that asks for one, starts up or is down, ms (default 10 minutes). */
  readonly patienceMs?: number;
  /** Whether a service that keeps failing gets one attempt at a time until it is back (default true). */
  readonly fallback?: boolean;
}

/** Why nothing starts at the moment. */
export type Waiting =
  { readonly reason: 'asked-to-wait'; readonly forMs: number } | { readonly reason: 'down'; readonly forMs: number };

/** Attempts in flight that keep a known rate busy, with room for slow ones. */
const concurrencyHeadroom = 1.2;
/** Attempts that start before the first answer, which may tell of a limit, has come. */
const firstWave = 10;

const serviceFailures: ReadonlySet<FailureReason> = new Set<FailureReason>(['server-error', 'timeout', 'connection']);

/**
 * The admission control of one service, shared by everybody who uses its endpoint and key: how many per minute, how
 * many at once, and when nothing may start.
 */
export class Governor {
  readonly #clock: Clock;
  readonly #fallback: boolean;
  readonly #patienceMs: number;
  readonly #requests: RateControl;
  readonly #tokens: RateControl;
  readonly #paid: RateControl;
  readonly #concurrency: ConcurrencyLimit;
  readonly #breaker: Breaker;
  readonly #refusals: Refusals;
  readonly #usedShare = new UsedShare();
  readonly #used = { requests: new MinuteCount(), tokens: new MinuteCount() };
  readonly #permitOwner: PermitOwner;
  readonly #turns = new Mutex();
  readonly #listeners = new Set<() => void>();
  /** Ends of the waits for a service that asked for a pause, or is down. */
  readonly #pauses = new Set<() => void>();
  #stopped: Failure | undefined;
  /** Whether nothing is known of the service: no limit is configured and it has not answered yet. */
  #isUnheard: boolean;
  /** Whether the service has answered, if only that it is not ready. */
  #isThere = false;
  #inFlight = 0;
  #sequence = 0;

  /**
   * @param random 0 to 1
   * @param gatesOf makes the gates that hold the rates; the default holds them for this process alone
   */
  constructor(
    limits: ServiceLimits,
    clock: Clock,
    random: () => number,
    gatesOf: (unit: RateUnit) => RateGateFactory = () => localRateGates(clock),
  ) {
    this.#clock = clock;
    this.#fallback = limits.fallback ?? true;
    this.#patienceMs = limits.patienceMs ?? defaultPatienceMs;
    const { requestsPerMinute, tokensPerMinute, paidRequestsPerMinute } = limits;
    this.#isUnheard = (requestsPerMinute ?? tokensPerMinute ?? paidRequestsPerMinute) === undefined;
    this.#requests = new RateControl(clock, limits.requestsPerMinute, limits.safetyFactor, gatesOf('requests'));
    this.#tokens = new RateControl(clock, limits.tokensPerMinute, limits.safetyFactor, gatesOf('tokens'));
    this.#paid = new RateControl(clock, paidRequestsPerMinute, limits.safetyFactor, gatesOf('paid requests'));
    this.#refusals = new Refusals(clock, random);
    this.#concurrency = new ConcurrencyLimit(clock, limits.maxConcurrent, (latencyMs) =>
      Math.ceil((concurrencyHeadroom * (this.requestsPerMinute ?? 0) * latencyMs) / 60_000),
    );
    this.#breaker = new Breaker(
      clock,
      () => this.#concurrency.current,
      () => {
        this.#concurrency.startOver();
        this.#tellChange();
      },
    );
    this.#permitOwner = {
      clock,
      requests: this.#requests,
      tokens: this.#tokens,
      paid: this.#paid,
      usedShare: this.#usedShare,
      used: this.#used,
      started: () => this.#inFlight++,
      answered: () => this.#answered(),
      ended: (outcome, durationMs, reserved) => {
        this.#learn(outcome, durationMs, reserved);
        this.#inFlight--;
        this.#answered();
      },
    };
  }

  /** Attempts that may be in flight now. */
  get concurrency(): number {
    if (this.isDown) return 1;
    const { current } = this.#concurrency;
    return this.#isUnheard ? Math.min(current, firstWave) : current;
  }

  /** By the number of requests, or by what they cost. */
  get requestsPerMinute(): number | undefined {
    const [asked, paid] = [this.#requests.perMinute, this.#paid.perMinute];
    return asked === undefined || paid === undefined ? (asked ?? paid) : Math.min(asked, paid);
  }

  get tokensPerMinute(): number | undefined {
    return this.#tokens.perMinute;
  }

  /** Within the last minute. */
  get requestsUsed(): number {
    return this.#used.requests.sum(this.#clock.now());
  }

  /** Of the answers that came within the last minute. */
  get tokensUsed(): number {
    return this.#used.tokens.sum(this.#clock.now());
  }

  /** Attempts that the service has not answered to the end. */
  get inFlight(): number {
    return this.#inFlight;
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
    const { pausedForMs } = this.#refusals;
    if (pausedForMs > 0) return { reason: 'asked-to-wait', forMs: pausedForMs };
    if (this.isDown) return { reason: 'down', forMs: this.#breaker.probeInMs };
    return undefined;
  }

  /**
   * The listener is told when more may start than before, or nothing ever will.
   *
   * @returns ends that
   */
  onChange(listener: () => void): () => void {
    // One who listens twice is told twice.
    const told = (): void => listener();
    this.#listeners.add(told);
    return () => this.#listeners.delete(told);
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
    const limit = this.requestsPerMinute ?? this.#tokens.perMinute;
    if (this.waiting === undefined && limit === undefined) return this.#permit(sequence, 0);
    return this.#admitLater(sequence, reservation);
  }

  async #admitLater(sequence: number, reservation: () => number): Promise<Permit> {
    for (;;) {
      await this.#waitWhileClosed();
      // One after the other: who waits for tokens with a request in hand would hoard it, and many would start at once.
      const reserved = await this.#turns.runExclusive(async () => {
        await this.#requests.take(1);
        await this.#paid.take(1);
        const expected = this.#usedShare.expected(reservation());
        await this.#tokens.take(expected);
        return expected;
      });
      const permit = this.#permit(sequence, reserved);
      // A 429 or an outage may have come meanwhile.
      if (this.waiting === undefined || this.#mayProbe()) return permit;
      permit.giveBack();
    }
  }

  /** Leaves no timer behind. Who waits still is never let through. */
  async dispose(): Promise<void> {
    for (const callOff of this.#pauses) callOff();
    await Promise.all([this.#requests, this.#tokens, this.#paid].map((control) => control.dispose()));
  }

  #permit(sequence: number, reserved: number): Permit {
    return new Permit(this.#permitOwner, sequence, reserved, this.isDown);
  }

  #mayProbe(): boolean {
    return this.waiting?.reason === 'down' && this.#breaker.probeInMs === 0;
  }

  async #waitWhileClosed(): Promise<void> {
    for (let { waiting } = this; waiting !== undefined && waiting.forMs > 0; { waiting } = this) {
      const { forMs } = waiting;
      await new Promise<void>((resolve) => {
        const callOff = this.#clock.schedule(forMs, () => {
          this.#pauses.delete(callOff);
          resolve();
        });
        this.#pauses.add(callOff);
      });
    }
  }

  #answered(): void {
    if (!this.#isUnheard) return;
    this.#isUnheard = false;
    this.#tellChange();
  }

  #learn(outcome: AttemptOutcome<unknown>, durationMs: number, reserved: number): void {
    // A text that is not what was asked for says nothing against who wrote it.
    if (outcome.kind === 'completed' || outcome.failure.reason === 'invalid-output') {
      this.#refusals.accept(durationMs);
      this.#concurrency.ended('completed', durationMs, this.#inFlight);
      void this.#breaker.record('completed');
      return;
    }
    const { failure, hints, isOfItem } = outcome;
    if (isOfItem) this.#concurrency.ended('other', durationMs, this.#inFlight);
    else if ((failure.retryAfterMs ?? 0) > this.#patienceMs) {
      this.#stop({ ...failure, isForLater: true, message: `${failure.message} Resume the run then.` });
    } else if (failure.reason === 'rate-limited') {
      this.#refused(failure, hints, reserved);
    } else if (stopsService(failure.reason)) {
      this.#stop(failure);
    } else if (serviceFailures.has(failure.reason)) {
      this.#concurrency.ended('service-failed', durationMs, this.#inFlight);
      this.#failed(failure);
    } else {
      this.#concurrency.ended('other', durationMs, this.#inFlight);
    }
  }

  #refused({ retryAfterMs }: Failure, hints: RateLimitHints | undefined, reserved: number): void {
    const traffic = { started: this.#requests.started, inFlight: this.#inFlight };
    const unit = exhaustedUnit(hints, reserved);
    const needed = unit === 'tokens' ? reserved : 1;
    if (!this.#refusals.isLimit({ retryAfterMs, hint: hints?.[unit], needed }, traffic)) return;
    if (unit === 'tokens') this.#tokens.refused(reserved);
    else this.#requests.refused(1);
  }

  /** One that is there gets time; one that never answered is not coming by waiting. */
  #failed(failure: Failure): void {
    const isStartingUp = failure.isUnavailable === true && !this.#breaker.everSucceeded;
    this.#isThere ||= failure.isUnavailable === true;
    void this.#breaker.record(isStartingUp ? 'unavailable' : 'service-failed').then(() => {
      const { everSucceeded, downForMs } = this.#breaker;
      if (this.isDown && !((everSucceeded || this.#isThere) && downForMs <= this.#patienceMs)) this.#stop(failure);
    });
  }

  #stop(failure: Failure): void {
    this.#stopped = failure;
    // The attempt that found out ends before those that wait.
    queueMicrotask(() => this.#tellChange());
  }

  #tellChange(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** After these no other attempt can succeed; of an unknown model only those that ask for it cannot. */
function stopsService(reason: FailureReason): boolean {
  return isHopeless(reason) && reason !== 'unknown-model';
}
