import { Mutex } from 'async-mutex';
import Bottleneck from 'bottleneck';
import type { Clock } from '../../base/clock.ts';
import { burstOf, type RateGate, type RateGateFactory } from './rateGate.ts';

const minuteMs = 60_000;
/** Increments this far apart are small against the burst and cheap against a call. */
const tickMs = 50;
const smallestRate = 1e-6;

/**
 * A gate for one process, as the reservoir of a Bottleneck limiter: small frequent increments that keep debt. The
 * increments are ours because Bottleneck 2.19 stops its own for good when its settings change, and skips one whenever
 * its timer comes a millisecond early; ours are exact whatever the timers do. They are also why this gate cannot be
 * shared: each process would fill the reservoir.
 */
export class LocalRateGate implements RateGate {
  readonly #clock: Clock;
  readonly #limiter: Bottleneck;
  readonly #burstSeconds: number;
  #perMinute: number;
  /** The reservoir as we have changed it; below 0 is debt. */
  #level: number;
  #filledAt: number;
  readonly #turns = new Mutex();
  /** Units that the one whose turn it is waits for, 0 included; undefined when nobody waits. */
  #awaited: number | undefined;
  #callOffTick: (() => void) | undefined;
  #isDisposed = false;

  /** @param burstSeconds what may be taken at once after a rest, as seconds of the rate, above 0 to 1 */
  constructor(clock: Clock, perMinute: number, burstSeconds: number) {
    this.#clock = clock;
    this.#burstSeconds = burstSeconds;
    this.#perMinute = Math.max(smallestRate, perMinute);
    this.#level = this.#burst;
    this.#filledAt = clock.now();
    this.#limiter = new Bottleneck({ reservoir: this.#level });
  }

  async take(units: number): Promise<void> {
    // One after the other, so that the next one sees the debt of the one before.
    await this.#turns.runExclusive(async () => {
      this.#fill();
      const weight = Math.min(units, this.#burst);
      this.#awaited = weight;
      this.#tick();
      await this.#limiter.schedule({ weight }, () => {
        this.#level -= weight;
        return Promise.resolve();
      });
      this.#awaited = undefined;
      await this.#add(weight - units);
    });
  }

  giveBack(units: number): void {
    void this.#add(units);
  }

  settle(reserved: number, used: number): void {
    void this.#add(reserved - used);
  }

  limitTo(units: number): void {
    this.#fill();
    if (this.#level > units) void this.#add(units - this.#level);
  }

  setRate(perMinute: number): void {
    this.#fill();
    this.#perMinute = Math.max(smallestRate, perMinute);
    if (this.#level > this.#burst) void this.#add(this.#burst - this.#level);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#callOffTick?.();
    await this.#limiter.disconnect();
  }

  get #burst(): number {
    return burstOf(this.#perMinute, this.#burstSeconds);
  }

  async #add(units: number): Promise<void> {
    if (units === 0) return;
    this.#level += units;
    await this.#limiter.incrementReservoir(units);
  }

  #fill(): void {
    const now = this.#clock.now();
    const grown = ((now - this.#filledAt) * this.#perMinute) / minuteMs;
    this.#filledAt = now;
    // What comes between two ticks is not lost to who waits; and who began to wait at a higher rate, with a larger
    // burst, must not wait for ever.
    const most = Math.max(this.#burst, this.#awaited ?? 0) + (tickMs * this.#perMinute) / minuteMs;
    const gain = Math.min(grown, most - this.#level);
    if (gain > 0) void this.#add(gain);
  }

  #tick(): void {
    if (this.#isDisposed || this.#callOffTick || this.#awaited === undefined) return;
    this.#callOffTick = this.#clock.schedule(tickMs, () => {
      this.#callOffTick = undefined;
      this.#fill();
      this.#tick();
    });
  }
}

export function localRateGates(clock: Clock): RateGateFactory {
  return (perMinute, burstSeconds) => new LocalRateGate(clock, perMinute, burstSeconds);
}
