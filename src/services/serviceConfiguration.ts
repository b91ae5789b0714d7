import * as v from 'valibot';
import type { OpenAiServiceSettings, ServiceSettings } from '../model/serviceSettings.ts';
import { demoService } from '../model/serviceSettings.ts';

export const openAiService: OpenAiServiceSettings = {
  name: 'openai',
  kind: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  models: ['gpt-5-mini'],
};

/** Services that exist without any setting; a configured one of the same name takes its place. */
const builtInServices: readonly ServiceSettings[] = [demoService, openAiService];

const positive = v.pipe(v.number(), v.minValue(Number.MIN_VALUE));
const notNegative = v.pipe(v.number(), v.minValue(0));
const common = {
  name: v.pipe(v.string(), v.regex(/^[^/\s][^/]*$/)),
  requestsPerMinute: v.optional(positive),
  tokensPerMinute: v.optional(positive),
  maxConcurrent: v.optional(v.union([v.literal('auto'), v.pipe(v.number(), v.integer(), v.minValue(1))])),
  prices: v.optional(v.object({ input: notNegative, output: notNegative })),
};
const serviceSchema = v.variant('kind', [
  v.object({
    ...common,
    kind: v.literal('openai'),
    baseUrl: v.pipe(v.string(), v.regex(/^https?:\/\/[^/]+/), v.url()),
    models: v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1)),
    candidatesPerRequest: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(128))),
  }),
  v.object({
    ...common,
    kind: v.literal('demo'),
    models: v.optional(v.pipe(v.array(v.string()), v.minLength(1)), ['demo']),
  }),
]);

const expectations: Readonly<Record<string, string>> = {
  name: 'a name without "/"',
  kind: '"openai" or "demo"',
  baseUrl: 'an address such as "https://api.openai.com/v1"',
  models: 'a list of at least one model name',
  requestsPerMinute: 'a number above 0',
  tokensPerMinute: 'a number above 0',
  maxConcurrent: '"auto" or a whole number of at least 1',
  candidatesPerRequest: 'a whole number from 1 to 128',
  prices: 'an object with "input" and "output", per million tokens',
};

export interface ServiceConfiguration {
  readonly services: readonly ServiceSettings[];
  /** One sentence each; the services they speak of are left out. */
  readonly problems: readonly string[];
}

/** Reads the value of `parallelCandidates.services`, and adds the built-in services. */
export function readServices(value: unknown): ServiceConfiguration {
  const problems: string[] = [];
  const services = new Map(builtInServices.map((service) => [service.name, service]));
  if (value !== undefined && !Array.isArray(value)) {
    problems.push('The setting "parallelCandidates.services" must be a list of services.');
  }
  for (const [position, entry] of (Array.isArray(value) ? (value as unknown[]) : []).entries()) {
    const parsed = v.safeParse(serviceSchema, entry);
    if (parsed.success) {
      services.set(parsed.output.name, withoutUndefined(parsed.output));
      continue;
    }
    const key = parsed.issues[0].path?.[0]?.key;
    const field = typeof key === 'string' ? key : 'kind';
    problems.push(
      `Service ${position + 1} in the setting "parallelCandidates.services": "${field}" must be ${expectations[field] ?? 'different'}.`,
    );
  }
  return { services: [...services.values()], problems };
}

function withoutUndefined(settings: v.InferOutput<typeof serviceSchema>): ServiceSettings {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as unknown as ServiceSettings;
}
