import assert from 'node:assert/strict';
import { parseDuration, parseRetryAfter } from '../../../src/services/durations.ts';
import { parseRateLimitHeaders } from '../../../src/services/rateLimitHeaders.ts';

describe('durations', () => {
  for (const [text, ms] of [
    ['1m2.5s', 62_500],
    ['120ms', 120],
    ['6h', 21_600_000],
    ['1h0m30s', 3_630_000],
    ['7.66', 7660],
    ['0s', 0],
    ['soon', undefined],
    ['', undefined],
    ['5 minutes', undefined],
  ] as const) {
    it(`reads "${text}"`, () => assert.equal(parseDuration(text), ms));
  }

  const now = Date.UTC(2026, 0, 1);
  for (const [name, headers, ms] of [
    ['seconds', { 'retry-after': '90' }, 90_000],
    ['milliseconds first', { 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    ['a date', { 'retry-after': new Date(now + 120_000).toUTCString() }, 120_000],
    ['a date that is past', { 'retry-after': new Date(now - 5000).toUTCString() }, 0],
    ['nothing', {}, undefined],
    ['nonsense', { 'retry-after': 'later' }, undefined],
  ] as const) {
    it(`takes ${name} from Retry-After`, () => assert.equal(parseRetryAfter(new Headers(headers), now), ms));
  }
});

describe('rate limit headers', () => {
  it('reads both pairs', () => {
    const hints = parseRateLimitHeaders(
      new Headers({
        'x-ratelimit-limit-requests': '600',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '1m2.5s',
        'x-ratelimit-limit-tokens': '30000',
        'x-ratelimit-remaining-tokens': '29000',
        'x-ratelimit-reset-tokens': '120ms',
      }),
    );
    assert.deepEqual(hints, {
      requests: { limit: 600, remaining: 0 },
      tokens: { limit: 30_000, remaining: 29_000 },
    });
  });

  it('takes the tighter of account and project', () => {
    const hints = parseRateLimitHeaders(
      new Headers({ 'x-ratelimit-limit-tokens': '30000', 'x-ratelimit-limit-project-tokens': '10000' }),
    );
    assert.deepEqual(hints, { tokens: { limit: 10_000 } });
  });

  it('ignores what is not a number', () => {
    assert.equal(parseRateLimitHeaders(new Headers({ 'x-ratelimit-limit-requests': 'many' })), undefined);
  });
});
