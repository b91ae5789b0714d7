import type { RunSample } from '../../model/activity.ts';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { AttemptReport } from '../../engine/engine.ts';
import type { ItemCounts } from '../../model/item.ts';
import type { FailureReason, TokenUsage } from '../../model/attempt.ts';
import type { RunMetricsRecord } from '../../storage/journal/records.ts';
import type { Eta, LatencySummary } from '../../model/run.ts';
import { ratesMs, slotsMs } from '../bindingLimit.ts';
import type { Limits } from '../serviceDirectory.ts';
import { RecentLatency } from './recentLatency.ts';

const minuteMs = 60_000;

function percentiles(histogram: RecordableHistogram): LatencySummary {
  if (histogram.count === 0) return { p50: 0, p95: 0, p99: 0 };
  return { p50: histogram.percentile(50), p95: histogram.percentile(95), p99: histogram.percentile(99) };
}

/** Attempts in flight over time. Times are clock ms. */
class InFlight {
  #now = 0;
  #peak = 0;
  #busyMs = 0;
  #since: number;

  constructor(since: number) {
    this.#since = since;
  }

  change(by: 1 | -1, now: number): void {
    this.#accumulate(now);
    this.#now += by;
    this.#peak = Math.max(this.#peak, this.#now);
  }

  get now(): number {
    return this.#now;
  }

  get peak(): number {
    return this.#peak;
  }

  /** Mean since `start`. */
  mean(start: number, now: number): number {
    this.#accumulate(now);
    return now > start ? this.#busyMs / (now - start) : 0;
  }

  #accumulate(now: number): void {
    this.#busyMs += this.#now * (now - this.#since);
    this.#since = now;
  }
}

/** What one service did for a run. */
class ServiceUse {
  readonly inFlight: InFlight;
  attempts = 0;
  completed = 0;
  completedMs = 0;
  rateLimited = 0;
  cacheHits = 0;
  cacheMisses = 0;
  usage: TokenUsage = { input: 0, output: 0 };

  constructor(startedAt: number) {
    this.inFlight = new InFlight(startedAt);
  }
}

/** What only the service itself knows. */
export interface ServiceFacts {
  readonly configuredConcurrency: number | 'auto';
  readonly breakerTrips: number;
}

/** The accumulators of one run; everything is added as it happens and read when somebody looks. Times are clock ms. */
export class RunMetrics {
  readonly retriesByReason: Partial<Record<FailureReason, number>> = {};
  attempts = 0;
  retries = 0;
  rateLimited = 0;
  tokens: TokenUsage = { input: 0, output: 0 };
  cost: number | undefined;
  /** Whether an attempt used tokens whose price nobody knows. */
  isCostPartial = false;
  readonly startedAt: number;
  readonly #latency = createHistogram();
  readonly #queueWait = createHistogram();
  #completedAttempts = 0;
  readonly #inFlight: InFlight;
  readonly #services = new Map<string, ServiceUse>();
  readonly #recent = new RecentLatency();
  /** When items were written, oldest first, of the last minute. */
  #written: number[] = [];

  constructor(startedAt: number) {
    this.startedAt = startedAt;
    this.#inFlight = new InFlight(startedAt);
  }

  attemptStarted(service: string, now: number): void {
    this.#inFlight.change(1, now);
    this.#use(service).inFlight.change(1, now);
  }

  attemptFinished(service: string, report: AttemptReport<unknown>, cost: number | undefined, now: number): void {
    const use = this.#use(service);
    this.#inFlight.change(-1, now);
    use.inFlight.change(-1, now);
    this.attempts++;
    use.attempts++;
    this.#queueWait.record(Math.max(1, Math.round(report.queueWaitMs)));
    if (report.usage) {
      this.tokens = sum(this.tokens, report.usage);
      use.usage = sum(use.usage, report.usage);
    }
    if (cost !== undefined) this.cost = (this.cost ?? 0) + cost;
    else if (report.usage) this.isCostPartial = true;
    if (report.outcome === 'completed') {
      this.#completedAttempts++;
      use.completed++;
      use.completedMs += report.durationMs;
      this.#latency.record(Math.max(1, Math.round(report.durationMs)));
      this.#recent.add(report.durationMs, now);
      return;
    }
    if (report.outcome === 'rate-limited') {
      this.rateLimited++;
      use.rateLimited++;
    }
    if (report.retryInMs !== undefined) {
      this.retries++;
      this.retriesByReason[report.outcome] = (this.retriesByReason[report.outcome] ?? 0) + 1;
    }
  }

