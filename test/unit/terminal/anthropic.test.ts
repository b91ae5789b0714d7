import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../../../src/candidates/manifest.ts';
import type { JsonReport } from '../../../src/terminal/report.ts';
import { startCli, type RunningCli } from '../../support/cli.ts';
import { useScratchFolder } from '../../support/scratch.ts';
import { messageDelta, messageStart, refusal, startMessagesServer, textDelta } from '../../support/server/messages.ts';
import type { MessagesServer } from '../../support/server/messages.ts';

describe('parallel-candidates generate --service anthropic', () => {
  const folder = useScratchFolder();
  let server: MessagesServer;

  beforeEach(async () => {
    server = await startMessagesServer();
    const matter = '---\ncandidates:\n  count: 3\n  max_tokens: 40\nthinking: { type: adaptive }\n---\n';
    writeFileSync(join(folder(), 'a.prompt.md'), `${matter}system:\nBe brief.\nuser:\nWrite a line.\n`);
  });

  afterEach(() => server.close());

  function start(...args: string[]): RunningCli {
    const env = {
      ANTHROPIC_API_KEY: 'sk-ant-right',
      OPENAI_API_KEY: 'sk-wrong',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
    };
    const given = ['generate', 'a.prompt.md', '--service', 'anthropic', '--base-url', server.baseUrl, ...args];
    return startCli([...given, '--retry-base', '20'], { cwd: folder(), env });
  }

  it('writes the candidates, with the key of Anthropic', async () => {
    const { code, stderr } = await start().result;
    assert.equal(code, 0, stderr);
    for (const name of ['01', '02', '03']) {
      assert.equal(readFileSync(join(folder(), `candidates/a/${name}.md`), 'utf8').trim(), 'Rain falls.');
    }
    const [entry = assert.fail()] = readManifest(readFileSync(join(folder(), 'candidates/a/manifest.json'), 'utf8'));
    assert.deepEqual([entry.service, entry.tokens], ['anthropic', { input: 9, output: 12 }]);
    assert.equal(server.calls.length, 3);
    for (const { url, headers, body } of server.calls) {
      assert.equal(url, '/v1/messages');
      assert.equal(headers['x-api-key'], 'sk-ant-right');
      assert.ok(!JSON.stringify(headers).includes('sk-wrong'));
      assert.deepEqual([body.model, body.system], ['claude-sonnet-5-5', 'Be brief.']);
      assert.deepEqual([body.max_tokens, body.thinking], [40, { type: 'adaptive' }]);
    }
  });

  it('tries again what may pass, and writes what was cut', async () => {
    server.answer = ({ number }) =>
      number === 1
        ? refusal(529, 'overloaded_error', 'Overloaded')
        : { body: [messageStart(), textDelta('Rain'), messageDelta('max_tokens')] };
    const { code, stdout } = await start('--json', '--concurrency', '1').result;
    const report = JSON.parse(stdout) as JsonReport;
    assert.equal(code, 0);
    assert.equal(server.calls.length, 4);
    assert.equal(report.written, 3);
  });

  it('says once that the key is refused, without the key', async () => {
    server.answer = () => refusal(401, 'authentication_error', 'invalid x-api-key sk-ant-right');
    const { code, stderr } = await start('--concurrency', '1').result;
    assert.equal(code, 1);
    assert.equal(server.calls.length, 1);
    assert.match(stderr, /The service "anthropic" refused the API key \(401\)/);
    assert.ok(!stderr.includes('sk-ant-right'));
  });
});
