import type { Clock } from '../../base/clock.ts';

/** Where `auto` starts, and the most it comes to. */
const autoStart = 5;
const autoCeiling = 200;

const slowStartFactor = 2;
const growthFactor = 1.1;
const cutFactor = 0.7;
/** So close to where trouble began, it widens by one only, and after so many windows without trouble. */
const nearTrouble = 0.9;
const patientWindows = 8;
/** Share of the last attempts that the service failed, from which on it may be overloaded. */
const worryingShare = 0.25;
/** Attempts that this share remembers, about. */
const remembered = 20;
/** Failures, as a share of what is in flight, that end a window early. */
const alarmingShare = 0.25;
/** Latency against its long-run mean from which on the service may be overloaded. */
const worryingLatency = 2;
const longRunWeight = 0.1;
const smallestWindow = 5;
/** A cut that did not help is not tried again for so many windows, doubling each time. */
const firstHold = 8;
const longestHold = 256;

interface Cut {
  readonly limit: number;
  /** Completed attempts per ms before the cut. */
  readonly goodput: number;
}

/**
 * The concurrency loop: how many attempts may be in flight. It widens in steps while every slot is used and answers
 * come as fast as before, and cuts when the service fails or slows down (after the gradient limiters of Netflix's
 * concurrency-limits and TCP's slow start). A cut is a question: if the service completes fewer attempts than before, its
 * trouble does not come from our load, and the cut is taken back.
 */
export class ConcurrencyLimit {
  readonly #clock: Clock;
  readonly #ceiling: number;
  readonly #floor: () => number;
  #limit: number;
  #slowStart: boolean;
  #longRunLatency: number | undefined;
  #cut: Cut | undefined;
  /** The lowest limit at which a cut has helped. */
  #troubleAt = Number.POSITIVE_INFINITY;
  #quietWindows = 0;
  #holdWindows = 0;
  #nextHold = firstHold;
  /** Attempts in flight that began before the last cut: what becomes of them says nothing about it. */
  #ignored = 0;
  #windowStart: number;
  #completed = 0;
  #failed = 0;
  #latencySum = 0;
  #failedShare = 0;
  #wasFull = false;

  /**
   * @param configured a number is where it starts and its ceiling
   * @param floor attempts in flight that the allowed rate needs
   */
  constructor(clock: Clock, configured: number | 'auto', floor: (longRunLatencyMs: number) => number) {
    this.#clock = clock;
    this.#ceiling = configured === 'auto' ? autoCeiling : configured;
    this.#limit = configured === 'auto' ? autoStart : configured;
    this.#slowStart = configured === 'auto';
    this.#floor = () => (this.#longRunLatency === undefined ? 1 : floor(this.#longRunLatency));
    this.#windowStart = clock.now();
  }

  get current(): number {
    return Math.max(1, Math.floor(Math.min(this.#ceiling, Math.max(this.#limit, this.#floor()))));
  }

  /** After an outage: begin again with few, so that the service is not overrun as it comes back. */
  startOver(): void {
    this.#troubleAt = Math.min(this.#troubleAt, Math.max(autoStart, this.#limit));
    this.#limit = Math.min(this.#ceiling, autoStart);
    this.#slowStart = true;
    this.#cut = undefined;
    this.#beginWindow();
  }

  /** @param inFlight attempts in flight when this one ended, itself included */
  ended(outcome: 'completed' | 'service-failed' | 'other', latencyMs: number, inFlight: number): void {
    if (outcome !== 'other') this.#failedShare += ((outcome === 'completed' ? 0 : 1) - this.#failedShare) / remembered;
    if (this.#ignored > 0) {
      this.#ignored--;
      this.#windowStart = this.#clock.now();
      return;
    }
    this.#wasFull ||= inFlight >= this.current;
    switch (outcome) {
      case 'completed':
        this.#completed++;
        this.#latencySum += latencyMs;
        break;
      case 'service-failed':
        this.#failed++;
        break;
      case 'other':
        return;
    }
    const elapsed = this.#clock.now() - this.#windowStart;
    const whole =
      this.#completed + this.#failed >= Math.max(smallestWindow, this.current) &&
      elapsed >= (this.#longRunLatency ?? 0);
    // A collapse does not wait for a window to fill.
    const collapsing = this.#failed >= Math.max(smallestWindow, alarmingShare * this.current);
    if (whole || collapsing) this.#endWindow(inFlight);
  }

  #endWindow(inFlight: number): void {
    const elapsed = Math.max(1, this.#clock.now() - this.#windowStart);
    const goodput = this.#completed / elapsed;
    const latency = this.#completed > 0 ? this.#latencySum / this.#completed : undefined;
    const slow =
      latency !== undefined && this.#longRunLatency !== undefined && latency > worryingLatency * this.#longRunLatency;
    if (latency !== undefined) {
      this.#longRunLatency =
        this.#longRunLatency === undefined
          ? latency
          : this.#longRunLatency + longRunWeight * (latency - this.#longRunLatency);
    }
    const before = this.#limit;
    this.#decide(goodput, slow);
    this.#beginWindow();
    if (this.#limit < before) this.#ignored = inFlight - 1;
  }

  #decide(goodput: number, slow: boolean): void {
    const troubled = this.#failedShare > worryingShare || slow;
    if (this.#cut) {
      const { limit, goodput: before } = this.#cut;
      this.#cut = undefined;
      if (goodput < 0.9 * before) {
        this.#limit = Math.max(this.#limit, limit);
        this.#holdWindows = this.#nextHold;
        this.#nextHold = Math.min(longestHold, 2 * this.#nextHold);
        return;
      }
      this.#nextHold = firstHold;
      this.#troubleAt = limit;
    }
    if (this.#holdWindows > 0) this.#holdWindows--;
    if (troubled && this.#holdWindows === 0 && this.current > 1) {
      this.#cut = { limit: this.#limit, goodput };
      this.#limit = Math.max(1, this.current * cutFactor);
      this.#slowStart = false;
      this.#quietWindows = 0;
    } else if (!troubled && this.#wasFull) {
      this.#quietWindows++;
      this.#limit = Math.min(this.#ceiling, this.#widened());
    }
  }

  #widened(): number {
    const careful = nearTrouble * this.#troubleAt;
    if (this.#limit < careful) {
      const wanted = Math.max(this.#limit + 1, this.#limit * (this.#slowStart ? slowStartFactor : growthFactor));
      return Math.min(wanted, Math.max(this.#limit, careful));
    }
    if (this.#quietWindows % patientWindows !== 0) return this.#limit;
    const wider = this.#limit + 1;
    // What was too much once may not be any more, but that is found out in small steps.
    if (wider > this.#troubleAt) this.#troubleAt *= growthFactor;
    return wider;
  }

  #beginWindow(): void {
    this.#windowStart = this.#clock.now();
    this.#completed = 0;
    this.#failed = 0;
    this.#latencySum = 0;
    this.#wasFull = false;
  }
}
