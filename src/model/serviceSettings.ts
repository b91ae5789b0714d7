/**
 * A service as a person configures it, in `parallelCandidates.services` or with flags of the terminal: what every kind
 * has. What only one kind has, such as an address, is known to that kind's folder in services/.
 */
export interface ServiceSettings {
  readonly name: string;
  /** One of those in services/kinds.ts. */
  readonly kind: string;
  /** The first is the default. */
  readonly models: readonly string[];
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Default `auto`: starts low and widens by itself. */
  readonly maxConcurrent?: number | 'auto';
  readonly prices?: Prices;
  /** Parameters of each call that nothing checks: only a person's own settings have them, and no journal does. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Per million tokens, in whatever currency the person thinks in. */
export interface Prices {
  readonly input: number;
  readonly output: number;
}

export function costOf(prices: Prices | undefined, usage: { input: number; output: number }): number | undefined {
  if (prices === undefined) return undefined;
  return (usage.input * prices.input + usage.output * prices.output) / 1_000_000;
}
