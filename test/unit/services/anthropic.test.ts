import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AttemptOutcome, Failure, FailureReason, TokenUsage } from '../../../src/model/attempt.ts';
import type { ChatMessage } from '../../../src/model/message.ts';
import { AnthropicService } from '../../../src/services/anthropic/anthropic.ts';
import { Negotiations } from '../../../src/services/negotiation.ts';
import type { Generation, GenerationRequest } from '../../../src/services/service.ts';
import type { CallOptions } from '../../../src/services/streamedCalls.ts';
import { credential } from '../../support/credential.ts';
import { htmlType, jsonType, type RawAnswer } from '../../support/server/habits.ts';
import {
  blockStart,
  messageDelta,
  messageStart,
  messageStop,
  type MessagesServer,
  ping,
  refusal,
  saying,
  sent,
  startMessagesServer,
  textDelta,
  thinkingDelta,
} from '../../support/server/messages.ts';

const request: GenerationRequest = {
  model: 'claude-asked',
  messages: [{ role: 'user', content: 'Write a line.' }],
  parameters: {},
  index: 1,
};
const apiKey = 'sk-ant-api03-canary-7Qx';
const environment = {
  ANTHROPIC_BASE_URL: 'http://127.0.0.1:9/canary',
  ANTHROPIC_API_KEY: 'canary',
  ANTHROPIC_AUTH_TOKEN: 'canary',
  ANTHROPIC_CUSTOM_HEADERS: 'x-canary: canary\nauthorization: Bearer canary\nx-api-key: canary',
  ANTHROPIC_WEBHOOK_SIGNING_KEY: 'canary',
  ANTHROPIC_PROFILE: 'canary',
  ANTHROPIC_IDENTITY_TOKEN: 'canary',
  ANTHROPIC_CONFIG_DIR: '/canary',
  ANTHROPIC_LOG: 'debug',
};

