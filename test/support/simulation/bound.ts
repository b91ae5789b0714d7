import {
  type Call,
  dependsOnLoad,
  failsAfterShare,
  faultOf,
  latencyOf,
  overrunShare,
  type ServiceModel,
  tokensOf,
  within,
} from './model.ts';
import { Bucket, type Meter, metersOf, scaled, scheduleOf } from './quota.ts';
import type { Scenario } from './scenarios.ts';
import { itemsOf } from './scenarios.ts';

/**
 * `service`: what the service would allow somebody who knows everything. `governed`: the same for somebody who keeps to
 * the safety factor and to one second of burst, as the governor promises to.
 */
export type BoundKind = 'service' | 'governed';

export interface Bound {
  /** Every slot busy all the time. */
  readonly slotsMs: number;
  /** Every request and token used as soon as the quotas allow it. */
  readonly quotaMs: number;
  /** The slowest item alone. */
  readonly longestMs: number;
  /** No schedule is faster than the largest of the three. */
  readonly makespanMs: number;
}

/** More calls than this for one item are not looked ahead. */
const mostCalls = 100;
/** Concurrency beyond this is not looked at. */
const mostConcurrent = 1000;
const governedBurstSeconds = 1;
/** Shorter waits may not move a rounded clock. */
const leastWaitMs = 0.01;

/**
 * A lower bound on the makespan, for the very latencies, tokens and faults that the scenario will meet:
 *
 *     max(sum(latency) / C, (N - B) / r + shortest, (T - B') / t + shortest, longest)
 *
 * and, because items start in the order of their plan, for each item k
 *
 *     max((k - B) / r, (T_k - B') / t) + latency_k
 *
 * N calls (one for each item and one more for each random fault that it will meet) costing T tokens; r and t the
 * allowed rates, B and B' what their buckets hold at the start; T_k what the first k items cost. `shortest`: the last
 * call to start takes at least that long. For C see {@link bestConcurrency}.
 *
 * - Quotas that change, are quantised, or shared: in place of the closed form the calls take their units, each as soon
 *   as it can, from the service's own meters (and the governed ones). Taking early is never worse with buckets and
 *   windows, so no schedule has its last start earlier. With a constant rate this gives the closed form.
 * - Outage: no call starts in it and no work is done.
 * - Brown-out, latency times f and a share s failing after a part p of it: a start counts as 1 - s of an item, and work
 *   is done at 1 / (f (1 + p s / (1 - s))) of the speed. This is a mean, and calls in flight when the brown-out begins
 *   keep their speed: the bound may be up to one latency too high.
 * - Latency by load: the calls that start while the service fills are faster than C / throughput says; so again up to
 *   one latency too high.
 * - Several runs may overtake each other: the second line is left out.
 * - Backoff after a failure is left out: others may use the time.
 */
export function boundOf(scenario: Scenario, kind: BoundKind): Bound {
  const { service } = scenario;
  const calls = itemsOf(scenario).map((item) => callsFor(service, item));
  const slotsMs = slotsTerm(scenario, calls);
  const costs = calls.flatMap((ofItem) => ofItem.map((call) => tokensOf(service, call.item)));
  const shortestMs = Math.min(...calls.map((ofItem) => latencyOf(service, ofItem.at(-1)!, 1)));
  const lastStart = startsOf(scenario, kind, costs, true).at(-1) ?? 0;
  const quotaMs = Math.max(lastStart + shortestMs, inOrderTerm(scenario, kind, calls));
  const longestMs = Math.max(...calls.map((ofItem) => workOf(service, ofItem, 1)));
  return { slotsMs, quotaMs, longestMs, makespanMs: Math.max(slotsMs, quotaMs, longestMs) };
}

/** The calls that an item needs if nothing but its random faults goes wrong. */
function callsFor(service: ServiceModel, item: string): Call[] {
  const calls: Call[] = [];
  do calls.push({ item, nth: calls.length + 1 });
  while (calls.length < mostCalls && faultOf(service, calls.at(-1)!) !== undefined);
  return calls;
}

/** ms that one slot needs for the calls of an item. */
function workOf(service: ServiceModel, calls: readonly Call[], active: number): number {
  return calls.reduce(
    (sum, call, index) => sum + latencyOf(service, call, active) * (index + 1 < calls.length ? failsAfterShare : 1),
    0,
  );
}