  /** What was started as an attempt made no call. */
  attemptCalledOff(service: string, now: number): void {
    this.#inFlight.change(-1, now);
    this.#use(service).inFlight.change(-1, now);
  }

  cacheAsked(service: string, hit: boolean): void {
    const use = this.#use(service);
    if (hit) use.cacheHits++;
    else use.cacheMisses++;
  }

  get cache(): { readonly hits: number; readonly misses: number } {
    let hits = 0;
    let misses = 0;
    for (const use of this.#services.values()) {
      hits += use.cacheHits;
      misses += use.cacheMisses;
    }
    return { hits, misses };
  }

  /** @param factsOf asked for each service that took part */
  byService(now: number, factsOf: (service: string) => ServiceFacts): RunMetricsRecord[] {
    return [...this.#services].map(([service, use]) => ({
      service,
      ...factsOf(service),
      meanConcurrency: use.inFlight.mean(this.startedAt, now),
      peakConcurrency: use.inFlight.peak,
      durationMs: now - this.startedAt,
      averageItemMs: use.completed > 0 ? use.completedMs / use.completed : 0,
      attempts: use.attempts,
      rateLimited: use.rateLimited,
      cacheHits: use.cacheHits,
      cacheMisses: use.cacheMisses,
      usage: use.usage,
    }));
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
    return { peak: this.#inFlight.peak, mean: this.#inFlight.mean(this.startedAt, now) };
  }

  /** Items written per minute over the last minute; a younger run is scaled up. */
  perMinute(now: number): number {
    const since = now - minuteMs;
    const firstRecent = this.#written.findIndex((at) => at > since);
    this.#written = firstRecent === -1 ? [] : this.#written.slice(firstRecent);
    const spanMs = Math.min(minuteMs, now - this.startedAt);
    return spanMs > 0 ? (this.#written.length * minuteMs) / spanMs : 0;
  }

  /** What it is like now, as a chart shows it. */
  measure(now: number): Omit<RunSample, 'at'> {
    const latency = this.#recent.summary(now);
    return {
      perMinute: this.perMinute(now),
      ...(latency ? { latency } : {}),
      ...(this.cost === undefined ? {} : { cost: this.cost }),
    };
  }

  /**
   * How long the unfinished items will take: by whichever limit binds (slots, requests or tokens per minute), and by the
   * throughput so far. The range is what these two say; undefined until an attempt has completed.
   */
  eta(counts: ItemCounts, now: number, limits: Limits): Eta | undefined {
    const unfinished = counts.queued + counts.running + counts.retrying;
    if (this.#completedAttempts === 0 || unfinished === 0) return undefined;
    const { p50, p95 } = this.latency;
    const attemptsEach = this.attempts / this.#completedAttempts;
    const tokensEach = (this.tokens.input + this.tokens.output) / this.#completedAttempts;
    // What is in flight is on average half done.
    const attempts = unfinished * attemptsEach - this.#inFlight.now / 2;
    const toCome = { requests: unfinished * attemptsEach, tokens: unfinished * tokensEach };
    const bound = Math.max(
      slotsMs(attempts, this.#latency.mean, limits),
      counts.queued > 0 ? ratesMs(toCome, limits) : 0,
      p50 / 2,
    );
    const rate = this.perMinute(now);
    const byThroughput = rate > 0 ? (unfinished * minuteMs) / rate : bound;
    const tail = unfinished <= limits.concurrency ? Math.max(0, p95 - p50) : 0;
    return { low: Math.min(bound, byThroughput), high: Math.max(bound, Math.min(byThroughput, 3 * bound)) + tail };
  }

  #use(service: string): ServiceUse {
    let use = this.#services.get(service);
    if (!use) {
      use = new ServiceUse(this.startedAt);
      this.#services.set(service, use);
    }
    return use;
  }
}

function sum(a: TokenUsage, b: TokenUsage): TokenUsage {
  const cached = (a.cached ?? 0) + (b.cached ?? 0);
  const reasoning = (a.reasoning ?? 0) + (b.reasoning ?? 0);
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    ...(cached === 0 ? {} : { cached }),
    ...(reasoning === 0 ? {} : { reasoning }),
  };
}
