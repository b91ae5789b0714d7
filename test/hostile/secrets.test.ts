import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CliResult } from '../support/cli.ts';
import { chunk, event, jsonType } from '../support/server/habits.ts';
import { useWorkbench } from '../support/terminalHarness.ts';
import { assertNowhere, encodings, filesIn, newCanary } from './support/canary.ts';
import { useServers } from './support/hostileServer.ts';

const answer = chunk({ content: 'Rain.' }, 'stop') + event('[DONE]');

/** Ways to repeat what came with a call. */
const echoes: Readonly<Record<string, (key: string, response: ServerResponse, elsewhere: string) => void>> = {
  'an error of OpenAI': (key, response) =>
    json(response, 401, { error: { message: `Incorrect API key provided: ${key}.`, code: 'invalid_api_key' } }),
  'an error that is tried again': (key, response) => json(response, 500, { error: { message: `Bearer ${key} broke` } }),
  'a limit of the key': (key, response) =>
    json(response, 429, { error: { message: `Limit of ${key}` } }, { 'retry-after': '0' }),
  'details, in a list': (key, response) => json(response, 422, { detail: [{ loc: ['header'], msg: `Bad ${key}` }] }),
  'codes and types': (key, response) => json(response, 400, { error: { code: key, type: key, message: '' } }),
  'the title of a page': (key, response) =>
    response.writeHead(502, { 'content-type': 'text/html' }).end(`<html><title>Bad ${key}</title>`),
  'plain text, at the end of what is shown': (key, response) =>
    response.writeHead(400).end(`${'x'.repeat(280)} ${key}`),
  'the reason beside the status': (key, response) =>
    response.writeHead(500, key.replace(/[^\x20-\x7e]/g, '?'), { 'x-echo': encodeURIComponent(key) }).end(),
  'a redirect to somewhere else': (key, response, elsewhere) =>
    response
      .writeHead(307, { location: `${elsewhere}/${encodeURIComponent(key)}?key=${encodeURIComponent(key)}` })
      .end(),
  'an error inside a stream': (key, response) =>
    response.end(chunk({ content: 'Ra' }) + event({ error: { message: `Key ${key} ran out`, code: 500 } })),
  'a stream that cannot be read': (key, response) => response.end(`data: {"broken ${key}\n\n`),
  nonsense: (key, response) => response.end(`${key}\n`),
  'the text of an answer': (key, response) => response.end(chunk({ content: `It is ${key} here.` }, 'stop')),
  'the thinking of an answer': (key, response) =>
    response.end(chunk({ content: '', reasoning_content: key }) + chunk({ content: 'Rain.' }, 'stop')),
  'pieces of an answer': (key, response) =>
    response.end(Array.from(key, (each) => chunk({ content: each })).join('') + chunk({ content: ' .' }, 'stop')),
  'a message that is cut in the middle of it': (key, response) =>
    json(response, 400, { error: { message: `No${' '.repeat(3980)}${key}` } }),
  'a title that is cut in the middle of it': (key, response) =>
    response.writeHead(500, { 'content-type': 'text/html' }).end(`<html><title>No${' '.repeat(485)}${key}</title>`),
  'a body that is cut in the middle of it': (key, response) =>
    response.writeHead(400).end(`No${' '.repeat(64 * 1024 - 12)}${key}`),
  'a body that breaks off in the middle of it': (key, response) => {
    response.writeHead(400, { 'content-length': '100000' });
    response.write(`No ${key.slice(0, key.length / 2)}`, () => setTimeout(() => response.destroy(), 50));
  },
  'the name of the model': (key, response) => response.end(chunk({ content: 'Rain.' }, 'stop', { model: key })),
};

function json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...jsonType, ...headers }).end(JSON.stringify(value));
}

function keyOf({ headers }: IncomingMessage): string {
  return (headers.authorization ?? '').replace(/^Bearer /, '');
}