function slotsTerm(scenario: Scenario, calls: readonly (readonly Call[])[]): number {
  const { service, maxConcurrent } = scenario;
  const most = Math.min(maxConcurrent === 'auto' ? mostConcurrent : maxConcurrent, calls.length);
  const least = dependsOnLoad(service.latency) ? 1 : most;
  const undisturbedMs = bestConcurrency(least, most, (active) => {
    const failed = overrunShare(service.latency, active);
    const tries = 1 + (failsAfterShare * failed) / (1 - failed);
    return calls.reduce((sum, ofItem) => sum + workOf(service, ofItem, active), 0) * tries;
  });
  return withDisturbances(service, undisturbedMs);
}

/**
 * The constant concurrency with the highest throughput: the most that is allowed where latency does not depend on the
 * load, otherwise where work(C) / C is the least.
 *
 * @param work ms that one slot would need for everything while `active` calls are in flight
 * @returns the least work(C) / C, ms
 */
function bestConcurrency(least: number, most: number, work: (active: number) => number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let active = least; active <= most; active++) best = Math.min(best, work(active) / active);
  return best;
}

/** When work that would take `workMs` undisturbed is done. */
function withDisturbances({ outage, brownOut }: ServiceModel, workMs: number): number {
  const edges = [outage?.fromMs, outage?.toMs, brownOut?.fromMs, brownOut?.toMs, Number.POSITIVE_INFINITY]
    .filter((edge) => edge !== undefined)
    .sort((first, second) => first - second);
  let left = workMs;
  let now = 0;
  for (const edge of edges) {
    let speed = 1;
    if (within(outage, now)) speed = 0;
    else if (brownOut && within(brownOut, now)) {
      const { latencyFactor, failedShare } = brownOut;
      speed = 1 / (latencyFactor * (1 + (failsAfterShare * failedShare) / (1 - failedShare)));
    }
    if (left <= speed * (edge - now)) return now + left / speed;
    left -= speed * (edge - now);
    now = edge;
  }
  return now;
}

/** Nobody waits for a retry or overtakes: the latest end of an item that starts as early as the ones before let it. */
function inOrderTerm(scenario: Scenario, kind: BoundKind, calls: readonly (readonly Call[])[]): number {
  const { service, runs } = scenario;
  if (runs.length > 1) return 0;
  const costs = calls.map((ofItem) => tokensOf(service, ofItem[0]!.item));
  const starts = startsOf(scenario, kind, costs, false);
  return Math.max(...calls.map((ofItem, index) => starts[index]! + workOf(service, ofItem, 1)));
}

/**
 * The earliest moments at which calls can start, ms.
 *
 * @param costs tokens of each call
 * @param tillDone whether a call that a brown-out may fail counts only for what it brings
 */
function startsOf(
  { service, safetyFactor }: Scenario,
  kind: BoundKind,
  costs: readonly number[],
  tillDone: boolean,
): number[] {
  const own = metersOf(service.seed, service.quota);
  const requests = [own.requests];
  const tokens = [own.tokens];
  if (kind === 'governed' && service.quota) {
    const { requestsPerMinute, tokensPerMinute } = service.quota;
    const governed = (rate: Parameters<typeof scheduleOf>[0] | undefined): Meter | undefined =>
      rate === undefined ? undefined : new Bucket(scaled(scheduleOf(rate), safetyFactor), governedBurstSeconds);
    requests.push(governed(requestsPerMinute));
    tokens.push(governed(tokensPerMinute));
  }
  const starts: number[] = [];
  let now = 0;
  for (let done = 0; done < costs.length;) {
    if (service.outage && within(service.outage, now)) now = service.outage.toMs;
    const cost = costs[Math.floor(done)]!;
    const waitMs = Math.max(
      ...requests.map((meter) => meter?.wait(1, now) ?? 0),
      ...tokens.map((meter) => meter?.wait(cost, now) ?? 0),
    );
    if (waitMs > 0) {
      now += Math.max(waitMs, leastWaitMs);
      continue;
    }
    for (const meter of requests) meter?.take(1, now);
    for (const meter of tokens) meter?.take(cost, now);
    done += tillDone && service.brownOut && within(service.brownOut, now) ? 1 - service.brownOut.failedShare : 1;
    starts.push(now);
  }
  return starts;
}
