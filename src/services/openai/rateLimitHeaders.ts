import type { RateLimitHint, RateLimitHints } from '../../model/attempt.ts';

function numberIn(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  if (text === null || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

function hintFor(headers: Headers, subject: string): RateLimitHint | undefined {
  const limit = numberIn(headers, `x-ratelimit-limit-${subject}`);
  const remaining = numberIn(headers, `x-ratelimit-remaining-${subject}`);
  if (limit === undefined && remaining === undefined) return undefined;
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
  };
}

/** A limit of 0 is how some services say "none". */
function tighter(first: RateLimitHint | undefined, second: RateLimitHint | undefined): RateLimitHint | undefined {
  if (!first || first.limit === 0) return second;
  if (!second || second.limit === 0) return first;
  return (second.limit ?? Number.POSITIVE_INFINITY) < (first.limit ?? Number.POSITIVE_INFINITY) ? second : first;
}

/**
 * Reads `x-ratelimit-{limit,remaining}-{requests,tokens}` (OpenAI, "Rate limits: headers"), and the
 * `project-tokens` variants, which hold where they are tighter.
 */
export function parseRateLimitHeaders(headers: Headers): RateLimitHints | undefined {
  const requests = hintFor(headers, 'requests');
  const tokens = tighter(hintFor(headers, 'tokens'), hintFor(headers, 'project-tokens'));
  if (!requests && !tokens) return undefined;
  return { ...(requests ? { requests } : {}), ...(tokens ? { tokens } : {}) };
}
