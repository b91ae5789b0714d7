import Bottleneck from 'bottleneck';
import type { Clock } from '../../base/clock.ts';

const minuteMs = 60_000;
/** Increments this far apart are small against the burst and cheap against a call. */
const tickMs = 50;
const smallestRate = 1e-6;

/**
 * So many units per minute, as the reservoir of a Bottleneck limiter: small frequent increments that keep debt, and a
 * burst of at most one second. The increments are ours because Bottleneck 2.19 stops its own for good when its settings
 * change, and skips one whenever its timer comes a millisecond early; ours are exact whatever the timers do.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #limiter: Bottleneck;
  readonly #burstSeconds: number;
  #perMinute: number;
  /** The reservoir as we have changed it; below 0 is debt. */
  #level: number;
  #filledAt: number;
  /** Weights of those who wait. */
  readonly #waiting = new Map<symbol, number>();
  #ticking = false;

  /** @param burstSeconds what may be taken at once after a rest, as seconds of the rate, above 0 to 1 */
  constructor(clock: Clock, perMinute: number, burstSeconds: number) {
    this.#clock = clock;
    this.#burstSeconds = burstSeconds;
    this.#perMinute = Math.max(smallestRate, perMinute);
    this.#level = this.burst;
    this.#filledAt = clock.now();
    this.#limiter = new Bottleneck({ reservoir: this.#level });
  }

  get perMinute(): number {
    return this.#perMinute;
  }

  /** Units that may be taken at once after a rest. */
  get burst(): number {
    // One unit of a whole second is left out: a call that was sent later may arrive earlier, and a service that counts by
    // the second would refuse it.
    return Math.max(1, (this.#burstSeconds * this.#perMinute) / 60 - (this.#burstSeconds === 1 ? 1 : 0));
  }

  /** Waits until the units are there; more than the burst is taken as debt, which later takers wait for. */
  async take(units: number): Promise<void> {
    this.#fill();
    const weight = Math.min(units, this.burst);
    const waiter = Symbol();
    this.#waiting.set(waiter, weight);
    this.#tick();
    await this.#limiter.schedule({ weight }, () => {
      this.#level -= weight;
      return Promise.resolve();
    });
    this.#waiting.delete(waiter);
    this.add(weight - units);
  }

  /** Gives units back, or takes more of them at once when negative. */
  add(units: number): void {
    if (units === 0) return;
    this.#level += units;
    void this.#limiter.incrementReservoir(units);
  }

  /** Lowers what may be taken at once to `units` if it is more. */
  limitTo(units: number): void {
    this.#fill();
    if (this.#level > units) this.add(units - this.#level);
  }

  setRate(perMinute: number): void {
    this.#fill();
    this.#perMinute = Math.max(smallestRate, perMinute);
    if (this.#level > this.burst) this.add(this.burst - this.#level);
  }

  async dispose(): Promise<void> {
    await this.#limiter.disconnect();
  }

  #fill(): void {
    const now = this.#clock.now();
    const grown = ((now - this.#filledAt) * this.#perMinute) / minuteMs;
    this.#filledAt = now;
    // What comes between two ticks is not lost to those who wait; and who began to wait at a higher rate, with a larger
    // burst, must not wait for ever.
    const most = Math.max(this.burst, ...this.#waiting.values()) + (tickMs * this.#perMinute) / minuteMs;
    const gain = Math.min(grown, most - this.#level);
    if (gain > 0) this.add(gain);
  }

  #tick(): void {
    if (this.#ticking || this.#waiting.size === 0) return;
    this.#ticking = true;
    this.#clock.schedule(tickMs, () => {
      this.#ticking = false;
      this.#fill();
      this.#tick();
    });
  }
}
