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
import type { Learning } from '../negotiation.ts';
import { presetAt } from '../presets.ts';
import { knownPricesOf } from '../prices.ts';
import type { ServiceKind } from '../serviceKind.ts';
import { AnthropicService } from './anthropic.ts';
import { defaultMaxTokens, keyHeader, versionHeader } from './defaults.ts';

/** The address stands without the version: `https://api.anthropic.com`. */
export interface AnthropicServiceSettings extends CalledServiceSettings {
  readonly kind: 'anthropic';
}

export const anthropicService: AnthropicServiceSettings = {
  name: 'anthropic',
  kind: 'anthropic',
  baseUrl: 'https://api.anthropic.com',
  models: ['claude-sonnet-5-5'],
};

/** The version is part of every call's path: an address that has it, or a whole one for messages, was pasted. */
function rootOf(address: string): string {
  return address.replace(/\/v1(?:\/messages)?\/*(?=$|[?#])/, '');
}

const schema = v.object({
  ...calledEntries,
  kind: v.literal('anthropic'),
  baseUrl: v.pipe(addressSchema, v.transform(rootOf)),
}) satisfies v.GenericSchema<unknown, AnthropicServiceSettings>;

/**
 * Services of one process learn from each other. Without a limit of output this API takes no request, and hardly any model
 * refuses the default one.
 */
const learning: Learning = {
  kind: 'anthropic',
  habits: { required: ['max_tokens'], standard: [`max_tokens=${defaultMaxTokens}`] },
};

function cachesPrompts({ promptCaching = true }: AnthropicServiceSettings): boolean {
  return promptCaching;
}

/** Anthropic, and every server that speaks its messages. */
export const anthropicKind: ServiceKind<AnthropicServiceSettings> = {
  name: 'anthropic',
  schema,
  expectations: {
    ...calledExpectations,
    baseUrl: 'an address such as "https://api.anthropic.com", without a user name and a password',
  },
  builtIn: anthropicService,
  create: (settings, { credential }) =>
    new AnthropicService({ ...callOptionsOf(settings, credential), learning }, cachesPrompts(settings)),
  endpoint: ({ baseUrl }) => baseUrl,
  identity: ({ baseUrl }) => `anthropic ${publicPart(baseUrl)}`,
  mayBeStored: ({ baseUrl }) => !mayHoldSecret(baseUrl),
  cachesPrompts,
  knownPrices: ({ baseUrl }, model) => knownPricesOf(presetAt(baseUrl)?.name, model),
  modelListing: (settings) => modelListingOf(settings, 'v1/models', { headers: versionHeader, keyHeader }),
  takesAttachments: true,
  key: ({ baseUrl }) => ({ address: baseUrl, isRequired: !isLocal(baseUrl) }),
  keyVariable: { name: 'ANTHROPIC_API_KEY', address: anthropicService.baseUrl },
  withAddress: (settings, baseUrl) => movedTo(settings, rootOf(baseUrl)),
  withAdditions,
};
