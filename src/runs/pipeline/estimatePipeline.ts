import type { Flow, FlowStage } from '../../flow/flow.ts';
import { governorOf } from '../../flow/flowOf.ts';
import type { Pipeline } from '../../flow/pipeline.ts';
import { costOf } from '../../model/prices.ts';
import { defaultExpectedOutputTokens } from '../../services/tokens.ts';
import { HttpService } from '../../services/http/httpService.ts';
import type { Service } from '../../services/service.ts';
import { unknownHostLimits } from '../../stages/http/politeness.ts';
import { ratesMs } from '../bindingLimit.ts';
import type { Limits, ServiceDirectory } from '../serviceDirectory.ts';
import { isOwnHost } from './webRequests.ts';
import type { Plan } from '../plan/plan.ts';

export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface StageEstimate {
  readonly name: string;
  readonly kind: Pipeline['stages'][number]['kind'];
  /** Undefined where it depends on what the stages before make. */
  readonly items: number | undefined;
  /** Those of them that the cache has, as far as known. */
  readonly cached: number;
  /** Whether records may pass it by, so that it may have fewer. */
  readonly isAtMost: boolean;
  readonly service: string;
  readonly limits: Limits;
  /** ms; undefined where the number of items is. */
  readonly time: Range | undefined;
}

/** What a run of a pipeline would come to, as far as it can be known before. */
export interface PipelineEstimate {
  /** That the run begins with. */
  readonly records: number;
  /** Of the stages whose items are known; fewer where records may pass by. */
  readonly requests: number;
  /** Items that the cache has, as far as known: nobody is asked for them. */
  readonly cached: number;
  readonly tokens: { readonly input: number; readonly output: number };
  /** Of the stages whose items are known; undefined where a price is not. */
  readonly cost: Range | undefined;
  /** Whether stages whose items are not known cost something too. */
  readonly isCostPartial: boolean;
  /** ms, of the slowest stage that is known: the others go on beside it. */
  readonly time: Range | undefined;
  readonly stages: readonly StageEstimate[];
  /** The stage that takes longest. */
  readonly bottleneck: string | undefined;
}

/** What one item takes where nothing is known of it, ms. */
const usualMs: Readonly<Record<StageEstimate['kind'], Range>> = {
  prompt: { low: 1_000, high: 8_000 },
  http: { low: 100, high: 1_000 },
  command: { low: 50, high: 2_000 },
  module: { low: 50, high: 3_000 },
};
/** An answer is rarely shorter than this share of what is set aside for it. */
const leastShare = 0.2;

/**
 * @param plan of a pipeline
 * @param cached items of each stage that the cache has, as far as known
 */
export function estimatePipeline(
  { items, flow: run }: Plan,
  pipeline: Pipeline,
  services: ServiceDirectory,
  cached: readonly number[] = [],
): PipelineEstimate {
  if (!run) throw new Error('A pipeline has a flow.');
  const { flow } = run;
  const counts = itemsOfStages(flow, items.filter(({ stage }) => stage === 0).length, items.length);
  /** What stages that share a governor take of its rates together. */
  const rateMs = new Map<string, number>();
  const planned = flow.stages.map((stage, index) => {
    const kind = pipeline.stages[index]?.kind ?? 'prompt';
    const service = stage.variants[0]?.service ?? '';
    const key = run.serviceKey(service);
    const limits = { ...services.limits([key]), ...politeLimits(pipeline.stages[index], services.service(key)) };
    const governor = services.governorKey(key);
    const has = cached[index] ?? 0;
    const total = counts[index];
    // What the cache has, nobody is asked for.
    const count = total === undefined ? undefined : Math.max(0, total - has);
    const takes = { requests: count ?? 0, tokens: (count ?? 0) * stage.reservation };
    rateMs.set(governor, (rateMs.get(governor) ?? 0) + ratesMs(takes, limits));
    return { stage, kind, service, limits, governor, count, total, has };
  });
  const stages = planned.map(({ stage, kind, service, limits, governor, count, total, has }): StageEstimate => {
    const time = count === undefined ? undefined : timeOf(count, kind, limits, stage, rateMs.get(governor) ?? 0);
    const isAtMost = stage.when !== undefined;
    return { name: stage.name, kind, items: total, cached: has, isAtMost, service, limits, time };
  });
  const known = stages.flatMap(({ name, time }) => (time ? [{ name, time }] : []));
  const slowest = known.reduce<(typeof known)[number] | undefined>(
    (most, each) => (most && most.time.high >= each.time.high ? most : each),
    undefined,
  );
  const tokens = { input: 0, output: 0 };
  let cost: { low: number; high: number } | undefined = { low: 0, high: 0 };
  let isCostPartial = false;
  for (const [index, stage] of flow.stages.entries()) {
    const own = itemCosts(stage, stages[index]?.kind ?? 'prompt', run, services);
    const count = planned[index]?.count;
    if (count === undefined) isCostPartial ||= own === undefined || own.some(({ cost: each }) => each?.high !== 0);
    if (!own || !count) continue;
    for (const { tokens: each, cost: range } of own) {
      // Of a stage's items, each variant makes as many.
      const share = count / own.length;
      tokens.input += each.input * share;
      tokens.output += each.output * share;
      const low = stage.when === undefined ? range?.low : 0;
      cost = range && cost && { low: cost.low + (low ?? 0) * share, high: cost.high + range.high * share };
    }
  }
  return {
    records: new Set(items.map(({ root }) => root)).size,
    requests: stages.reduce(
      (sum, { kind, items: count, cached: has }) =>
        sum + (kind === 'prompt' || kind === 'http' ? Math.max(0, (count ?? 0) - has) : 0),
      0,
    ),
    cached: stages.reduce((sum, { cached: has }) => sum + has, 0),
    tokens,
    cost,
    isCostPartial,
    time: slowest?.time,
    stages,
    bottleneck: slowest?.name,
  };
}

