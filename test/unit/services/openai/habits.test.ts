import assert from 'node:assert/strict';
import type { AttemptOutcome, FailureReason, TokenUsage } from '../../../../src/model/attempt.ts';
import { OpenAiService, type OpenAiServiceOptions } from '../../../../src/services/openai/openai.ts';
import type { Generation } from '../../../../src/services/service.ts';
import { SharedRequests } from '../../../../src/services/sharedRequests.ts';
import { credential } from '../../../support/credential.ts';
import { chunk, event, type HabitName, jsonType } from '../../../support/server/habits.ts';
import { startTestServer, type TestServer } from '../../../support/server/testServer.ts';

const request = {
  model: 'test-model',
  messages: [{ role: 'user' as const, content: 'Write a line.' }],
  parameters: { maxTokens: 30 },
  index: 1,
};
const done = event('[DONE]');

describe('openai service, with the habits of real ones', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startTestServer();
  });

  afterEach(() => server.close());

  function serviceWith(options: Partial<OpenAiServiceOptions> = {}): OpenAiService {
    return new OpenAiService({
      name: 'test',
      baseUrl: server.baseUrl,
      credential: credential('sk-test-key', server.baseUrl),
      ...options,
    });
  }

  function call(options: Partial<OpenAiServiceOptions> = {}): Promise<AttemptOutcome<Generation>> {
    const signal = new AbortController().signal;
    return serviceWith(options).generate(request, { signal, onProgress: () => undefined });
  }

  async function completed(
    options: Partial<OpenAiServiceOptions> = {},
  ): Promise<{ result: Generation; usage: TokenUsage }> {
    const outcome = await call(options);
    assert.equal(outcome.kind, 'completed', outcome.kind === 'failed' ? outcome.failure.message : '');
    return outcome;
  }

  async function failure(options: Partial<OpenAiServiceOptions> = {}) {
    const outcome = await call(options);
    assert.equal(outcome.kind, 'failed');
    return outcome.failure;
  }

  const texts: readonly (readonly [HabitName, string])[] = [
    ['parts-list', 'Rain falls.Rain falls.'],
    ['thinking-parts', 'Rain falls.'],
    ['bare-chunks', 'Rain falls.'],
    ['usage-holes', 'Rain falls.'],
    ['usage-nonsense', 'Rain falls.'],
    ['usage-everywhere', 'Rain falls.'],
    ['done-no-reason', 'Rain falls.'],
    ['whole-json', 'Rain falls.'],
    ['think-tags', 'Rain falls.'],
    ['reasoning-content', 'Rain falls.'],
    ['crlf-and-comments', 'Rain falls.'],
    ['reasoning-then-silence', 'Rain falls.'],
  ];
  for (const [habit, text] of texts) {
    it(`reads ${habit}, in one call, with figures that are numbers`, async () => {
      server.configure({ habit });
      const { result, usage } = await completed();
      assert.equal(result.text, text);
      assert.equal(result.cut, undefined);
      assert.ok(Object.values(usage).every((figure) => Number.isSafeInteger(figure) && figure >= 0));
      assert.ok(usage.input > 0 && usage.output > 0);
      assert.equal(server.ledger.summary().total, 1);
    });
  }

  const failures: readonly (readonly [HabitName, FailureReason, RegExp, number?])[] = [
    ['empty-reason', 'truncated', /broke off in the middle/],
    ['stream-429', 'rate-limited', /limiting the rate \(429\): upstream is full\.$/, 2000],
    ['event-error', 'server-error', /a problem of its own \(529\): Overloaded\.$/],
    ['list-error', 'rate-limited', /limiting the rate \(429\): quota per minute used up\.$/, 3000],
    ['detail-only', 'server-error', /a problem of its own \(503\): The model is being loaded\.$/],
    [
      'login-page',
      'wrong-address',
      /no API at http:.*\/v1\/chat\/completions: it answers with a web page, "Sign in & go on"\. /,
    ],
    ['gateway-page', 'server-error', /a problem of its own \(502\): 502 Bad Gateway\.$/],
    ['no-credit', 'quota-exhausted', /no quota left/],
    ['far-index', 'malformed', /beyond those asked for/],
    ['cut-empty', 'max-tokens', /wrote no text: all 100 tokens went into thinking: raise max_tokens\.$/],
  ];
  for (const [habit, reason, message, retryAfterMs] of failures) {
    it(`calls ${habit} "${reason}"`, async () => {
      server.configure({ habit });
      const actual = await failure();
      assert.equal(actual.reason, reason, actual.message);
      assert.match(actual.message, message);
      assert.equal(actual.retryAfterMs, retryAfterMs);
    });
  }

  it('marks a text that is cut at the output limit, also among those of a shared request', async () => {
    server.configure({ habit: 'cut-half' });
    const { result } = await completed();
    assert.deepEqual(result, { text: 'The river begins in the', model: 'm', finish: 'length', cut: true });
    server.configure({
      habit: {
        body: [
          event({ choices: [{ index: 0, delta: { content: 'Rain' }, finish_reason: 'length' }] }),
          event({ choices: [{ index: 1, delta: { reasoning: 'Hm.' }, finish_reason: 'length' }] }),
          event({ choices: [], usage: { prompt_tokens: 8, completion_tokens: 60 } }),
          done,
        ],
      },
    });
    const shared = new SharedRequests(serviceWith(), 2);
    const ask = (): Promise<AttemptOutcome<Generation>> =>
      shared.generate(
        { ...request, siblings: 2 },
        { signal: new AbortController().signal, onProgress: () => undefined },
      );
    const [first, second] = await Promise.all([ask(), ask()]);
    assert.ok(first.kind === 'completed' && first.result.cut);
    assert.ok(second.kind === 'failed' && second.failure.reason === 'max-tokens');
  });

  it('drops thinking but counts it, keeps it, or writes it before the text', async () => {
    server.configure({ habit: 'reasoning-content' });
    const dropped = await completed();
    assert.deepEqual(dropped.result, { text: 'Rain falls.', model: 'm', finish: 'stop' });
    assert.ok((dropped.usage.reasoning ?? 0) > 0);
    assert.equal((await completed({ reasoning: 'keep' })).result.reasoning, 'Weather?');
    const { text } = (await completed({ reasoning: 'text' })).result;
    assert.equal(text, '<think>\nWeather?\n</think>\n\nRain falls.');
  });

  it('counts what is cached', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 8 } };
    server.configure({ habit: { body: [chunk({ content: 'Rain.' }, 'stop', { usage }), done] } });
    assert.deepEqual((await completed()).usage, { input: 10, output: 2, cached: 8 });
  });

  it('keeps a text that had ended when the connection broke or fell silent', async () => {
    for (const end of ['reset', 'hang'] as const) {
      server.configure({ habit: { body: [chunk({ content: 'Rain.' }, 'stop')], gapMs: 5, end } });
      assert.equal((await completed({ timeouts: { idle: 100 } })).result.text, 'Rain.');
    }
    server.configure({ habit: { body: [chunk({ content: 'Rain.' })], gapMs: 5, end: 'reset' } });
    assert.equal((await failure()).reason, 'truncated');
  });

  it('keeps a text that had ended when an error came, and tells of it without the key', async () => {
    const late = event({ error: { code: 500, message: 'no usage for sk-test-key' } });
    server.configure({ habit: { body: [chunk({ content: 'Rain.' }, 'stop'), late], end: 'hang' } });
    const outcome = await call();
    assert.ok(outcome.kind === 'completed');
    assert.equal(outcome.result.text, 'Rain.');
    assert.match(
      outcome.remark ?? '',
      /^An error came after the end of the text, which is whole\. .*no usage for [^s]/,
    );
  });

  it('does not wait for the connection when all is said', async () => {
    server.configure({ habit: { body: [chunk({ content: 'Rain.' }), done], end: 'hang' } });
    const started = performance.now();
    await completed();
    assert.ok(performance.now() - started < 900);
  });

  describe('timeouts', () => {
    it('take thinking for life, and the time before the first piece for no silence', async () => {
      server.configure({ habit: 'reasoning-then-silence' });
      await completed({ timeouts: { firstToken: 2000, idle: 150 } });
      const body = [
        ': queued\n\n',
        ': queued\n\n',
        ': queued\n\n',
        ': queued\n\n',
        chunk({ content: 'Rain.' }, 'stop'),
        done,
      ];
      server.configure({ habit: { body, gapMs: 50 } });
      await completed({ timeouts: { firstToken: 2000, idle: 100 } });
    });

    it('say which of them ended the call', async () => {
      server.configure({ habit: { body: [': queued\n\n'], end: 'hang' } });
      assert.match((await failure({ timeouts: { firstToken: 50 } })).message, /did not begin its text within 0\.05 s/);
      server.configure({ habit: { body: [chunk({ content: 'Rain' })], end: 'hang' } });
      assert.match((await failure({ timeouts: { idle: 50 } })).message, /sent no text for 0\.05 s/);
      server.configure({ habit: { body: Array<string>(50).fill(chunk({ content: 'Rain' })), gapMs: 20 } });
      assert.match((await failure({ timeouts: { total: 120 } })).message, /took more than 0\.12 s/);
    });
  });

  describe('sizes', () => {
    it('stop a stream that has no end', async () => {
      const piece = chunk({ content: 'x'.repeat(10_000) });
      server.configure({ habit: { body: Array<string>(100).fill(piece) } });
      const { reason, message } = await failure({ maxAnswerBytes: 100_000 });
      assert.equal(reason, 'too-long', message);
    });

    it('read only the beginning of an error', async () => {
      const body = [
        JSON.stringify({ error: { message: 'no' } }).padEnd(60_000, ' '),
        ...Array<string>(100).fill(' '.repeat(60_000)),
      ];
      server.configure({ habit: { status: 500, headers: jsonType, body } });
      assert.match((await failure()).message, /\(500\): no\.$/);
      server.configure({ habit: { status: 500, headers: jsonType, body: ['x'.repeat(2_000_000)] } });
      assert.ok((await failure()).message.length < 500);
    });
  });

  describe('secrets', () => {
    const apiKey = 'sk-canary/4f9a+8b7c';

    it('are in no message, whatever the service repeats', async () => {
      const echoes = [
        apiKey,
        JSON.stringify(apiKey),
        encodeURIComponent(apiKey),
        Buffer.from(`Bearer ${apiKey}`).toString('base64'),
        `${'x'.repeat(290)}${apiKey}`,
      ];
      for (const echo of echoes) {
        const answers = [
          { status: 401, headers: jsonType, body: [JSON.stringify({ error: { message: `Bad key ${echo} model` } })] },
          { status: 422, headers: jsonType, body: [JSON.stringify({ detail: `Bad header Bearer ${echo}` })] },
          { status: 500, body: [`<html><title>${echo}</title>`] },
          { body: [event({ error: { message: echo, code: 500 } })] },
          { body: [`data: {"broken ${echo}\n\n`] },
          { body: [`${echo}\n`] },
          { status: 404, body: [`No such model for ${echo}`] },
        ];
        for (const habit of answers) {
          server.configure({ habit });
          const { message } = await failure({ credential: credential(apiKey, server.baseUrl) });
          for (const form of [apiKey, encodeURIComponent(apiKey), 'canary/4f9a', echo.slice(-20)]) {
            assert.ok(!message.includes(form), message);
          }
        }
      }
    });

    it('of an address are in no message either', async () => {
      const baseUrl = `${server.baseUrl}?key=canary12345`;
      server.configure({ habit: { status: 404, body: ['no canary12345 here'] } });
      assert.ok(!(await failure({ baseUrl })).message.includes('canary12345'));
      await server.close();
      assert.ok(!(await failure({ baseUrl })).message.includes('canary12345'));
    });

    it('that are cut in the middle are in no message either', async () => {
      const half = apiKey.slice(0, apiKey.length / 2);
      const widths = [300, 500, 2000, 4000, 64 * 1024];
      const cut = widths.flatMap((width) => [' '.repeat(width - half.length), 'x '.repeat((width - half.length) / 2)]);
      for (const before of cut) {
        const echo = `${before}${apiKey}`;
        for (const habit of [
          { status: 400, headers: jsonType, body: [JSON.stringify({ error: { message: `.${echo.slice(1)}` } })] },
          { status: 400, body: [echo] },
          { status: 502, body: [`<html><title>${echo}</title>`] },
          { status: 502, body: [`<html><title>${echo.slice('<html><title>'.length)}`] },
          { body: [`data: {${echo.slice(1)}\n\n`] },
          { body: [`${echo}\n`] },
          { body: [`<p>${echo.slice(3)}`] },
        ]) {
          server.configure({ habit });
          const { message } = await failure({ credential: credential(apiKey, server.baseUrl) });
          assert.ok(!message.includes(half.slice(0, 8)), message);
        }
      }
    });

    it('that a service repeats in its text are in no result', async () => {
      for (const echo of [apiKey, Buffer.from(`Bearer ${apiKey}`).toString('base64'), encodeURIComponent(apiKey)]) {
        const thought = { choices: [{ index: 0, delta: { reasoning_content: `I know ${echo}` } }] };
        server.configure({ habit: { body: [event(thought), chunk({ content: `It is ${echo} here` }, 'stop')] } });
        for (const reasoning of ['drop', 'keep', 'text'] as const) {
          const outcome = await call({ credential: credential(apiKey, server.baseUrl), reasoning });
          assert.equal(outcome.kind, 'completed');
          const { text } = outcome.result;
          assert.match(text, /It is \S*\[redacted\]\S* here$/);
          assert.ok(!JSON.stringify(outcome.result).includes(echo.slice(-16)), text);
        }
      }
    });

    it('that a service repeats as the name of its model are in no result', async () => {
      server.configure({ habit: { body: [chunk({ content: 'Rain.' }, 'stop', { model: `echo ${apiKey}` })] } });
      const outcome = await call({ credential: credential(apiKey, server.baseUrl) });
      assert.equal(outcome.kind, 'completed');
      assert.equal(outcome.result.model, 'echo [redacted]');
    });
  });
});
