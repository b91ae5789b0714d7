import type { Flow, FlowStage } from '../../flow/flow.ts';
import type { Pipeline } from '../../flow/pipeline.ts';
import { costOf } from '../../model/prices.ts';
import { defaultExpectedOutputTokens } from '../../services/tokens.ts';
import type { Limits, ServiceDirectory } from '../serviceDirectory.ts';
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
  readonly service: string;
  readonly limits: Limits;
  /** ms; undefined where the number of items is. */
  readonly time: Range | undefined;
}

/** What a run of a pipeline would come to, as far as it can be known before. */
export interface PipelineEstimate {
  /** That the run begins with. */
  readonly records: number;
  /** Of the stages whose items are known. */
  readonly requests: number;
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

/** @param plan of a pipeline */
export function estimatePipeline(
  { items, flow: run }: Plan,
  pipeline: Pipeline,
  services: ServiceDirectory,
): PipelineEstimate {
  if (!run) throw new Error('A pipeline has a flow.');
  const { flow } = run;
  const counts = itemsOfStages(flow, items.filter(({ stage }) => stage === 0).length, items.length);
  const stages = flow.stages.map((stage, index): StageEstimate => {
    const kind = pipeline.stages[index]?.kind ?? 'prompt';
    const [variant] = stage.variants;
    const limits = services.limits([run.serviceKey(variant?.service ?? '')]);
    const count = counts[index];
    const time = count === undefined ? undefined : timeOf(count, kind, limits, stage);
    return { name: stage.name, kind, items: count, service: variant?.service ?? '', limits, time };
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
    const count = counts[index];
    if (count === undefined) isCostPartial ||= own === undefined || own.some(({ cost: each }) => each?.high !== 0);
    if (!own || !count) continue;
    for (const { tokens: each, cost: range } of own) {
      // Of a stage's items, each variant makes as many.
      const share = count / own.length;
      tokens.input += each.input * share;
      tokens.output += each.output * share;
      cost = range && cost && { low: cost.low + range.low * share, high: cost.high + range.high * share };
    }
  }
  return {
    records: new Set(items.map(({ root }) => root)).size,
    requests: stages.reduce(
      (sum, { kind, items: count }) => sum + (kind === 'prompt' || kind === 'http' ? (count ?? 0) : 0),
      0,
    ),
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

function timeOf(count: number, kind: StageEstimate['kind'], limits: Limits, { workers }: FlowStage): Range {
  const atOnce = Math.max(1, Math.min(limits.concurrency, workers ?? Infinity, Math.max(1, count)));
  const { low, high } = usualMs[kind];
  const byRate = limits.requestsPerMinute === undefined ? 0 : (count / limits.requestsPerMinute) * 60_000;
  return {
    low: Math.max(byRate, Math.ceil(count / atOnce) * low),
    high: Math.max(byRate, Math.ceil(count / atOnce) * high),
  };
}
