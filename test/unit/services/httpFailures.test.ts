import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type FailureReason, isHopeless, isRetryable } from '../../../src/model/attempt.ts';
import { readErrorText, readErrorValue, waitAsked } from '../../../src/services/errorBody.ts';
import { credential } from '../../support/credential.ts';
import { type CallSubject, connectionFailure, refusalOf } from '../../../src/services/httpFailures.ts';

const subject: CallSubject = {
  service: 'test',
  baseUrl: 'https://api.example/v1',
  address: 'https://api.example/v1/chat/completions',
  model: 'm-1',
  credential: credential('sk-canary-4f9a8b7c', 'https://api.example/v1'),
};

function refusal(status: number, body: unknown) {
  const facts = readErrorText(typeof body === 'string' ? body : JSON.stringify(body), 0);
  return refusalOf(facts, status, subject);
}

/** The status, the body, the reason. */
const refusals: readonly (readonly [number, unknown, FailureReason])[] = [
  // Keys.
  [401, { error: { message: 'Incorrect API key provided', code: 'invalid_api_key' } }, 'unauthorized'],
  [401, '', 'unauthorized'],
  [403, { error: { message: 'Invalid API key.' } }, 'unauthorized'],
  [
    400,
    { error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' } },
    'unauthorized',
  ],
  [400, [{ error: { code: 400, message: 'x', details: [{ reason: 'API_KEY_INVALID' }] } }], 'unauthorized'],
  // A cheap tier without room.
  [429, { error: { message: 'Resource Unavailable', code: 'resource_unavailable' } }, 'conflict'],
  [498, { error: { message: 'Flex tier capacity exceeded', code: 'capacity_exceeded' } }, 'conflict'],
  // Money.
  [402, { error: { message: 'Insufficient credits' } }, 'quota-exhausted'],
  [429, { error: { message: 'x', type: 'insufficient_quota', code: 'insufficient_quota' } }, 'quota-exhausted'],
  [
    429,
    { error: { message: 'You exceeded your current quota, please check your plan and billing details.' } },
    'quota-exhausted',
  ],
  [429, { error: { code: 'quota_exceeded', message: 'Monthly quota exceeded' } }, 'quota-exhausted'],
  [
    429,
    { error: { code: 429, details: [{ violations: [{ quotaId: 'GenerateRequestsPerDayPerProject' }] }] } },
    'quota-exhausted',
  ],
  [
    400,
    {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' },
    },
    'quota-exhausted',
  ],
  [400, { error: { message: 'the credit of this account is used up' } }, 'quota-exhausted'],
  [
    400,
    { error: { message: 'You have reached your API usage limits. You will regain access on 2026-12-01.' } },
    'quota-exhausted',
  ],
  [
    429,
    { error: { type: 'rate_limit_error', message: 'x', details: { error_code: 'enforced_spend_limit_reached' } } },
    'quota-exhausted',
  ],
  [400, { error: { message: 'Budget has been exceeded!', type: 'budget_exceeded', code: '400' } }, 'quota-exhausted'],
  [403, { error: { code: 403, message: 'Key limit exceeded' } }, 'quota-exhausted'],
  [403, { error: 'You have run out of credits. Please purchase more.' }, 'quota-exhausted'],
  // Limits.
  [429, {}, 'rate-limited'],
  [
    429,
    {
      error: {
        message:
          'Rate limit reached for m in organization o on requests per min (RPM): Limit 3. Please try again in 20s. You can increase your rate limit by adding a payment method to your account.',
        code: 'rate_limit_exceeded',
      },
    },
    'rate-limited',
  ],
  [
    429,
    { error: { code: 429, message: 'You exceeded your current quota', details: [{ retryDelay: '21s' }] } },
    'rate-limited',
  ],
  [
    429,
    { error: { code: 429, message: 'x', details: [{ violations: [{ quotaId: 'GenerateRequestsPerMinute' }] }] } },
    'rate-limited',
  ],
  [403, { message: 'API rate limit exceeded for 127.0.0.1' }, 'rate-limited'],
  [200, { error: { message: 'slow down', type: 'rate_limit_error' } }, 'rate-limited'],
  [200, { error: 'Rate limit exceeded' }, 'rate-limited'],
  [500, { error: { code: '429', message: 'upstream' } }, 'rate-limited'],
  [200, { error: { message: '{"error":{"code":429,"message":"inner"}}' } }, 'rate-limited'],
  // Models.
  [
    404,
    { error: { message: 'The model `x` does not exist or you do not have access to it.', code: 'model_not_found' } },
    'unknown-model',
  ],
  [404, { error: 'model "m-1" not found, try pulling it first' }, 'unknown-model'],
  [400, { error: { message: 'foo/bar is not a valid model ID', code: 400 } }, 'unknown-model'],
  [400, { error: { message: 'Invalid model: m-1', type: 'invalid_model' } }, 'unknown-model'],
  [400, { message: 'Model Not Exist' }, 'unknown-model'],
  [
    400,
    { error: { message: 'The model `x` has been decommissioned.', code: 'model_decommissioned' } },
    'unknown-model',
  ],
  [
    404,
    { error: { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' } },
    'unknown-model',
  ],
  [403, { error: { message: 'Project `p` does not have access to model `m-1`' } }, 'unknown-model'],
  // Places.
  [
    404,
    '<html><head><title>404 Not Found</title></head><body>the model of a web server</body></html>',
    'wrong-address',
  ],
  [404, { detail: 'Not Found' }, 'wrong-address'],
  [405, { detail: 'Method Not Allowed' }, 'wrong-address'],
  [200, '<!doctype html><title>Sign in</title>', 'wrong-address'],
  [
    403,
    { error: { code: 'unsupported_country_region_territory', message: 'Country, region, or territory not supported' } },
    'forbidden',
  ],
  [403, '<!DOCTYPE html><html><title>Attention Required! | Cloudflare</title>', 'forbidden'],
  [407, '', 'forbidden'],
  // The prompt's own.
  [400, { error: { code: 'content_filter', message: 'x' } }, 'content-filter'],
  [
    403,
    { error: { code: 403, message: 'Your input was flagged', metadata: { reasons: ['violence'] } } },
    'content-filter',
  ],
  [
    400,
    { error: { message: "This model's maximum context length was exceeded.", code: 'context_length_exceeded' } },
    'bad-request',
  ],
  [
    400,
    {
      error: {
        message: "Unsupported parameter: 'max_tokens' is not supported with this model.",
        code: 'unsupported_parameter',
      },
    },
    'bad-request',
  ],
  [
    400,
    {
      error: {
        message: "Unsupported value: 'temperature' does not support 0.5 with this model.",
        code: 'unsupported_value',
      },
    },
    'bad-request',
  ],
  [400, { error: { message: 'temperature: Extra inputs are not permitted for model m-1' } }, 'bad-request'],
  [422, { detail: [{ loc: ['body', 'n'], msg: 'Input should be 1', type: 'value_error' }] }, 'bad-request'],
  // What passes.
  [408, '', 'timeout'],
  [409, '', 'conflict'],
  [425, '', 'conflict'],
  [500, { error: { message: 'x' } }, 'server-error'],
  [502, '<html><title>Bad gateway</title>', 'server-error'],
  [503, { error: { code: 503, message: 'the model is being loaded' } }, 'server-error'],
  [503, { error: 'Model m is currently loading', estimated_time: 20 }, 'server-error'],
  [529, { type: 'error', error: { type: 'overloaded_error' } }, 'server-error'],
  [200, { error: { message: 'Provider returned error', code: 502, metadata: { raw: 'full' } } }, 'server-error'],
  [200, { error: {} }, 'server-error'],
];

describe('refusals', () => {
  for (const [status, body, reason] of refusals) {
    const shown = typeof body === 'string' ? body : JSON.stringify(body);
    it(`${status} ${shown.slice(0, 100)} is ${reason}`, () => {
      const { reason: actual, message } = refusal(status, body);
      assert.equal(actual, reason, message);
      assert.match(message, /^The (?:service|account).*"test".*\.$/);
      assert.ok(message.length < 600);
    });
  }

  it('mean the same in a stream as with a status', () => {
    for (const [status, body, reason] of refusals) {
      if (status === 200 || typeof body === 'string') continue;
      const facts = readErrorValue(body, 0);
      if (facts.status === status) assert.equal(refusalOf(facts, 200, subject).reason, reason);
    }
  });

  it('say what is said, on one line, and never the key', () => {
    const message = (body: unknown): string => refusal(500, body).message;
    assert.equal(
      message('<html><head>\n<title>\n Bad &amp;\n gateway</title>'),
      'The service "test" has a problem of its own (500): Bad & gateway.',
    );
    assert.match(message({ detail: [{ msg: 'one' }] }), /: one\.$/);
    assert.match(
      message({
        error: { message: 'Provider returned error', metadata: { raw: '{"error":{"message":"it is full"}}' } },
      }),
      /: it is full\.$/,
    );
    assert.match(message('a\u001b[31m\u202eb\r\nc'), /: a \[31m b c\.$/);
    assert.match(
      message({ error: { message: `key sk-canary-4f9a8b7c, sk-canary-4f9a8b7c` } }),
      /: key \[redacted\], \[redacted\]\.$/,
    );
    assert.ok(message('x'.repeat(100_000)).length < 400);
  });

  it('end as sentences do, however the service ends what it says', () => {
    const said = (message: string): string => refusal(500, { error: { message } }).message;
    assert.match(said('Sorry about that!'), /: Sorry about that!$/);
    assert.match(said('Try again?'), /: Try again\?$/);
    assert.match(said('Down.'), /: Down\.$/);
    assert.match(said('Down...'), /: Down\.$/);
    assert.match(said('x '.repeat(400)), /x…$/);
    assert.match(said(''), /\(500\)\.$/);
  });

  it('that no other attempt can survive are hopeless, and no others', () => {
    const hopeless = new Set(refusals.map(([, , reason]) => reason).filter(isHopeless));
    assert.deepEqual([...hopeless].sort(), [
      'forbidden',
      'quota-exhausted',
      'unauthorized',
      'unknown-model',
      'wrong-address',
    ]);
    assert.ok([...hopeless].every((reason) => !isRetryable(reason)));
    assert.ok(!isRetryable('max-tokens') && !isRetryable('too-long') && isHopeless('certificate'));
  });

  it('can be anything', () => {
    const odd = fc.oneof(
      fc.json({ maxDepth: 12 }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constant('['.repeat(60_000)),
    );
    fc.assert(
      fc.property(odd, fc.constantFrom(0, 200, 302, 400, 403, 404, 429, 500, 599), (body, status) => {
        const facts = readErrorText(body, 0);
        const { message, retryAfterMs } = refusalOf(facts, status, subject);
        assert.ok(!/[\p{Cc}\u202e]/u.test(message) && message.length < 600);
        assert.ok(retryAfterMs === undefined || (Number.isFinite(retryAfterMs) && retryAfterMs >= 0));
      }),
      { numRuns: 2000 },
    );
  });

  it('are read in time that does not grow with their malice', () => {
    const started = performance.now();
    for (const body of [
      '['.repeat(65_000),
      '{"error":'.repeat(7000),
      '<'.repeat(65_000),
      `<title ${'<title '.repeat(9000)}`,
      'quota '.repeat(10_000),
      'try again '.repeat(6000),
      '\\'.repeat(65_000),
      ' '.repeat(65_000),
      '1'.repeat(65_000),
      'model model model '.repeat(3500),
    ]) {
      refusal(400, body);
      refusal(400, { error: { message: body } });
    }
    assert.ok(performance.now() - started < 2000, String(performance.now() - started));
  });
});

describe('waits in a body', () => {
  const waits: readonly (readonly [unknown, number | undefined])[] = [
    [{ error: { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3.5s' }] } }, 3500],
    [{ error: { details: [{ retryDelay: { seconds: 3, nanos: 500_000_000 } }] } }, 3500],
    [{ error: { message: 'Please try again in 1m2.5s.' } }, 62_500],
    [{ error: { message: 'Please try again in 120ms.' } }, 120],
    [{ error: { message: 'Please retry after 20 seconds.' } }, 20_000],
    [{ error: { message: 'Retry in 2 minutes and 3 seconds' } }, 123_000],
    [{ error: { message: 'Too many requests, wait 5 seconds before the next' } }, 5000],
    [{ error: { message: 'Limit 3, used 4' } }, undefined],
    [{ error: { message: 'busy', metadata: { headers: { 'Retry-After': '2' } } } }, 2000],
    [
      { error: { metadata: { headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '61000' } } } },
      31 * 86_400_000,
    ],
    [{ error: 'loading', estimated_time: 20.5 }, 20_500],
    [{ retry_after: 4 }, 4000],
    [{ retry_after: '4' }, 4000],
    [{ retry_after_ms: 40 }, 40],
    [{ retry_after: -4 }, undefined],
    [{ retry_after: 'soon' }, undefined],
    [{ retry_after: 1e300 }, 31 * 86_400_000],
  ];
  for (const [body, ms] of waits) {
    it(`of ${JSON.stringify(body).slice(0, 90)} is ${ms} ms`, () => {
      const { waitMs } = readErrorValue(body, 0);
      // An absurd one is absent, or as long as the longest.
      if (ms === 31 * 86_400_000) assert.ok(waitMs === undefined || waitMs <= ms);
      else assert.equal(waitMs, ms);
    });
  }

  it('comes after the header, and before the reset of a limit that is used up', () => {
    const headers = (more: Record<string, string> = {}): Headers =>
      new Headers({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '7s', ...more });
    assert.equal(waitAsked(headers({ 'retry-after': '2' }), 3000, 0), 2000);
    assert.equal(waitAsked(headers({ 'retry-after': '0' }), 3000, 0), 3000);
    assert.equal(waitAsked(headers(), undefined, 0), 7000);
    assert.equal(waitAsked(headers({ 'x-ratelimit-remaining-requests': '5' }), undefined, 0), undefined);
  });
});

describe('connections that fail', () => {
  function failed(cause: { readonly message?: string; readonly [name: string]: unknown }) {
    const inner = Object.assign(new Error(cause.message ?? 'inner'), cause);
    return connectionFailure(
      new Error('Connection error.', { cause: new TypeError('fetch failed', { cause: inner }) }),
      subject,
    );
  }

  const causes: readonly (readonly [Parameters<typeof failed>[0], FailureReason, RegExp])[] = [
    [{ code: 'ECONNREFUSED', address: '127.0.0.1', port: 443 }, 'connection', /: the connection was refused\./],
    [
      { code: 'ECONNREFUSED', address: '10.0.0.1', port: 3128 },
      'connection',
      /: the proxy at 10\.0\.0\.1:3128 failed, the connection was refused\./,
    ],
    [{ code: 'ENOTFOUND' }, 'connection', /the host name is unknown/],
    [{ code: 'ENOTFOUND', hostname: 'api.example' }, 'connection', /: the host name is unknown/],
    [
      { code: 'ENOTFOUND', hostname: 'p.example' },
      'connection',
      /: the proxy at p\.example failed, the host name is unknown/,
    ],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'certificate', /: its certificate is self-signed\./],
    [{ code: 'CERT_HAS_EXPIRED' }, 'certificate', /its certificate has expired/],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'certificate', /its certificate is for another host/],
    [{ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'certificate', /whole chain/],
    [{ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', message: 'alert' }, 'certificate', /cannot be encrypted: alert/],
    [{ code: 'HPE_INVALID_CONSTANT' }, 'wrong-address', /does not speak HTTP there/],
    [
      { code: 'UND_ERR_ABORTED', message: 'Proxy response (407) !== 200 when HTTP Tunneling' },
      'forbidden',
      /the proxy asks for a name/,
    ],
    [
      { code: 'UND_ERR_ABORTED', message: 'Proxy response (502) !== 200 when HTTP Tunneling' },
      'connection',
      /the proxy refused \(502\)/,
    ],
    [{ code: 'UND_ERR_HEADERS_TIMEOUT' }, 'timeout', /did not answer in time/],
    [{ message: 'bad port' }, 'wrong-address', /bad port/],
    [{ message: 'sk-canary-4f9a8b7c broke' }, 'connection', /\[redacted\] broke/],
  ];
  for (const [cause, reason, message] of causes) {
    it(`say why: ${JSON.stringify(cause)}`, () => {
      const failure = failed(cause);
      assert.equal(failure.reason, reason);
      assert.match(failure.message, message);
    });
  }
});
