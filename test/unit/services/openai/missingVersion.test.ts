import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Failure } from '../../../../src/model/attempt.ts';
import { OpenAiService } from '../../../../src/services/openai/openai.ts';
import { credential } from '../../../support/credential.ts';
import { chunk, event, htmlType, jsonType, type RawAnswer } from '../../../support/server/habits.ts';

const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }], parameters: {}, index: 1 };
const json = (status: number, value: unknown): RawAnswer => ({
  status,
  headers: jsonType,
  body: [JSON.stringify(value)],
});
const page = (status: number): RawAnswer => ({
  status,
  headers: htmlType,
  body: ['<html><title>Hello</title></html>'],
});
const nothing = json(404, { detail: 'Not Found' });
const models = json(200, { object: 'list', data: [{ id: 'm' }] });

describe('a base URL without its version', () => {
  const seen: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = [];
  let answers: Readonly<Record<string, RawAnswer>> = {};
  let server: Server;
  let origin: string;

  beforeEach(async () => {
    seen.length = 0;
    answers = {};
    server = createServer(({ method, url, headers }, response) => {
      seen.push({ method, url, headers });
      const { status = 200, headers: sent = {}, body = [], end } = answers[(url ?? '').replace(/\?.*/, '')] ?? nothing;
      if (end === 'hang') return;
      response.writeHead(status, sent).end(body.join(''));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function serviceAt(baseUrl: string): OpenAiService {
    return new OpenAiService({ name: 'test', baseUrl, credential: credential('sk-right', baseUrl) });
  }

  async function failureAt(
    baseUrl: string,
    service = serviceAt(baseUrl),
    signal = new AbortController().signal,
  ): Promise<Failure> {
    const outcome = await service.generate(request, { signal, onProgress: () => undefined });
    assert.equal(outcome.kind, 'failed');
    return outcome.failure;
  }

  const probes = () => seen.filter(({ method }) => method === 'GET');

  for (const [name, refusal] of [
    ['404', nothing],
    ['405', json(405, { error: 'Method Not Allowed' })],
    ['a page', page(200)],
    ['a page that is not found', page(404)],
    ['words', json(200, { error: 'Unexpected endpoint or method. (POST /chat/completions)' })],
  ] as const) {
    it(`is told with the one that answers (${name})`, async () => {
      answers = { '/chat/completions': refusal, '/v1/models': models };
      assert.deepEqual(await failureAt(`${origin}/`), {
        reason: 'wrong-address',
        message: `"${origin}/chat/completions" has nothing there; "${origin}/v1" answers: set it as base URL.`,
      });
      assert.deepEqual(
        probes().map(({ url, headers }) => [url, headers.authorization]),
        [['/v1/models', 'Bearer sk-right']],
      );
    });
  }

  it('may have a path, and a query that is kept and not shown', async () => {
    answers = { '/api/v1/models': json(401, { error: 'No key' }) };
    const { message } = await failureAt(`${origin}/api?code=secret`);
    const tried = `"${origin}/api/chat/completions?code=…" has nothing there`;
    assert.equal(message, `${tried}; "${origin}/api/v1" answers: set it as base URL.`);
    assert.equal(probes()[0]?.url, '/api/v1/models?code=secret');
  });

  for (const path of ['/api', '/api/chat', '/api/generate']) {
    it(`may be that of Ollama's own API (${path})`, async () => {
      answers = { '/v1/models': models };
      const { reason, message } = await failureAt(`${origin}${path}`);
      const tried = `"${origin}${path}/chat/completions" has nothing there`;
      assert.deepEqual([reason, message], ['wrong-address', `${tried}; "${origin}/v1" answers: set it as base URL.`]);
    });
  }

  it('is looked for once, however many ask', async () => {
    answers = { '/v1/models': models };
    const service = serviceAt(origin);
    const failures = await Promise.all(Array.from({ length: 20 }, () => failureAt(origin, service)));
    assert.equal(new Set(failures.map(({ message }) => message)).size, 1);
    assert.equal(probes().length, 1);
  });

  it('is not told where nothing else answers', async () => {
    for (const other of [nothing, page(200), page(401), json(500, {}), { status: 302, headers: { location: '/' } }]) {
      answers = { '/v1/models': other };
      assert.match((await failureAt(origin)).message, /^The service "test" is no API at .* Check its base URL\.$/);
    }
  });

  it('is not looked for where there is a version, or another reason', async () => {
    for (const path of ['/v1', '/v2/', '/v1beta/openai', '/api/paas/v4']) await failureAt(origin + path);
    for (const other of [
      json(404, { error: { message: 'The model `m` does not exist', code: 'model_not_found' } }),
      json(401, { error: 'No key' }),
      json(500, {}),
      { status: 307, headers: { location: 'http://127.0.0.1:1/' } },
    ]) {
      answers = { '/chat/completions': other };
      await failureAt(origin);
    }
    answers = { '/chat/completions': { body: [chunk({ content: 'Rain.' }, 'stop'), event('[DONE]')] } };
    const { kind } = await serviceAt(origin).generate(request, {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    assert.equal(kind, 'completed');
    assert.deepEqual(probes(), []);
  });

  it('keeps nobody waiting who wants no more', async () => {
    answers = { '/v1/models': { end: 'hang' } };
    const abort = new AbortController();
    const started = performance.now();
    const ending = failureAt(origin, serviceAt(origin), abort.signal);
    while (probes().length === 0) await new Promise(setImmediate);
    abort.abort();
    await ending;
    assert.ok(performance.now() - started < 2000);
  });
});
