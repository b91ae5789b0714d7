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
  /** Undefined where a price is not known. */
  readonly cost: Range | undefined;
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
  const asked = flow.stages.map((_, index) => (stages[index]?.kind === 'prompt' ? (counts[index] ?? 0) : 0));
  const known = stages.flatMap(({ name, time }) => (time ? [{ name, time }] : []));
  const slowest = known.reduce<(typeof known)[number] | undefined>(
    (most, each) => (most && most.time.high >= each.time.high ? most : each),
    undefined,
  );
  const tokens = { input: 0, output: 0 };
  let cost: { low: number; high: number } | undefined = { low: 0, high: 0 };
  for (const [index, stage] of flow.stages.entries()) {
    const count = asked[index] ?? 0;
    if (count === 0) continue;
    const output = Math.min(stage.reservation, defaultExpectedOutputTokens);
    const input = stage.reservation - output;
    tokens.input += input * count;
    tokens.output += output * count;
    const [variant] = stage.variants;
    const prices = variant && services.prices(run.serviceKey(variant.service), variant.model);
    const low = costOf(prices, { input: input * count, output: output * leastShare * count });
    const high = costOf(prices, { input: input * count, output: output * count });
    cost =
      low === undefined || high === undefined || !cost ? undefined : { low: cost.low + low, high: cost.high + high };
  }
  return {
    records: new Set(items.map(({ root }) => root)).size,
    requests: stages.reduce(
      (sum, { kind, items: count }) => sum + (kind === 'prompt' || kind === 'http' ? (count ?? 0) : 0),
      0,
    ),
    tokens,
    cost,
    time: slowest?.time,
    stages,
    bottleneck: slowest?.name,
  };
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
