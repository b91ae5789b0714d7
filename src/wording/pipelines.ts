import * as l10n from '@vscode/l10n';
import { counts } from './counts.ts';
import { formatDuration } from './format.ts';
import { numbers } from './numbers.ts';
import { strings } from './strings.ts';

interface Range {
  readonly low: number;
  readonly high: number;
}

/** What a run of a pipeline comes to. Times are ms. */
export interface DescribedPipeline {
  readonly records: number;
  readonly requests: number;
  readonly cached: number;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly cost: Range | undefined;
  readonly isCostPartial: boolean;
  readonly time: Range | undefined;
  readonly stages: readonly {
    readonly name: string;
    readonly items: number | undefined;
    readonly isAtMost: boolean;
    readonly service: string;
    readonly limits: { readonly concurrency: number; readonly requestsPerMinute?: number };
  }[];
  readonly bottleneck: string | undefined;
}

/** As a person reads it before anything is spent: a line for each stage, then a sentence for each thing. */
export function describePipelineEstimate(estimate: DescribedPipeline): string[] {
  const { tokens, time, bottleneck } = estimate;
  const lines = estimate.stages.map((stage) => describeStage(stage));
  const isWhole = estimate.stages.every(({ items }) => items !== undefined);
  lines.push(
    describeRequests(estimate, isWhole),
    ...(estimate.cached > 0 ? [describeCached(estimate.cached)] : []),
    l10n.t('About {0} tokens in and {1} out.', numbers.whole(tokens.input), numbers.whole(tokens.output)),
    describeCost(estimate),
  );
  if (time && bottleneck !== undefined) {
    const [low, high] = [formatDuration(time.low), formatDuration(time.high)];
    lines.push(
      isWhole
        ? l10n.t('It takes about {0} to {1}, most of it in "{2}".', low, high, bottleneck)
        : l10n.t(
            'What is known takes about {0} to {1}, most of it in "{2}"; records that are not known yet take longer.',
            low,
            high,
            bottleneck,
          ),
    );
  }
  return lines;
}

function describeCached(items: number): string {
  return numbers.isOne(items)
    ? l10n.t('{0} item is in the cache, and is not made again.', numbers.whole(items))
    : l10n.t('{0} items are in the cache, and are not made again.', numbers.whole(items));
}

function describeRequests({ records, requests, stages }: DescribedPipeline, isWhole: boolean): string {
  const [known, asked] = [strings.records(records), counts.requests(requests)];
  if (stages.some(({ isAtMost, items }) => isAtMost && items !== undefined)) {
    return isWhole
      ? l10n.t('{0}, at most {1}.', known, asked)
      : l10n.t('{0}, about {1} and more for records that are not known yet.', known, asked);
  }
  return isWhole ? l10n.t('{0}, {1}.', known, asked) : l10n.t('{0}, at least {1}.', known, asked);
}

function describeCost({ cost, isCostPartial }: DescribedPipeline): string {
  if (!cost) return l10n.t('What it costs is not known.');
  const [low, high] = [numbers.fourDecimals(cost.low), numbers.fourDecimals(cost.high)];
  return isCostPartial
    ? l10n.t('It costs about {0} to {1}, and more for records that are not known yet.', low, high)
    : l10n.t('It costs about {0} to {1}.', low, high);
}

function countOf(items: number | undefined, isAtMost: boolean): string {
  if (items === undefined) return l10n.t('as many as come');
  return isAtMost ? l10n.t('at most {0}', numbers.whole(items)) : numbers.whole(items);
}

function describeStage({ name, items, isAtMost, service, limits }: DescribedPipeline['stages'][number]): string {
  const count = countOf(items, isAtMost);
  const atOnce = Number.isFinite(limits.concurrency) ? numbers.whole(limits.concurrency) : '∞';
  const rate = limits.requestsPerMinute;
  return rate === undefined
    ? l10n.t('{0}: {1} with {2}, {3} at once', name, count, service, atOnce)
    : l10n.t('{0}: {1} with {2}, {3} at once and {4} per minute', name, count, service, atOnce, numbers.whole(rate));
}
