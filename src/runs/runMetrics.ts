import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { AttemptReport } from '../engine/engine.ts';
import type { ItemCounts } from '../engine/item.ts';
import { emptyCounts } from '../engine/item.ts';
import type { FailureReason, TokenUsage } from '../engine/outcome.ts';
import type { Eta, LatencySummary } from './events.ts';

const minuteMs = 60_000;

function percentiles(histogram: RecordableHistogram): LatencySummary {
  if (histogram.count === 0) return { p50: 0, p95: 0, p99: 0 };
  return { p50: histogram.percentile(50), p95: histogram.percentile(95), p99: histogram.percentile(99) };
}

/** What the services of a run allow together. */
export interface Limits {
  readonly concurrency: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/** The accumulators of one run; everything is added as it happens and read when somebody looks. Times are clock ms. */
export class RunMetrics {
  readonly counts: ItemCounts = emptyCounts();
  readonly retriesByReason: Partial<Record<FailureReason, number>> = {};
  attempts = 0;
  retries = 0;
  rateLimited = 0;
  tokens: TokenUsage = { input: 0, output: 0 };
  cost: number | undefined;
  readonly startedAt: number;
  readonly #latency = createHistogram();
  readonly #queueWait = createHistogram();
  #completedAttempts = 0;
  #inFlight = 0;
  #peakInFlight = 0;
  #busyMs = 0;
  #inFlightSince: number;
  /** When items were written, oldest first, of the last minute. */
  #written: number[] = [];

  constructor(startedAt: number) {
    this.startedAt = startedAt;
    this.#inFlightSince = startedAt;
  }

  attemptStarted(now: number): void {
    this.#accumulate(now);
    this.#inFlight++;
    this.#peakInFlight = Math.max(this.#peakInFlight, this.#inFlight);
  }

  attemptFinished(report: AttemptReport<unknown>, cost: number | undefined, now: number): void {
    this.#accumulate(now);
    this.#inFlight--;
    this.attempts++;
    this.#queueWait.record(Math.max(1, Math.round(report.queueWaitMs)));
    if (report.usage) {
      this.tokens = {
        input: this.tokens.input + report.usage.input,
        output: this.tokens.output + report.usage.output,
      };
    }
    if (cost !== undefined) this.cost = (this.cost ?? 0) + cost;
    if (report.outcome === 'completed') {
      this.#completedAttempts++;
      this.#latency.record(Math.max(1, Math.round(report.durationMs)));
      return;
    }
    if (report.outcome === 'rate-limited') this.rateLimited++;
    if (report.retryInMs !== undefined) {
      this.retries++;
      this.retriesByReason[report.outcome] = (this.retriesByReason[report.outcome] ?? 0) + 1;
    }
  }

  itemWritten(now: number): void {
    this.#written.push(now);
  }

  get latency(): LatencySummary {
    return percentiles(this.#latency);
  }

  get queueWait(): LatencySummary {
    return percentiles(this.#queueWait);
  }

  slots(now: number): { readonly peak: number; readonly mean: number } {
    this.#accumulate(now);
    const elapsed = now - this.startedAt;
    return { peak: this.#peakInFlight, mean: elapsed > 0 ? this.#busyMs / elapsed : 0 };
  }

  /** Items written per minute over the last minute; a younger run is scaled up. */
  perMinute(now: number): number {
    const since = now - minuteMs;
    const firstRecent = this.#written.findIndex((at) => at > since);
    this.#written = firstRecent === -1 ? [] : this.#written.slice(firstRecent);
    const spanMs = Math.min(minuteMs, now - this.startedAt);
    return spanMs > 0 ? (this.#written.length * minuteMs) / spanMs : 0;
  }

  /**
   * How long the unfinished items will take: by whichever limit binds (slots, requests or tokens per minute), and by the
   * throughput so far. The range is what these two say; undefined until an attempt has completed.
   */
  eta(now: number, limits: Limits): Eta | undefined {
    const unfinished = this.counts.queued + this.counts.running + this.counts.retrying;
    if (this.#completedAttempts === 0 || unfinished === 0) return undefined;
    const { p50, p95 } = this.latency;
    const attemptsEach = this.attempts / this.#completedAttempts;
    const tokensEach = (this.tokens.input + this.tokens.output) / this.#completedAttempts;
    // What is in flight is on average half done.
    const rounds = (unfinished * attemptsEach - this.#inFlight / 2) / Math.max(1, limits.concurrency);
    const bound = Math.max(
      rounds * this.#latency.mean,
      this.counts.queued > 0 ? (unfinished * attemptsEach * minuteMs) / (limits.requestsPerMinute ?? Infinity) : 0,
      this.counts.queued > 0 ? (unfinished * tokensEach * minuteMs) / (limits.tokensPerMinute ?? Infinity) : 0,
      p50 / 2,
    );
    const rate = this.perMinute(now);
    const byThroughput = rate > 0 ? (unfinished * minuteMs) / rate : bound;
    const tail = unfinished <= limits.concurrency ? Math.max(0, p95 - p50) : 0;
    return { low: Math.min(bound, byThroughput), high: Math.max(bound, Math.min(byThroughput, 3 * bound)) + tail };
  }

  #accumulate(now: number): void {
    this.#busyMs += this.#inFlight * (now - this.#inFlightSince);
    this.#inFlightSince = now;
  }
}
