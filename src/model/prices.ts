import type { TokenUsage } from './attempt.ts';
import type { Parameters } from './message.ts';

/** Per million tokens, in whatever currency the person thinks in. */
export interface Prices {
  readonly input: number;
  readonly output: number;
  /** Of input that the service had cached; default: that of other input. */
  readonly cached?: number;
  /**
   * What another `service_tier` costs, as a share of these prices, by its name. Absent: they hold for every tier; present:
   * what a tier costs that is not named is unknown.
   */
  readonly tiers?: Readonly<Record<string, number>>;
}

/** Tiers that cost what the prices say. */
const standardTiers: ReadonlySet<unknown> = new Set([undefined, 'auto', 'default']);

/** @returns undefined where the prices, or that of the tier that was asked for, are unknown: never 0 for what is not free */
export function costOf(
  prices: Prices | undefined,
  usage: Pick<TokenUsage, 'input' | 'output' | 'cached'>,
  parameters: Parameters = {},
): number | undefined {
  if (!prices) return undefined;
  const share = shareOf(prices, parameters.service_tier);
  if (share === undefined) return undefined;
  const cached = Math.min(usage.cached ?? 0, usage.input);
  const input = (usage.input - cached) * prices.input + cached * (prices.cached ?? prices.input);
  return (share * (input + usage.output * prices.output)) / 1_000_000;
}

/** The prices of one tier, for whoever cannot say later which one it was. */
export function pricesOfTier(prices: Prices, tier: unknown): Prices | undefined {
  const share = shareOf(prices, tier);
  if (share === undefined) return undefined;
  const { input, output, cached } = prices;
  return {
    input: share * input,
    output: share * output,
    ...(cached === undefined ? {} : { cached: share * cached }),
  };
}

function shareOf({ tiers }: Prices, tier: unknown): number | undefined {
  if (tiers === undefined || standardTiers.has(tier)) return 1;
  return typeof tier === 'string' && Object.hasOwn(tiers, tier) ? tiers[tier] : undefined;
}
