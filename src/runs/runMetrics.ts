import { createHistogram } from 'node:perf_hooks';
import type { AttemptReport } from '../engine/engine.ts';
import type { ItemCounts } from '../engine/item.ts';
import { emptyCounts } from '../engine/item.ts';
import type { FailureReason, TokenUsage } from '../engine/outcome.ts';
import type { Eta, LatencySummary } from './events.ts';

const minuteMs = 60_000;

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
    if (this.#completedAttempts === 0) return { p50: 0, p95: 0, p99: 0 };
    return {
      p50: this.#latency.percentile(50),
      p95: this.#latency.percentile(95),
      p99: this.#latency.percentile(99),
    };
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
   * How long the unfinished items will take, from the latency seen and the slots they have; undefined until something
   * was seen.
   */
  eta(now: number, concurrency: number): Eta | undefined {
    const unfinished = this.counts.queued + this.counts.running + this.counts.retrying;
    if (this.#completedAttempts === 0 || unfinished === 0) return undefined;
    const { p50, p95 } = this.latency;
    const rounds = Math.ceil(unfinished / Math.max(1, concurrency));
    const bySlots = rounds * p50;
    const rate = this.perMinute(now);
    const byRate = rate > 0 ? (unfinished * minuteMs) / rate : bySlots;
    return { low: Math.min(bySlots, byRate), high: Math.max(bySlots, byRate, p95 - p50) };
  }

  #accumulate(now: number): void {
    this.#busyMs += this.#inFlight * (now - this.#inFlightSince);
    this.#inFlightSince = now;
  }
}
