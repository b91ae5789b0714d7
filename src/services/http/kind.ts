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
  /** Of one request, in whatever currency the person thinks in. */
  readonly pricePerRequest?: number;
  /** What requests may cost in a minute, in the same currency; it needs their price. */
  readonly costPerMinute?: number;
}

/** It has none; its requests are counted under this name. */
export const requestModel = 'request';

/** A million of them still has a price that is a number. */
const highestPrice = 1_000;
const million = 1_000_000;

const entries = v.object({
  ...calledEntries,
  kind: v.literal('http'),
  baseUrl: addressSchema,
  models: v.optional(calledEntries.models, [requestModel]),
  pricePerRequest: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(highestPrice))),
  costPerMinute: v.exactOptional(v.pipe(v.number(), v.finite(), v.gtValue(0))),
});

const schema = v.pipe(
  entries,
  v.forward(
    v.partialCheck(
      [['costPerMinute'], ['pricePerRequest'], ['prices']],
      ({ costPerMinute, pricePerRequest, prices }) =>
        costPerMinute === undefined || (pricePerRequest ?? prices) !== undefined,
    ),
    ['costPerMinute'],
  ),
) satisfies v.GenericSchema<unknown, HttpServiceSettings>;

/** Prices are of a million tokens, and a request counts as one. */
function priceOf({ pricePerRequest, prices }: HttpServiceSettings): number | undefined {
  return pricePerRequest ?? (prices && prices.input / million);
}

export const httpKind: ServiceKind<HttpServiceSettings> = {
  name: 'http',
  schema,
  expectations: {
    ...calledExpectations,
    baseUrl: 'an address such as "https://api.openalex.org", without a user name and a password',
    pricePerRequest: `a number from 0 to ${highestPrice}`,
    costPerMinute: 'a number above 0, with "pricePerRequest" beside it',
  },
  create: (settings, { credential }) => new HttpService(settings, credential),
  endpoint: ({ baseUrl }) => baseUrl,
  identity: ({ baseUrl }) => `http ${publicPart(baseUrl)}`,
  mayBeStored: ({ baseUrl }) => !mayHoldSecret(baseUrl),
  cachesPrompts: () => false,
  knownPrices: () => undefined,
  ownPrices: ({ pricePerRequest }) =>
    pricePerRequest === undefined ? undefined : { input: pricePerRequest * million, output: 0 },
  paidRequestsPerMinute: (settings) => {
    const price = priceOf(settings);
    // What is free, no money bounds.
    if (settings.costPerMinute === undefined || price === undefined || price === 0) return undefined;
    return settings.costPerMinute / price;
  },
  key: ({ baseUrl }) => ({ address: baseUrl, isRequired: false }),
  withAddress: movedTo,
  withAdditions,
};
