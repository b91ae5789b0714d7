import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request as forward, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assertNowhere, filesIn, newCanary } from '../../hostile/support/canary.ts';
import { useWorkbench } from '../../support/terminalHarness.ts';

const secret = newCanary();

describe('headers and queries of a service, in the terminal', function () {
  this.timeout(60_000);
  const bench = useWorkbench();
  const seen: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];
  let gateway: Server;
  let address: string;

  beforeEach(async () => {
    seen.length = 0;
    bench().prompt(2);
    // In front of the server, because that one looks at no headers.
    gateway = createServer((incoming, response) => {
      seen.push({ url: incoming.url, headers: incoming.headers });
      const { port } = new URL(bench().server.baseUrl);
      const [path] = (incoming.url ?? '').split('?');
      const call = forward({ port, path, method: incoming.method, headers: { 'content-type': 'application/json' } });
      call.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      incoming.pipe(call);
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/v1`;
  });

  afterEach(async () => {
    gateway.closeAllConnections();
    await new Promise((resolve) => gateway.close(resolve));
  });

  const service = (more: object = {}) => ({ name: 'mine', kind: 'openai', baseUrl: address, models: ['m'], ...more });

  function settings(where: string, ...services: readonly object[]): void {
    mkdirSync(bench().seen(where), { recursive: true });
    writeFileSync(bench().seen(`${where}/settings.json`), JSON.stringify({ 'parallelCandidates.services': services }));
  }

  const own = '.config/parallel-candidates';

  function generate(...args: readonly string[]) {
    const env = { XDG_CONFIG_HOME: bench().seen('.config'), HOME: bench().seen('.') };
    return bench().start(['generate', 'a.prompt.md', ...args], env).result;
  }

  it('are sent as flags say, and kept nowhere', async () => {
    const flags = ['--header', `X-Gateway: ${secret}`, '--header', 'X-Title: My program'];
    const more = ['--query', `code=${secret}`, '--query', 'api-version=2024-10-21', '--api-key-header', 'api-key'];
    const { code, stdout, stderr } = await generate('--base-url', address, ...flags, ...more);
    assert.equal(code, 0, stderr);
    assert.equal(seen.length, 2);
    for (const { url, headers } of seen) {
      const { pathname, searchParams } = new URL(url ?? '', address);
      assert.deepEqual([pathname, ...searchParams.values()], ['/v1/chat/completions', secret, '2024-10-21']);
      assert.deepEqual(
        [headers['x-gateway'], headers['x-title'], headers['api-key'], headers.authorization],
        [secret, 'My program', 'key', undefined],
      );
    }
    assertNowhere(secret, [['standard output', stdout], ['standard error', stderr], ...filesIn(bench().folder)]);
    assertNowhere(secret, filesIn(bench().state));
  });

  it('are read from the environment, a line for each', async () => {
    const env = { PARALLEL_CANDIDATES_HEADER: `X-A: 1\nX-Gateway: ${secret}\n` };
    const { code, stderr } = await bench().start(['generate', 'a.prompt.md', '--base-url', address], env).result;
    assert.equal(code, 0, stderr);
    assert.deepEqual([seen[0]?.headers['x-a'], seen[0]?.headers['x-gateway']], ['1', secret]);
  });

  it('are sent as a person’s own settings say, over which flags win, and kept nowhere', async () => {
    settings(own, service({ headers: { 'X-Gateway': secret, 'X-Title': 'Settings' }, query: { v: '1' } }));
    const { code, stdout, stderr } = await generate('--service', 'mine', '--header', 'x-title: Flag');
    assert.equal(code, 0, stderr);
    const [{ url, headers } = assert.fail()] = seen;
    assert.equal(url, '/v1/chat/completions?v=1');
    assert.deepEqual([headers['x-gateway'], headers['x-title']], [secret, 'Flag']);
    const kept = [...filesIn(bench().folder)].filter(([path]) => !path.startsWith('.config'));
    assertNowhere(secret, [['standard output', stdout], ['standard error', stderr], ...kept]);
    assertNowhere(secret, filesIn(bench().state));
  });

  it('stay behind when the service is called somewhere else', async () => {
    settings(own, service({ baseUrl: 'https://elsewhere.example/v1', headers: { 'X-Gateway': secret } }));
    const { code, stderr } = await generate('--service', 'mine', '--base-url', address);
    assert.equal(code, 0, stderr);
    assert.equal(seen.length, 2);
    assert.ok(seen.every(({ headers }) => headers['x-gateway'] === undefined));
  });

  it('are nothing that a folder decides, nor for whom only a folder names', async () => {
    settings('.vscode', service({ headers: { 'X-Folder': 'a' }, apiKeyHeader: 'x-folder-key' }));
    const { code, stderr } = await generate('--service', 'mine', '--trust');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /"headers", "apiKeyHeader" count in your own settings only/);
    assert.ok(seen.every(({ headers }) => headers['x-folder'] === undefined));
    const calls = seen.length;
    const refused = await generate('--service', 'mine', '--trust', '--header', `X-Gateway: ${secret}`);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /--header is not sent to http:\/\/127\.0\.0\.1:\d+, which only this folder names/);
    assert.ok(!refused.stderr.includes(secret));
    assert.equal(seen.length, calls);
  });

  it('go on with a resumed run where its address is typed', async () => {
    bench().prompt(4);
    bench().server.hold(1);
    const args = ['generate', 'a.prompt.md', '--base-url', address, '--concurrency', '1', '--header', 'X-A: 1'];
    const running = bench().start(args);
    await bench().eventually(() => bench().visible().length === 1);
    running.process.kill('SIGKILL');
    await running.result;
    bench().server.release();
    seen.length = 0;
    const { code, stderr } = await bench().run('resume', '--header', 'X-A: 2');
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      seen.map(({ headers }) => headers['x-a']),
      ['2', '2', '2'],
    );
  });

  for (const [args, sentence] of [
    [['--header', `Host: ${secret}`], /--header: the header "Host" belongs to the connection and cannot be set\./],
    [['--header', `authorization: ${secret}`], /the header "authorization" is for the key, which is set as one\./],
    [['--header', secret], /--header must be "Name: value"/],
    [['--query', 'sk-alone'], /--query must be "name=value"/],
    [['--api-key-header', 'Content-Length'], /--api-key-header: the header "Content-Length" belongs to the connection/],
    [['--service', 'demo', '--query', 'a=b'], /--query does not go with the service "demo"\./],
  ] as const) {
    it(`are refused in a sentence: ${sentence}`, async () => {
      const { code, stderr } = await generate(...args);
      assert.equal(code, 2);
      assert.match(stderr, sentence);
      assert.ok(!stderr.includes(secret), stderr);
    });
  }
});
