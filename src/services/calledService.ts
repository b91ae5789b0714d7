import * as v from 'valibot';
import type { ServiceSettings } from '../model/serviceSettings.ts';
import {
  additionEntries,
  additionExpectations,
  inSmallLetters,
  keyHeaderOf,
  withQuery,
  type CallAdditions,
} from './callAdditions.ts';
import { addressBelow } from './address.ts';
import type { Credential } from './credential.ts';
import type { ModelListing } from './modelList.ts';
import { presetAt } from './presets.ts';
import { commonEntries, modelNamesSchema } from './serviceKind.ts';
import type { CallOptions, ReasoningUse } from './streamedCalls.ts';
import type { Timeouts } from './timeouts.ts';

/** The settings of every service that is called over HTTP. */
export interface CalledServiceSettings extends ServiceSettings, CallAdditions {
  readonly baseUrl: string;
  /** The environment variable that the terminal program takes its key from. */
  readonly apiKeyEnv?: string;
  /** Whether the service caches how prompts begin; default: what is known of it. */
  readonly promptCaching?: boolean;
  /** In seconds; what is not set has a default, which is longer for an address of this computer. */
  readonly timeouts?: Partial<Timeouts>;
  /** What becomes of a model's thinking; default `drop`. */
  readonly reasoning?: ReasoningUse;
  /** The most of text and thinking that is read of an answer; default 16 MB. */
  readonly maxAnswerBytes?: number;
}

const reasoningUses = ['drop', 'keep', 'text'] as const satisfies readonly ReasoningUse[];
/** Nobody waits for longer than a day, and no text is longer than a string may be. */
const longestTimeoutSeconds = 86_400;
const answerBytes = { from: 1024, to: 256 * 1024 * 1024 };

const seconds = v.exactOptional(v.pipe(v.number(), v.gtValue(0), v.maxValue(longestTimeoutSeconds)));

/** Their schema, but for `kind` and `baseUrl`. */
export const calledEntries = {
  ...commonEntries,
  ...additionEntries,
  models: modelNamesSchema,
  apiKeyEnv: v.exactOptional(v.pipe(v.string(), v.regex(/^[a-z_]\w*$/i))),
  promptCaching: v.exactOptional(v.boolean()),
  timeouts: v.exactOptional(v.strictObject({ firstToken: seconds, idle: seconds, total: seconds })),
  reasoning: v.exactOptional(v.picklist(reasoningUses)),
  maxAnswerBytes: v.exactOptional(
    v.pipe(v.number(), v.integer(), v.minValue(answerBytes.from), v.maxValue(answerBytes.to)),
  ),
};

export const calledExpectations: Readonly<Record<string, string>> = {
  ...additionExpectations,
  apiKeyEnv: 'the name of an environment variable',
  promptCaching: 'true or false',
  timeouts: `an object with "firstToken", "idle" or "total", in seconds up to ${longestTimeoutSeconds}`,
  reasoning: '"drop", "keep" or "text"',
  maxAnswerBytes: `a whole number from ${answerBytes.from} to ${answerBytes.to}`,
};

/** How the service of these settings is called, but for what its kind has learned. */
export function callOptionsOf(settings: CalledServiceSettings, credential: Credential | undefined): CallOptions {
  const { name, baseUrl, headers, query, timeouts, reasoning, maxAnswerBytes, extra } = settings;
  const apiKeyHeader = settings.apiKeyHeader ?? presetAt(baseUrl)?.apiKeyHeader;
  return {
    name,
    baseUrl: withQuery(baseUrl, query),
    credential,
    ...(headers === undefined ? {} : { headers: inSmallLetters(headers) }),
    ...(apiKeyHeader === undefined ? {} : { keyHeader: keyHeaderOf(apiKeyHeader) }),
    ...(timeouts === undefined ? {} : { timeouts: inMilliseconds(timeouts) }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(maxAnswerBytes === undefined ? {} : { maxAnswerBytes }),
    ...(extra === undefined ? {} : { extra }),
  };
}

/**
 * Where a service lists its models: called as it is otherwise.
 *
 * @param ofKind what its kind sends with each call, and the header that it takes its key in
 */
export function modelListingOf(
  settings: CalledServiceSettings,
  path: string,
  ofKind: Pick<ModelListing, 'headers' | 'keyHeader'> = {},
): ModelListing {
  const { baseUrl, headers, keyHeader } = callOptionsOf(settings, undefined);
  return {
    ...ofKind,
    address: addressBelow(baseUrl, path),
    ...(headers === undefined ? {} : { headers: { ...ofKind.headers, ...headers } }),
    ...(keyHeader === undefined ? {} : { keyHeader }),
  };
}

/** The same service at another address, to which nothing goes that was meant for the origin of this one. */
export function movedTo<Settings extends CalledServiceSettings>(settings: Settings, baseUrl: string): Settings {
  const isSameOrigin = new URL(baseUrl).origin === new URL(settings.baseUrl).origin;
  if (isSameOrigin) return { ...settings, baseUrl };
  const { headers: _headers, query: _query, apiKeyHeader: _apiKeyHeader, ...others } = settings;
  return { ...(others as Settings), baseUrl };
}

/** What is added wins over what the settings say. */
export function withAdditions<Settings extends CalledServiceSettings>(
  settings: Settings,
  { headers, query, apiKeyHeader }: CallAdditions,
): Settings {
  return {
    ...settings,
    ...(headers && { headers: { ...inSmallLetters(settings.headers ?? {}), ...inSmallLetters(headers) } }),
    ...(query && { query: { ...settings.query, ...query } }),
    ...(apiKeyHeader === undefined ? {} : { apiKeyHeader }),
  };
}

function inMilliseconds(timeouts: Partial<Timeouts>): Partial<Timeouts> {
  return Object.fromEntries(Object.entries(timeouts).map(([name, value]) => [name, value * 1000]));
}
