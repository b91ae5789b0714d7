import type { Clock } from '../../../src/base/clock.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { Governor, type ServiceLimits } from '../../../src/engine/governor/governor.ts';
import { seededRandom } from '../../../src/services/demo/seededRandom.ts';
import { inVirtualTime } from '../virtualTime.ts';
import { type Bound, boundOf } from './bound.ts';
import { reservationOf } from './model.ts';
import { Observer } from './observer.ts';
import { scheduleOf } from './quota.ts';
import { itemId, itemsOf, type Scenario } from './scenarios.ts';
import { SimulatedService } from './service.ts';

/** Times are virtual ms. */
export interface SimulationReport {
  readonly scenario: string;
  readonly items: number;
  readonly makespan: number;
  readonly bound: Bound;
  /** Governed bound / makespan: 1 is perfect. Above 1 only where nobody told the engine of the limits. */
  readonly efficiency: number;
  readonly serviceBound: Bound;
  readonly calls: number;
  readonly rejected429: number;
  readonly failed: number;
  /** Calls that led to no kept result, as a share of the items. */
  readonly wasted: number;
  /** Items that were not written in the end. */
  readonly lost: number;
  /** Runs that ended after they had to. */
  readonly lateRuns: number;
  readonly writtenTwice: number;
  readonly priorityInversions: number;
  readonly orderViolations: number;
  readonly peak: number;
  readonly mostInSecond: number;
  readonly mostInMinute: number;
}

const serviceKey = 'service';
/** A run that takes this many times its bound, and at least this long, will not end. */
const patience = 20;
const leastPatienceMs = 600_000;
const commitMs = 1;

/** Runs a scenario in virtual time; the same scenario gives the same report. */
export function simulate(scenario: Scenario): Promise<SimulationReport> {
  const bound = boundOf(scenario, 'governed');
  return inVirtualTime(async (clock) => {
    const random = seededRandom(scenario.service.seed);
    const service = new SimulatedService(scenario.service, clock);
    const governor = new Governor(limitsOf(scenario), clock, random);
    const finishers = new Map<string, () => void>();
    const observer = new Observer(
      () => clock.now(),
      (run) => finishers.get(run)?.(),
    );
    const commits = new Map<string, number>();
    const engine = new Engine<string, string>(
      {
        perform: (task) => service.call({ item: task.item.id, signal: task.signal, hear: task.reportHints }),
        commit: async (_run, item, _result, durable) => {
          commits.set(item.id, (commits.get(item.id) ?? 0) + 1);
          // A journal's commit is short against any call; what takes its time is the file.
          durable();
          await pass(clock, commitMs);
          return { kind: 'written' };
        },
        governor: () => governor,
      },
      observer,
      { clock, random },
    );

    const startedAt = clock.now();
    const endedAt: number[] = [];
    const runs = scenario.runs.map(async (run, index) => {
      const id = `run${index}`;
      if (run.startsAtMs !== undefined) await pass(clock, run.startsAtMs);
      const finished = new Promise<void>((resolve) => finishers.set(id, resolve));
      for (let position = 0; position < run.items; position++) observer.queued(serviceKey, run.priority);
      engine.start({
        id,
        weight: run.weight ?? 1,
        stages: [{ name: 'generate' }],
        retry: scenario.retry,
        items: Array.from({ length: run.items }, (_, position) => ({
          id: itemId(index, position),
          priority: run.priority,
          position,
          root: position,
          stage: 0,
          service: serviceKey,
          reservation: reservationOf(scenario.service),
          work: '',
        })),
      });
      await finished;
      endedAt[index] = clock.now() - startedAt;
    });
    await Promise.race([Promise.all(runs), pass(clock, Math.max(leastPatienceMs, patience * bound.makespanMs))]);
    const makespan = clock.now() - startedAt;
    await governor.dispose();

    const items = itemsOf(scenario);
    const { ledger } = service;
    const written = items.filter((item) => observer.stateOf(item) === 'written').length;
    return {
      scenario: scenario.name,
      items: items.length,
      makespan,
      bound,
      efficiency: bound.makespanMs / makespan,
      serviceBound: boundOf(scenario, 'service'),
      calls: ledger.arrivals,
      rejected429: ledger.count('rejected'),
      failed: ledger.count('failed'),
      wasted: (ledger.arrivals - written) / items.length,
      lost: items.length - written,
      lateRuns: scenario.runs.filter(
        ({ endsByMs = Number.POSITIVE_INFINITY }, index) => (endedAt[index] ?? makespan) > endsByMs,
      ).length,
      writtenTwice: [...commits.values()].filter((count) => count > 1).length,
      priorityInversions: observer.priorityInversions,
      orderViolations: observer.orderViolations,
      peak: ledger.peak,
      mostInSecond: ledger.mostArrivals(1000),
      mostInMinute: ledger.mostArrivals(60_000),
    };
  });
}

function limitsOf({ service: { quota }, known, maxConcurrent, safetyFactor }: Scenario): ServiceLimits {
  const initial = (rate: Parameters<typeof scheduleOf>[0]): number => scheduleOf(rate)[0]!.perMinute;
  return {
    maxConcurrent,
    safetyFactor,
    ...(known && quota?.requestsPerMinute !== undefined ? { requestsPerMinute: initial(quota.requestsPerMinute) } : {}),
    ...(known && quota?.tokensPerMinute !== undefined ? { tokensPerMinute: initial(quota.tokensPerMinute) } : {}),
  };
}

function pass(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(ms, resolve));
}
