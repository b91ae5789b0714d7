import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { HttpRequestDefinition, HttpStage } from '../../../../src/flow/pipeline.ts';
import { success } from '../../../../src/base/outcome.ts';
import { httpStage } from '../../../../src/stages/http/httpStage.ts';
import type { HttpTools, KeptAnswer } from '../../../../src/stages/http/httpTools.ts';
import type { WireRequest } from '../../../../src/stages/http/transport.ts';
import { failureOf, resultOf, saidBy, taskOf } from '../../../support/stages/task.ts';
import {
  nearTransport,
  publicLookup,
  stageFor,
  useHttpServer,
  type Handler,
} from '../../../support/stages/httpServer.ts';

const json = { 'content-type': 'application/json' };

describe('an http stage', () => {
  const server = useHttpServer();

  const stage = (http: Partial<HttpRequestDefinition> = {}, more: Partial<HttpStage> = {}): HttpStage =>
    stageFor(server, http, more);

  const run = (which: HttpStage, tools: HttpTools = {}, record: Record<string, unknown> = {}, signal?: AbortSignal) =>
    httpStage(which, { transport: nearTransport, lookup: publicLookup, ...tools })(taskOf(record, signal));

  const sends = (status: number, headers: Record<string, string>, body: string | Buffer = ''): Handler => {
    return (_, response) => response.writeHead(status, headers).end(body);
  };

  it('asks with what the record has', async () => {
    server.answer((request, response, body) => {
      response.writeHead(200, json).end(JSON.stringify({ url: request.url, body, mail: request.headers['x-mail'] }));
    });
    const { text, format } = resultOf(
      await run(
        stage({
          method: 'POST',
          url: `${server.origin()}/w/{{ id }}`,
          query: { q: '{{ q }}' },
          headers: { 'X-Mail': '{{ mail }}' },
          body: { a: ['{{ q }}', 1] },
        }),
        {},
        { id: 'a/b', q: '"x" & y', mail: 'me@example.org' },
      ),
    );
    assert.equal(format, 'json');
    assert.deepEqual(JSON.parse(text), {
      url: '/w/a%2Fb?q=%22x%22%20%26%20y',
      body: '{"a":["\\"x\\" & y",1]}',
      mail: 'me@example.org',
    });
  });

  it('does not ask with a header that cannot be sent', async () => {
    const bad = saidBy(await run(stage({ headers: { 'x-a': '{{ v }}' } }), {}, { v: 'a\r\nx-b: c' }));
    assert.match(bad, /^bad-request: The stage "it" cannot ask: The header "x-a" has a value that cannot be sent/);
    assert.match(saidBy(await run(stage({ headers: { Authorization: 'k' } }))), /is for the key/);
    assert.equal(server.requests.length, 0);
  });

  it('selects', async () => {
    server.answer(sends(200, json, '{"results":[{"doi":"10.1/x"}],"meta":{"count":1}}'));
    assert.equal(resultOf(await run(stage({ select: 'results[0]' }))).text, '{"doi":"10.1/x"}');
    assert.match(
      saidBy(await run(stage({ select: 'results[5]' }))),
      /^not-found: "api\.example:\d+" has nothing for this record/,
    );
    assert.match(saidBy(await run(stage({ select: 'results[' }))), /^bad-request: "results\[" cannot be used/);
  });

  it('gives up an expression that runs away', async function () {
    this.timeout(20_000);
    const many = JSON.stringify(Array.from({ length: 3000 }, (_, place) => place));
    server.answer(sends(200, json, `{"a":${many}}`));
    const costly = 'let $a = a in a[*].{x: $a[*].{y: $a[?@ > `5`]}}';
    assert.match(saidBy(await run(stage({ select: costly }))), /takes longer than 2 s|cannot be used/);
  });

  it('reads JSON and text as they come', async () => {
    const read = async (headers: Record<string, string>, body: string | Buffer) => {
      server.answer(sends(200, headers, body));
      return resultOf(await run(stage()));
    };
    assert.deepEqual(await read(json, '\uFEFF{"a":1}'), { text: '{"a":1}', format: 'json' });
    assert.deepEqual(await read({ 'content-type': 'application/vnd.x+json' }, '[1]'), { text: '[1]', format: 'json' });
    assert.deepEqual(await read({}, '{"a":1}'), { text: '{"a":1}', format: 'json' });
    assert.deepEqual(await read({ 'content-type': 'text/plain; charset=iso-8859-1' }, Buffer.from([0xfc])), {
      text: 'ü',
      format: 'text',
    });
    assert.deepEqual(await read({ 'content-type': 'text/plain; charset=nonsense' }, 'ü'), {
      text: 'ü',
      format: 'text',
    });
    assert.deepEqual(await read({ 'content-type': 'text/html' }, '<p>hi'), { text: '<p>hi', format: 'text' });
    assert.deepEqual(await read({ 'content-type': 'text/plain' }, Buffer.from('\uFEFFhé', 'utf16le')), {
      text: 'hé',
      format: 'text',
    });
    assert.deepEqual(await read({ ...json, 'content-encoding': 'gzip' }, gzipSync('{"z":2}')), {
      text: '{"z":2}',
      format: 'json',
    });
  });

  it('tells of an answer that cannot be read', async () => {
    const said = async (
      headers: Record<string, string>,
      body: string | Buffer,
      http: Partial<HttpRequestDefinition> = {},
    ) => {
      server.answer(sends(200, headers, body));
      return saidBy(await run(stage(http)));
    };
    assert.match(await said(json, 'oh'), /^malformed: .*it is no JSON, but "oh"/);
    assert.match(await said({ 'content-type': 'text/html' }, '<html>Login', { select: 'a' }), /^malformed: .*web page/);
    assert.match(await said(json, ''), /^malformed: .*it is empty/);
    assert.match(await said({ ...json, 'content-encoding': 'gzip' }, 'no gzip'), /^malformed: .*cannot be unpacked/);
    assert.match(await said({ ...json, 'content-encoding': 'zip' }, 'x'), /^malformed: .*packed its answer/);
    assert.match(await said(json, '['.repeat(100_000) + ']'.repeat(100_000)), /^malformed: .*(too deep|no JSON)/);
    assert.match(
      await said({ 'content-type': 'text/html' }, '<html>', { accept: 'application/pdf' }),
      /^invalid-output: .*sent text\/html where application\/pdf is asked for/,
    );
    assert.match(
      await said({ 'content-type': 'application/pdf' }, '<html>', { accept: 'application/pdf' }),
      /^invalid-output/,
    );
  });

  it('ends an answer that is too large, says that it will be, unpacks to more or never ends', async () => {
    const limited = stage({ mostBytes: 100_000 });
    server.answer((_, response) => {
      response.writeHead(200, json);
      const more = (): void => {
        if (!response.destroyed) response.write(' '.repeat(10_000), () => setImmediate(more));
      };
      more();
    });
    assert.match(saidBy(await run(limited)), /^too-long: .*more than 100000 bytes/);
    server.answer((_, response) => response.writeHead(200, { ...json, 'content-length': '999999999' }).write('x'));
    assert.match(saidBy(await run(limited)), /^too-long/);
    server.answer(sends(200, { ...json, 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(5_000_000))));
    assert.match(saidBy(await run(limited)), /^too-long/);
  });

  it('ends a server that says nothing, falls silent or takes for ever', async () => {
    server.answer(() => undefined);
    assert.match(saidBy(await run(stage(), { idleMs: 50 })), /^timeout: .*fell silent/);
    server.answer((_, response) => response.writeHead(200, json).write('{'));
    assert.match(saidBy(await run(stage(), { idleMs: 50 })), /^timeout: .*fell silent/);
    server.answer((_, response) => {
      response.writeHead(200, json);
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
    });
    assert.match(
      saidBy(await run(stage({}, { timeoutMs: 100 }), { idleMs: 5000 })),
      /^timeout: .*raise the stage's "timeout"/,
    );
    const never = { lookup: () => new Promise<never>(() => undefined) };
    assert.match(saidBy(await run(stage(), { ...never, idleMs: 50 })), /^timeout/);
  });

  it('ends when it is cancelled', async () => {
    const abort = new AbortController();
    server.answer(() => abort.abort());
    assert.equal(saidBy(await run(stage(), {}, {}, abort.signal)), 'cancelled: Cancelled.');
  });

  it('tells of a connection that broke', async () => {
    server.answer((_, response) => response.destroy());
    assert.match(saidBy(await run(stage())), /^connection: /);
    server.answer((_, response) => {
      response.writeHead(200, { ...json, 'content-length': '100' }).write('{');
      response.socket?.end();
    });
    assert.match(saidBy(await run(stage())), /^connection: /);
    const gone = Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    assert.match(
      saidBy(await run(stage(), { lookup: () => Promise.reject(gone) })),
      /^connection: .*host name is unknown/,
    );
  });

  it('maps what a server refuses as services do', async () => {
    const refusal = async (
      status: number,
      headers: Record<string, string> = {},
      body = '',
      which = stage(),
      tools: HttpTools = {},
    ) => {
      server.answer(sends(status, headers, body));
      return failureOf(await run(which, tools));
    };
    assert.equal((await refusal(404)).reason, 'not-found');
    assert.equal((await refusal(410)).reason, 'not-found');
    assert.equal((await refusal(500)).reason, 'server-error');
    assert.equal((await refusal(503)).isUnavailable, true);
    const limited = await refusal(429, { 'retry-after': '7' });
    assert.deepEqual([limited.reason, limited.retryAfterMs], ['rate-limited', 7000]);
    const inBody = await refusal(429, json, '{"error":"Too many requests, try again in 3s"}');
    assert.deepEqual([inBody.reason, inBody.retryAfterMs], ['rate-limited', 3000]);
    // A page of a host that is nobody's service says nothing about its other pages.
    const closed = await refusal(403);
    assert.equal(closed.reason, 'bad-request');
    assert.match(closed.message, /refuses http:\/\/api\.example:\d+\/x \(403\)/);
    const ofService = { additions: (origin: string) => (origin === server.origin() ? {} : undefined) };
    assert.equal((await refusal(401, {}, '', stage({}, { service: 'a' }), ofService)).reason, 'unauthorized');
  });

  it('tells what it hears of limits', async () => {
    server.answer(sends(200, { ...json, 'x-rate-limit-limit': '50', 'x-rate-limit-interval': '1s' }, '{}'));
    assert.deepEqual((await run(stage())).hints, { requests: { limit: 3000 } });
    server.answer(sends(429, { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9' }));
    const outcome = await run(stage());
    assert.equal(outcome.hints?.requests?.remaining, 0);
    assert.equal(failureOf(outcome).retryAfterMs, 9000);
  });

  it('follows a few redirects, and takes nothing of the person elsewhere', async () => {
    const added = { headers: { 'x-api-key': 'canary-key-4f9a' }, query: { key: 'canary-query-8b7c' } };
    const additions = (origin: string) => (origin === server.origin() ? added : undefined);
    server.answer((request, response) => {
      if (request.headers.host?.startsWith('other.example')) response.writeHead(200, json).end('{"there":true}');
      else if (request.url?.startsWith('/x')) response.writeHead(302, { location: '/y' }).end();
      else response.writeHead(302, { location: `${server.origin('other.example')}/z` }).end();
    });
    const which = stage({ headers: { 'x-own': 'o' } }, { service: 's' });
    assert.equal(resultOf(await run(which, { additions })).text, '{"there":true}');
    const [first, second, third] = server.requests;
    for (const near of [first!, second!]) {
      assert.equal(near.headers['x-api-key'], 'canary-key-4f9a');
      assert.equal(near.headers['x-own'], 'o');
      assert.match(near.url!, /key=canary-query-8b7c/);
    }
    assert.equal(third!.url, '/z');
    assert.equal(third!.headers['x-api-key'], undefined);
    assert.equal(third!.headers['x-own'], undefined);
  });

  it('does not follow a redirect that leads nowhere good', async () => {
    const leads = async (location: string | undefined, http: Partial<HttpRequestDefinition> = {}, status = 302) => {
      server.answer(sends(status, location === undefined ? {} : { location }));
      const ofService = {
        additions: (origin: string) => (origin === server.origin() ? { query: { key: 'canary-4f9a8b7c' } } : undefined),
      };
      return saidBy(await run(stage(http, { service: 's' }), ofService));
    };
    assert.match(await leads('/x'), /^bad-request: .*redirects more than 5 times/);
    assert.equal(server.requests.length, 6);
    assert.match(await leads(undefined), /redirects to nowhere/);
    assert.match(await leads('file:///etc/passwd'), /redirects to "file:"/);
    assert.match(
      await leads('http://169.254.169.254/latest/meta-data'),
      /was not asked, because it is a private address/,
    );
    assert.match(await leads('http://2130706433/'), /"127\.0\.0\.1" was not asked/);
    assert.match(await leads('http://elsewhere.example/?key=canary-4f9a8b7c'), /elsewhere with a key in the address/);
    assert.match(
      await leads('http://elsewhere.example/', { method: 'POST', body: {} }, 307),
      /redirects what is sent to/,
    );
  });

  it('never goes from https to http', async () => {
    server.answer(sends(301, { location: 'http://api.example/x' }));
    const transport = (request: WireRequest) => nearTransport({ ...request, url: new URL(`${server.origin()}/`) });
    assert.match(
      saidBy(await run(stage({ url: 'https://api.example/x' }), { transport })),
      /redirects from https to http:/,
    );
  });

  it('makes a GET of what was seen elsewhere', async () => {
    server.answer((request, response, body) => {
      if (request.method === 'POST') response.writeHead(303, { location: '/done' }).end();
      else response.writeHead(200, json).end(JSON.stringify({ body, type: request.headers['content-type'] ?? '' }));
    });
    assert.equal(resultOf(await run(stage({ method: 'POST', body: { a: 1 } }))).text, '{"body":"","type":""}');
  });

  it('asks nobody in private, but where the stage or the settings say so', async () => {
    const near = stage({ url: `http://127.0.0.1:${server.port}/x` });
    assert.match(
      saidBy(await run(near)),
      /^bad-request: "127\.0\.0\.1" was not asked, because it is a private address/,
    );
    assert.equal(server.requests.length, 0);
    assert.equal(resultOf(await run({ ...near, http: { ...near.http, allowPrivate: true } })).text, '{}');
    const own = (origin: string) => (origin === `http://127.0.0.1:${server.port}` ? {} : undefined);
    assert.equal(resultOf(await run({ ...near, service: 'mine' }, { additions: own })).text, '{}');
    const elsewhere = { ...stage({ url: '{{ url }}' }), service: 'mine' };
    assert.match(
      saidBy(await run(elsewhere, { additions: own }, { url: 'http://localhost:1/' })),
      /is a private address/,
    );
  });

  it('connects to the address that was checked, however the name changes', async () => {
    let lookups = 0;
    const hosts: unknown[] = [];
    const rebinding = () => Promise.resolve([{ address: lookups++ === 0 ? '93.184.215.14' : '127.0.0.1', family: 4 }]);
    const transport = (request: WireRequest) => {
      hosts.push(request.host);
      return nearTransport(request);
    };
    server.answer((request, response) => {
      if (request.url === '/x') response.writeHead(302, { location: '/y' }).end();
      else response.writeHead(200, json).end('{}');
    });
    assert.match(saidBy(await run(stage(), { lookup: rebinding, transport })), /private address \(127\.0\.0\.1\)/);
    assert.deepEqual(hosts, [{ kind: 'pinned', addresses: [{ address: '93.184.215.14', family: 4 }] }]);
  });

  it('reads pages by cursor', async () => {
    const pages: Record<string, unknown> = {
      '*': { results: [1, 2], meta: { next: 'b&c' } },
      'b&c': { results: [3], meta: { next: 'd' } },
      d: { results: [], meta: { next: 'e' } },
    };
    server.answer((request, response) => {
      const cursor = new URL(request.url!, server.origin()).searchParams.get('cursor') ?? '';
      response.writeHead(200, json).end(JSON.stringify(pages[cursor]));
    });
    const paging = { next: 'meta.next', parameter: 'cursor', items: 'results', mostPages: 10 };
    const query = { cursor: '*' };
    assert.equal(resultOf(await run(stage({ query, paging }))).text, '{"items":[1,2,3]}');
    assert.equal(resultOf(await run(stage({ query, paging, select: 'items[-1]' }))).text, '3');
    assert.equal(resultOf(await run(stage({ query, paging: { ...paging, mostPages: 1 } }))).text, '{"items":[1,2]}');
  });

  it('reads pages by link, each address once', async () => {
    server.answer((request, response) => {
      const next = request.url === '/x' ? '/x?p=2' : `${server.origin()}/x`;
      response.writeHead(200, json).end(JSON.stringify({ list: [request.url], next }));
    });
    const paging = { next: 'next', items: 'list', mostPages: 10 };
    assert.equal(resultOf(await run(stage({ paging }))).text, '{"items":["/x","/x?p=2"]}');
  });

  it('bounds all pages together', async () => {
    let page = 0;
    server.answer((_, response) =>
      response.writeHead(200, json).end(JSON.stringify({ list: ['x'.repeat(1000)], next: `?p=${++page}` })),
    );
    const paging = { next: 'next', items: 'list', mostPages: 1_000_000 };
    assert.match(saidBy(await run(stage({ paging, mostBytes: 5000 }))), /^too-long: /);
  });

  it('asks whether what it has seen has changed', async () => {
    const kept = new Map<string, KeptAnswer>();
    const tools: HttpTools = {
      seen: ({ url }) => Promise.resolve(kept.get(url)),
      keep: ({ url }, answer) => Promise.resolve(void kept.set(url, answer)),
      additions: () => ({ query: { key: 'canary-4f9a8b7c' } }),
    };
    server.answer((request, response) => {
      if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end();
      else response.writeHead(200, { ...json, etag: '"v1"' }).end('{"a":1}');
    });
    for (const paid of [1, 0]) {
      const outcome = await run(stage(), tools);
      assert.equal(resultOf(outcome).text, '{"a":1}');
      assert.deepEqual([outcome.calls, outcome.paidCalls ?? outcome.calls], [1, paid]);
    }
    assert.deepEqual([...kept.keys()], [`${server.origin()}/x`]);
    assert.equal(server.requests[1]!.headers['if-none-match'], '"v1"');
    server.answer(sends(304, {}));
    assert.match(saidBy(await run(stage())), /^bad-request/);
  });

  it('makes no request that it may not', async () => {
    const outcome = await run(stage(), { admit: () => Promise.resolve({ reason: 'budget', message: 'Spent.' }) });
    assert.equal(saidBy(outcome), 'budget: Spent.');
    assert.equal(outcome.calls, 0);
    assert.equal(server.requests.length, 0);
  });

  describe('with an output', () => {
    const files = new Map<string, Buffer>();
    const receiveFile: HttpTools['receiveFile'] = async (path, bytes) => {
      const parts: Uint8Array[] = [];
      for await (const part of bytes) parts.push(part);
      const all = Buffer.concat(parts);
      files.set(path, all);
      return success({ file: path, bytes: all.length, sha256: createHash('sha256').update(all).digest('hex') });
    };
    beforeEach(() => files.clear());
    const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(50_000, 7)]);
    const download = (http: Partial<HttpRequestDefinition> = {}) =>
      stage({ accept: 'application/pdf', ...http }, { output: 'd/{{ key }}.pdf' });

    it('writes the body to a file', async () => {
      server.answer(sends(200, { 'content-type': 'application/pdf' }, pdf));
      const { text } = resultOf(await run(download(), { receiveFile }, { key: '10.1/a' }));
      assert.deepEqual(JSON.parse(text), {
        file: 'd/10.1-a.pdf',
        bytes: pdf.length,
        sha256: createHash('sha256').update(pdf).digest('hex'),
        type: 'application/pdf',
        url: `${server.origin()}/x`,
      });
      assert.deepEqual(files.get('d/10.1-a.pdf'), pdf);
    });

    it('believes a body that its header does not tell of', async () => {
      server.answer(sends(200, { 'content-type': 'application/octet-stream' }, pdf));
      assert.equal(resultOf(await run(download(), { receiveFile }, { key: 'k' })).format, 'json');
    });

    it('writes nothing of another type, nothing empty, and nothing whole of what breaks off', async () => {
      server.answer(sends(200, { 'content-type': 'text/html' }, '<html>Sign in'));
      assert.match(
        saidBy(await run(download(), { receiveFile }, { key: 'k' })),
        /^invalid-output: .*sent text\/html where application\/pdf/,
      );
      server.answer(sends(200, { 'content-type': 'text/plain' }, ''));
      assert.match(saidBy(await run(download({ accept: 'text/*' }), { receiveFile }, { key: 'k' })), /^empty: /);
      server.answer(sends(200, { 'content-type': 'application/pdf' }, pdf));
      assert.match(saidBy(await run(download({ mostBytes: 20_000 }), { receiveFile }, { key: 'k' })), /^too-long: /);
      server.answer((_, response) => {
        response
          .writeHead(200, { 'content-type': 'application/pdf', 'content-length': '90000' })
          .write(pdf, () => response.destroy());
      });
      assert.match(saidBy(await run(download(), { receiveFile }, { key: 'k' })), /^connection: /);
      assert.equal(files.size, 0);
    });

    it('tells when the file cannot be written', async () => {
      server.answer(sends(200, { 'content-type': 'application/pdf' }, pdf));
      const full: HttpTools['receiveFile'] = () => Promise.resolve({ ok: false, failure: 'The disk is full.' });
      assert.equal(
        saidBy(await run(download(), { receiveFile: full }, { key: 'k' })),
        'write-failed: The disk is full.',
      );
    });
  });
});
