import assert from 'node:assert/strict';
import fc from 'fast-check';
import { longestWaitMs, parseDuration, parseRetryAfter, parseWait } from '../../../src/services/durations.ts';
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
  const at = (seconds: number): string => new Date(now + seconds * 1000).toUTCString();
  for (const [name, headers, ms] of [
    ['seconds', { 'retry-after': '90' }, 90_000],
    ['milliseconds first', { 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    ['a date', { 'retry-after': new Date(now + 120_000).toUTCString() }, 120_000],
    ['a date that is past', { 'retry-after': new Date(now - 5000).toUTCString() }, 0],
    ['nothing', {}, undefined],
    ['nonsense', { 'retry-after': 'later' }, undefined],
    ['fractions', { 'retry-after': '0.25' }, 250],
    ['a unit', { 'retry-after': '1500ms' }, 1500],
    ['words', { 'retry-after': '20 seconds' }, 20_000],
    ["a date against the answer's own", { date: at(-3600), 'retry-after': at(-3590) }, 10_000],
    ['seconds since 1970', { 'retry-after': String(now / 1000 + 7) }, 7000],
    ['what is negative as nothing', { 'retry-after': '-5' }, undefined],
    ['what is absurd as the longest', { 'retry-after': '9'.repeat(9) }, longestWaitMs],
    ['what is no number as nothing', { 'retry-after': 'NaN', 'retry-after-ms': 'Infinity' }, undefined],
  ] as const) {
    it(`takes ${name} from Retry-After`, () => assert.equal(parseRetryAfter(new Headers(headers), now), ms));
  }
});

