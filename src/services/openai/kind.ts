import * as v from 'valibot';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { addressBelow, addressSchema, isLocal, mayHoldSecret, publicPart } from '../address.ts';
import { commonEntries, modelNamesSchema, type ServiceKind } from '../serviceKind.ts';
import { presetAt } from '../presets.ts';
import { knownPricesOf } from '../prices.ts';
import { SharedRequests } from '../sharedRequests.ts';
import { Negotiations } from '../negotiation.ts';
import { OpenAiService, type OpenAiServiceOptions } from './openai.ts';
import type { Timeouts } from '../timeouts.ts';

export interface OpenAiServiceSettings extends ServiceSettings {
  readonly kind: 'openai';
  /** Up to and including the version: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Candidates of one prompt that may share a request, where the service offers `n`; default 1. */
  readonly candidatesPerRequest?: number;
  /** Whether the service caches how prompts begin; default: what its preset says. */
  readonly promptCaching?: boolean;
  /** In seconds; what is not set has a default, which is longer for an address of this computer. */
  readonly timeouts?: Partial<Timeouts>;
  /** What becomes of a model's thinking; default `drop`. */
  readonly reasoning?: (typeof reasoningUses)[number];
  /** The most of text and thinking that is read of an answer; default 16 MB. */
  readonly maxAnswerBytes?: number;
}

const reasoningUses = ['drop', 'text'] as const;
/** Nobody waits for longer than a day, and no text is longer than a string may be. */
const longestTimeoutSeconds = 86_400;
const answerBytes = { from: 1024, to: 256 * 1024 * 1024 };

export const openAiService: OpenAiServiceSettings = {
  name: 'openai',
  kind: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  models: ['gpt-5-mini'],
};

const seconds = v.exactOptional(v.pipe(v.number(), v.gtValue(0), v.maxValue(longestTimeoutSeconds)));

const schema = v.object({
  ...commonEntries,
  kind: v.literal('openai'),
  models: modelNamesSchema,
  baseUrl: addressSchema,
  candidatesPerRequest: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(128))),
  promptCaching: v.exactOptional(v.boolean()),
  timeouts: v.exactOptional(v.strictObject({ firstToken: seconds, idle: seconds, total: seconds })),
  reasoning: v.exactOptional(v.picklist(reasoningUses)),
  maxAnswerBytes: v.exactOptional(
    v.pipe(v.number(), v.integer(), v.minValue(answerBytes.from), v.maxValue(answerBytes.to)),
  ),
}) satisfies v.GenericSchema<unknown, OpenAiServiceSettings>;

/** Services of one process learn from each other. */
const negotiations = new Negotiations();

function optionsOf({ timeouts, reasoning, maxAnswerBytes }: OpenAiServiceSettings): Partial<OpenAiServiceOptions> {
  return {
    ...(timeouts === undefined ? {} : { timeouts: inMilliseconds(timeouts) }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(maxAnswerBytes === undefined ? {} : { maxAnswerBytes }),
  };
}

function inMilliseconds(timeouts: Partial<Timeouts>): Partial<Timeouts> {
  return Object.fromEntries(Object.entries(timeouts).map(([name, value]) => [name, value * 1000]));
}

/** OpenAI, and every server that speaks its chat completions. */
export const openAiKind: ServiceKind<OpenAiServiceSettings> = {
  name: 'openai',
  schema,
  expectations: {
    baseUrl: 'an address such as "https://api.openai.com/v1"',
    candidatesPerRequest: 'a whole number from 1 to 128',
    promptCaching: 'true or false',
    timeouts: `an object with "firstToken", "idle" or "total", in seconds up to ${longestTimeoutSeconds}`,
    reasoning: reasoningUses.map((use) => `"${use}"`).join(' or '),
    maxAnswerBytes: `a whole number from ${answerBytes.from} to ${answerBytes.to}`,
  },
  builtIn: openAiService,
  create: (settings, { credential }) => {
    const { name, baseUrl, candidatesPerRequest = 1, extra } = settings;
    const service = new OpenAiService({
      name,
      baseUrl,
      credential,
      negotiations,
      ...optionsOf(settings),
      ...(extra === undefined ? {} : { extra }),
    });
    return candidatesPerRequest > 1 ? new SharedRequests(service, candidatesPerRequest) : service;
  },
  endpoint: ({ baseUrl }) => baseUrl,
  identity: ({ baseUrl }) => `openai ${publicPart(baseUrl)}`,
  mayBeStored: ({ baseUrl }) => !mayHoldSecret(baseUrl),
  cachesPrompts: ({ baseUrl, promptCaching }) => promptCaching ?? presetAt(baseUrl)?.cachesPrompts === true,
  knownPrices: ({ baseUrl }, model) => knownPricesOf(presetAt(baseUrl)?.name, model),
  key: ({ baseUrl }) => ({ address: baseUrl, isRequired: !isLocal(baseUrl) }),
  modelListing: ({ baseUrl }) => ({ address: addressBelow(baseUrl, 'models') }),
  keyVariable: { name: 'OPENAI_API_KEY', address: openAiService.baseUrl },
  withAddress: (settings, baseUrl) => ({ ...settings, baseUrl }),
};
