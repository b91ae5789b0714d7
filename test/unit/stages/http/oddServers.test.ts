import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { HttpRequestDefinition } from '../../../../src/flow/pipeline.ts';
import { httpStage } from '../../../../src/stages/http/httpStage.ts';
import {
  nearTransport,
  publicLookup,
  stageFor,
  useHttpServer,
  type Handler,
} from '../../../support/stages/httpServer.ts';
import { taskOf } from '../../../support/stages/task.ts';

type Http = Partial<HttpRequestDefinition>;

const json = 'content-type: application/json';
const html = 'content-type: text/html';

/** An answer as its bytes, whatever they are. */
const raw =
  (head: readonly string[], body: string | Buffer = ''): Handler =>
  (_, response) => {
    response.socket?.write(`${head.join('\r\n')}\r\n\r\n`);
    response.socket?.end(body);
  };

/** One whose end is that of its connection. */
const ok = (head: readonly string[], body: string | Buffer, status = '200 OK'): Handler =>
  raw([`HTTP/1.1 ${status}`, 'connection: close', ...head], body);

/** Goes on until whoever asked has left. */
const endless =
  (first: string, piece: () => string, everyMs: number): Handler =>
  (_, response) => {
    const { socket } = response;
    socket?.write(first);
    const timer = setInterval(() => socket?.write(piece()), everyMs);
    socket?.on('close', () => clearInterval(timer)).on('error', () => clearInterval(timer));
  };

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const soon = (): string => new Date(Date.now() + 30_000).toUTCString();

