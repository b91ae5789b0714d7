import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { useProxyOf } from '../../../src/terminal/proxy.ts';
import { UsageError } from '../../../src/terminal/usage.ts';
import { useWorkbench } from '../../support/terminalHarness.ts';

const host = 'api.parallel-candidates.example';

describe('proxies of the environment', function () {
  this.timeout(60_000);

  describe('as they are written', () => {
    function used(environment: Readonly<Record<string, string>>): unknown {
      let given: unknown;
      assert.equal(
        useProxyOf(environment, (variables) => (given = variables)),
        undefined,
      );
      return given;
    }

    it('are none without a variable, or an empty one', () => {
      assert.equal(used({}), undefined);
      assert.equal(used({ HTTP_PROXY: '', HTTPS_PROXY: ' ', NO_PROXY: 'a.example' }), undefined);
    });

    it('are never for this computer', () => {
      const near = 'localhost,127.0.0.1,[::1]';
      assert.deepEqual(used({ HTTPS_PROXY: 'http://p.example:1', NO_PROXY: 'a.example,.b.example' }), {
        HTTPS_PROXY: 'http://p.example:1',
        NO_PROXY: `a.example,.b.example,${near}`,
      });
      assert.deepEqual(used({ HTTP_PROXY: 'http://no.example', http_proxy: 'p.example:3128' }), {
        HTTP_PROXY: 'http://p.example:3128',
        NO_PROXY: near,
      });
      assert.deepEqual(used({ http_proxy: 'https://p.example', no_proxy: '*' }), {
        HTTP_PROXY: 'https://p.example',
        NO_PROXY: '*',
      });
    });

    it('are refused without being repeated where they are none', () => {
      for (const value of ['socks5://me:secret@p.example', 'http://me:secret@', 'me secret', 'http://me:secret@p:x']) {
        assert.throws(
          () => used({ HTTPS_PROXY: value }),
          (error) =>
            error instanceof UsageError &&
            error.message.startsWith('HTTPS_PROXY must be') &&
            !error.message.includes('secret'),
        );
      }
    });

    it('are told where Node.js knows none', () => {
      // As it is on Node.js 22.
      const old = (environment: Readonly<Record<string, string>>) => useProxyOf(environment, null);
      assert.match(old({ https_proxy: 'p.example' }) ?? '', /^https_proxy is not used, because Node\.js v\S+ knows no/);
      assert.equal(old({ https_proxy: 'p.example', NODE_USE_ENV_PROXY: '1' }), undefined);
      assert.equal(old({}), undefined);
    });
  });

  describe('in a call of the program', () => {
    const bench = useWorkbench();
    let proxy: Server;
    let address: string;
    /** What it was asked for, with the name and the password. */
    let asked: (readonly [string | undefined, string | undefined])[] = [];
    let refusal: string | undefined;

    beforeEach(async () => {
      asked = [];
      refusal = undefined;
      bench().prompt(3);
      proxy = createServer((_, response) => response.writeHead(500).end());
      proxy.on('connect', ({ url, headers }, socket) => {
        asked.push([url, headers['proxy-authorization']]);
        if (refusal !== undefined) {
          socket.end(`HTTP/1.1 ${refusal}\r\ncontent-length: 0\r\n\r\n`);
          return;
        }
        const service = connect(Number(new URL(bench().server.baseUrl).port), '127.0.0.1');
        service.on('connect', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
        service.on('error', () => socket.destroy());
        socket.on('error', () => service.destroy());
        socket.pipe(service).pipe(socket);
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    });

    afterEach(async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    });

    function generate(baseUrl: string, env: Readonly<Record<string, string>>) {
      const args = ['generate', 'a.prompt.md', '--base-url', baseUrl, '--attempts', '1', '--concurrency', '1'];
      return bench().start(args, env).result;
    }

    it('carries the calls to other hosts, and none to this computer', async () => {
      const env = { HTTP_PROXY: `http://me:pass-4f9a8b@${address}` };
      const { code, stderr } = await generate(`http://${host}/v1`, env);
      assert.equal(code, 0, stderr);
      assert.equal(bench().called().length, 3);
      assert.deepEqual(asked[0], [`${host}:80`, `Basic ${Buffer.from('me:pass-4f9a8b').toString('base64')}`]);
      asked = [];
      const near = await generate(bench().server.baseUrl, env);
      assert.equal(near.code, 0, near.stderr);
      assert.deepEqual(asked, []);
    });

    it('is told when it refuses or is not there, as what it is', async () => {
      refusal = '407 Proxy Authentication Required';
      const env = { HTTPS_PROXY: `http://me:pass-4f9a8b@${address}` };
      const locked = await generate(`https://${host}/v1`, env);
      assert.equal(locked.code, 1);
      assert.match(locked.stderr, /cannot be reached: the proxy asks for a name and a password \(407\)/);
      assert.equal(asked[0]?.[0], `${host}:443`);
      refusal = '502 Bad Gateway';
      const failing = await generate(`https://${host}/v1`, env);
      assert.match(failing.stderr, new RegExp(`cannot be reached at https://${host}/v1: the proxy refused \\(502\\)`));
      await new Promise((resolve) => proxy.close(resolve));
      const gone = await generate(`https://${host}/v1`, env);
      assert.match(gone.stderr, new RegExp(`the proxy at ${address} failed, the connection was refused`));
      assert.ok(![locked, failing, gone].some(({ stderr }) => stderr.includes('4f9a8b')));
    });

    it('is refused in a sentence where it is none', async () => {
      const { code, stderr } = await generate(`https://${host}/v1`, {
        HTTPS_PROXY: 'socks5://me:pass-4f9a8b@p.example',
      });
      assert.equal(code, 2);
      assert.match(stderr, /^parallel-candidates: HTTPS_PROXY must be the address of a proxy, such as/);
      assert.ok(!stderr.includes('4f9a8b'));
    });
  });
});
