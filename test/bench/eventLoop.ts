/** How late the event loop of this thread is, whatever runs in it. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Spread } from './queueJobs.ts';
import { quantile } from './stats.ts';

/** The event loop over some time. */
export interface LoopReport {
  /** By how much it was late, ms: without the interval at which it is looked at. */
  readonly delay: Spread;
  /** The same without the time in which the thread was ready and had no core: what the process itself is to blame for. */
  readonly ownDelay: Spread;
  /** How often `ownDelay` was above `longBlockMs`. */
  readonly longBlocks: number;
  readonly seconds: number;
  /** Share of the time that it was not waiting for something to do. */
  readonly busy: number;
  /** CPU time of the whole process, ms. */
  readonly cpuMs: number;
  /** How long the thread was ready and had no core, ms; 0 where the system does not tell. */
  readonly starvedMs: number;
}

/** A slice of work from which on others notice, ms. */
export const longBlockMs = 10;

/** @param resolutionMs between two looks at the event loop: what is shorter than that is not seen in full */
export async function observed<Result>(
  work: () => PromiseLike<Result>,
  resolutionMs = 10,
): Promise<{ readonly loop: LoopReport; readonly result: Result }> {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  const late = (ns: number): number => Math.max(0, ns / 1e6 - resolutionMs);
  const own = watchOwnDelay(resolutionMs);
  const cpuBefore = process.cpuUsage();
  const loopBefore = performance.eventLoopUtilization();
  const starvedBefore = starvedMs();
  const startedAt = performance.now();
  histogram.enable();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const { utilization } = performance.eventLoopUtilization(loopBefore);
  const { user, system } = process.cpuUsage(cpuBefore);
  const starved = starvedMs() - starvedBefore;
  // A block at the very end shows in the next look.
  await new Promise((resolve) => setTimeout(resolve, 2 * resolutionMs));
  histogram.disable();
  return {
    result,
    loop: {
      delay: { p50: late(histogram.percentile(50)), p99: late(histogram.percentile(99)), max: late(histogram.max) },
      ...own.end(),
      seconds,
      busy: utilization,
      cpuMs: (user + system) / 1000,
      starvedMs: starved,
    },
  };
}

/**
 * How late a timer is, without what the thread then waited for a core; but never less than it was late by while it
 * computed.
 */
export function watchOwnDelay(resolutionMs: number): { end(): Pick<LoopReport, 'ownDelay' | 'longBlocks'> } {
  const delays: number[] = [];
  let at = performance.now();
  let starved = starvedMs();
  let cpu = threadCpuMs();
  const timer = setInterval(() => {
    const now = performance.now();
    const starvedNow = starvedMs();
    const cpuNow = threadCpuMs();
    const late = Math.max(0, now - at - resolutionMs);
    delays.push(Math.max(late - (starvedNow - starved), Math.min(late, cpuNow - cpu)));
    at = now;
    starved = starvedNow;
    cpu = cpuNow;
  }, resolutionMs);
  timer.unref();
  return {
    end() {
      clearInterval(timer);
      return {
        ownDelay: { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), max: quantile(delays, 1) },
        longBlocks: delays.filter((delay) => delay > longBlockMs).length,
      };
    },
  };
}

/** How long this thread has been waiting for a core since its start; 0 where the system does not tell. */
function starvedMs(): number {
  try {
    const [, waitedNs] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
    return Number(waitedNs) / 1e6;
  } catch {
    return 0;
  }
}

export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
