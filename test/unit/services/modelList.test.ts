import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { kindOf, serviceAt } from '../../../src/services/kinds.ts';
import { listModels } from '../../../src/services/modelList.ts';
import { credential } from '../../support/credential.ts';

const key = 'sk-canary-listing-4f9a8b7c';

describe('the models that a service lists', () => {
  let server: Server;
  let base = '';
  let answer: (response: ServerResponse) => void;
  let asked: { readonly path: string | undefined; readonly authorization: string | undefined }[] = [];

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push({ path: request.url, authorization: request.headers.authorization });
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const json =
    (body: unknown, status = 200) =>
    (response: ServerResponse) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
  const list = () => listModels('test', { address: `${base}/v1/models` }, credential(key, base));

  for (const [body, expected] of [
    [{ object: 'list', data: [{ id: 'a' }, { id: 'b' }, { id: 'a' }, { id: 5 }, null] }, ['a', 'b']],
    [{ models: [{ name: 'models/gemini' }] }, ['models/gemini']],
    [
      [{ id: 'a' }, 'b'],
      ['a', 'b'],
    ],
    [{ data: [] }, []],
  ] as const) {
    it(`are read from ${JSON.stringify(body).slice(0, 60)}`, async () => {
      answer = json(body);
      const listed = await list();
      assert.deepEqual(listed.ok && listed.value, expected);
      assert.deepEqual(asked, [{ path: '/v1/models', authorization: `Bearer ${key}` }]);
    });
  }

  for (const [what, answered, expected] of [
    ['a wrong key', json({ error: { message: `Incorrect API key provided: ${key}` } }, 401), /refused the API key/],
    ['a path that is not there', json({ detail: 'Not Found' }, 404), /is no API at .*\(404\): Not Found\. Check/],
    ['a web page', (response: ServerResponse) => response.end('<html><title>Login</title></html>'), /cannot be read/],
    ['something else', json({ ok: true }), /cannot be read/],
    [
      'a redirect',
      (response: ServerResponse) => response.writeHead(302, { location: 'https://evil.example/models' }).end(),
      /redirect|another address|evil\.example/,
    ],
  ] as const) {
    it(`fail with one sentence at ${what}, which never holds the key`, async () => {
      answer = answered;
      const listed = await list();
      assert.ok(!listed.ok);
      assert.match(listed.failure.message, expected);
      assert.ok(!listed.failure.message.includes(key));
      assert.equal(asked.length, 1);
    });
  }

  it('fail where nobody is', async () => {
    server.close();
    server.closeAllConnections();
    const listed = await list();
    assert.ok(!listed.ok && listed.failure.reason === 'connection');
  });

  it('are below the base address, whatever is asked along with it', () => {
    const listing = (address: string) => {
      const settings = serviceAt(address, 'mine');
      return kindOf(settings).modelListing?.(settings).address;
    };
    assert.equal(listing('http://localhost:1234/v1'), 'http://localhost:1234/v1/models');
    assert.equal(listing('http://localhost:1234/v1/?api-version=1'), 'http://localhost:1234/v1/models?api-version=1');
  });
});
