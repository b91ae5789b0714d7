import type { CallHistory, Spread } from '../../storage/journal/records.ts';
import { defaultExpectedOutputTokens } from '../../services/tokens.ts';

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** What one of many calls comes to. */
export interface ExpectedCall {
  /** Tokens: the mean, and what it lies between. */
  readonly output: Range & { readonly mean: number };
  readonly latencyMs: Range;
  /** Whether earlier calls have told. */
  readonly isLearnt: boolean;
}

/** Shares of the output limit that texts have which are not cut: few are as long as they may be. */
const shortestShare = 0.1;
const meanShare = 0.5;
/** Until a service has begun, and tokens a second: services differ by so much, ms. */
const begins: Range = { low: 300, high: 3000 };
const perSecond: Range = { low: 25, high: 150 };
/** Of the middle eight tenths, what their mean may be off by. */
const confidence = 1.3;

/**
 * @param history what earlier calls came to; undefined: there were none
 * @param calls that are going to be made
 * @param maxTokens output limit of each; undefined: none is set
 * @param usualMs how long answers of the service take; undefined: that depends on their length
 */
export function expectedCall(
  history: CallHistory | undefined,
  calls: number,
  maxTokens?: number,
  usualMs?: Range,
): ExpectedCall {
  const bounded = (tokens: number): number => Math.min(tokens, maxTokens ?? Infinity);
  if (history) {
    const output = meanOf(history.output, history.calls, calls);
    return {
      output: { low: bounded(output.low), mean: bounded(history.output.mean), high: bounded(output.high) },
      latencyMs: meanOf(history.durationMs, history.calls, calls),
      isLearnt: true,
    };
  }
  const most = maxTokens ?? defaultExpectedOutputTokens;
  const output = { low: shortestShare * most, mean: meanShare * most, high: most };
  return {
    output,
    latencyMs: usualMs ?? {
      low: begins.low + (1000 * output.low) / perSecond.high,
      high: begins.high + (1000 * output.high) / perSecond.low,
    },
    isLearnt: false,
  };
}

/** Where the mean of some calls lies, as far as the mean of others tells. */
function meanOf({ mean, p10, p90 }: Spread, of: number, calls: number): Range {
  const half = ((p90 - p10) / 2) * confidence * Math.sqrt(1 / Math.max(1, of) + 1 / Math.max(1, calls));
  return { low: Math.max(0, mean - half), high: mean + half };
}