describe('secrets', function () {
  this.timeout(120_000);
  const bench = useWorkbench();
  const servers = useServers();

  /** Whatever the calls of the program said, and whatever they left behind. */
  function placesOf(results: readonly CliResult[]): (readonly [string, string])[] {
    return [
      ...results.flatMap(({ stdout, stderr }, call) => [
        [`what call ${call + 1} printed`, stdout] as const,
        [`what call ${call + 1} said`, stderr] as const,
      ]),
      // The person's state folder lies beside the workspace.
      ...filesIn(dirname(bench().folder)),
    ];
  }

  async function calls(address: string, env: Readonly<Record<string, string>>): Promise<CliResult[]> {
    bench().prompt(2);
    const common = ['--base-url', address, '--attempts', '2', '--retry-base', '1', '--patience', '1'];
    const results: CliResult[] = [];
    for (const args of [
      ['generate', 'a.prompt.md', '--cache', 'on', ...common],
      ['generate', 'a.prompt.md', '--json', ...common],
      ['resume', '--failed', ...common],
      ['resume', '--json', ...common],
      ['runs'],
      ['runs', '--json'],
    ]) {
      results.push(await bench().start(args, env).result);
    }
    return results;
  }

  for (const [what, echo] of Object.entries(echoes)) {
    it(`that a service repeats in ${what} are nowhere afterwards`, async () => {
      const canary = newCanary();
      const elsewhere = await servers.http((_, response) => response.end(answer));
      const ways = Object.values(encodings);
      let call = 0;
      const server = await servers.http((request, response) => {
        const encode = ways[call++ % ways.length] ?? String;
        echo(encode(keyOf(request)), response, elsewhere.origin);
      });
      const results: CliResult[] = [];
      while (server.received.length < ways.length) {
        const before = server.received.length;
        results.push(...(await calls(`${server.origin}/v1`, { OPENAI_API_KEY: canary })));
        assert.ok(server.received.length > before);
      }
      assert.ok(server.received.every((received) => received.includes(`Bearer ${canary}`)));
      assert.deepEqual(elsewhere.received, []);
      assertNowhere(canary, placesOf(results));
    });
  }

  it('in an address are nowhere afterwards, whatever the service says of it', async () => {
    const canary = newCanary();
    const [query, path, user] = [newCanary(), newCanary().replace(/[^\w-]/g, ''), newCanary()];
    const server = await servers.http((request, response) => {
      json(response, 404, {
        error: { message: `There is no ${request.url} for ${keyOf(request)} ${decodeURIComponent(request.url ?? '')}` },
      });
    });
    const host = server.origin.replace('http://', '');
    const results: CliResult[] = [];
    for (const address of [
      `http://${host}/v1?api-key=${encodeURIComponent(query)}`,
      `http://${host}/${path}/v1`,
      `http://${encodeURIComponent(user)}:${encodeURIComponent(user)}@${host}/v1`,
      // Nobody listens there.
      `http://127.0.0.1:9/${path}/v1?api-key=${encodeURIComponent(query)}`,
      `htp://127.0.0.1/v1?api-key=${encodeURIComponent(query)}`,
    ]) {
      results.push(...(await calls(address, { OPENAI_API_KEY: canary })));
    }
    assert.ok(server.received.length > 0);
    for (const secret of [canary, query, path, user]) assertNowhere(secret, placesOf(results));
  });

  it('of an address that are short are nowhere either', async () => {
    const results = await calls('http://someone:hunter2@127.0.0.1:9/v1?key=tiny123', {});
    for (const [place, text] of placesOf(results)) {
      for (const secret of ['hunter2', 'tiny123']) assert.ok(!text.includes(secret), `${secret} in ${place}: ${text}`);
    }
  });

  it('of the environment reach nobody that they are not for', async () => {
    const canary = newCanary().replace(/[^\w-]/g, '');
    const server = await servers.http((_, response) => response.end(answer));
    const environment = {
      OPENAI_CUSTOM_HEADERS: `x-canary: ${canary}\nauthorization: Bearer ${canary}`,
      OPENAI_ORG_ID: canary,
      OPENAI_PROJECT_ID: canary,
      OPENAI_ADMIN_KEY: canary,
      OPENAI_WEBHOOK_SECRET: canary,
      OPENAI_BASE_URL: `http://127.0.0.1:9/${canary}`,
      OPENAI_LOG: 'debug',
      OTHER_KEY: canary,
    };
    const results = await calls(`${server.origin}/v1`, { ...environment, OPENAI_API_KEY: 'the-right-one' });
    assert.ok(server.received.length > 0);
    assertNowhere(canary, [...placesOf(results), ['what the service received', server.received.join()]]);
    const names = server.received.join('\n').toLowerCase();
    assert.doesNotMatch(names, /openai-organization|openai-project|x-stainless|x-canary/);
  });

  it('go to no address that only a folder names, however they are given', async () => {
    const canary = newCanary();
    const server = await servers.http((_, response) => response.end(answer));
    mkdirSync(join(bench().folder, '.vscode'));
    const services = ['mine', 'openai', 'demo'].map((name) => ({
      name,
      kind: 'openai',
      baseUrl: `${server.origin}/v1`,
      models: ['m'],
    }));
    writeFileSync(
      join(bench().folder, '.vscode/settings.json'),
      JSON.stringify({ 'parallelCandidates.services': services, 'parallelCandidates.defaultService': 'mine' }),
    );
    bench().prompt(1);
    bench().prompt(1, 'b', 'model: mine/m\n');
    const env = { OPENAI_API_KEY: canary, OTHER_KEY: canary };
    const results: CliResult[] = [];
    const ways = [
      [],
      ['--service', 'mine'],
      ['--service', 'openai'],
      ['--service', 'demo'],
      ['--api-key-env', 'OTHER_KEY'],
      ['--api-key-env', 'OTHER_KEY', '--service', 'openai'],
      // The key is for the typed address, and the prompt chooses another one.
      ['--api-key-env', 'OTHER_KEY', '--base-url', 'http://127.0.0.1:9/v1'],
      ['--base-url', 'http://127.0.0.1:9/v1'],
    ];
    for (const more of [...ways, ...ways.map((way) => [...way, '--trust'])]) {
      const args = ['generate', 'a.prompt.md', 'b.prompt.md', '--attempts', '1', ...more];
      results.push(await bench().start(args, env).result);
      const again = more.filter((each, place) => ![each, more[place - 1]].includes('--service'));
      results.push(await bench().start(['resume', '--failed', '--attempts', '1', ...again], env).result);
    }
    // Trusted settings choose where prompts go, and nothing else.
    assert.ok(server.received.length > 0);
    assertNowhere(canary, [...placesOf(results), ['what the service received', server.received.join()]]);
  });

  it('and the prompt are not carried to where a service redirects', async () => {
    const elsewhere = await servers.http((_, response) => response.end(answer));
    const server = await servers.http((_, response) => {
      response.writeHead(308, { location: `${elsewhere.origin}/v1/chat/completions` }).end();
    });
    const [generated] = await calls(`${server.origin}/v1`, { OPENAI_API_KEY: newCanary() });
    assert.equal(generated?.code, 1);
    assert.match(
      generated.stderr,
      /it redirects to http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions, which was not followed/,
    );
    assert.deepEqual(elsewhere.received, []);
  });

  it('that no header can hold are refused in a sentence that does not repeat them', async () => {
    const canary = newCanary();
    const server = await servers.http((_, response) => response.end(answer));
    const results = await calls(`${server.origin}/v1`, { OPENAI_API_KEY: `${canary}\n${canary}` });
    assert.equal(results[0]?.code, 2);
    assert.match(results[0].stderr, /The key in OPENAI_API_KEY has white space or a line break in it/);
    assert.deepEqual(server.received, []);
    assertNowhere(canary, placesOf(results));
  });
});
