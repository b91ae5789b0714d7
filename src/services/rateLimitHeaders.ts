import type { RateLimitHint, RateLimitHints } from '../model/attempt.ts';
import { parseDuration, parseWait, timeOfAnswer } from './durations.ts';

/** Nobody grants more; what is above it is no limit, and must not come near a sum. */
const largest = 1e12;

function numberIn(headers: Headers, name: string): number | undefined {
  // "100, 100;w=60" (IETF draft) says its first number again.
  const text = headers.get(name)?.split(/[,;]/, 1)[0]?.trim();
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  return value >= 0 && value <= largest ? value : undefined;
}

/** Where the parts of one hint stand. */
interface HintNames {
  readonly limit: string;
  readonly remaining: string;
  readonly reset?: string;
  /** What the limit is for, ms; default a minute. `reset`: until the reset, which may tell that it is a minute. */
  readonly window?: number | 'reset';
}

const minuteMs = 60_000;

function hintFor(headers: Headers, { limit, remaining, reset, window = minuteMs }: HintNames, nowMs: number) {
  const resetText = reset === undefined ? null : headers.get(reset);
  const resetMs = resetText === null ? undefined : parseWait(resetText, timeOfAnswer(headers, nowMs));
  const allowed = numberIn(headers, limit);
  const left = numberIn(headers, remaining);
  if (allowed === undefined && left === undefined) return undefined;
  // Of a limit with a longer window only what is left is known to hold for the next minute.
  const isForMinute = window !== 'reset' || (resetMs !== undefined && resetMs <= minuteMs + 1000);
  const perMinute = allowed !== undefined && window !== 'reset' ? (allowed * minuteMs) / window : allowed;
  const hint: RateLimitHint = {
    ...(perMinute === undefined || !isForMinute || perMinute > largest ? {} : { limit: perMinute }),
    ...(left === undefined ? {} : { remaining: left }),
    ...(resetMs === undefined ? {} : { resetMs }),
  };
  return Object.keys(hint).length === 0 ? undefined : hint;
}

function trio(subject: string): HintNames {
  return {
    limit: `x-ratelimit-limit-${subject}`,
    remaining: `x-ratelimit-remaining-${subject}`,
    reset: `x-ratelimit-reset-${subject}`,
  };
}

function anthropicTrio(subject: string): HintNames {
  return {
    limit: `anthropic-ratelimit-${subject}-limit`,
    remaining: `anthropic-ratelimit-${subject}-remaining`,
    reset: `anthropic-ratelimit-${subject}-reset`,
  };
}

/** In the order in which they are believed; the first that a service sends counts. */
const requestNames: readonly HintNames[] = [
  trio('requests'),
  anthropicTrio('requests'),
  // Mistral and Cerebras.
  trio('req-minute'),
  trio('requests-minute'),
  // OpenRouter and many others: one trio whose window only the reset tells.
  { limit: 'x-ratelimit-limit', remaining: 'x-ratelimit-remaining', reset: 'x-ratelimit-reset', window: 'reset' },
  { limit: 'ratelimit-limit', remaining: 'ratelimit-remaining', reset: 'ratelimit-reset', window: 'reset' },
];
const tokenNames: readonly HintNames[] = [
  trio('tokens'),
  // The tightest of Anthropic's token limits at the moment.
  anthropicTrio('tokens'),
  anthropicTrio('input-tokens'),
  trio('tokens-minute'),
  { limit: 'x-ratelimitbysize-limit-minute', remaining: 'x-ratelimitbysize-remaining-minute' },
  { limit: 'ratelimitbysize-limit', remaining: 'ratelimitbysize-remaining', reset: 'ratelimitbysize-reset' },
  { limit: 'x-tokenlimit-limit', remaining: 'x-tokenlimit-remaining', window: 'reset' },
];

function firstHint(headers: Headers, names: readonly HintNames[], nowMs: number): RateLimitHint | undefined {
  for (const each of names) {
    const hint = hintFor(headers, each, nowMs);
    if (hint) return hint;
  }
  return undefined;
}

/** Crossref: so many in an interval such as `1s`. */
function intervalHint(headers: Headers): RateLimitHint | undefined {
  const limit = numberIn(headers, 'x-rate-limit-limit');
  const interval = parseDuration(headers.get('x-rate-limit-interval') ?? '');
  if (limit === undefined || !interval) return undefined;
  const perMinute = (limit * minuteMs) / interval;
  return perMinute <= largest ? { limit: perMinute } : undefined;
}

/** Groq's limit of requests is for a day, its other limits are for a minute. */
function isGroq(headers: Headers): boolean {
  return headers.has('x-groq-region') || headers.has('x-groq-request-id');
}

function withoutLimit({ limit: _, ...hint }: RateLimitHint): RateLimitHint {
  return hint;
}

/** Anthropic limits what is written apart: no limit for all tokens, but when it is used up nothing more is written. */
function withOutput(tokens: RateLimitHint | undefined, headers: Headers, nowMs: number): RateLimitHint | undefined {
  const output = hintFor(headers, anthropicTrio('output-tokens'), nowMs);
  return output?.remaining === 0 ? { ...tokens, ...withoutLimit(output) } : tokens;
}

/** A limit of 0 is how some services say "none". */
function tighter(first: RateLimitHint | undefined, second: RateLimitHint | undefined): RateLimitHint | undefined {
  if (!first || first.limit === 0) return second;
  if (!second || second.limit === 0) return first;
  return (second.limit ?? Number.POSITIVE_INFINITY) < (first.limit ?? Number.POSITIVE_INFINITY) ? second : first;
}

/**
 * What an answer's headers tell of limits: OpenAI's `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` and the
 * `project-tokens` variants, which hold where they are tighter; the names of Anthropic, Mistral, Cerebras, Groq, OpenRouter,
 * Together and Crossref; the IETF draft's. Every number is finite, not negative and at most 10^12.
 *
 * @param nowMs epoch ms, for an answer without a `Date`
 */
export function parseRateLimitHeaders(headers: Headers, nowMs: number = Date.now()): RateLimitHints | undefined {
  const told = firstHint(headers, requestNames, nowMs) ?? intervalHint(headers);
  const requests = told && isGroq(headers) ? withoutLimit(told) : told;
  const all = tighter(firstHint(headers, tokenNames, nowMs), hintFor(headers, trio('project-tokens'), nowMs));
  const tokens = withOutput(all, headers, nowMs);
  if (!requests && !tokens) return undefined;
  return { ...(requests ? { requests } : {}), ...(tokens ? { tokens } : {}) };
}
