import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import type { Clock } from '../../base/clock.ts';
import type { ProcessUse } from '../../model/run.ts';

const sampleMs = 1000;
const resolutionMs = 20;
/** The editor feels sluggish when its extension host is held up for longer. */
const worryingDelayMs = 100;
const smallestShare = 0.1;

/**
 * The share of its slots that this process keeps up with, above 0 to 1: it shrinks while the event loop lags, and grows
 * back. The histogram samples by itself and is read once a second at most.
 */
export class ProcessLoad {
  readonly #clock: Clock;
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  #share = 1;
  #sampledAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sampledAt = clock.now();
    this.#delay.enable();
  }

  readonly capacity = (): number => {
    const now = this.#clock.now();
    if (now - this.#sampledAt < sampleMs) return this.#share;
    this.#sampledAt = now;
    const lagMs = this.#delay.count === 0 ? 0 : this.#delay.percentile(95) / 1e6 - resolutionMs;
    this.#delay.reset();
    this.#share = lagMs > worryingDelayMs ? Math.max(smallestShare, this.#share * 0.7) : Math.min(1, this.#share * 1.2);
    return this.#share;
  };

  /** Begins to measure what a run costs; call the result when it has ended. */
  measure(): () => ProcessUse {
    const cpu = process.cpuUsage();
    const delay = monitorEventLoopDelay({ resolution: resolutionMs });
    delay.enable();
    return () => {
      delay.disable();
      const { user, system } = process.cpuUsage(cpu);
      const p99 = delay.count === 0 ? 0 : delay.percentile(99) / 1e6 - resolutionMs;
      return {
        eventLoopDelayMs: Math.max(0, p99),
        heapBytes: process.memoryUsage().heapUsed,
        cpuMs: (user + system) / 1000,
      };
    };
  }

  dispose(): void {
    this.#delay.disable();
  }
}