describe('waits', () => {
  const now = Date.UTC(2026, 0, 1);
  for (const [text, ms] of [
    ['1m2.5s', 62_500],
    ['12', 12_000],
    [String(now / 1000 + 30), 30_000],
    [String(now + 1500), 1500],
    [String(now / 1000 - 30), 0],
    ['2026-01-01T00:00:20Z', 20_000],
    ['2026-01-01T01:00:20.500+01:00', 20_500],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['PT1M2.5S', 62_500],
    ['PT', undefined],
    ['1', 1000],
    ['2026-13-45T99:00:00Z', undefined],
    ['tomorrow', undefined],
    ['', undefined],
  ] as const) {
    it(`"${text}" is ${ms} ms`, () => assert.equal(parseWait(text, now), ms));
  }

  it('are absent or within bounds, whatever is said', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789.-+eEmsh dPTZ:'.split('')), maxLength: 60 });
    fc.assert(
      fc.property(fc.oneof(digits, fc.string({ unit: 'binary' }), fc.double().map(String)), (text) => {
        const ms = parseWait(text, now);
        assert.ok(ms === undefined || (ms >= 0 && ms <= longestWaitMs));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('rate limit headers', () => {
  const now = Date.UTC(2026, 0, 1);
  const providers: Readonly<Record<string, readonly [Record<string, string>, unknown]>> = {
    Anthropic: [
      {
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:12Z',
        'anthropic-ratelimit-tokens-limit': '40000',
        'anthropic-ratelimit-tokens-remaining': '39000',
        'anthropic-ratelimit-tokens-reset': '2026-01-01T00:00:01Z',
        'anthropic-ratelimit-input-tokens-limit': '30000',
      },
      {
        requests: { limit: 50, remaining: 0, resetMs: 12_000 },
        tokens: { limit: 40_000, remaining: 39_000, resetMs: 1000 },
      },
    ],
    'Anthropic, of input only': [
      {
        'anthropic-ratelimit-input-tokens-limit': '30000',
        'anthropic-ratelimit-input-tokens-remaining': '29000',
        'anthropic-ratelimit-input-tokens-reset': '2026-01-01T00:00:02Z',
        'anthropic-ratelimit-output-tokens-limit': '8000',
        'anthropic-ratelimit-output-tokens-remaining': '7000',
      },
      { tokens: { limit: 30_000, remaining: 29_000, resetMs: 2000 } },
    ],
    'Anthropic, whose output is used up': [
      {
        'anthropic-ratelimit-input-tokens-limit': '30000',
        'anthropic-ratelimit-input-tokens-remaining': '29000',
        'anthropic-ratelimit-output-tokens-limit': '8000',
        'anthropic-ratelimit-output-tokens-remaining': '0',
        'anthropic-ratelimit-output-tokens-reset': '2026-01-01T00:00:20Z',
      },
      { tokens: { limit: 30_000, remaining: 0, resetMs: 20_000 } },
    ],
    Azure: [
      { 'x-ratelimit-remaining-requests': '3', 'x-ratelimit-remaining-tokens': '900' },
      { requests: { remaining: 3 }, tokens: { remaining: 900 } },
    ],
    'Groq, whose requests are for a day': [
      {
        'x-groq-region': 'x',
        'x-ratelimit-limit-requests': '14400',
        'x-ratelimit-remaining-requests': '14370',
        'x-ratelimit-reset-requests': '2m59.56s',
        'x-ratelimit-limit-tokens': '18000',
      },
      { requests: { remaining: 14_370, resetMs: 179_560 }, tokens: { limit: 18_000 } },
    ],
    Mistral: [
      {
        'x-ratelimit-limit-req-minute': '60',
        'x-ratelimit-remaining-req-minute': '59',
        'x-ratelimit-limit-tokens-minute': '500000',
        'x-ratelimit-limit-tokens-month': '1000000000',
      },
      { requests: { limit: 60, remaining: 59 }, tokens: { limit: 500_000 } },
    ],
    'Mistral, by size': [
      { 'ratelimitbysize-limit': '500000', 'ratelimitbysize-remaining': '0', 'ratelimitbysize-reset': '32' },
      { tokens: { limit: 500_000, remaining: 0, resetMs: 32_000 } },
    ],
    OpenRouter: [
      { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 40_000) },
      { requests: { limit: 20, remaining: 0, resetMs: 40_000 } },
    ],
    'a limit for an hour, as what is left of it': [
      { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': String(now / 1000 + 3000) },
      { requests: { remaining: 4999, resetMs: 3_000_000 } },
    ],
    'the IETF draft': [
      { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '50', 'ratelimit-reset': '30' },
      { requests: { limit: 100, remaining: 50, resetMs: 30_000 } },
    ],
    Crossref: [{ 'x-rate-limit-limit': '50', 'x-rate-limit-interval': '1s' }, { requests: { limit: 3000 } }],
    nobody: [
      {
        'x-ratelimit-limit-requests': '1e300',
        'x-ratelimit-remaining-requests': '-1',
        'x-ratelimit-limit-tokens': 'NaN',
        'x-rate-limit-limit': '50',
        'x-rate-limit-interval': '0s',
      },
      undefined,
    ],
  };
  for (const [provider, [headers, hints]] of Object.entries(providers)) {
    it(`reads those of ${provider}`, () => assert.deepEqual(parseRateLimitHeaders(new Headers(headers), now), hints));
  }

  it('are absent or within bounds, whatever they say', () => {
    const named = fc.constantFrom(
      ...Object.values(providers).flatMap(([headers]) => Object.keys(headers)),
      ...['retry-after', 'retry-after-ms', 'date', 'x-groq-request-id', 'x-ratelimit-limit-project-tokens'],
    );
    const said = fc.oneof(
      fc.constantFrom(
        '0',
        '1',
        '60',
        '1e12',
        '1e300',
        '-1',
        'NaN',
        'Infinity',
        '0s',
        '1ms',
        '2026-01-01T00:00:00Z',
        '0x10',
      ),
      fc.string({ unit: fc.constantFrom(...'0123456789.-+eEmshd ,;=TZ:'.split('')), maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(...'\t !~\u0080\u00ff(("%'.split('')), maxLength: 300 }),
    );
    const within = (figure: number | undefined, most: number): boolean =>
      figure === undefined || (figure >= 0 && figure <= most);
    fc.assert(
      fc.property(fc.dictionary(named, said, { maxKeys: 8 }), (all) => {
        const headers = new Headers(all);
        const hints = parseRateLimitHeaders(headers, now);
        for (const hint of [hints?.requests, hints?.tokens]) {
          assert.ok(within(hint?.limit, 1e12) && within(hint?.remaining, 1e12) && within(hint?.resetMs, longestWaitMs));
        }
        assert.ok(within(parseRetryAfter(headers, now), longestWaitMs));
      }),
      { numRuns: 3000 },
    );
  });

  it("measures a moment against the answer's own date", () => {
    const headers = new Headers({
      date: 'Thu, 01 Jan 2026 10:00:00 GMT',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-01-01T10:00:05Z',
    });
    assert.deepEqual(parseRateLimitHeaders(headers, now), { requests: { remaining: 0, resetMs: 5000 } });
  });

  it('reads both trios', () => {
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
      requests: { limit: 600, remaining: 0, resetMs: 62_500 },
      tokens: { limit: 30_000, remaining: 29_000, resetMs: 120 },
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
