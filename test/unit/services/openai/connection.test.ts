import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { Failure } from '../../../../src/model/attempt.ts';
import { OpenAiService } from '../../../../src/services/openai/openai.ts';
import { timeoutsFor } from '../../../../src/services/timeouts.ts';
import type { Credential } from '../../../../src/services/credential.ts';
import { credential } from '../../../support/credential.ts';
import { chunk, event } from '../../../support/server/habits.ts';

const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }], parameters: {}, index: 1 };
const environment = {
  OPENAI_CUSTOM_HEADERS: 'x-canary: canary\nauthorization: Bearer canary\nnot a header: x',
  OPENAI_ORG_ID: 'canary',
  OPENAI_PROJECT_ID: 'canary',
  OPENAI_API_KEY: 'canary',
  OPENAI_ADMIN_KEY: 'canary',
  OPENAI_BASE_URL: 'http://127.0.0.1:9/canary',
  OPENAI_LOG: 'debug',
  OPENAI_WEBHOOK_SECRET: 'canary',
};

describe('connection', () => {
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

  function generate(baseUrl: string, sent: Credential | undefined = credential('sk-right', baseUrl)) {
    const service = new OpenAiService({ name: 'test', baseUrl, credential: sent });
    return service.generate(request, { signal: new AbortController().signal, onProgress: () => undefined });
  }

  async function failure(baseUrl: string): Promise<Failure> {
    const outcome = await generate(baseUrl);
    assert.equal(outcome.kind, 'failed');
    return outcome.failure;
  }

  const answer = chunk({ content: 'Rain.' }, 'stop') + event('[DONE]');

  it('keeps the query of an address behind the path of the call', async () => {
    const urls: (string | undefined)[] = [];
    const origin = await listen((incoming, response) => {
      urls.push(incoming.url);
      response.end(answer);
    });
    await generate(`${origin}/openai/deployments/d/?api-version=2024-10-21`);
    assert.deepEqual(urls, ['/openai/deployments/d/chat/completions?api-version=2024-10-21']);
  });

  it('sends its own headers and nothing of the environment', async () => {
    const seen: { headers: IncomingHttpHeaders; url: string | undefined }[] = [];
    const origin = await listen((incoming, response) => {
      seen.push({ headers: incoming.headers, url: incoming.url });
      response.end(answer);
    });
    const before = { ...process.env };
    const logged: unknown[] = [];
    const { debug, warn } = console;
    Object.assign(process.env, environment);
    Object.assign(console, {
      debug: (...all: unknown[]) => logged.push(all),
      warn: (...all: unknown[]) => logged.push(all),
    });
    try {
      assert.equal((await generate(`${origin}/v1`)).kind, 'completed');
      assert.equal(
        (await generate(`${origin}/v1?version=2`, credential('sk-right', 'http://127.0.0.1:1'))).kind,
        'completed',
      );
      for (const [name, value] of Object.entries(environment)) assert.equal(process.env[name], value);
    } finally {
      for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, before);
      Object.assign(console, { debug, warn });
    }
    assert.ok(!JSON.stringify(seen).includes('canary'));
    assert.deepEqual(logged, []);
    const [first, second] = seen;
    assert.deepEqual([first!.url, first!.headers.authorization], ['/v1/chat/completions', 'Bearer sk-right']);
    assert.deepEqual([second!.url, second!.headers.authorization], ['/v1/chat/completions?version=2', undefined]);
    assert.ok(!Object.keys(first!.headers).some((name) => name.startsWith('x-')));
  });

  it('follows a redirect within the origin, with the prompt and the key', async () => {
    const bodies: string[] = [];
    const origin = await listen((incoming, response) => {
      if (incoming.url !== '/v2/chat/completions') {
        response.writeHead(308, { location: '/v2/chat/completions' }).end();
        return;
      }
      assert.equal(incoming.headers.authorization, 'Bearer sk-right');
      let body = '';
      incoming.on('data', (piece: Buffer) => (body += piece.toString()));
      incoming.on('end', () => {
        bodies.push(body);
        response.end(answer);
      });
    });
    assert.equal((await generate(`${origin}/v1`)).kind, 'completed');
    assert.match(bodies[0]!, /"content":"Hi"/);
  });

  it('never follows one to another origin, nor for ever', async () => {
    let reached = 0;
    const other = await listen((_, response) => {
      reached++;
      response.end(answer);
    });
    let hops = 0;
    const origin = await listen((incoming, response) => {
      hops++;
      const where: Readonly<Record<string, string | undefined>> = {
        '/loop/chat/completions': '/loop/chat/completions',
        '/nowhere/chat/completions': undefined,
      };
      const { url = '' } = incoming;
      const location = url in where ? where[url] : `${other}/v1/chat/completions?key=sk-right`;
      response.writeHead(307, location === undefined ? {} : { location }).end();
    });
    const elsewhere = await failure(`${origin}/v1`);
    assert.equal(elsewhere.reason, 'wrong-address');
    assert.match(
      elsewhere.message,
      /redirects to http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions\?key=…, which was not followed/,
    );
    assert.equal(reached, 0);
    hops = 0;
    assert.equal((await failure(`${origin}/loop`)).reason, 'wrong-address');
    assert.ok(hops <= 6);
    assert.match((await failure(`${origin}/nowhere`)).message, /redirects to nowhere/);
  });

  it('knows an address where HTTPS is spoken to a server without it', async () => {
    const origin = await listen((_, response) => response.end(answer));
    const { reason, message } = await failure(origin.replace('http:', 'https:'));
    assert.equal(reason, 'certificate', message);
    assert.match(message, /does not speak HTTPS|cannot be encrypted/);
  });

  it("is not ended by fetch's own limits where a server of this computer lets its queue wait", async () => {
    const key = Symbol.for('undici.globalDispatcher.1');
    const dispatchers = globalThis as unknown as Record<symbol, { dispatch: (...all: unknown[]) => boolean }>;
    const own = dispatchers[key]!;
    const given: unknown[] = [];
    dispatchers[key] = {
      dispatch: (options, handler) => {
        given.push(options);
        return own.dispatch(options, handler);
      },
    };
    try {
      const origin = await listen((_, response) => response.end(answer));
      assert.equal((await generate(`${origin}/v1`)).kind, 'completed');
    } finally {
      dispatchers[key] = own;
    }
    const [options] = given as { headersTimeout: number; bodyTimeout: number }[];
    assert.deepEqual([options!.headersTimeout, options!.bodyTimeout], [0, 0]);
  });

  it("has fetch's own dispatcher at hand before the first call of a process", async () => {
    const module = new URL('../../../../src/services/exactFetch.ts', import.meta.url).href;
    const script = `const key = Symbol.for('undici.globalDispatcher.1');
      const { exactFetch } = await import(${JSON.stringify(module)});
      const before = key in globalThis;
      exactFetch('http://127.0.0.1:1/v1', () => ({}));
      process.stdout.write(JSON.stringify([before, key in globalThis]));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    assert.deepEqual(JSON.parse(stdout), [false, true]);
  });

  it('waits longer for this computer, and takes what is set', () => {
    const remote = timeoutsFor('https://api.example/v1');
    for (const address of ['http://localhost:1/v1', 'http://127.0.0.1/v1', 'http://[::1]:8080/v1']) {
      const local = timeoutsFor(address);
      assert.ok(local.firstToken > remote.firstToken && local.idle > remote.idle && local.total > remote.total);
    }
    const flex = timeoutsFor('https://api.example/v1', {}, 'flex');
    assert.ok(flex.firstToken >= 900_000 && flex.total > remote.total);
    assert.equal(timeoutsFor('https://api.example/v1', { firstToken: 7 }, 'flex').firstToken, 7);
    assert.deepEqual(timeoutsFor('https://a.example', { firstToken: 1, idle: 2, total: 1e12 }), {
      firstToken: 1,
      idle: 2,
      total: 2 ** 31 - 1,
    });
    assert.deepEqual(
      timeoutsFor('https://a.example', { idle: Number.NaN, total: -1 }),
      timeoutsFor('https://a.example'),
    );
  });
});
