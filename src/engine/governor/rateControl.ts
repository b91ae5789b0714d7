import type { Clock } from '../../base/clock.ts';
import type { RateLimitHint } from '../../model/attempt.ts';
import type { RateGate, RateGateFactory } from './rateGate.ts';

const minuteMs = 60_000;
/** A refusal lowers the rate at least and at most to these shares of itself. */
const smallestDecrease = 0.9;
const largestDecrease = 0.5;
/** The first guess of a rate may be far off: it was made while the service still had a whole minute to give. */
const largestGuessDecrease = 0.02;
/** What was seen to be accepted, less a little room. */
const roomBelowAccepted = 0.95;
/** Without a refusal the rate comes back by this share of the known limit per second. */
const recoveryPerSecond = 0.02;
/** Left in the service's bucket, as seconds of the rate, from which on the rate comes back with every answer. */
const plentySeconds = 5;
const plentyStep = 0.05;
/** No second decrease for what the first one could not yet have changed. */
const shortestEpisodeMs = 1000;
/** A guess made from a shorter time would be wild. */
const shortestObservationMs = 250;

/** A call that the service has answered, or begun to. */
export interface AnsweredCall {
  /** Calls are numbered in the order in which they were asked for. */
  readonly sequence: number;
  /** How long ago it started, ms. */
  readonly agoMs: number;
  /** Units of the calls that started after it. */
  readonly startedSince: number;
}

/** A service may count by the minute or by the second: what the safety factor leaves of a second is a burst's. */
function burstSeconds(safetyFactor: number): number {
  return safetyFactor < 1 ? Math.min(1, (1 - safetyFactor) / safetyFactor) : 1;
}

/**
 * The rate loop for one kind of unit (requests or tokens): how many per minute may start, from the configured limit,
 * from what the service says of itself, and from its refusals. A refusal lowers the rate to what was accepted since the
 * one before, which is what the service has left for us; then it grows again (additive increase, multiplicative
 * decrease).
 */
export class RateControl {
  readonly #clock: Clock;
  readonly #configured: number | undefined;
  readonly #safetyFactor: number;
  readonly #createGate: RateGateFactory;
  #announced: number | undefined;
  #announcedAt: number | undefined;
  /** Of a service that tells nothing, after its first refusal. */
  #guessed: number | undefined;
  /** Share of the known or guessed rate that is used. */
  #share = 1;
  #shareAt: number;
  #latestHint = -1;
  /** Absent as long as no limit is known. */
  #gate: RateGate | undefined;
  /** The last refusal that counted, or the first start. */
  #observedSince: number | undefined;
  #started = 0;
  /** Of these, before the last refusal that counted. */
  #startedBefore = 0;
  #refused = 0;
  #refusedBefore = false;

  /** @param configured units per minute that the account allows; undefined: not known */
  constructor(clock: Clock, configured: number | undefined, safetyFactor: number, createGate: RateGateFactory) {
    this.#clock = clock;
    this.#configured = configured;
    this.#safetyFactor = safetyFactor;
    this.#createGate = createGate;
    this.#shareAt = clock.now();
    this.#apply();
  }

  /** Units per minute that are used now; undefined when no limit is known. */
  get perMinute(): number | undefined {
    const whole = this.#wholeRate;
    return whole === undefined ? undefined : whole * this.#share;
  }

  /** Units of all calls that have started. */
  get started(): number {
    return this.#started;
  }

  /** Waits until `units` may be used; at once when no limit is known. */
  take(units: number): Promise<void> | undefined {
    this.#recover();
    return this.#gate?.take(units);
  }

  /** A call of `units` starts now. */
  countStart(units: number): void {
    this.#observedSince ??= this.#clock.now();
    this.#started += units;
  }

  /** Units that were taken for a call that was not made. */
  giveBack(units: number): void {
    this.#gate?.giveBack(units);
  }

