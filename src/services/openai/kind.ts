import * as v from 'valibot';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { addressSchema, isLocal, mayHoldSecret, publicPart } from '../address.ts';
import { commonEntries, modelNamesSchema, type ServiceKind } from '../serviceKind.ts';
import { presetAt } from '../presets.ts';
import { SharedRequests } from '../sharedRequests.ts';
import { Negotiations } from '../negotiation.ts';
import { OpenAiService } from './openai.ts';

export interface OpenAiServiceSettings extends ServiceSettings {
  readonly kind: 'openai';
  /** Up to and including the version: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Candidates of one prompt that may share a request, where the service offers `n`; default 1. */
  readonly candidatesPerRequest?: number;
  /** Whether the service caches how prompts begin; default: what its preset says. */
  readonly promptCaching?: boolean;
}

export const openAiService: OpenAiServiceSettings = {
  name: 'openai',
  kind: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  models: ['gpt-5-mini'],
};

const schema = v.object({
  ...commonEntries,
  kind: v.literal('openai'),
  models: modelNamesSchema,
  baseUrl: addressSchema,
  candidatesPerRequest: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(128))),
  promptCaching: v.exactOptional(v.boolean()),
}) satisfies v.GenericSchema<unknown, OpenAiServiceSettings>;

/** Services of one process learn from each other. */
const negotiations = new Negotiations();

/** OpenAI, and every server that speaks its chat completions. */
export const openAiKind: ServiceKind<OpenAiServiceSettings> = {
  name: 'openai',
  schema,
  expectations: {
    baseUrl: 'an address such as "https://api.openai.com/v1"',
    candidatesPerRequest: 'a whole number from 1 to 128',
    promptCaching: 'true or false',
  },
  builtIn: openAiService,
  create: ({ name, baseUrl, candidatesPerRequest = 1 }, { credential }) => {
    const service = new OpenAiService({ name, baseUrl, credential, negotiations });
    return candidatesPerRequest > 1 ? new SharedRequests(service, candidatesPerRequest) : service;
  },
  endpoint: ({ baseUrl }) => baseUrl,
  identity: ({ baseUrl }) => `openai ${publicPart(baseUrl)}`,
  mayBeStored: ({ baseUrl }) => !mayHoldSecret(baseUrl),
  cachesPrompts: ({ baseUrl, promptCaching }) => promptCaching ?? presetAt(baseUrl)?.cachesPrompts === true,
  key: ({ baseUrl }) => ({ address: baseUrl, isRequired: !isLocal(baseUrl) }),
  keyVariable: { name: 'OPENAI_API_KEY', address: openAiService.baseUrl },
  withAddress: (settings, baseUrl) => ({ ...settings, baseUrl }),
};
