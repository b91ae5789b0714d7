import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { useWorkbench } from '../support/terminalHarness.ts';
import { onlyTheseFailed, runHostile } from './support/hostilePipeline.ts';
import { useServers } from './support/hostileServer.ts';

const falseNames = fileURLToPath(new URL('support/falseNames.cjs', import.meta.url));

/** Answers with a list of one. */
function answerWell(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"results":[{"ok":true}]}');
}

describe('records that lead requests astray', function () {
  this.timeout(90_000);
  const bench = useWorkbench();
  const servers = useServers();

  it('reach nothing of this computer or its network, in no spelling, by no name and by no redirect', async () => {
    const inside = await servers.http((_, response) => answerWell(response));
    const { port } = new URL(inside.origin);
    const hosts = {
      plain: '127.0.0.1',
      short: '127.1',
      decimal: '2130706433',
      octal: '0177.0.0.1',
      hex: '0x7f000001',
      zero: '0.0.0.0',
      dot: '127.0.0.1.',
      wide: '１２７.０.０.１',
      name: 'localhost',
      below: 'a.localhost',
      six: '[::1]',
      none: '[::]',
      mapped: '[::ffff:127.0.0.1]',
      mappedHex: '[::ffff:7f00:1]',
      compatible: '[::127.0.0.1]',
      nat: '[64:ff9b::127.0.0.1]',
      tunnel: '[2002:7f00:1::]',
      metadata: '169.254.169.254',
      loopName: 'loop.example',
      mixedName: 'mixed.example',
      sixName: 'six.example',
    };
    const rows = Object.entries(hosts).map(([key, host]) => ({ key, url: `http://${host}:${port}/` }));
    const result = await runHostile(bench(), {
      stages: '  - { name: ask, http: { url: "{{ url }}" } }',
      rows: [...rows, { key: 'good', url: 'https://catalogue.demo.invalid/works?search=life' }],
      env: { NODE_OPTIONS: `--require ${falseNames}` },
    });
    const sentences = onlyTheseFailed(result, Object.keys(hosts));
    assert.deepEqual(inside.received, []);
    for (const sentence of Object.values(sentences)) assert.match(sentence, /private address|is no address/);
    assert.match(sentences.loopName ?? '', /"loop\.example" .*private address \(127\.0\.0\.1\)/);
  });

  it('are not taken into the network by somebody who may be asked', async () => {
    const inside = await servers.http((_, response) => answerWell(response));
    // Stands for one of the world: what it is called here is its own matter.
    const outside = await servers.http(({ url = '' }, response) => {
      if (url === '/good') return answerWell(response);
      response.writeHead(302, { location: decodeURIComponent(url.slice(1)) }).end();
    });
    const { port } = new URL(outside.origin);
    const ways = {
      plain: `${inside.origin}/`,
      decimal: inside.origin.replace('127.0.0.1', '2130706433'),
      six: inside.origin.replace('127.0.0.1', '[::ffff:7f00:1]'),
      name: inside.origin.replace('127.0.0.1', 'loop.example'),
      file: 'file:///etc/passwd',
      data: 'data:application/json,{}',
      user: inside.origin.replace('//', '//me:secret@'),
      itself: '/itself',
    };
    const result = await runHostile(bench(), {
      stages: `  - { name: ask, http: { url: "http://world.example:${port}/{{ way }}" }, timeout: 10 }`,
      rows: [...Object.entries(ways).map(([key, way]) => ({ key, way })), { key: 'good', way: 'good' }],
      env: { NODE_OPTIONS: `--require ${falseNames}` },
    });
    onlyTheseFailed(result, Object.keys(ways));
    assert.deepEqual(inside.received, []);
  });

  it('get no header of the stage to another host, nor a key of the person', async () => {
    const thief = await servers.http((_, response) => answerWell(response));
    const server = await servers.http((_, response) => {
      response.writeHead(307, { location: thief.origin }).end();
    });
    const result = await runHostile(bench(), {
      stages: `  - { name: ask, http: { url: "${server.origin}/", headers: { accept-language: "canary-{{ key }}" }, allowPrivate: true } }`,
      rows: [{ key: 'a' }],
    });
    onlyTheseFailed(result, []);
    assert.equal(thief.received.length, 1);
    assert.doesNotMatch(thief.received.join(), /canary|Bearer/i);
    assert.match(server.received.join(), /canary-a/);
  });
});

