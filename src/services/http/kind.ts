import * as v from 'valibot';
import { addressSchema, mayHoldSecret, publicPart } from '../address.ts';
import {
  calledEntries,
  calledExpectations,
  movedTo,
  withAdditions,
  type CalledServiceSettings,
} from '../calledService.ts';
import type { ServiceKind } from '../serviceKind.ts';
import { HttpService } from './httpService.ts';

/** Any service that `http` stages of pipelines ask: its address, what it wants to be sent, its limits and its prices. */
export interface HttpServiceSettings extends CalledServiceSettings {
  readonly kind: 'http';
}

/** It has none; its requests are counted under this name. */
export const requestModel = 'request';

const schema = v.object({
  ...calledEntries,
  kind: v.literal('http'),
  baseUrl: addressSchema,
  models: v.optional(calledEntries.models, [requestModel]),
}) satisfies v.GenericSchema<unknown, HttpServiceSettings>;

export const httpKind: ServiceKind<HttpServiceSettings> = {
  name: 'http',
  schema,
  expectations: {
    ...calledExpectations,
    baseUrl: 'an address such as "https://api.openalex.org", without a user name and a password',
  },
  create: (settings, { credential }) => new HttpService(settings, credential),
  endpoint: ({ baseUrl }) => baseUrl,
  identity: ({ baseUrl }) => `http ${publicPart(baseUrl)}`,
  mayBeStored: ({ baseUrl }) => !mayHoldSecret(baseUrl),
  cachesPrompts: () => false,
  knownPrices: () => undefined,
  key: ({ baseUrl }) => ({ address: baseUrl, isRequired: false }),
  withAddress: movedTo,
  withAdditions,
};
