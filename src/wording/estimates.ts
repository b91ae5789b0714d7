import * as l10n from '@vscode/l10n';
import { counts } from './counts.ts';
import { formatDuration } from './format.ts';
import { numbers } from './numbers.ts';
import { strings } from './strings.ts';

interface Range {
  readonly low: number;
  readonly high: number;
}

/** What a plan comes to. */
export interface DescribedEstimate {
  readonly items: number;
  readonly requests: number;
  readonly cached: number;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly cost: Range | null;
  /** Seconds. */
  readonly eta: Range | null;
}

const bytesPerMegabyte = 1_000_000;

/** An estimate as a person reads it before anything is spent: a sentence for each thing. */
export function describeEstimate(estimate: DescribedEstimate, attachedBytes = 0): string[] {
  const { items, requests, cached, tokens, cost, eta } = estimate;
  if (items === 0) return [l10n.t('There is nothing to generate.')];
  const lines = [
    describeCalls(strings.candidates(items), counts.calls(requests), cached),
    l10n.t('About {0} tokens in and {1} out.', numbers.whole(tokens.input), numbers.whole(tokens.output)),
    cost === null ? l10n.t('What it costs is not known.') : describeCost(cost),
  ];
  if (eta) lines.push(describeTime(eta));
  if (attachedBytes > 0) {
    lines.push(l10n.t('{0} MB of files go with the calls.', numbers.upToOneDecimal(attachedBytes / bytesPerMegabyte)));
  }
  return lines;
}

function describeCalls(candidates: string, calls: string, cached: number): string {
  if (cached === 0) return l10n.t('{0}, {1}.', candidates, calls);
  return numbers.isOne(cached)
    ? l10n.t('{0}, {1}: {2} is in the cache.', candidates, calls, numbers.whole(cached))
    : l10n.t('{0}, {1}: {2} are in the cache.', candidates, calls, numbers.whole(cached));
}

/** Candidates that are not made again. */
export function describeThere(candidates: number): string {
  return candidates === 1
    ? l10n.t('One candidate is there and is not made again.')
    : l10n.t('{0} candidates are there and are not made again.', numbers.whole(candidates));
}

function describeCost({ low, high }: Range): string {
  const [least, most] = [numbers.fourDecimals(low), numbers.fourDecimals(high)];
  return least === most ? l10n.t('It costs about {0}.', most) : l10n.t('It costs about {0} to {1}.', least, most);
}

function describeTime({ low, high }: Range): string {
  const [least, most] = [formatDuration(low * 1000), formatDuration(high * 1000)];
  return least === most ? l10n.t('It takes about {0}.', most) : l10n.t('It takes about {0} to {1}.', least, most);
}
