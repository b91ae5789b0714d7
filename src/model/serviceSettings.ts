import type { Prices } from './prices.ts';

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
  /** Of every model. */
  readonly prices?: Prices;
  /** Of single models, by name. */
  readonly modelPrices?: Readonly<Record<string, Prices>>;
  /** Parameters of each call that nothing checks: only a person's own settings have them, and no journal does. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What a person says of a model, or else of all models of the service. */
export function pricesIn({ prices, modelPrices }: ServiceSettings, model: string): Prices | undefined {
  return modelPrices && Object.hasOwn(modelPrices, model) ? modelPrices[model] : prices;
}