interface ItemCost {
  readonly tokens: { readonly input: number; readonly output: number };
  /** Undefined where the price is not known. */
  readonly cost: Range | undefined;
}

/** What one item of each variant comes to; nothing for stages that cost nothing. */
function itemCosts(
  { variants, reservation }: FlowStage,
  kind: StageEstimate['kind'],
  run: NonNullable<Plan['flow']>,
  services: ServiceDirectory,
): readonly ItemCost[] | undefined {
  switch (kind) {
    case 'prompt': {
      const output = Math.min(reservation, defaultExpectedOutputTokens);
      const input = reservation - output;
      return variants.map(({ service, model }) => {
        const prices = services.prices(run.serviceKey(service), model);
        const low = costOf(prices, { input, output: output * leastShare });
        const high = costOf(prices, { input, output });
        const cost = low === undefined || high === undefined ? undefined : { low, high };
        return { tokens: { input, output }, cost };
      });
    }
    case 'http': {
      const [variant] = variants;
      const key = run.serviceKey(variant?.service ?? '');
      // Prices are of a million requests; a host that nobody has said a price of is none of the person's services.
      const cost = costOf(services.prices(key, services.settings(key).models[0] ?? ''), { input: 1, output: 0 }) ?? 0;
      return [{ tokens: { input: 0, output: 0 }, cost: { low: cost, high: cost } }];
    }
    case 'command':
    case 'module':
      return [];
  }
}

/** How many items each stage has; undefined from the first one on that takes a list apart. */
function itemsOfStages({ stages }: Flow, first: number, all: number): readonly (number | undefined)[] {
  let count: number | undefined = first > 0 ? first : all;
  return stages.map((stage, index) => {
    if (index === 0) return count;
    switch (stage.input.kind) {
      case 'expand':
        count = undefined;
        break;
      case 'gather': {
        const { size, by } = stage.input;
        if (by !== undefined) count = undefined;
        else if (size === undefined) count = 1;
        else count = count === undefined ? undefined : Math.ceil(count / size);
        break;
      }
      case 'pass':
    }
    count = count === undefined ? undefined : count * stage.variants.length;
    return count;
  });
}

/** A host that nobody has set limits for is asked as a careful reader would. */
function politeLimits(stage: Pipeline['stages'][number] | undefined, service: Service): Partial<Limits> {
  if (stage?.kind !== 'http' || service instanceof HttpService) return {};
  const governor = governorOf(stage);
  if (governor.kind !== 'host' || isOwnHost(hostnameOf(governor.host))) return {};
  return { requestsPerMinute: unknownHostLimits.requestsPerMinute };
}

function hostnameOf(host: string): string {
  const address = `http://${host}`;
  return URL.canParse(address) ? new URL(address).hostname : host;
}

/** @param byRate what the rates of its governor take, for all stages that share it, ms */
function timeOf(
  count: number,
  kind: StageEstimate['kind'],
  limits: Limits,
  { workers, when }: FlowStage,
  byRate: number,
): Range {
  const atOnce = Math.max(1, Math.min(limits.concurrency, workers ?? Infinity, Math.max(1, count)));
  const { low, high } = usualMs[kind];
  return {
    low: when === undefined ? Math.max(byRate, Math.ceil(count / atOnce) * low) : 0,
    high: Math.max(byRate, Math.ceil(count / atOnce) * high),
  };
}
