import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { type FaultKind, faultKinds } from '../../support/server/faults.ts';
import { sampleLatency } from '../../support/server/latency.ts';
import { Ledger } from '../../support/server/ledger.ts';
import { formatDuration, RateLimits, retryAfterHeaders } from '../../support/server/limits.ts';
import { seededRandom } from '../../support/server/random.ts';
import { type StartOptions, startTestServer, type TestServer } from '../../support/server/testServer.ts';

interface Body {
  id: string;
  model: string;
  choices: { index: number; message: { content: string }; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

interface Chunk {
  id: string;
  choices: { index: number; delta: { role?: string; content?: string }; finish_reason: string | null }[];
  usage?: Body['usage'] | null;
}

interface ErrorBody {
  error: { message: string; type: string; code: string | null };
}

describe('test server', () => {
  let server: TestServer | undefined;
  let baseUrl = '';

  async function start(options: StartOptions = {}): Promise<void> {
    server = await startTestServer(options);
    ({ baseUrl } = server);
  }

  /** Posts a call; `extra` adds to or replaces the body's keys. */
  function post(extra: Record<string, unknown> = {}, init: RequestInit = {}): Promise<Response> {
    return fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...extra }),
      ...init,
    });
  }

  function ask(content: string, extra: Record<string, unknown> = {}, init: RequestInit = {}): Promise<Response> {
    return post({ messages: [{ role: 'user', content }], ...extra }, init);
  }

  async function textOf(response: Promise<Response>): Promise<string> {
    const body = (await (await response).json()) as Body;
    return body.choices[0]!.message.content;
  }

  async function chunksOf(response: Response): Promise<(Chunk | '[DONE]')[]> {
    const events = (await response.text()).split('\n\n').filter((event) => event.startsWith('data: '));
    return events.map((event) => (event === 'data: [DONE]' ? '[DONE]' : (JSON.parse(event.slice(6)) as Chunk)));
  }

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  describe('answers', () => {
    it('gives a whole completion', async () => {
      await start({ outputTokens: 12 });
      const response = await post({ n: 2 });
      assert.match(response.headers.get('x-request-id')!, /^req_/);
      assert.equal(response.headers.get('x-ratelimit-limit-requests'), null);
      const body = (await response.json()) as Body;
      assert.match(body.id, /^chatcmpl-/);
      assert.equal(body.model, 'm');
      const ends = body.choices.map((choice) => [choice.index, choice.finish_reason]);
      assert.deepEqual(ends, [
        [0, 'stop'],
        [1, 'stop'],
      ]);
      assert.notEqual(body.choices[0]!.message.content, body.choices[1]!.message.content);
      assert.equal(body.choices[0]!.message.content.split(' ').length, 12);
      assert.equal(body.usage.completion_tokens, 24);
      assert.equal(body.usage.total_tokens, body.usage.prompt_tokens + 24);
    });

    it('streams chunks, a finish_reason, the usage and [DONE]', async () => {
      await start({ chunks: 4, latency: { kind: 'fixed', ms: 8 } });
      const response = await post({ stream: true, stream_options: { include_usage: true } });
      assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
      const events = await chunksOf(response);
      assert.equal(events.pop(), '[DONE]');
      const chunks = events as Chunk[];
      const last = chunks.pop()!;
      assert.deepEqual(last.choices, []);
      assert.equal(last.usage!.completion_tokens, 60);
      assert.ok(chunks.every((chunk) => chunk.usage === null && chunk.id === last.id));
      assert.deepEqual(chunks[0]!.choices[0]!.delta, { role: 'assistant', content: '' });
      assert.equal(chunks.filter((chunk) => (chunk.choices[0]!.delta.content ?? '') !== '').length, 4);
      const reasons = chunks.map((chunk) => chunk.choices[0]!.finish_reason);
      assert.deepEqual(reasons, [null, null, null, null, null, 'stop']);
    });

    it('streams n completions, without usage unless it is asked for', async () => {
      await start();
      const chunks = (await chunksOf(await post({ stream: true, n: 3 }))).slice(0, -1) as Chunk[];
      assert.ok(chunks.every((chunk) => chunk.usage === undefined));
      assert.deepEqual(
        chunks.filter((chunk) => chunk.choices[0]!.finish_reason === 'stop').map((chunk) => chunk.choices[0]!.index),
        [0, 1, 2],
      );
    });

    it('is deterministic for a seed, and varies by call, index and messages', async () => {
      const asked = async (seed: number): Promise<string[]> => {
        await start({ seed });
        const texts = [await textOf(ask('a')), await textOf(ask('a')), await textOf(ask('b'))];
        await server!.close();
        return texts;
      };
      const first = await asked(7);
      assert.deepEqual(await asked(7), first);
      assert.equal(new Set([...first, ...(await asked(8))]).size, 6);
    });

    it('writes the same text streamed or not, and for the same seed in the call', async () => {
      await start({ vary: 'none' });
      const chunks = (await chunksOf(await post({ stream: true }))).slice(0, -1) as Chunk[];
      const streamed = chunks.map((chunk) => chunk.choices[0]!.delta.content ?? '').join('');
      assert.equal(streamed, await textOf(post()));
      server!.configure({ vary: 'call' });
      assert.equal(await textOf(post({ seed: 3 })), await textOf(post({ seed: 3 })));
    });

    it('respects max_tokens', async () => {
      await start();
      for (const key of ['max_tokens', 'max_completion_tokens']) {
        const body = (await (await post({ [key]: 5 })).json()) as Body;
        assert.equal(body.usage.completion_tokens, 5);
        assert.equal(body.choices[0]!.finish_reason, 'length');
      }
    });

    it('takes its latency, and more of it under load', async () => {
      await start({ latency: { kind: 'fixed', ms: 20 } });
      await (await post()).text();
      const { at, endedAt } = server!.ledger.records[0]!;
      assert.ok(endedAt! - at >= 19.5);
      const random = seededRandom('latency');
      assert.equal(sampleLatency({ kind: 'load', baseMs: 10, perActiveMs: 2 }, random, 5), 20);
      const samples = Array.from({ length: 1001 }, () =>
        sampleLatency({ kind: 'lognormal', medianMs: 100, sigma: 0.5 }, random, 1),
      ).sort((a, b) => a - b);
      assert.ok(Math.abs(samples[500]! - 100) < 10);
      assert.ok(samples[990]! > 200);
    });

    it('lists its models', async () => {
      await start({ models: ['one', 'two'] });
      const list = (await (await fetch(`${baseUrl}/models`)).json()) as { data: { id: string }[] };
      assert.deepEqual(
        list.data.map((model) => model.id),
        ['one', 'two'],
      );
    });

    it('refuses bad calls, unknown paths and wrong keys', async () => {
      await start({ apiKey: 'test-key' });
      const authorized = { headers: { authorization: 'Bearer test-key' } };
      assert.equal((await post({}, authorized)).status, 200);
      const wrong = await post({}, { headers: { authorization: 'Bearer other' } });
      assert.equal(wrong.status, 401);
      assert.equal(((await wrong.json()) as ErrorBody).error.code, 'invalid_api_key');
      assert.equal((await post()).status, 401);
      assert.equal((await fetch(`${baseUrl}/models`)).status, 401);
      for (const body of ['{', '[]', '{"model":"m"}', '{"model":"m","messages":[{"role":"user"}],"n":0}']) {
        assert.equal((await post({}, { ...authorized, body })).status, 400);
      }
      assert.equal((await fetch(`${baseUrl}/nothing`)).status, 404);
      assert.equal(server!.ledger.summary().rejected, 6);
      assert.doesNotMatch(JSON.stringify(server!.ledger.records), /test-key|other/);
    });

    it('serves the openai package, streaming and not', async () => {
      await start({ apiKey: 'test-key', vary: 'none' });
      const client = new OpenAI({ apiKey: 'test-key', baseURL: baseUrl, maxRetries: 0 });
      const messages = [{ role: 'user' as const, content: 'Hello' }];
      const whole = await client.chat.completions.create({ model: 'm', messages });
      const stream = await client.chat.completions.create({
        model: 'm',
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = '';
      let usage: OpenAI.CompletionUsage | null | undefined;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        usage = chunk.usage;
      }
      assert.equal(text, whole.choices[0]!.message.content);
      assert.deepEqual(usage, whole.usage);
    });
  });

  describe('limits', () => {
    it('admits the quota, then answers 429 with headers that say when to come back', async () => {
      await start({ limits: { requestsPerMinute: 60, burstSeconds: 2, tokensPerMinute: 6000 } });
      const first = await post({ max_tokens: 94 });
      assert.equal(first.headers.get('x-ratelimit-limit-requests'), '60');
      assert.equal(first.headers.get('x-ratelimit-remaining-requests'), '1');
      assert.match(first.headers.get('x-ratelimit-reset-requests')!, /^(1s|9\d\dms)$/);
      assert.equal(first.headers.get('x-ratelimit-limit-tokens'), '6000');
      assert.match(first.headers.get('x-ratelimit-remaining-tokens')!, /^10\d$/);
      assert.match(first.headers.get('x-ratelimit-reset-tokens')!, /^(1s|9\d\dms)$/);
      await post({ max_tokens: 1 });
      const refused = await post({ max_tokens: 1 });
      assert.equal(refused.status, 429);
      assert.equal(refused.headers.get('retry-after'), '1');
      assert.equal(refused.headers.get('x-ratelimit-remaining-requests'), '0');
      const { error } = (await refused.json()) as ErrorBody;
      assert.deepEqual([error.type, error.code], ['requests', 'rate_limit_exceeded']);
      const { accepted, rejected, byStatus } = server!.ledger.summary();
      assert.deepEqual({ accepted, rejected, byStatus }, { accepted: 2, rejected: 1, byStatus: { 200: 2, 429: 1 } });
    });

    it('limits tokens, under either name or without headers', async () => {
      await start({ limits: { tokensPerMinute: 200, headers: 'project-tokens' } });
      const first = await post({ max_tokens: 150 });
      assert.equal(first.headers.get('x-ratelimit-limit-project-tokens'), '200');
      assert.equal(first.headers.get('x-ratelimit-limit-tokens'), null);
      const refused = await post({ max_tokens: 150 });
      assert.equal(((await refused.json()) as ErrorBody).error.type, 'tokens');
      const tooLarge = await post({ max_tokens: 1000 });
      assert.equal(tooLarge.status, 429);
      assert.equal(tooLarge.headers.get('retry-after'), null);
      server!.configure({ limits: { tokensPerMinute: 200, tokenCost: 'actual', headers: 'none' } });
      const actual = await post({ max_tokens: 1000 });
      assert.equal(actual.status, 200);
      assert.equal(actual.headers.get('x-ratelimit-limit-tokens'), null);
    });

    it('limits calls in flight, and frees the slot of a client that goes away', async () => {
      await start({ limits: { maxConcurrent: 1 } });
      const client = new AbortController();
      const held = ask('[[fault:hang]]', {}, { signal: client.signal });
      await until(() => server!.ledger.summary().accepted === 1);
      assert.equal((await post()).status, 429);
      client.abort();
      await assert.rejects(held);
      await until(() => server!.ledger.concurrent === 0);
      assert.equal((await post()).status, 200);
      assert.equal(server!.ledger.summary().aborted, 1);
    });

    it('always has room for a client that keeps to the limit', async () => {
      await start({ limits: { maxConcurrent: 3 }, latency: { kind: 'fixed', ms: 1 } });
      const work = async (): Promise<void> => {
        for (let call = 0; call < 30; call++) {
          await (await post({ stream: call % 2 === 0 })).text();
        }
      };
      await Promise.all([work(), work(), work()]);
      const { completed, rejected, peakConcurrent } = server!.ledger.summary();
      assert.deepEqual({ completed, rejected, peakConcurrent }, { completed: 90, rejected: 0, peakConcurrent: 3 });
    });

    it('keeps a bucket and its debt to the rate', () => {
      const limits = new RateLimits({ tokensPerMinute: 600, burstSeconds: 1 }, 0);
      assert.equal(limits.admit(10, 0, 0), null);
      assert.ok(Math.abs(limits.admit(5, 0, 0)!.waitMs - 500) < 1e-3);
      assert.equal(limits.admit(5, 0, 500), null);
      assert.equal(limits.admit(30, 0, 1500), null, 'more than the bucket holds, but it is full');
      assert.ok(Math.abs(limits.admit(10, 0, 1500)!.waitMs - 3000) < 1e-3);
      assert.equal(limits.admit(10, 0, 4500), null);
    });

    it('never admits more than the rate and one burst', () => {
      const limits = new RateLimits({ requestsPerMinute: 600, burstSeconds: 1 }, 0);
      let admitted = 0;
      for (let now = 0; now < 10_000; now += 3) {
        admitted += limits.admit(0, 0, now) === null ? 1 : 0;
      }
      assert.ok(admitted === 109 || admitted === 110, String(admitted));
    });

    it('starts fixed windows afresh', () => {
      const limits = new RateLimits({ requestsPerMinute: 120, window: 'second' }, 0);
      const admitted = [900, 901, 902, 1000, 1001, 1999, 2000].map((now) => limits.admit(0, 0, now)?.waitMs ?? 0);
      assert.deepEqual(admitted, [0, 0, 98, 0, 0, 1, 0]);
      assert.deepEqual(limits.headers(2000), {
        'x-ratelimit-limit-requests': '120',
        'x-ratelimit-remaining-requests': '1',
        'x-ratelimit-reset-requests': '1s',
      });
    });

    it('charges refused and failed calls as told', async () => {
      const charged = new RateLimits({ requestsPerMinute: 60, burstSeconds: 1, chargeRejected: true }, 0);
      charged.admit(0, 0, 0);
      charged.admit(0, 0, 900);
      assert.equal(Math.round(charged.admit(0, 0, 1000)!.waitMs), 900);
      const limits = { requestsPerMinute: 1, chargeFailed: false };
      await start({ limits, faults: { script: ['500', '400', 'reset'] } });
      await post();
      await post();
      await assert.rejects(post());
      assert.equal((await post()).status, 200);
      server!.configure({ limits: { requestsPerMinute: 1 }, faults: { script: ['500'] } });
      await post();
      assert.equal((await post()).status, 429);
    });

    it('writes durations and Retry-After in every style', () => {
      assert.deepEqual([0, 0.2, 120, 2500, 62_500, 360_000, 3_600_000].map(formatDuration), [
        '0s',
        '1ms',
        '120ms',
        '2.5s',
        '1m2.5s',
        '6m0s',
        '1h0m0s',
      ]);
      assert.deepEqual(retryAfterHeaders(1200, 'seconds'), { 'retry-after': '2' });
      assert.deepEqual(retryAfterHeaders(1200, 'milliseconds'), { 'retry-after-ms': '1200', 'retry-after': '2' });
      const date = Date.parse(retryAfterHeaders(1200, 'date')['retry-after']!);
      assert.ok(date >= Date.now() + 1000 && date <= Date.now() + 2300);
      assert.deepEqual(retryAfterHeaders(1200, 'none'), {});
    });
  });

  describe('faults', () => {
    const statuses: Partial<Record<FaultKind, number>> = {
      500: 500,
      503: 503,
      429: 429,
      400: 400,
      401: 401,
      404: 404,
      insufficient_quota: 429,
    };

    for (const [kind, status] of Object.entries(statuses)) {
      it(`answers ${kind} with status ${status}`, async () => {
        await start({ faultRetryAfterMs: 3000 });
        const response = await ask(`Hello [[fault:${kind}]]`);
        assert.equal(response.status, status);
        const { error } = (await response.json()) as ErrorBody;
        assert.equal(error.code === 'insufficient_quota', kind === 'insufficient_quota');
        assert.equal(response.headers.get('retry-after'), kind === '429' ? '3' : null);
      });
    }

    for (const stream of [false, true]) {
      const way = stream ? 'a stream' : 'a plain answer';

      it(`resets ${way} before and midway`, async () => {
        await start();
        await assert.rejects(ask('[[fault:reset]]', { stream }));
        const response = await ask('[[fault:reset-midstream]]', { stream });
        assert.equal(response.status, 200);
        await assert.rejects(response.text());
        assert.deepEqual(server!.ledger.summary().byStatus, { 200: 1 });
      });

      it(`hangs ${way} before and midway until the client goes away`, async () => {
        await start({ keepaliveMs: 5 });
        const before = new AbortController();
        const hanging = ask('[[fault:hang]]', {}, { signal: before.signal });
        const midway = await ask('[[fault:hang-midstream]]', { stream });
        const reader = midway.body!.getReader();
        let text = '';
        while (!(stream ? /content":"\w[^]*(: keepalive\n\n){2}$/ : /^ {3,}$/).test(text)) {
          text += new TextDecoder().decode((await reader.read()).value as Uint8Array);
        }
        assert.equal(server!.ledger.concurrent, 2);
        before.abort();
        await assert.rejects(hanging);
        await reader.cancel();
        await until(() => server!.ledger.concurrent === 0);
        const { aborted, faulted, completed } = server!.ledger.summary();
        assert.deepEqual({ aborted, faulted, completed }, { aborted: 2, faulted: 2, completed: 0 });
      });
    }

    it('truncates', async () => {
      await start();
      await assert.rejects((await ask('[[fault:truncated]]')).text());
      const chunks = await chunksOf(await ask('[[fault:truncated]]', { stream: true }));
      assert.ok(chunks.length > 1);
      assert.ok(chunks.every((chunk) => chunk !== '[DONE]' && chunk.choices[0]!.finish_reason === null));
    });

    it('breaks JSON', async () => {
      await start();
      await assert.rejects((await ask('[[fault:malformed]]')).json(), SyntaxError);
      await assert.rejects(chunksOf(await ask('[[fault:malformed]]', { stream: true })), SyntaxError);
    });

    it('answers empty, filtered and cut texts', async () => {
      await start();
      const expected = [
        ['empty', 'stop', 0],
        ['content_filter', 'content_filter', 30],
        ['length', 'length', 30],
      ] as const;
      for (const [kind, reason, words] of expected) {
        const whole = ((await (await ask(`[[fault:${kind}]]`)).json()) as Body).choices[0]!;
        const chunks = (await chunksOf(await ask(`[[fault:${kind}]]`, { stream: true }))).slice(0, -1) as Chunk[];
        const streamed = chunks.map((chunk) => chunk.choices[0]!.delta.content ?? '').join('');
        assert.equal(whole.finish_reason, reason);
        assert.equal(chunks.at(-1)!.choices[0]!.finish_reason, reason);
        for (const text of [whole.message.content, streamed]) {
          assert.equal(text.split(' ').filter(Boolean).length, words);
        }
      }
    });

    it('fails every Nth call, or every Nth item once', async () => {
      await start({ faults: { every: 3, kind: '500' } });
      const statusesOf = async (items: string[]): Promise<number[]> => {
        const result: number[] = [];
        for (const item of items) {
          result.push((await post({}, { headers: { 'x-item': item } })).status);
        }
        return result;
      };
      assert.deepEqual(await statusesOf(['a', 'a', 'a', 'b', 'b', 'b']), [200, 200, 500, 200, 200, 500]);
      server!.configure({ faults: { every: 2, kind: '503', once: true } });
      assert.deepEqual(await statusesOf(['c', 'd', 'd', 'c', 'e', 'f', 'f']), [200, 503, 200, 200, 200, 503, 200]);
    });

    it('fails the same items at a rate, whatever their order', async () => {
      await start();
      const failed = async (seed: number, items: number[]): Promise<number[]> => {
        server!.ledger.reset();
        server!.configure({ faults: { rate: 0.3, kinds: ['500', '503'], seed } });
        await Promise.all(items.map((item) => post({}, { headers: { 'x-item': `${seed}.${item}` } })));
        const { records } = server!.ledger;
        return records.filter((record) => record.fault !== null).map((record) => Number(record.itemHeader!.slice(2)));
      };
      const items = Array.from({ length: 100 }, (_, index) => index);
      const first = new Set(await failed(1, items));
      assert.ok(first.size > 15 && first.size < 45, String(first.size));
      await server!.close();
      await start();
      assert.deepEqual(new Set(await failed(1, items.reverse())), first);
    });

    it('follows a script, a predicate and a marker for the first attempts', async () => {
      await start({ faults: { script: ['500', null, '404'] } });
      const status = async (content: string): Promise<number> => (await ask(content)).status;
      const scripted = [await status('a'), await status('a'), await status('a'), await status('a')];
      assert.deepEqual(scripted, [500, 200, 404, 200]);
      server!.configure({ faults: (call) => (call.messages[0]!.text === 'x' && call.attempt === 1 ? '503' : null) });
      assert.deepEqual([await status('x'), await status('x'), await status('y')], [503, 200, 200]);
      const marked = 'z [[fault:500:2]]';
      assert.deepEqual([await status(marked), await status(marked), await status(marked)], [500, 500, 200]);
      assert.equal(await status('[[fault:nonsense]]'), 400);
    });

    it('knows every kind by its marker', async () => {
      await start({ keepaliveMs: 5 });
      const abort = new AbortController();
      const call = async (kind: FaultKind): Promise<string> =>
        (await ask(`[[fault:${kind}]]`, {}, { signal: abort.signal })).text();
      const calls = Promise.allSettled(faultKinds.map(call));
      await until(() => server!.ledger.concurrent === 2 && server!.ledger.summary().total === faultKinds.length);
      abort.abort();
      await calls;
      await until(() => server!.ledger.concurrent === 0);
      assert.deepEqual(Object.keys(server!.ledger.summary().byFault).sort(), [...faultKinds].sort());
    });
  });

  describe('ledger', () => {
    it('counts what is in flight and its peak', async () => {
      await start({ latency: { kind: 'fixed', ms: 25 } });
      const responses = await Promise.all(Array.from({ length: 12 }, () => post({ stream: true })));
      await Promise.all(responses.map((response) => response.text()));
      const { total, completed, concurrent, peakConcurrent, completionTokens, mostArrivals } = server!.ledger.summary();
      assert.deepEqual(
        { total, completed, concurrent, peakConcurrent, completionTokens },
        {
          total: 12,
          completed: 12,
          concurrent: 0,
          peakConcurrent: 12,
          completionTokens: 720,
        },
      );
      assert.deepEqual(mostArrivals, { second: 12, minute: 12 });
      server!.ledger.reset();
      assert.equal(server!.ledger.summary().total, 0);
    });

    it('finds the densest window', () => {
      const ledger = new Ledger();
      for (const at of [0, 999, 1000, 1500, 1998.5, 1999, 5000]) {
        ledger.end(ledger.arrive(at, null), 'completed', at);
      }
      assert.equal(ledger.mostArrivals(1000), 4);
      assert.equal(ledger.mostArrivals(1000, true), 0);
      assert.equal(ledger.mostArrivals(60_000), 7);
    });

    it('forgets calls in flight at a reset, but not that they are in flight', () => {
      const ledger = new Ledger();
      const old = ledger.arrive(0, null);
      ledger.reset();
      assert.equal(ledger.summary().concurrent, 1);
      ledger.end(old, 'completed', 1);
      assert.deepEqual([ledger.concurrent, ledger.summary().completed], [0, 0]);
    });
  });

  describe('life', () => {
    it('destroys every connection when it closes', async () => {
      await start();
      const hanging = assert.rejects(ask('[[fault:hang]]'));
      const { port } = new URL(baseUrl);
      const idle = connect(Number(port), '127.0.0.1').on('error', () => undefined);
      await once(idle, 'connect');
      await until(() => server!.ledger.concurrent === 1);
      await Promise.all([once(idle, 'close'), hanging, server!.close()]);
      assert.equal(server!.ledger.summary().aborted, 0);
    });

    it('answers as many calls at once as it has slots, the others in their turn', async () => {
      await start({ slots: 1, latency: { kind: 'fixed', ms: 20 } });
      await Promise.all([ask('a'), ask('b'), ask('c')].map(textOf));
      const records = [...server!.ledger.records].sort((a, b) => a.endedAt! - b.endedAt!);
      records.slice(1).forEach((record, index) => assert.ok(record.endedAt! - records[index]!.endedAt! >= 19));
    });

    it('gives the turn of one who went away to the next', async () => {
      await start({ slots: 1, latency: { kind: 'fixed', ms: 20 } });
      const first = ask('a');
      const leaver = new AbortController();
      const left = assert.rejects(ask('b', {}, { signal: leaver.signal }));
      await until(() => server!.ledger.concurrent === 2);
      leaver.abort();
      await left;
      assert.equal(typeof (await textOf(ask('c'))), 'string');
      await first;
    });

    it('refuses the parameters that it does not take by their names', async () => {
      await start({ refuses: ['temperature'] });
      const response = await post({ temperature: 1 });
      assert.equal(response.status, 400);
      assert.equal(((await response.json()) as { error: { param: string } }).error.param, 'temperature');
      assert.equal((await post({})).status, 200);
    });

    it('caches how long prompts begin, from the first answer on', async () => {
      await start({ promptCache: true });
      const prefix = 'word '.repeat(1000);
      const cached = async (content: string): Promise<unknown> =>
        ((await (await ask(content)).json()) as { usage: { prompt_tokens_details?: unknown } }).usage
          .prompt_tokens_details;
      assert.equal(await cached(`${prefix} a`), undefined);
      assert.deepEqual(await cached(`${prefix} b`), { cached_tokens: 1024 });
      assert.equal(await cached('short'), undefined);
    });

    it('refuses options that do not exist', async () => {
      await assert.rejects(startTestServer({ chunks: 0 }), /chunks/);
      await assert.rejects(startTestServer({ limits: { requestsPerMinute: 30, window: 'second' } }), /window/);
      await start();
      assert.throws(() => server!.configure(JSON.parse('{"fault":null}') as StartOptions), /fault/);
    });

    it('runs as a process of its own, with a ledger and options over HTTP', async () => {
      const main = fileURLToPath(new URL('../../support/server/main.ts', import.meta.url));
      const child = spawn(process.execPath, [main, '--latency', '5', '--rpm', '60', '--options', '{"outputTokens":3}']);
      const exited = once(child, 'exit');
      try {
        const [line] = (await once(child.stdout, 'data')) as [Buffer];
        ({ baseUrl } = JSON.parse(line.toString()) as { baseUrl: string });
        const response = await post();
        assert.equal(response.headers.get('x-ratelimit-limit-requests'), '60');
        assert.equal(((await response.json()) as Body).usage.completion_tokens, 3);
        const configure = (body: unknown): Promise<Response> =>
          fetch(new URL('/configure', baseUrl), { method: 'POST', body: JSON.stringify(body) });
        assert.equal((await configure({ faults: { script: ['404'] } })).status, 200);
        assert.equal((await configure({ faults: { script: ['nonsense'] } })).status, 400);
        assert.equal((await post()).status, 404);
        const ledger = (await (await fetch(new URL('/ledger?records', baseUrl))).json()) as Record<string, unknown>;
        assert.equal(ledger.total, 2);
        assert.equal((ledger.records as unknown[]).length, 2);
      } finally {
        child.stdin.end();
      }
      assert.deepEqual(await exited, [0, null]);
    });
  });
});

/** Resolves when `condition` holds; fails when it does not within 1.5 s. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 1500;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `waited in vain for ${condition.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
