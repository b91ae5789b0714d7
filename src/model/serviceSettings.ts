/** A service as a person configures it: `parallelCandidates.services`, or flags of the terminal. */
export type ServiceSettings = OpenAiServiceSettings | DemoServiceSettings;

interface CommonServiceSettings {
  readonly name: string;
  /** The first is the default. */
  readonly models: readonly string[];
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Default `auto`: starts low and widens by itself. */
  readonly maxConcurrent?: number | 'auto';
  readonly prices?: Prices;
}

export interface OpenAiServiceSettings extends CommonServiceSettings {
  readonly kind: 'openai';
  /** Up to and including the version: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Candidates of one prompt that may share a request, where the service offers `n`; default 1. */
  readonly candidatesPerRequest?: number;
}

export interface DemoServiceSettings extends CommonServiceSettings {
  readonly kind: 'demo';
}

/** Per million tokens, in whatever currency the person thinks in. */
export interface Prices {
  readonly input: number;
  readonly output: number;
}

export const demoService: DemoServiceSettings = { name: 'demo', kind: 'demo', models: ['demo'] };

export function costOf(prices: Prices | undefined, usage: { input: number; output: number }): number | undefined {
  if (prices === undefined) return undefined;
  return (usage.input * prices.input + usage.output * prices.output) / 1_000_000;
}
