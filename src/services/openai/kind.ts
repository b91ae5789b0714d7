import * as v from 'valibot';
import { addressSchema, isLocal, mayHoldSecret, publicPart } from '../address.ts';
import {
  calledEntries,
  calledExpectations,
  callOptionsOf,
  modelListingOf,
  movedTo,
  withAdditions,
  type CalledServiceSettings,
} from '../calledService.ts';
import { presetAt } from '../presets.ts';
import { knownPricesOf } from '../prices.ts';
import type { ServiceKind } from '../serviceKind.ts';
import { SharedRequests } from '../sharedRequests.ts';
import { OpenAiService } from './openai.ts';

/** The address goes up to and including the version: `https://api.openai.com/v1`. */
export interface OpenAiServiceSettings extends CalledServiceSettings {
  readonly kind: 'openai';
  /** Candidates of one prompt that may share a request, where the service offers `n`; default 1. */
  readonly candidatesPerRequest?: number;
}

export const openAiService: OpenAiServiceSettings = {
  name: 'openai',
  kind: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  models: ['gpt-5-mini'],
};

const schema = v.object({
  ...calledEntries,
  kind: v.literal('openai'),
  baseUrl: addressSchema,
  candidatesPerRequest: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(128))),
}) satisfies v.GenericSchema<unknown, OpenAiServiceSettings>;

/** OpenAI, and every server that speaks its chat completions. */
export const openAiKind: ServiceKind<OpenAiServiceSettings> = {
  name: 'openai',
  schema,
  expectations: {
    ...calledExpectations,
    baseUrl: 'an address such as "https://api.openai.com/v1", without a user name and a password',
    candidatesPerRequest: 'a whole number from 1 to 128',
  },
  builtIn: openAiService,
  create: (settings, { credential }) => {
    const { candidatesPerRequest = 1 } = settings;
    const service = new OpenAiService({ ...callOptionsOf(settings, credential), learning: { kind: 'openai' } });
    return candidatesPerRequest > 1 ? new SharedRequests(service, candidatesPerRequest) : service;
  },
  endpoint: ({ baseUrl }) => baseUrl,
  identity: ({ baseUrl }) => `openai ${publicPart(baseUrl)}`,
  mayBeStored: ({ baseUrl }) => !mayHoldSecret(baseUrl),
  cachesPrompts: ({ baseUrl, promptCaching }) => promptCaching ?? presetAt(baseUrl)?.cachesPrompts === true,
  knownPrices: ({ baseUrl }, model) => knownPricesOf(presetAt(baseUrl)?.name, model),
  takesAttachments: true,
  key: ({ baseUrl }) => ({ address: baseUrl, isRequired: !isLocal(baseUrl) }),
  modelListing: (settings) => modelListingOf(settings, 'models'),
  keyVariable: { name: 'OPENAI_API_KEY', address: openAiService.baseUrl },
  withAddress: movedTo,
  withAdditions,
};
