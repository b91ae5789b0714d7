import assert from 'node:assert/strict';
import type { AttemptOutcome, FailureReason } from '../../../src/model/attempt.ts';
import { OpenAiService, type OpenAiServiceOptions } from '../../../src/services/openai/openai.ts';
import { setImmediate } from 'node:timers/promises';
import type { Generation, TextSoFar } from '../../../src/services/service.ts';
import { credential } from '../../support/credential.ts';
import type { FaultKind } from '../../support/server/faults.ts';
import { startTestServer, type TestServer } from '../../support/server/testServer.ts';

const request = {
  model: 'test-model',
  messages: [{ role: 'user' as const, content: 'Write a line.' }],
  parameters: { temperature: 0.5, maxTokens: 30 },
  index: 1,
};

describe('openai service', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startTestServer();
  });

  afterEach(() => server.close());

  function call(
    options: Partial<OpenAiServiceOptions> = {},
    signal = new AbortController().signal,
    onProgress: (share: number) => void = () => undefined,
  ): Promise<AttemptOutcome<Generation>> {
    const service = new OpenAiService({
      name: 'test',
      baseUrl: server.baseUrl,
      credential: credential('key', server.baseUrl),
      ...options,
    });
    return service.generate(request, { signal, onProgress });
  }

  async function failure(options: Partial<OpenAiServiceOptions> = {}) {
    const outcome = await call(options);
    assert.equal(outcome.kind, 'failed');
    return outcome.failure;
  }

  it('streams text, counts tokens and reports progress', async () => {
    const shares: number[] = [];
    const outcome = await call({}, undefined, (share) => shares.push(share));
    assert.equal(outcome.kind, 'completed');
    assert.ok(outcome.result.text.length > 20);
    assert.equal(outcome.usage.output, 30);
    assert.ok(outcome.usage.input > 0);
    assert.equal(shares.length, 5);
    assert.ok(shares.every((share, place) => place === 0 || share > shares[place - 1]!));
  });

  it('shows a text as it arrives, without the key that it repeats', async () => {
    const key = 'sk-test-0123456789abcdef';
    const { baseUrl } = server;
    const service = new OpenAiService({ name: 'test', baseUrl, credential: credential(key, baseUrl) });
    const spoken = `The key is ${key} and that is a secret.`;
    const chunks = spoken.match(/.{1,7}/gs) ?? [];
    let sent = '';
    const realFetch = globalThis.fetch;
    globalThis.fetch = () => {
      const body = new ReadableStream<Uint8Array>({
        async start(stream) {
          for (const content of chunks) {
            const choice = { index: 0, delta: { content }, finish_reason: null };
            stream.enqueue(new TextEncoder().encode(`data: ${JSON.stringify({ choices: [choice] })}\n\n`));
            await setImmediate();
          }
          stream.enqueue(
            new TextEncoder().encode('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'),
          );
          stream.close();
        },
      });
      sent += '1';
      return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
    };
    const seen: string[] = [];
    try {
      let soFar: TextSoFar | undefined;
      const outcome = await service.generate(request, {
        signal: new AbortController().signal,
        onProgress: () => seen.push(soFar?.(0) ?? ''),
        onText: (text) => (soFar = text),
      });
      assert.equal(outcome.kind === 'completed' && outcome.result.text, spoken.replace(key, '[redacted]'));
    } finally {
      globalThis.fetch = realFetch;
    }
    assert.equal(sent, '1');
    assert.ok(seen.every((text) => !text.includes('sk-')));
    assert.equal(seen.at(-1), 'The key is [redacted] and that is a ');
  });

  it('reads what the service says of its limits, also with an error', async () => {
    server.configure({ limits: { requestsPerMinute: 60, burstSeconds: 1 } });
    const first = await call();
    assert.equal(first.hints?.requests?.limit, 60);
    const second = await call();
    assert.equal(second.kind, 'failed');
    assert.equal(second.failure.reason, 'rate-limited');
    assert.ok((second.failure.retryAfterMs ?? 0) > 0);
    assert.equal(second.hints?.requests?.remaining, 0);
  });

  const reasons: readonly (readonly [FaultKind, FailureReason])[] = [
    ['500', 'server-error'],
    ['503', 'server-error'],
    ['429', 'rate-limited'],
    ['400', 'bad-request'],
    ['401', 'unauthorized'],
    ['404', 'unknown-model'],
    ['insufficient_quota', 'quota-exhausted'],
    ['reset', 'connection'],
    ['reset-midstream', 'truncated'],
    ['truncated', 'truncated'],
    ['malformed', 'malformed'],
    ['empty', 'empty'],
    ['content_filter', 'content-filter'],
  ];
  for (const [fault, reason] of reasons) {
    it(`calls ${fault} "${reason}" and says so in one sentence`, async () => {
      server.configure({ faults: { every: 1, kind: fault } });
      const { reason: actual, message } = await failure();
      assert.equal(actual, reason, message);
      assert.match(message, /^The (?:service|account).*"test".*[.!]$/);
      assert.ok(!message.includes('\n'));
      assert.ok(!message.includes('key"'), message);
    });
  }

  it('makes exactly one call per attempt', async () => {
    server.configure({ faults: { every: 1, kind: '500' } });
    await failure();
    assert.equal(server.ledger.summary().total, 1);
  });

  for (const fault of ['hang', 'hang-midstream'] as const) {
    it(`gives up on a service that goes silent (${fault}), whatever keepalives it sends`, async () => {
      server.configure({ faults: { every: 1, kind: fault }, keepaliveMs: 10 });
      assert.equal((await failure({ timeouts: { firstToken: 100, idle: 100 } })).reason, 'timeout');
    });
  }

  it('gives up on an attempt that takes too long altogether', async () => {
    server.configure({ latency: { kind: 'fixed', ms: 400 }, chunks: 20, firstTokenShare: 0.05 });
    assert.equal((await failure({ timeouts: { total: 100 } })).reason, 'timeout');
  });

  it('ends at once when it is cancelled, and closes the connection', async () => {
    server.configure({ faults: { every: 1, kind: 'hang-midstream' } });
    const cancel = new AbortController();
    const outcome = await call({}, cancel.signal, () => cancel.abort());
    assert.equal(outcome.kind, 'failed');
    assert.equal(outcome.failure.reason, 'cancelled');
  });

  it('names the address when nobody listens there', async () => {
    await server.close();
    const { reason, message } = await failure();
    assert.equal(reason, 'connection');
    assert.match(message, /cannot be reached at http:\/\/127\.0\.0\.1:\d+\/v1: the connection was refused/);
  });

  it('says what to do about a wrong key, without the key', async () => {
    server.configure({ apiKey: 'right' });
    const { reason, message } = await failure({ credential: credential('sk-wrong-secret', server.baseUrl) });
    assert.equal(reason, 'unauthorized');
    assert.match(message, /refused the API key \(401\): set a valid one/);
    assert.ok(!message.includes('sk-wrong'));
  });
});
