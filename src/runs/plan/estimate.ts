import { eachInSlices } from '../../base/slices.ts';
import { costOf, type Prices } from '../../model/prices.ts';
import { ratesMs, slotsMs } from '../bindingLimit.ts';
import type { Limits } from '../serviceDirectory.ts';
import type { ExpectedCall, Range } from './expectedCalls.ts';
import { SharedCalls } from './sharedCalls.ts';
import type { PlannedItem } from './plannedCandidate.ts';

/** What a plan comes to, before anything is spent. */
export interface Estimate {
  readonly items: number;
  /** If every item takes one, or shares one with those that are asked for at once. */
  readonly requests: number;
  /** Items whose text is in the cache. */
  readonly cached: number;
  readonly tokens: { readonly input: number; readonly output: number };
  /** In the currency of the prices; null when one of them is not known. */
  readonly cost: Range | null;
  /** Seconds; null when nobody can know what follows. */
  readonly eta: Range | null;
}

/** A governor that calls of the plan share: its services, and what it allows at first and at most. */
export interface SharedLimits {
  readonly limits: Limits;
  /** Slots that it may come to have by itself. */
  readonly mostConcurrent: number;
}

export interface EstimateFacts {
  /** Ids of the items whose text is in the cache. */
  readonly cached: { readonly size: number; readonly has: (id: string) => boolean };
  readonly inputTokens: (item: PlannedItem) => number;
  readonly expectedCall: (item: PlannedItem) => ExpectedCall;
  readonly prices: (item: PlannedItem) => Prices | undefined;
  /** The same object for all that share it. */
  readonly limits: (item: PlannedItem) => SharedLimits;
}

interface Load {
  requests: number;
  input: number;
  output: { low: number; high: number };
  latencyMs: { low: number; high: number };
}

/** What the items that are not in the cache come to, if every one takes one call or shares one. Others get their turn in between. */
export async function estimate(items: readonly PlannedItem[], facts: EstimateFacts): Promise<Estimate> {
  const loads = new Map<SharedLimits, Load>();
  const tokens = { input: 0, output: 0 };
  const cost = { low: 0, high: 0 };
  let cached = 0;
  let unpriced = 0;
  let requests = 0;
  const shared = new SharedCalls();
  await eachInSlices(items, (item) => {
    if (facts.cached.size > 0 && facts.cached.has(item.id)) {
      cached++;
      return;
    }
    const isCall = shared.startsCall(item);
    const input = isCall ? facts.inputTokens(item) : 0;
    const { output, latencyMs, isLearnt } = facts.expectedCall(item);
    if (isCall) requests++;
    tokens.input += input;
    tokens.output += output.mean;
    const prices = facts.prices(item);
    const low = costOf(prices, { input, output: output.low }, item.parameters);
    const high = costOf(prices, { input, output: output.high }, item.parameters);
    if (low === undefined || high === undefined) unpriced++;
    cost.low += low ?? 0;
    cost.high += high ?? 0;
    const limits = facts.limits(item);
    const load = loads.get(limits) ?? noLoad();
    loads.set(limits, load);
    if (isCall) load.requests++;
    load.input += input;
    for (const end of ['low', 'high'] as const) {
      load.output[end] += output[end];
      // A call that is known to take so long has brought the others too.
      if (isCall || !isLearnt) load.latencyMs[end] += latencyMs[end];
    }
  });
  return {
    items: items.length,
    requests,
    cached,
    tokens: { input: Math.round(tokens.input), output: Math.round(tokens.output) },
    cost: unpriced === 0 ? cost : null,
    eta: etaOf(loads),
  };
}

/** Services work side by side: the slowest one says when all is done. */
function etaOf(loads: ReadonlyMap<SharedLimits, Load>): Range {
  const secondsAt = (end: 'low' | 'high'): number => {
    let longest = 0;
    for (const [{ limits, mostConcurrent }, { requests, input, output, latencyMs }] of loads) {
      const each = latencyMs[end] / requests;
      const concurrency = end === 'low' ? mostConcurrent : limits.concurrency;
      const bound = Math.max(
        slotsMs(requests, each, { concurrency }),
        // The last of them starts when the rate lets it, and then takes its time.
        ratesMs({ requests: requests - 1, tokens: input + output[end] }, limits) + each,
      );
      longest = Math.max(longest, bound);
    }
    return longest / 1000;
  };
  return { low: secondsAt('low'), high: secondsAt('high') };
}

function noLoad(): Load {
  return { requests: 0, input: 0, output: { low: 0, high: 0 }, latencyMs: { low: 0, high: 0 } };
}
