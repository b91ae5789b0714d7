import type { Clock } from '../../base/clock.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import type { ItemCounts } from '../../model/item.ts';
import type { Eta, RunSummary } from '../../model/run.ts';
import type { RunMetricsRecord } from '../../storage/journal/records.ts';
import type { ShownRun } from '../board/shownRun.ts';
import type { Limits, ServiceDirectory } from '../serviceDirectory.ts';
import type { ProcessLoad } from './processLoad.ts';
import { RunMetrics, type ServiceFacts } from './runMetrics.ts';

interface MeterTools {
  readonly services: ServiceDirectory;
  readonly load: ProcessLoad;
  readonly clock: Clock;
}

interface MeteredRun {
  readonly run: ShownRun;
  readonly serviceKeys: readonly ServiceKey[];
  readonly sequential: boolean;
}

/** What a session comes to: its metrics, and what its services and the process say of the time since it began. */
export class SessionMeter {
  readonly metrics: RunMetrics;
  readonly #services: ServiceDirectory;
  readonly #clock: Clock;
  readonly #metered: MeteredRun;
  readonly #measured: ReturnType<ProcessLoad['measure']>;
  /** Outages of its services before it began, by key. */
  readonly #tripsBefore: ReadonlyMap<ServiceKey, number>;
  /** Items that had ended written before it began. */
  readonly #writtenBefore: number;

  constructor({ services, load, clock }: MeterTools, metered: MeteredRun) {
    this.metrics = new RunMetrics(clock.now());
    this.#services = services;
    this.#clock = clock;
    this.#metered = metered;
    this.#measured = load.measure();
    this.#tripsBefore = new Map(metered.serviceKeys.map((key) => [key, services.breakerTrips([key])]));
    this.#writtenBefore = metered.run.counts.written;
  }

  eta(counts: ItemCounts, now: number): Eta | undefined {
    return this.metrics.eta(counts, now, this.#limits());
  }

  byService(): RunMetricsRecord[] {
    return this.metrics.byService(this.#clock.now(), (service) => this.#serviceFacts(service));
  }

  /** Ends the measuring of the process: to be called once. */
  summary(counts: ItemCounts): RunSummary {
    const { metrics } = this;
    const { run, serviceKeys } = this.#metered;
    const now = this.#clock.now();
    const durationMs = now - metrics.startedAt;
    const tripsAtStart = [...this.#tripsBefore.values()].reduce((sum, trips) => sum + trips, 0);
    const trips = serviceKeys.reduce((sum, key) => sum + this.#services.breakerTrips([key]), 0);
    return {
      run: run.id,
      label: run.label,
      ...(run.records === undefined ? {} : { records: run.records }),
      counts,
      attempts: metrics.attempts,
      retries: metrics.retries,
      retriesByReason: { ...metrics.retriesByReason },
      rateLimited: metrics.rateLimited,
      tokens: metrics.tokens,
      ...(metrics.cost === undefined ? {} : { cost: metrics.cost }),
      ...(metrics.cost !== undefined && metrics.isCostPartial ? { isCostPartial: true } : {}),
      latency: metrics.latency,
      queueWait: metrics.queueWait,
      breakerTrips: trips - tripsAtStart,
      process: this.#measured(),
      perMinute: durationMs > 0 ? ((counts.written - this.#writtenBefore) * 60_000) / durationMs : 0,
      slots: { ...metrics.slots(now), limit: this.#limits().concurrency },
      cache: metrics.cache,
      durationMs,
    };
  }

  #serviceFacts(service: string): ServiceFacts {
    const services = this.#services;
    const key = this.#metered.serviceKeys.find((each) => services.settings(each).name === service);
    return {
      configuredConcurrency: (key === undefined ? undefined : services.settings(key).maxConcurrent) ?? 'auto',
      breakerTrips: key === undefined ? 0 : services.breakerTrips([key]) - (this.#tripsBefore.get(key) ?? 0),
    };
  }

  #limits(): Limits {
    const limits = this.#services.limits(this.#metered.serviceKeys);
    return this.#metered.sequential ? { ...limits, concurrency: 1 } : limits;
  }
}
