import * as v from 'valibot';
import type { ServiceSettings } from '../model/serviceSettings.ts';
import type { Credential } from './credential.ts';
import { commonEntries, modelNamesSchema } from './serviceKind.ts';
import type { CallOptions } from './streamedCalls.ts';
import type { Timeouts } from './timeouts.ts';

/** The settings of every service that is called over HTTP. */
export interface CalledServiceSettings extends ServiceSettings {
  readonly baseUrl: string;
  /** Whether the service caches how prompts begin; default: what is known of it. */
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

const seconds = v.exactOptional(v.pipe(v.number(), v.gtValue(0), v.maxValue(longestTimeoutSeconds)));

/** Their schema, but for `kind` and `baseUrl`. */
export const calledEntries = {
  ...commonEntries,
  models: modelNamesSchema,
  promptCaching: v.exactOptional(v.boolean()),
  timeouts: v.exactOptional(v.strictObject({ firstToken: seconds, idle: seconds, total: seconds })),
  reasoning: v.exactOptional(v.picklist(reasoningUses)),
  maxAnswerBytes: v.exactOptional(
    v.pipe(v.number(), v.integer(), v.minValue(answerBytes.from), v.maxValue(answerBytes.to)),
  ),
};

export const calledExpectations: Readonly<Record<string, string>> = {
  promptCaching: 'true or false',
  timeouts: `an object with "firstToken", "idle" or "total", in seconds up to ${longestTimeoutSeconds}`,
  reasoning: reasoningUses.map((use) => `"${use}"`).join(' or '),
  maxAnswerBytes: `a whole number from ${answerBytes.from} to ${answerBytes.to}`,
};

/** How the service of these settings is called, but for what its kind has learned. */
export function callOptionsOf(settings: CalledServiceSettings, credential: Credential | undefined): CallOptions {
  const { name, baseUrl, timeouts, reasoning, maxAnswerBytes, extra } = settings;
  return {
    name,
    baseUrl,
    credential,
    ...(timeouts === undefined ? {} : { timeouts: inMilliseconds(timeouts) }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(maxAnswerBytes === undefined ? {} : { maxAnswerBytes }),
    ...(extra === undefined ? {} : { extra }),
  };
}

function inMilliseconds(timeouts: Partial<Timeouts>): Partial<Timeouts> {
  return Object.fromEntries(Object.entries(timeouts).map(([name, value]) => [name, value * 1000]));
}