describe('servers of a pipeline', function () {
  this.timeout(90_000);
  const bench = useWorkbench();
  const servers = useServers();
  let open: Set<NodeJS.Timeout>;

  beforeEach(() => {
    open = new Set();
  });
  afterEach(() => {
    for (const timer of open) clearInterval(timer);
  });

  const json = { 'content-type': 'application/json' };
  /** Writes a piece again and again. */
  function drip(response: ServerResponse, piece: string | Buffer, everyMs: number): void {
    const timer = setInterval(() => response.write(piece), everyMs);
    open.add(timer);
    response.once('close', () => clearInterval(timer));
  }
  const bomb = gzipSync(Buffer.alloc(400_000_000, ' '), { level: 9 });

  const tricks: Readonly<Record<string, (response: ServerResponse, request: IncomingMessage) => void>> = {
    good: answerWell,
    bomb: (response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb),
    errorBomb: (response) => response.writeHead(400, { ...json, 'content-encoding': 'gzip' }).end(bomb),
    endless: (response) => {
      const piece = `"${'x'.repeat(65_536)}",`;
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
      };
      response.writeHead(200, json).write('[');
      response.on('drain', more);
      more();
    },
    liar: (response) => response.writeHead(200, { ...json, 'content-length': '99999999999' }).end('[]'),
    drips: (response) => {
      response.writeHead(200, json);
      drip(response, ' ', 20);
    },
    silent: () => undefined,
    mute: (response) => response.writeHead(200, json).flushHeaders(),
    broken: (response) => {
      response.writeHead(200, { ...json, 'content-length': '1000' }).write('{"results":');
      setImmediate(() => response.destroy());
    },
    packed: (response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('no gzip'),
    page: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please log in'),
    deep: (response) => response.writeHead(200, json).end(`{"results":[${'['.repeat(200_000)}${']'.repeat(200_000)}]}`),
    forged: (response) => response.writeHead(404, json).end(JSON.stringify({ error: 'a\u001b[2Jb\r\nc\u202e' })),
    wide: (response) => response.writeHead(200, json).end('{"results":null}'),
  };

  it('cost their own record only, whatever they send or keep back', async () => {
    const { origin } = await servers.http((request, response) => {
      const trick = tricks[(request.url ?? '').slice(1)];
      trick?.(response, request);
    });
    const result = await runHostile(bench(), {
      stages: `  - { name: ask, http: { url: "${origin}/{{ key }}", select: "results[0]", maxBytes: 2 MB, allowPrivate: true }, timeout: 3, workers: 20 }`,
      rows: Object.keys(tricks).map((key) => ({ key })),
      env: { NODE_OPTIONS: '--max-old-space-size=128' },
    });
    const { good: _good, ...bad } = tricks;
    const sentences = onlyTheseFailed(result, Object.keys(bad));
    for (const key of ['bomb', 'endless', 'liar']) assert.match(sentences[key] ?? '', /^too-long: .*2000000 bytes/);
    for (const key of ['drips', 'silent', 'mute']) assert.match(sentences[key] ?? '', /^timeout: .*3 s/);
    assert.match(sentences.packed ?? '', /^malformed: /);
  });

  it('turn no pages for ever', async () => {
    let served = 0;
    const { origin } = await servers.http(({ url = '' }, response) => {
      served++;
      const { pathname, searchParams } = new URL(url, 'http://localhost');
      const at = Number(searchParams.get('cursor') ?? 0);
      const next = { same: 'again', more: at + 1, back: at === 0 ? 1 : 0, huge: at + 1, good: at < 2 ? at + 1 : null };
      const key = pathname.slice(1) as keyof typeof next;
      const item = key === 'huge' ? 'x'.repeat(600_000) : at;
      response.writeHead(200, json).end(JSON.stringify({ results: [item], next: next[key] }));
    });
    const paging = 'paging: { next: next, parameter: cursor, items: results, pages: 20 }';
    const result = await runHostile(bench(), {
      stages: `  - { name: ask, http: { url: "${origin}/{{ key }}", ${paging}, select: "length(items)", maxBytes: 2 MB, allowPrivate: true }, timeout: 20 }`,
      rows: ['same', 'more', 'back', 'huge', 'good'].map((key) => ({ key })),
      more: 'deliver: [{ jsonl: out.jsonl }]\n',
    });
    const sentences = onlyTheseFailed(result, ['huge']);
    assert.match(sentences.huge ?? '', /^too-long: The pages have more than 2000000 bytes together/);
    assert.ok(served <= 2 + 20 + 2 + 20 + 3, `${served} pages`);
  });

  it('make no more records of one than a person could want', async () => {
    const { origin } = await servers.http((request, response) => {
      const list = request.url === '/many' ? Array(3_000_000).fill(0) : [1, 2];
      response.writeHead(200, json).end(JSON.stringify(list));
    });
    const result = await runHostile(bench(), {
      stages: `  - { name: ask, http: { url: "${origin}/{{ key }}", allowPrivate: true } }
  - { name: each, each: ask.value, command: [echo, "{{ value }}"] }`,
      rows: [{ key: 'many' }, { key: 'few' }],
      env: { NODE_OPTIONS: '--max-old-space-size=512' },
    });
    assert.deepEqual([result.code, result.report.failed], [1, 1], result.stderr);
    assert.match(result.report.errors[0]?.message ?? '', /more than [\d,]+/);
  });
});
