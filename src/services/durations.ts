const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** No service means more than this: a month's quota is the longest that there is. */
export const longestWaitMs = 31 * 86_400_000;
/** From here on a number is a moment since 1970: in seconds, then in milliseconds. */
const firstEpochSecond = 1e9;
const firstEpochMs = 1e12;

/** Within what a service can mean; undefined for what is no wait at all. */
function bounded(ms: number): number | undefined {
  return Number.isNaN(ms) || ms < 0 ? undefined : Math.min(ms, longestWaitMs);
}

/**
 * Reads the durations of `x-ratelimit-reset-*` headers, ms: `1m2.5s`, `120ms`, `6h`, or plain seconds such as `7.66`.
 * Undefined for anything else. At most a month.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) return bounded(Number(trimmed) * 1000);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(trimmed)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    sum += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  }
  return bounded(sum);
}

const amountOfTime =
  /(\d{1,12}(?:\.\d{1,9})?)\s{0,3}(milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])/i;
const furtherAmounts = new RegExp(`^(?:\\s{0,3}(?:and|,)?\\s{0,3}${amountOfTime.source})+`, 'i');

/** The duration that a text begins with, as people write it: `20 seconds`, `1m2.5s`, `2 minutes and 3 seconds`; ms. */
function spokenDuration(text: string): number | undefined {
  // "1m2.5s" has a digit where the pattern wants the end of a word.
  const spaced = text.slice(0, 100).replace(/([a-z])(?=\d)/gi, '$1 ');
  const [said] = furtherAmounts.exec(spaced.trimStart()) ?? [];
  if (said === undefined) return undefined;
  let sum = 0;
  for (const [, amount, unit = ''] of said.matchAll(new RegExp(amountOfTime.source, 'gi'))) {
    const short = /^m(?:s|illi)/i.test(unit) ? 'ms' : unit.charAt(0).toLowerCase();
    sum += Number(amount) * (unitMs[short] ?? 0);
  }
  return bounded(sum);
}

/** `PT1M2.5S` (ISO 8601), ms. */
function isoDuration(text: string): number | undefined {
  const match = /^P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$/i.exec(text);
  if (match === null || text.length < 3) return undefined;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = match;
  return bounded(((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000);
}

const dateForm = /^(?:\d{4}-\d\d-\d\d[T ]|[A-Z][a-z]{2,8},? )/;

/**
 * Until a moment or for a duration, in any of the forms that services use, ms: `1m2.5s`, seconds, seconds or
 * milliseconds since 1970, `PT3S`, dates of ISO 8601 and HTTP. A moment that is past is 0. Undefined for anything else.
 *
 * @param nowMs epoch ms, to measure a moment against
 */
export function parseWait(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim().slice(0, 100);
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) {
    const value = Number(trimmed);
    if (value >= firstEpochMs) return bounded(Math.max(0, value - nowMs));
    if (value >= firstEpochSecond) return bounded(Math.max(0, value * 1000 - nowMs));
  }
  const duration = parseDuration(trimmed) ?? isoDuration(trimmed) ?? spokenDuration(trimmed);
  if (duration !== undefined) return duration;
  return dateForm.test(trimmed) ? bounded(Math.max(0, Date.parse(trimmed) - nowMs)) : undefined;
}

/** The answer's own time, against which its moments are measured: clocks differ. Epoch ms. */
export function timeOfAnswer(headers: Headers, nowMs: number): number {
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? nowMs : date;
}

/**
 * The wait that a response asks for, ms: `retry-after-ms`, or `Retry-After` in seconds, with a unit, or as a date
 * (RFC 9110, 10.2.3), which is measured against the response's own `Date`. At most a month.
 *
 * @param nowMs epoch ms, for a response without a `Date`
 */
export function parseRetryAfter(headers: Headers, nowMs: number): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const text = headers.get(name)?.trim() ?? '';
    if (/^\d+(?:\.\d+)?$/.test(text)) return bounded(Number(text));
  }
  const value = headers.get('retry-after');
  return value === null ? undefined : parseWait(value, timeOfAnswer(headers, nowMs));
}

const askToWait =
  /(?:try again|retry(?:ing)?|retry[_ -]?(?:after|delay|in)|wait|available|resets?|come back)[^0-9\n]{0,40}?(?=\d)/gi;

/** The wait that a sentence asks for, ms: "try again in 3s", "Please retry after 20 seconds". */
export function waitInSentence(sentence: string): number | undefined {
  const searched = sentence.slice(0, 4000);
  for (const { index, 0: words } of searched.matchAll(askToWait)) {
    const ms = spokenDuration(searched.slice(index + words.length, index + words.length + 60));
    if (ms !== undefined) return ms;
  }
  return undefined;
}
