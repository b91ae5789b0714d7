import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CalledServiceSettings, callOptionsOf, movedTo } from '../../../src/services/calledService.ts';
import { kindOf } from '../../../src/services/kinds.ts';
import { credential } from '../../support/credential.ts';
import { chunk, event } from '../../support/server/habits.ts';
import { saying } from '../../support/server/messages.ts';

const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }], parameters: {}, index: 1 };
const options = { signal: new AbortController().signal, onProgress: () => undefined };
const key = 'sk-right-0123456789';

describe('a service that is called over HTTP', () => {
  const servers: Server[] = [];

  async function listen(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  function call(settings: CalledServiceSettings) {
    const service = kindOf(settings).create(settings, { credential: credential(key, settings.baseUrl) });
    return service.generate(request, options);
  }

  for (const [kind, path, usual, answer] of [
    ['openai', '/v1/chat/completions', 'authorization', chunk({ content: 'Rain.' }, 'stop') + event('[DONE]')],
    ['anthropic', '/v1/messages', 'x-api-key', saying('Rain.').join('')],
  ] as const) {
    describe(`as one of the kind ${kind}`, () => {
      const seen: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];
      let origin: string;

      const settings = (more: Partial<CalledServiceSettings> = {}): CalledServiceSettings => {
        const baseUrl = kind === 'openai' ? `${origin}/v1?a=1` : `${origin}?a=1`;
        return { name: 'mine', kind, models: ['m'], baseUrl, ...more };
      };

      beforeEach(async () => {
        seen.length = 0;
        origin = await listen(({ url, headers }, response) => {
          seen.push({ url, headers });
          response.end(answer);
        });
      });

      it('is sent what the settings add', async () => {
        const headers = { 'HTTP-Referer': 'https://roses.example', 'X-Title': 'Roses', 'X-API-KEY': 'other' };
        const outcome = await call(settings({ headers, query: { 'api-version': '1' }, apiKeyHeader: 'API-Key' }));
        assert.equal(outcome.kind, 'completed', JSON.stringify(outcome));
        const [{ url, headers: sent } = assert.fail()] = seen;
        assert.equal(url, `${path}?a=1&api-version=1`);
        assert.deepEqual(
          [sent['http-referer'], sent['x-title'], sent['x-api-key'], sent['api-key'], sent.authorization],
          ['https://roses.example', 'Roses', 'other', key, undefined],
        );
      });

      it('has its key in its own header where they say nothing else', async () => {
        await call(settings({ headers: { [usual]: 'other' } }));
        const value = seen[0]?.headers[usual];
        assert.equal(value, usual === 'authorization' ? `Bearer ${key}` : key);
        await call(settings({ apiKeyHeader: 'authorization' }));
        assert.equal(seen[1]?.headers.authorization, `Bearer ${key}`);
      });

      it('sends them nowhere else', async () => {
        const reached: unknown[] = [];
        const other = await listen((incoming, response) => {
          reached.push(incoming.headers);
          response.end(answer);
        });
        const redirecting = await listen((_, response) => {
          response.writeHead(307, { location: `${other}${path}` }).end();
        });
        const outcome = await call(settings({ baseUrl: redirecting, headers: { 'X-Gateway': 'secret' } }));
        assert.equal(outcome.kind, 'failed');
        assert.deepEqual(reached, []);
      });

      it('tells nobody what they are', async () => {
        const secret = 'gw-4f9a8b7c6d5e4f3a';
        const asked = 'q-4f9a8b7c6d5e4f3a';
        const more = { headers: { 'X-Gateway': secret }, query: { code: asked } };
        const refusing = await listen((_, response) => {
          response.writeHead(400, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ error: { message: `Bad gateway key ${secret} and ${asked}, ${key}` } }));
        });
        const refused = await call(settings({ ...more, baseUrl: refusing }));
        const echoing = await listen((_, response) => {
          response.end(answer.replaceAll('Rain.', `It is ${secret} and ${asked}.`));
        });
        const echoed = await call(settings({ ...more, baseUrl: echoing }));
        assert.deepEqual([refused.kind, echoed.kind], ['failed', 'completed']);
        const told = JSON.stringify([refused, echoed]);
        for (const hidden of [secret, asked, key]) assert.ok(!told.includes(hidden), told);
      });
    });
  }

  it('takes its key as it is known to want it', () => {
    const at = (baseUrl: string) => callOptionsOf({ name: 'a', kind: 'openai', models: ['m'], baseUrl }, undefined);
    assert.deepEqual(at('https://mine.openai.azure.com/openai/v1').keyHeader, { name: 'api-key', prefix: '' });
    assert.equal(at('https://api.openai.com/v1').keyHeader, undefined);
  });

  it('takes nothing along to another origin', () => {
    const additions = { headers: { 'X-A': 'b' }, query: { c: 'd' }, apiKeyHeader: 'e' };
    const base = { name: 'a', kind: 'openai', models: ['m'], baseUrl: 'https://a.example/v1' };
    const near = 'https://a.example/v2';
    assert.deepEqual(movedTo({ ...base, ...additions }, near), { ...base, ...additions, baseUrl: near });
    for (const far of ['https://b.example/v1', 'http://a.example/v1', 'https://a.example:8443/v1']) {
      assert.deepEqual(movedTo({ ...base, ...additions }, far), { ...base, baseUrl: far });
    }
  });
});