/** What servers do, and what a stage makes of it: `reason: sentence`, or the text that it reads. */
const habits: Readonly<Record<string, readonly [Handler, RegExp, Http?]>> = {
  'says less than it sends': [
    ok([json, 'content-length: 4'], '{"a":1234}'),
    /^malformed: .* it is no JSON, but "{"a""\.$/,
  ],
  'says more than it sends': [ok([json, 'content-length: 400'], '{"a":1}'), /^connection: /],
  'says two lengths': [
    ok([json, 'content-length: 7', 'content-length: 9'], '{"a":1}'),
    /^malformed: .* is no HTTP at /,
  ],
  'says a length below nothing': [ok([json, 'content-length: -7'], '{"a":1}'), /^malformed: .* is no HTTP at /],
  'has heads without end': [
    endless('HTTP/1.1 200 OK\r\n', () => `x-${Math.random()}: ${'y'.repeat(1000)}\r\n`, 1),
    /^malformed: .* is no HTTP at /,
  ],
  'speaks something else': [raw(['SSH-2.0-OpenSSH']), /^malformed: .* is no HTTP at /],
  'ends in the middle of a chunk': [ok([json, 'transfer-encoding: chunked'], '7\r\n{"a":1}\r\n'), /^connection: /],
  'has chunks of no length': [ok([json, 'transfer-encoding: chunked'], 'ZZ\r\n{"a":1}\r\n'), /^connection: /],
  'has chunks without end': [
    endless(`HTTP/1.1 200 OK\r\n${json}\r\ntransfer-encoding: chunked\r\n\r\n`, () => '1\r\n \r\n', 20),
    /^timeout: .*raise the stage's "timeout"\.$/,
  ],
  'is still processing for ever': [endless('', () => 'HTTP/1.1 102 Processing\r\n\r\n', 20), /^timeout: /],
  'unpacks to far more': [
    ok([json, 'content-encoding: gzip'], gzipSync(Buffer.alloc(50_000_000, 'a'))),
    /^too-long: .*raise the stage's "maxBytes"/,
  ],
  'packs twice': [ok([json, 'content-encoding: gzip, gzip'], gzipSync(gzipSync('{}'))), /^malformed: .*packed/],
  'packs and breaks off': [
    ok([json, 'content-encoding: gzip'], gzipSync('{"a":1234567890}').subarray(0, 20)),
    /^malformed: .*cannot be unpacked\.$/,
  ],
  'does not pack what it says it packs': [
    ok([json, 'content-encoding: gzip'], '{}'),
    /^malformed: .*cannot be unpacked/,
  ],
  'sends a page of errors as a success': [
    ok([html], '<html>Oops'),
    /^malformed: .*is a web page and no JSON/,
    { select: 'a' },
  ],
  'sends a page of another type': [
    ok([html], '<html>Oops'),
    /^invalid-output: .*text\/html where/,
    { accept: 'application/json' },
  ],
  'sends an error as a success': [
    ok([json], '{"error":{"code":429,"message":"Too many"}}'),
    /^rate-limited: /,
    { select: 'results' },
  ],
  'has a small error beside its results': [
    ok([json], '{"error":null,"results":[1]}'),
    /^\[1\]$/,
    { select: 'results' },
  ],
  'has nothing': [ok([], '', '204 No Content'), /^not-found: .*has nothing at .* \(204\)\.$/],
  'has nothing where JSON is selected': [ok([], '', '204 No Content'), /^not-found: /, { select: 'a' }],
  'has nothing to say to what it is told': [ok([], '', '204 No Content'), /^$/, { method: 'POST', body: { a: 1 } }],
  'has an empty answer': [ok([json], ''), /^malformed: .*it is empty\.$/],
  'sends a part': [
    ok([json, 'content-range: bytes 0-6/99'], '{"a":1}', '206 Partial Content'),
    /^truncated: .*only a part/,
  ],
  'says that nothing is new, unasked': [ok([], '', '304 Not Modified'), /^bad-request: /],
  'has a status of its own': [ok([], '', '999 Denied'), /^server-error: .*\(999\)/],
  'redirects in a circle': [ok(['location: /x'], '', '302 Found'), /^bad-request: .*redirects more than 5 times/],
  'redirects to nowhere': [ok([], '', '301 Moved'), /^bad-request: .*redirects to nowhere/],
  'writes in another charset': [ok([`${json}; charset=iso-8859-1`], latin('{"a":"ä"}')), /^{"a":"ä"}$/],
  'writes JSON in another charset and does not say so': [ok([json], latin('{"a":"ä"}')), /^{"a":"ä"}$/],
  'writes text in another charset and does not say so': [
    ok(['content-type: text/plain'], latin('M\xfcller')),
    /^Müller$/,
  ],
  'says in its page what charset that is': [
    ok([html], Buffer.concat([latin('<meta charset="iso-8859-2">'), Buffer.from([0xb1])])),
    /ą$/,
  ],
  'has a charset that nobody knows': [ok([`${json}; charset=nonsense`], '{"a":"ä"}'), /^{"a":"ä"}$/],
  'marks the order of its bytes': [ok([json], '\ufeff{"a":1}'), /^{"a":1}$/],
  'writes in two bytes each': [ok([json], Buffer.from('\ufeff{"a":1}', 'utf16le')), /^{"a":1}$/],
  'has something behind its JSON': [ok([json], '{"a":1} trailing'), /^malformed: .*it is no JSON, but /],
  'wraps its JSON into a call': [ok([json], 'callback({"a":1});'), /^malformed: .*it is no JSON, but "callback/],
  'lies deep in itself': [
    ok([json], '['.repeat(200_000) + ']'.repeat(200_000)),
    /^malformed: .*lies too deep in itself\.$/,
  ],
};

/** What it asks to wait, ms: from, to; undefined: it does not ask. */
const waits: Readonly<Record<string, readonly [() => readonly string[], readonly [number, number] | undefined]>> = {
  'a moment': [() => [`retry-after: ${soon()}`, `date: ${new Date().toUTCString()}`], [28_000, 31_000]],
  'a moment by a clock that is wrong': [
    () => ['retry-after: Wed, 21 Oct 2015 07:28:20 GMT', 'date: Wed, 21 Oct 2015 07:28:00 GMT'],
    [20_000, 20_000],
  ],
  'a moment that is over': [() => ['retry-after: Wed, 21 Oct 2015 07:28:00 GMT'], [0, 0]],
  milliseconds: [() => ['retry-after-ms: 1500'], [1500, 1500]],
  'milliseconds with their unit': [() => ['retry-after: 1500ms'], [1500, 1500]],
  'a part of a second': [() => ['retry-after: 1.5'], [1500, 1500]],
  'longer than anybody lives': [() => ['retry-after: 99999999999999999999'], [0, 31 * 24 * 3600 * 1000]],
  'less than nothing': [() => ['retry-after: -5'], undefined],
  'a word': [() => ['retry-after: soon'], undefined],
};

describe('an http stage, with a server that', function () {
  this.timeout(20_000);
  const server = useHttpServer();

  const asked = (http: Http = {}): ReturnType<ReturnType<typeof httpStage>> => {
    const stage = stageFor(server, { mostBytes: 1_000_000, ...http }, { timeoutMs: 2000 });
    return httpStage(stage, { transport: nearTransport, lookup: publicLookup, idleMs: 1000 })(taskOf({}));
  };

  for (const [name, [handler, expected, http]] of Object.entries(habits)) {
    it(name, async () => {
      server.answer(handler);
      const outcome = await asked(http);
      if (outcome.kind === 'completed') assert.match(outcome.result.text, expected);
      else {
        const { reason, message } = outcome.failure;
        assert.match(`${reason}: ${message}`, expected);
        assert.ok(message.length < 400 && !message.includes('\n'), message);
      }
    });
  }

  for (const [name, [head, expected]] of Object.entries(waits)) {
    it(`asks to wait ${name}`, async () => {
      server.answer(ok(head(), '', '429 Too Many Requests'));
      const outcome = await asked();
      const failure = outcome.kind === 'failed' ? outcome.failure : undefined;
      assert.equal(failure?.reason, 'rate-limited');
      const { retryAfterMs } = failure;
      if (expected === undefined) assert.equal(retryAfterMs, undefined);
      else assert.ok(retryAfterMs! >= expected[0] && retryAfterMs! <= expected[1], `${retryAfterMs}`);
    });
  }

  it('repeats the address of a page, or goes round in circles of them', async () => {
    const pages: Readonly<Record<string, string>> = { '/x': '/b', '/b': '/c', '/c': '/b' };
    server.answer((request, response) => {
      const next = pages[request.url ?? ''];
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ items: [request.url], next }));
    });
    const outcome = await asked({ paging: { items: 'items', next: 'next', mostPages: 50 } });
    assert.deepEqual(outcome.kind === 'completed' && JSON.parse(outcome.result.text), { items: ['/x', '/b', '/c'] });
  });

  it('repeats its cursor', async () => {
    server.answer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[1],"next":"same"}');
    });
    const outcome = await asked({ paging: { items: 'items', next: 'next', parameter: 'cursor', mostPages: 50 } });
    assert.deepEqual(outcome.kind === 'completed' && JSON.parse(outcome.result.text), { items: [1, 1] });
  });
});
