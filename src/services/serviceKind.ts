import * as v from 'valibot';
import { isJsonObject } from '../base/jsonObject.ts';
import type { Prices } from '../model/prices.ts';
import type { ServiceSettings } from '../model/serviceSettings.ts';
import type { CallAdditions } from './callAdditions.ts';
import type { Credential } from './credential.ts';
import type { ModelListing } from './modelList.ts';
import type { Service } from './service.ts';
import type { EditorModels } from './vscodeLm/editorModels.ts';

/** What a service is called with; stays in memory. */
export interface ServiceAccess {
  /** Undefined for a service that needs none. */
  readonly credential: Credential | undefined;
  /** Absent outside of the editor. */
  readonly editorModels?: EditorModels;
}

/** A key that a service takes. */
export interface KeyUse {
  /** The only origin that the key may be sent to is the one of this address. */
  readonly address: string;
  /** Whether nothing works without it; services on this machine mostly take any key or none. */
  readonly isRequired: boolean;
}

/**
 * One way of calling services: everything that others need to know of it, so that none of them asks for a kind by name.
 * A function is only ever given settings that `schema` has let through.
 */
export interface ServiceKind<Settings extends ServiceSettings> {
  /** The `kind` of its services' settings. */
  readonly name: string;
  /** What a person may write for a service of this kind: `commonEntries`, and what only this kind has. */
  readonly schema: v.GenericSchema<unknown, ServiceSettings>;
  /** What each setting that only this kind has must be; ends the sentence `"baseUrl" must be …`. */
  readonly expectations: Readonly<Record<string, string>>;
  /** A service that exists without any setting; a configured one of the same name takes its place. */
  readonly builtIn?: ServiceSettings;
  readonly create: (settings: Settings, access: ServiceAccess) => Service;
  /** Services of the same endpoint, key and limits share a governor. */
  readonly endpoint: (settings: Settings) => string;
  /** Who answers, as the cache of texts knows it; holds no secret. */
  readonly identity: (settings: Settings) => string;
  /** Whether the settings may lie in a journal: not where they may hold a secret. */
  readonly mayBeStored: (settings: Settings) => boolean;
  /** Whether it bills the beginning of a prompt once that several calls have in common. */
  readonly cachesPrompts: (settings: Settings) => boolean;
  /** What is known of the price of a model, which a person need not say then. */
  readonly knownPrices: (settings: Settings, model: string) => Prices | undefined;
  /** What the person says in a way of this kind's own, in place of `prices`. */
  readonly ownPrices?: (settings: Settings) => Prices | undefined;
  /** Requests that may be made in a minute for what they cost; absent: nobody bounds that. */
  readonly paidRequestsPerMinute?: (settings: Settings) => number | undefined;
  /** Whether each call is one request of a plan that the person has somewhere else. */
  readonly countsRequests?: true;
  /** How long its answers take, ms, where that does not depend on their length. */
  readonly usualLatencyMs?: { readonly low: number; readonly high: number };
  /** Whether images and PDFs can go with a prompt; which models see them, nobody tells. */
  readonly takesAttachments?: true;
  /** Undefined for a service that takes no key. */
  readonly key: (settings: Settings) => KeyUse | undefined;
  /** Where a service lists its models; absent where it cannot be asked. */
  readonly modelListing?: (settings: Settings) => ModelListing;
  /** The models that it has, where nobody has to be called for that. */
  readonly ownModels?: (access: ServiceAccess) => Promise<readonly string[]>;
  /** The environment variable in which everybody keeps a key of this kind, and the address that such a key is for. */
  readonly keyVariable?: { readonly name: string; readonly address: string };
  /** The same service at another address; absent where services have none. */
  readonly withAddress?: (settings: Settings, address: string) => ServiceSettings;
  /** The same settings with more for each call; absent: services of this kind are called in no such way. */
  readonly withAdditions?: (settings: Settings, additions: CallAdditions) => ServiceSettings;
}

/** What only a person's own settings may say, because nothing checks what it holds. No journal has it either. */
export const personalSettings = ['extra', 'headers', 'query', 'apiKeyHeader', 'apiKeyEnv'] as const;

/** What a person's own settings add to the calls of a service. */
export function personalOf(settings: object): Readonly<Partial<Record<(typeof personalSettings)[number], unknown>>> {
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) => (personalSettings as readonly string[]).includes(name)),
  );
}

/** Settings, or what a person wrote for them, without what is only a person's own to say. */
export function withoutPersonal<Settings extends object>(settings: Settings): Settings {
  const kept = Object.entries(settings).filter(([name]) => !(personalSettings as readonly string[]).includes(name));
  return Object.fromEntries(kept) as Settings;
}

const mostExtraCharacters = 100_000;
/** What makes a call the one that is meant, and its answer one that is understood. */
const fixedParameters = ['model', 'messages', 'stream', 'stream_options', 'n', 'system'];

function isExtra(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isJsonObject(value) || fixedParameters.some((name) => Object.hasOwn(value, name))) return false;
  try {
    return JSON.stringify(value).length <= mostExtraCharacters;
  } catch {
    return false;
  }
}

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
/** Times any number of tokens it stays a number. */
const price = v.pipe(v.number(), v.minValue(0), v.maxValue(1e9));

const prices = v.object({ input: price, output: price, cached: v.exactOptional(price) });

/** The settings that every kind has, but for `kind` and `models`. */
export const commonEntries = {
  name: v.pipe(v.string(), v.regex(/^[^/\s][^/]*$/)),
  requestsPerMinute: v.exactOptional(positive),
  tokensPerMinute: v.exactOptional(positive),
  maxConcurrent: v.exactOptional(v.union([v.literal('auto'), v.pipe(v.number(), v.integer(), v.minValue(1))])),
  prices: v.exactOptional(prices),
  modelPrices: v.exactOptional(v.record(v.string(), prices)),
  extra: v.exactOptional(v.custom<Readonly<Record<string, unknown>>>(isExtra)),
};

export const commonExpectations: Readonly<Record<string, string>> = {
  name: 'a name without "/"',
  models: 'a list of at least one model name',
  requestsPerMinute: 'a number above 0',
  tokensPerMinute: 'a number above 0',
  maxConcurrent: '"auto" or a whole number of at least 1',
  prices: 'an object with "input" and "output" and perhaps "cached", per million tokens',
  modelPrices: 'an object of prices by the name of a model',
  extra: `an object of parameters, without ${fixedParameters.join(', ')}`,
};

export const modelNamesSchema = v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1));