describe('anthropic service', () => {
  let server: MessagesServer;

  beforeEach(async () => {
    server = await startMessagesServer();
  });

  afterEach(() => server.close());

  function call(
    more: Partial<GenerationRequest> = {},
    options: Partial<CallOptions> = {},
    signal = new AbortController().signal,
    onProgress: (share: number) => void = () => undefined,
  ): Promise<AttemptOutcome<Generation>> {
    const service = new AnthropicService({
      name: 'test',
      baseUrl: server.baseUrl,
      credential: credential(apiKey, server.baseUrl),
      ...options,
    });
    return service.generate({ ...request, ...more }, { signal, onProgress });
  }

  async function completed(
    more: Partial<GenerationRequest> = {},
    options: Partial<CallOptions> = {},
  ): Promise<{ readonly result: Generation; readonly usage: TokenUsage }> {
    const outcome = await call(more, options);
    assert.equal(outcome.kind, 'completed', outcome.kind === 'failed' ? outcome.failure.message : '');
    return outcome;
  }

  async function failure(more: Partial<GenerationRequest> = {}, options: Partial<CallOptions> = {}): Promise<Failure> {
    const outcome = await call(more, options);
    assert.equal(outcome.kind, 'failed');
    return outcome.failure;
  }

  async function bodySent(more: Partial<GenerationRequest>): Promise<Readonly<Record<string, unknown>>> {
    await completed(more);
    return server.calls.at(-1)!.body;
  }

  function answer(...body: readonly string[]): void {
    server.answer = () => ({ body });
  }

  describe('attachments and schemas', () => {
    const attachment = { path: 'a/photo.png', mediaType: 'image/png', bytes: 3, hash: 'one', tokens: 85 } as const;
    const paper = { path: 'paper.pdf', mediaType: 'application/pdf', bytes: 3, hash: 'two', tokens: 3000 } as const;
    const files = new Map([
      ['one', 'UE5H'],
      ['two', 'UERG'],
    ]);
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'UE5H' } };
    const document = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'UERG' } };
    const schema = { type: 'object', properties: { price: { type: 'number', minimum: 1 } }, required: ['price'] };

    it('go before the text of their turn, also where there is none', async () => {
      const messages: ChatMessage[] = [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Look.', attachments: [attachment, paper] },
      ];
      await call({ messages, files });
      await call({ messages: [messages[0]!, { role: 'user', content: '', attachments: [attachment] }], files });
      assert.deepEqual(server.calls[0]?.body.messages, [
        { role: 'user', content: [image, document, { type: 'text', text: 'Look.' }] },
      ]);
      assert.deepEqual(server.calls[1]?.body.messages, [{ role: 'user', content: [image] }]);
      assert.equal(server.calls[1].body.system, 'Be brief.');
    });

    it('are marked for the cache at their end where candidates share them', async () => {
      const long = { role: 'user', content: 'word '.repeat(2000), attachments: [attachment] } as const;
      await call({ messages: [long], files, siblings: 3 });
      const [turn] = server.calls[0]?.body.messages as { content: Record<string, unknown>[] }[];
      assert.deepEqual(
        turn?.content.map(({ type, cache_control: mark }) => [type, mark !== undefined]),
        [
          ['image', false],
          ['text', true],
        ],
      );
    });

    it('are enforced as far as the service can, and effort stays beside', async () => {
      await call({ schema, parameters: { reasoning_effort: 'low' } });
      const enforced = { ...schema, properties: { price: { type: 'number' } }, additionalProperties: false };
      const format = { type: 'json_schema', schema: enforced };
      assert.deepEqual(server.calls[0]?.body.output_config, { effort: 'low', format });
      assert.deepEqual(server.calls[0].body.messages, request.messages);
    });

    it('are said in words where the model does not take them, or nothing of them can be enforced', async () => {
      server.answer = ({ number, body }) =>
        body.output_config !== undefined && number === 1
          ? refusal(400, 'invalid_request_error', 'output_config.format: structured outputs are not supported.')
          : { body: saying('{}') };
      const outcome = await call({ schema });
      assert.equal(outcome.kind, 'completed');
      assert.equal(server.calls[1]?.body.output_config, undefined);
      const [asked] = server.calls[1]?.body.messages as { content: string }[];
      assert.ok(asked?.content.startsWith('Write a line.') && asked.content.includes(JSON.stringify(schema)));
      await call({ model: 'another', schema: { type: 'object' } });
      const [free] = server.calls[2]?.body.messages as { content: string }[];
      assert.ok(free?.content.endsWith('{"type":"object"}'));
    });
  });

  it('streams text, counts tokens and reports progress', async () => {
    const shares: number[] = [];
    const outcome = await call({}, {}, undefined, (share) => shares.push(share));
    assert.equal(outcome.kind, 'completed');
    assert.deepEqual(outcome.result, { text: 'Rain falls.', model: 'claude-answers', finish: 'stop' });
    assert.deepEqual(outcome.usage, { input: 9, output: 12 });
    assert.equal(shares.length, 2);
  });

  it('ends at once when cancelled, and before the first call', async () => {
    server.answer = () => ({ body: [messageStart(), textDelta('Ra')], end: 'hang' });
    const abort = new AbortController();
    const outcome = await call({}, {}, abort.signal, () => abort.abort());
    assert.equal(outcome.kind === 'failed' && outcome.failure.reason, 'cancelled');
  });

  describe('request', () => {
    it('goes to the address of messages, with the key in its own header', async () => {
      assert.deepEqual(await bodySent({}), {
        model: 'claude-asked',
        max_tokens: 16_384,
        messages: [{ role: 'user', content: 'Write a line.' }],
        stream: true,
      });
      const [{ url, headers } = assert.fail()] = server.calls;
      assert.equal(url, '/v1/messages');
      assert.equal(headers['x-api-key'], apiKey);
      assert.equal(headers['anthropic-version'], '2023-06-01');
      assert.equal(headers.authorization, undefined);
      await completed({}, { baseUrl: `${server.baseUrl}/anthropic/?version=2`, credential: undefined });
      assert.equal(server.calls[1]!.url, '/anthropic/v1/messages?version=2');
      assert.equal(server.calls[1]!.headers['x-api-key'], undefined);
    });

    it('tells what the API has no word for', async () => {
      const { result } = await completed({ parameters: { seed: 1, temperature: 0.5, min_p: 0.1 } });
      assert.deepEqual(result.adapted, {
        sent: { max_tokens: 16_384, temperature: 0.5 },
        renamed: {},
        leftOut: ['seed', 'min_p'],
      });
    });

    it('holds nothing of the environment, and nothing is logged', async () => {
      const before = { ...process.env };
      const logged: unknown[] = [];
      const { debug, info, warn } = console;
      const log = (...all: unknown[]): unknown => logged.push(all);
      Object.assign(process.env, environment);
      Object.assign(console, { debug: log, info: log, warn: log });
      try {
        await completed({ model: 'claude-opus-4-5' });
        await completed({}, { credential: undefined });
        for (const [name, value] of Object.entries(environment)) assert.equal(process.env[name], value);
      } finally {
        for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
        Object.assign(process.env, before);
        Object.assign(console, { debug, info, warn });
      }
      assert.ok(!JSON.stringify(server.calls).replaceAll(apiKey, '').includes('canary'));
      assert.deepEqual(logged, []);
      assert.ok(!Object.keys(server.calls[1]!.headers).some((name) => name.startsWith('x-')));
      assert.ok(!('traceparent' in server.calls[0]!.headers));
    });

    const user = (content: string): ChatMessage => ({ role: 'user', content });
    const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });
    const system = (content: string): ChatMessage => ({ role: 'system', content });
    for (const [what, messages, expected] of [
      [
        'instructions apart',
        [system('Be brief.'), user('Hi.'), system('Rhyme.')],
        { system: 'Be brief.\n\nRhyme.', messages: [user('Hi.')] },
      ],
      [
        'turns that alternate',
        [user('A'), user('B'), assistant('C'), assistant(' '), user('D')],
        { messages: [user('A\n\nB'), assistant('C'), user('D')] },
      ],
      [
        'what the model goes on from, without a space at its end',
        [user('A'), assistant('Rain \n')],
        { messages: [user('A'), assistant('Rain')] },
      ],
      ['instructions alone as what is asked', [system('Write.')], { messages: [user('Write.')] }],
    ] as const) {
      it(`has ${what}`, async () => {
        const { system: instructions, messages: turns } = await bodySent({ messages });
        assert.deepEqual(
          { ...(instructions === undefined ? {} : { system: instructions }), messages: turns },
          expected,
        );
      });
    }

    it('has parameters under the names of this API, and none that it has no word for', async () => {
      const { messages: _, ...sent } = await bodySent({
        parameters: {
          temperature: 0.5,
          top_p: 0.9,
          top_k: 4,
          maxTokens: 30,
          seed: 7,
          stop: ['END', 'STOP'],
          min_p: 0.1,
          presence_penalty: 1,
          verbosity: 'low',
          reasoning_effort: 'low',
          thinking: { type: 'adaptive' },
          service_tier: 'standard_only',
        },
      });
      assert.deepEqual(sent, {
        model: 'claude-asked',
        stream: true,
        max_tokens: 30,
        temperature: 0.5,
        top_p: 0.9,
        top_k: 4,
        stop_sequences: ['END', 'STOP'],
        output_config: { effort: 'low' },
        thinking: { type: 'adaptive' },
        service_tier: 'standard_only',
      });
    });

    it('leaves room for the text where the prompt says how much is thought', async () => {
      const thinking = { type: 'enabled', budget_tokens: 30_000 };
      assert.equal((await bodySent({ parameters: { thinking } })).max_tokens, 38_192);
      assert.equal((await bodySent({ parameters: { thinking, maxTokens: 31_000 } })).max_tokens, 31_000);
    });
  });

  describe('cache', () => {
    const mark = { cache_control: { type: 'ephemeral' } };
    const long = 'word '.repeat(1000);

    it('is asked for where candidates share a long prompt, and only there', async () => {
      const messages = [{ role: 'user' as const, content: long }];
      const shared = await bodySent({ messages, siblings: 3 });
      assert.deepEqual(shared.messages, [{ role: 'user', content: [{ type: 'text', text: long, ...mark }] }]);
      assert.equal('cache_control' in shared, false);
      for (const more of [{ messages }, { messages, siblings: 1 }, { siblings: 5 }]) {
        assert.ok(!JSON.stringify(await bodySent(more)).includes('cache_control'));
      }
    });

    it('has instructions that fill it alone, for other rows', async () => {
      const body = await bodySent({
        messages: [
          { role: 'system', content: long },
          { role: 'user', content: 'One.' },
        ],
        siblings: 2,
      });
      assert.deepEqual(body.system, [{ type: 'text', text: long, ...mark }]);
      assert.deepEqual(body.messages, [{ role: 'user', content: [{ type: 'text', text: 'One.', ...mark }] }]);
    });

    it('is done without where the service does not know it', async () => {
      server.answer = ({ body }) =>
        JSON.stringify(body).includes('cache_control')
          ? refusal(400, 'invalid_request_error', 'messages.0.content.0.cache_control: Extra inputs are not permitted')
          : { body: saying('Rain.') };
      const messages = [{ role: 'user' as const, content: long }];
      assert.equal((await completed({ messages, siblings: 2 })).result.text, 'Rain.');
      assert.equal(server.calls.length, 2);
    });

    it('counts into the input, and apart', async () => {
      answer(
        messageStart({ input_tokens: 3, cache_creation_input_tokens: 100, cache_read_input_tokens: 2000 }),
        textDelta('Rain.'),
        messageDelta('end_turn', { input_tokens: null, cache_read_input_tokens: null, output_tokens: 7 }),
        messageStop,
      );
      assert.deepEqual((await completed()).usage, { input: 2103, output: 7, cached: 2000 });
    });
  });

  describe('answer', () => {
    it('has its thinking apart, dropped, kept or written before the text', async () => {
      answer(
        messageStart(),
        blockStart(0, { type: 'thinking', thinking: '', signature: '' }),
        thinkingDelta('Hm, '),
        thinkingDelta('rain.'),
        sent('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: 'abc' } }),
        blockStart(1, { type: 'redacted_thinking', data: 'xyz' }),
        blockStart(2, { type: 'text', text: '' }),
        textDelta('Rain falls.', 2),
        messageDelta('end_turn', { output_tokens: 50, output_tokens_details: { thinking_tokens: 40 } }),
        messageStop,
      );
      const { result, usage } = await completed();
      assert.deepEqual(result, { text: 'Rain falls.', model: 'claude-answers', finish: 'stop' });
      assert.deepEqual(usage, { input: 9, output: 50, reasoning: 40 });
      assert.equal((await completed({}, { reasoning: 'keep' })).result.reasoning, 'Hm, rain.');
      assert.equal(
        (await completed({}, { reasoning: 'text' })).result.text,
        '<think>\nHm, rain.\n</think>\n\nRain falls.',
      );
    });

    for (const [reason, finish, cut] of [
      ['end_turn', 'stop', undefined],
      ['stop_sequence', 'stop', undefined],
      ['max_tokens', 'length', true],
      ['model_context_window_exceeded', 'length', true],
      ['pause_turn', 'other', undefined],
      ['tool_use', 'other', undefined],
      ['something_new', 'other', undefined],
    ] as const) {
      it(`that ends with ${reason} is "${finish}"`, async () => {
        answer(messageStart(), textDelta('Rain.'), messageDelta(reason), messageStop);
        const { result } = await completed();
        assert.deepEqual([result.text, result.finish, result.cut], ['Rain.', finish, cut]);
      });
    }

    const whole = {
      type: 'message',
      role: 'assistant',
      model: 'claude-answers',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'x' },
        { type: 'text', text: 'Rain ' },
        { type: 'text', text: 'falls.' },
      ],
      stop_reason: 'end_turn',
      usage: { input_tokens: 5, output_tokens: 3 },
    };
    const texts: Readonly<Record<string, RawAnswer>> = {
      'without a message_stop': { body: [messageStart(), textDelta('Rain falls.'), messageDelta('end_turn')] },
      'without a stop_reason': { body: [messageStart(), textDelta('Rain falls.'), messageStop] },
      'with events that are new': {
        body: [messageStart(), sent('weather', { delta: null }), textDelta('Rain '), textDelta('falls.'), messageStop],
      },
      'in a block that begins with it': {
        body: [messageStart(), blockStart(0, { type: 'text', text: 'Rain ' }), textDelta('falls.'), messageStop],
      },
      'with holes': {
        body: [
          sent('message_start', { message: null }),
          sent('content_block_delta', { delta: null }),
          sent('content_block_delta', { delta: { text: 'Rain falls.' } }),
          sent('message_delta', { delta: {}, usage: null }),
          sent('message_delta', { delta: { stop_reason: 'end_turn' } }),
        ],
      },
      'without the names of events': {
        body: [
          saying('Rain ', 'falls.')
            .join('')
            .replaceAll(/^event:.*\n/gm, ''),
        ],
      },
      'as a whole message': { headers: jsonType, body: [JSON.stringify(whole)] },
      'as a whole message without its type': {
        headers: jsonType,
        body: [JSON.stringify({ ...whole, type: undefined })],
      },
      'and a connection that hangs after it': { body: saying('Rain falls.'), end: 'hang' },
      'and a connection that breaks after it': { body: saying('Rain falls.'), end: 'reset' },
    };
    for (const [what, raw] of Object.entries(texts)) {
      it(`${what} is read`, async () => {
        server.answer = () => raw;
        const { result, usage } = await completed();
        assert.equal(result.text, 'Rain falls.');
        assert.ok(usage.input > 0 && usage.output > 0);
        assert.equal(server.calls.length, 1);
      });
    }

    it('has only figures that are numbers', async () => {
      answer(
        messageStart({ input_tokens: 'many', cache_read_input_tokens: -1, cache_creation_input_tokens: 1e300 }),
        textDelta('Rain falls.'),
        messageDelta('end_turn', { output_tokens: [7], output_tokens_details: { thinking_tokens: 1.5e10 } }),
      );
      assert.deepEqual((await completed()).usage, { input: 8, output: 3 });
    });
  });

  describe('failure', () => {
    const half = [messageStart(), textDelta('The first half')];
    const error = (type: string, message: string): string => sent('error', { error: { type, message } });
    const failures: readonly (readonly [string, RawAnswer, FailureReason, RegExp, number?])[] = [
      ['an end without a reason', { body: half }, 'truncated', /broke off in the middle/],
      ['a connection that breaks', { body: half, end: 'reset' }, 'truncated', /broke off in the middle/],
      [
        'an answer without a text',
        { body: [messageStart(), messageDelta('end_turn'), messageStop] },
        'empty',
        /any text/,
      ],
      [
        'one that only thought',
        { body: [messageStart(), thinkingDelta('Hm.'), messageDelta('max_tokens', { output_tokens: 100 })] },
        'max-tokens',
        /all 100 tokens went into thinking: raise max_tokens/,
      ],
      ['a refusal', { body: [...half, messageDelta('refusal'), messageStop] }, 'content-filter', /withheld the text/],
      [
        'an overload inside of a stream',
        { body: [...half, error('overloaded_error', 'Overloaded')] },
        'server-error',
        /a problem of its own \(529\): Overloaded\.$/,
      ],
      [
        'a limit inside of a stream',
        { body: [messageStart(), error('rate_limit_error', 'Slow down, try again in 3s.')] },
        'rate-limited',
        /limiting the rate \(429\): Slow down, try again in 3s\.$/,
        3000,
      ],
      [
        'an error of its own inside of a stream',
        { body: [error('api_error', 'Internal server error')] },
        'server-error',
        /a problem of its own \(500\): Internal server error\.$/,
      ],
      [
        'a key that is refused inside of a stream',
        { body: [error('authentication_error', 'invalid x-api-key')] },
        'unauthorized',
        /refused the API key \(401\)/,
      ],
      ['an overload', refusal(529, 'overloaded_error', 'Overloaded'), 'server-error', /\(529\): Overloaded\.$/],
      [
        'a limit',
        refusal(429, 'rate_limit_error', 'Number of request tokens has exceeded your per-minute rate limit', {
          'retry-after': '7',
        }),
        'rate-limited',
        /limiting the rate \(429\): Number of request tokens/,
        7000,
      ],
      ['a wrong key', refusal(401, 'authentication_error', 'invalid x-api-key'), 'unauthorized', /refused the API key/],
      ['a key without rights', refusal(403, 'permission_error', 'Not allowed'), 'forbidden', /does not serve this/],
      [
        'no credit',
        refusal(400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
        'quota-exhausted',
        /no quota left/,
      ],
      ['a bill', refusal(402, 'billing_error', 'Payment required'), 'quota-exhausted', /no quota left/],
      [
        'a limit of the account',
        refusal(
          400,
          'invalid_request_error',
          'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.',
        ),
        'quota-exhausted',
        /no quota left/,
      ],
      [
        'a limit of what is spent',
        {
          ...jsonType,
          status: 429,
          body: [
            JSON.stringify({
              type: 'error',
              error: {
                type: 'rate_limit_error',
                message: 'Limit reached.',
                details: { error_code: 'enforced_spend_limit_reached' },
              },
            }),
          ],
        },
        'quota-exhausted',
        /no quota left/,
      ],
      [
        'an unknown model',
        refusal(404, 'not_found_error', 'model: claude-asked'),
        'unknown-model',
        /does not know the model "claude-asked" \(404\): model: claude-asked\.$/,
      ],
      [
        'a prompt that is too long',
        refusal(400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
        'bad-request',
        /did not accept the request \(400\): prompt is too long/,
      ],
      [
        'a login page',
        { headers: htmlType, body: ['<!DOCTYPE html><html><title>Sign in</title></html>'] },
        'wrong-address',
        /no API at http:.*\/v1\/messages: it answers with a web page, "Sign in"\./,
      ],
      ['another API', { headers: jsonType, body: ['{"answer":"Rain falls."}'] }, 'malformed', /cannot be read/],
      ['nonsense', { body: ['data: {"type":\n\n'] }, 'malformed', /cannot be read/],
      [
        'half of a stream as a document',
        { headers: jsonType, body: ['{"type":"content_block_delta","delta":{"type":"text_delta","text":"Half"}}'] },
        'truncated',
        /broke off/,
      ],
    ];
    for (const [what, raw, reason, message, retryAfterMs] of failures) {
      it(`calls ${what} "${reason}"`, async () => {
        server.answer = () => raw;
        const actual = await failure();
        assert.equal(actual.reason, reason, actual.message);
        assert.match(actual.message, message);
        assert.equal(actual.retryAfterMs, retryAfterMs);
        assert.equal(server.calls.length, 1, 'the SDK tries nothing again');
      });
    }

    it('counts what the call used', async () => {
      answer(messageStart({ input_tokens: 40, output_tokens: 2 }), textDelta('Half'));
      const outcome = await call();
      assert.deepEqual(outcome.kind === 'failed' && outcome.usage, { input: 40, output: 2 });
    });

    it('never holds the key, whatever the service repeats', async () => {
      for (const raw of [
        refusal(401, 'authentication_error', `invalid x-api-key: ${apiKey}`),
        refusal(400, 'invalid_request_error', `The header ${encodeURIComponent(apiKey)} is odd.`),
        { body: [sent('error', { error: { type: 'api_error', message: `x-api-key ${apiKey}` } })] },
        { headers: jsonType, body: [`not JSON ${apiKey}`] },
      ]) {
        server.answer = () => raw;
        const { message } = await failure();
        assert.ok(!message.includes('canary'), message);
      }
    });

    it('is a redirect to another origin, which would carry key and prompt there', async () => {
      let reached = 0;
      const other = createServer((_, response) => {
        reached++;
        response.end();
      });
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/v1/messages`;
      server.answer = () => ({ status: 307, headers: { location } });
      const { reason, message } = await failure();
      other.close();
      assert.equal(reason, 'wrong-address');
      assert.match(message, /which was not followed/);
      assert.equal(reached, 0);
    });

    it('is too much text, whatever comes after', async () => {
      server.answer = () => ({ body: Array.from({ length: 100 }, () => textDelta('x'.repeat(1000))), end: 'hang' });
      assert.equal((await failure({}, { maxAnswerBytes: 10_000 })).reason, 'too-long');
    });

    it('is silence: pings are no life, thinking is', async () => {
      const pings = Array.from({ length: 40 }, () => ping);
      server.answer = () => ({ body: [messageStart(), ...pings], gapMs: 10, end: 'hang' });
      const late = await failure({}, { timeouts: { firstToken: 100, idle: 5000 } });
      assert.equal(late.reason, 'timeout');
      assert.match(late.message, /did not begin its text within 0\.1 s/);
      server.answer = () => ({ body: [messageStart(), textDelta('a'), ...pings], gapMs: 10, end: 'hang' });
      assert.match((await failure({}, { timeouts: { idle: 100 } })).message, /sent no text for 0\.1 s/);
      const thinking = Array.from({ length: 20 }, () => thinkingDelta('Hm. '));
      server.answer = () => ({ body: [messageStart(), ...thinking, textDelta('Rain.'), messageStop], gapMs: 10 });
      assert.equal((await completed({}, { timeouts: { firstToken: 150, idle: 150 } })).result.text, 'Rain.');
      server.answer = () => ({ body: [messageStart(), ...thinking], gapMs: 10, end: 'hang' });
      assert.match((await failure({}, { timeouts: { total: 100 } })).message, /took more than 0\.1 s/);
    });
  });

  describe('limits', () => {
    const headersFor = (reset: string): Readonly<Record<string, string>> => ({
      'content-type': 'text/event-stream',
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-requests-reset': reset,
      'anthropic-ratelimit-input-tokens-limit': '30000',
      'anthropic-ratelimit-input-tokens-remaining': '29000',
      'anthropic-ratelimit-input-tokens-reset': reset,
    });

    it('are told with an answer and with a refusal', async () => {
      const headers = headersFor(new Date(Date.now() + 30_000).toISOString());
      server.answer = () => ({ headers, body: saying('Rain.') });
      const { hints } = await call();
      assert.equal(hints?.requests?.limit, 50);
      assert.equal(hints.requests.remaining, 49);
      assert.ok(hints.requests.resetMs! > 25_000 && hints.requests.resetMs! <= 31_000);
      assert.equal(hints.tokens?.remaining, 29_000);
      server.answer = () =>
        refusal(429, 'rate_limit_error', 'x', { ...headers, 'anthropic-ratelimit-requests-remaining': '0' });
      const outcome = await call();
      assert.equal(outcome.hints?.requests?.remaining, 0);
      assert.ok(outcome.kind === 'failed' && outcome.failure.retryAfterMs! > 25_000, 'waits for the reset');
    });
  });

  describe('negotiation', () => {
    const learning = (): Partial<CallOptions> => ({ negotiations: new Negotiations({ required: ['max_tokens'] }) });

    it('leaves a temperature out where a model refuses it, for one wasted call', async () => {
      server.answer = ({ body }) =>
        'temperature' in body
          ? refusal(400, 'invalid_request_error', '`temperature` is deprecated for this model.')
          : { body: saying('Rain.') };
      const options = learning();
      const parameters = { temperature: 0.9 };
      const outcomes = await Promise.all([1, 2, 3, 4, 5].map((index) => call({ parameters, index }, options)));
      assert.ok(outcomes.every(({ kind }) => kind === 'completed'));
      assert.equal(server.calls.length, 6);
    });

    it('asks for as much as the model can give', async () => {
      server.answer = ({ body }) =>
        Number(body.max_tokens) > 4096
          ? refusal(
              400,
              'invalid_request_error',
              `max_tokens: ${Number(body.max_tokens)} > 4096, which is the maximum allowed number of output tokens for m`,
            )
          : { body: saying('Rain.') };
      const options = learning();
      await completed({ parameters: { maxTokens: 100_000 } }, options);
      await completed({}, options);
      assert.deepEqual(
        server.calls.map(({ body }) => body.max_tokens),
        [100_000, 4096, 4096],
      );
    });

    it('gives up the second of two that do not go together', async () => {
      server.answer = ({ body }) =>
        'temperature' in body && 'top_p' in body
          ? refusal(400, 'invalid_request_error', '`temperature` and `top_p` cannot both be specified for this model.')
          : { body: saying('Rain.') };
      await completed({ parameters: { temperature: 0.9, top_p: 0.5 } }, learning());
      const { temperature, top_p: topP } = server.calls[1]!.body;
      assert.deepEqual([temperature, topP], [0.9, undefined]);
    });
  });
});