  /** A call for which `reserved` units were taken uses `used`. */
  settle(reserved: number, used: number): void {
    this.#gate?.settle(reserved, used);
  }

  /**
   * The service spoke of its limit. Answers may overtake each other: one that belongs to an older call than the last
   * one heard says nothing new.
   */
  hear(hint: RateLimitHint, { sequence, agoMs, startedSince }: AnsweredCall): void {
    if (sequence < this.#latestHint) return;
    this.#latestHint = sequence;
    if (hint.limit !== undefined && hint.limit > 0 && hint.limit !== this.#announced) {
      this.#announced = hint.limit;
      this.#announcedAt = this.#clock.now();
      this.#share = 1;
      this.#apply();
    }
    if (hint.remaining !== undefined && this.#gate) {
      // Whoever else uses the key has used up what we thought was ours. The service counts whole units, and has been
      // given new ones since.
      const refilled = ((this.#announced ?? 0) * agoMs) / minuteMs;
      this.#gate.limitTo(Math.max(0, hint.remaining + 1 + refilled - startedSince));
      this.#trustPlenty(hint.remaining);
    }
  }

  /** The service says that there is plenty left: whoever took the rest has stopped. */
  #trustPlenty(remaining: number): void {
    const whole = this.#wholeRate;
    if (whole === undefined || this.#share >= 1 || remaining < (whole * plentySeconds) / 60) return;
    this.#share = Math.min(1, this.#share + plentyStep);
    this.#apply();
  }

  /** The service refused a call of `units` that this rate had let through. */
  refused(units: number): void {
    const now = this.#clock.now();
    this.#refused += units;
    // The answer that brought a new limit has said all there is to say.
    if (this.#announcedAt === now) return;
    const elapsed = now - (this.#observedSince ?? now);
    if (this.#refusedBefore && elapsed < shortestEpisodeMs) return;
    this.#recover();
    const started = this.#started - this.#startedBefore;
    const accepted = ((started - this.#refused) * minuteMs) / Math.max(shortestObservationMs, elapsed);
    this.#observedSince = now;
    this.#startedBefore = this.#started;
    this.#refused = 0;
    this.#refusedBefore = true;
    if (this.#wholeRate === undefined) {
      // Before anything was accepted there is nothing to guess from.
      if (accepted > 0) this.#guessed = accepted;
      // There was nothing to come back to before.
      this.#share = 1;
    } else {
      const wanted = (roomBelowAccepted * accepted) / this.#wholeRate;
      const lowest = (this.#isGuess ? largestGuessDecrease : largestDecrease) * this.#share;
      this.#share = Math.max(lowest, Math.min(smallestDecrease * this.#share, wanted));
    }
    this.#apply();
  }

  async dispose(): Promise<void> {
    await this.#gate?.dispose();
  }

  /** Without what refusals have taken away. */
  get #wholeRate(): number | undefined {
    const known = Math.min(this.#configured ?? Number.POSITIVE_INFINITY, this.#announced ?? Number.POSITIVE_INFINITY);
    return Number.isFinite(known) ? known * this.#safetyFactor : this.#guessed;
  }

  get #isGuess(): boolean {
    return this.#configured === undefined && this.#announced === undefined;
  }

  #recover(): void {
    const now = this.#clock.now();
    const seconds = (now - this.#shareAt) / 1000;
    if (seconds < 1) return;
    this.#shareAt = now;
    // A guess may be too low as well as too high.
    const most = this.#isGuess ? Number.POSITIVE_INFINITY : 1;
    const step = recoveryPerSecond * seconds * (this.#isGuess ? this.#share : 1);
    const share = Math.min(most, this.#share + step);
    if (share === this.#share) return;
    this.#share = share;
    this.#apply();
  }

  #apply(): void {
    const { perMinute } = this;
    if (perMinute === undefined) return;
    if (this.#gate) this.#gate.setRate(perMinute);
    else this.#gate = this.#createGate(perMinute, burstSeconds(this.#safetyFactor));
  }
}
