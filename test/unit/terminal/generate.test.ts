import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonReport } from '../../../src/terminal/report.ts';
import { runCli, startCli } from '../../support/cli.ts';
import { useScratchFolder } from '../../support/scratch.ts';
import { startTestServer, type TestServer } from '../../support/server/testServer.ts';

/** Every file below a folder; manifests without what differs from run to run. */
function treeOf(root: string): ReadonlyMap<string, string> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(root, name)).isFile(),
  );
  return new Map(
    files.sort().map((name) => {
      const text = readFileSync(join(root, name), 'utf8');
      return [
        name,
        name.endsWith('manifest.json') ? text.replaceAll(/"(run|startedAt|finishedAt)": ".*"/g, '"$1": ""') : text,
      ];
    }),
  );
}

describe('parallel-candidates generate', () => {
  const folder = useScratchFolder();
  let server: TestServer;

  beforeEach(async () => {
    server = await startTestServer();
    writeFileSync(join(folder(), 'a.prompt.md'), '---\ncandidates:\n  count: 4\n---\nWrite a line.\n');
  });

  afterEach(() => server.close());

  const env = { OPENAI_API_KEY: 'key' };
  const candidates = (name = 'a') => readdirSync(join(folder(), 'candidates', name)).sort();

  function start(...args: string[]) {
    return startCli(['generate', 'a.prompt.md', '--base-url', server.baseUrl, '--retry-base', '20', ...args], {
      cwd: folder(),
      env,
    });
  }

  async function json(...args: string[]): Promise<{ code: number | null; report: JsonReport }> {
    const { code, stdout } = await start('--json', ...args).result;
    return { code, report: JSON.parse(stdout) as JsonReport };
  }

  it('writes the candidates and a manifest beside the prompt, and says where', async () => {
    const { code, stdout, stderr } = await start().result;
    assert.equal(code, 0, stderr);
    assert.deepEqual(candidates(), ['01.md', '02.md', '03.md', '04.md', 'manifest.json']);
    assert.equal(stdout, ['01', '02', '03', '04'].map((number) => `candidates/a/${number}.md\n`).join(''));
    const manifest = JSON.parse(readFileSync(join(folder(), 'candidates/a/manifest.json'), 'utf8')) as {
      candidates: { file: string; attempts: number; tokens: { output: number } }[];
    };
    assert.deepEqual(
      manifest.candidates.map(({ file }) => file),
      ['01.md', '02.md', '03.md', '04.md'],
    );
    assert.ok(manifest.candidates.every(({ attempts, tokens }) => attempts === 1 && tokens.output > 0));
  });

  for (const [where, matter, args] of [
    ['typed', '', ['--model', 'openai/gpt-oss-20b']],
    ['in the prompt', 'model: openai/gpt-oss-20b\n', []],
    ['in the prompt, with a service named', 'model: openai/gpt-oss-20b\n', ['--service', 'openai']],
  ] as const) {
    it(`keeps to the typed address when a model ${where} begins with the name of a service`, async () => {
      writeFileSync(join(folder(), 'a.prompt.md'), `---\n${matter}candidates:\n  count: 2\n---\nWrite a line.\n`);
      const plan = await start('--dry-run', ...args).result;
      const service = (args as readonly string[]).includes('--service') ? 'openai' : 'openai-compatible';
      const planned = plan.stdout.trim().split('\n');
      const told = planned.filter((line) => line.includes('candidates/'));
      assert.equal(told.length, 2);
      assert.ok(
        told.every((line) => line.includes(`  ${service}/openai/gpt-oss-20b,`)),
        plan.stdout,
      );
      const { code, report } = await json(...args);
      assert.deepEqual([code, report.written, server.ledger.summary().total], [0, 2, 2]);
    });
  }

  it('understands an address that was pasted whole', async () => {
    const { code, report } = await json('--candidates', '1', '--base-url', `${server.baseUrl}/chat/completions`);
    assert.deepEqual([code, report.written], [0, 1]);
  });

  it('continues the numbers of an earlier run and overwrites nothing', async () => {
    await start().result;
    const before = readFileSync(join(folder(), 'candidates/a/01.md'), 'utf8');
    await start('--candidates', '2').result;
    assert.deepEqual(candidates(), ['01.md', '02.md', '03.md', '04.md', '05.md', '06.md', 'manifest.json']);
    assert.equal(readFileSync(join(folder(), 'candidates/a/01.md'), 'utf8'), before);
  });

  it('prints one JSON object of the agreed shape', async () => {
    const { code, report } = await json('--candidates', '3');
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(report), [
      'run',
      'problem',
      'stopped',
      'items',
      'written',
      'failed',
      'cancelled',
      'skipped',
      'cut',
      'attempts',
      'retries',
      'rateLimited',
      'durationMs',
      'tokens',
      'cost',
      'files',
      'diversity',
      'errors',
    ]);
    assert.deepEqual([report.problem, report.stopped], [null, null]);
    assert.equal(report.items, 3);
    assert.equal(report.written, 3);
    assert.equal(report.files.length, 3);
    assert.deepEqual(report.errors, []);
  });

  it('says in JSON why a run stopped before its end', async () => {
    const headers = { 'retry-after': '3600', 'x-ratelimit-remaining-requests': '0' };
    server.configure({ habit: { status: 429, headers, body: ['{}'] } });
    const { code, report } = await json('--candidates', '2');
    assert.equal(code, 1);
    assert.match(report.problem ?? '', /^The service ".*It asks to wait until .*Resume the run then\.$/);
    assert.deepEqual([report.written, report.errors], [0, []]);
  });

  it('has five in flight at once, no more and for most of the time no fewer', async () => {
    server.configure({ latency: { kind: 'fixed', ms: 200 } });
    const { code, report } = await json('--candidates', '20', '--concurrency', '5');
    assert.equal(code, 0);
    assert.equal(report.written, 20);
    const { peakConcurrent, total } = server.ledger.summary();
    assert.equal(peakConcurrent, 5);
    assert.equal(total, 20);
    // Every call but the first five begins as another one ends, so five starts share each moment.
    const starts = server.ledger.records.map(({ at }) => at).sort((a, b) => a - b);
    assert.ok(starts[19]! - starts[0]! < 4 * 200 + 400, 'waves of five');
  });

  it('writes all 20 when every fifth call fails once', async () => {
    server.configure({ faults: { every: 5, kind: '500' } });
    const { code, report } = await json('--candidates', '20');
    assert.equal(code, 0);
    assert.equal(report.written, 20);
    assert.ok(report.retries >= 4);
    assert.equal(report.attempts, 20 + report.retries);
  });

  it('isolates failures: the rest is written and the exit status is 1', async () => {
    server.configure({ faults: { script: ['400'] } });
    const { code, report } = await json();
    assert.equal(code, 1);
    assert.equal(report.written, 3);
    assert.equal(report.failed, 1);
    assert.equal(report.errors[0]?.reason, 'bad-request');
    assert.equal(report.errors[0].stage, 'generate');
    assert.equal(candidates().filter((name) => name.endsWith('.md')).length, 3);
  });

  it('keeps to the requests per minute', async () => {
    const { code } = await json('--candidates', '30', '--rpm', '600', '--safety', '1', '--concurrency', '30');
    assert.equal(code, 0);
    assert.ok(server.ledger.mostArrivals(1000) <= 20, `${server.ledger.mostArrivals(1000)} in one second`);
  });

  it('makes the same files one at a time with --sequential', async () => {
    server.configure({ latency: { kind: 'fixed', ms: 20 } });
    assert.equal((await json('--sequential', '--concurrency', '5')).code, 0);
    assert.equal(server.ledger.summary().peakConcurrent, 1);
    assert.deepEqual(candidates(), ['01.md', '02.md', '03.md', '04.md', 'manifest.json']);
  });

  it('makes the same tree, byte for byte, in parallel and in sequence with the demo service', async () => {
    const trees = ['parallel', 'sequential'].map(async (mode) => {
      const cwd = join(folder(), mode);
      mkdirSync(cwd);
      writeFileSync(join(cwd, 'a.prompt.md'), '---\ncandidates:\n  count: 2\n---\nWrite a line.\n');
      writeFileSync(join(cwd, 'b.prompt.md'), '---\ncandidates:\n  count: 1\n---\nWrite another line.\n');
      const flags = mode === 'sequential' ? ['--sequential'] : [];
      const { code } = await runCli(['generate', 'a.prompt.md', 'b.prompt.md', ...flags], { cwd });
      assert.equal(code, 0);
      return treeOf(join(cwd, 'candidates'));
    });
    const [parallel, sequential] = await Promise.all(trees);
    const names = ['a/01.md', 'a/02.md', 'a/manifest.json', 'b/01.md', 'b/manifest.json'];
    assert.deepEqual(
      [...(parallel?.keys() ?? [])],
      names.map((name) => join(name)),
    );
    assert.deepEqual(parallel, sequential);
  }).timeout(60_000);

  it('fans out over models and puts them in the names', async () => {
    const { code, report } = await json('--model', 'one,two', '--candidates', '2');
    assert.equal(code, 0);
    assert.equal(report.items, 4);
    assert.deepEqual(candidates(), ['01.one.md', '01.two.md', '02.one.md', '02.two.md', 'manifest.json']);
  });

  it('shows the plan and spends nothing with --dry-run', async () => {
    const { code, stdout } = await start('--dry-run').result;
    assert.equal(code, 0);
    assert.match(stdout, /candidates\/a\/01\.md/);
    assert.equal(server.ledger.summary().total, 0);
    assert.deepEqual(readdirSync(folder()), ['a.prompt.md']);
  });

  it('marks what was cut at the output limit wherever a person looks, and keeps it out of the cache', async () => {
    server.configure({ faults: { every: 2, kind: 'length' } });
    const { code, stdout, stderr } = await start('--candidates', '4', '--cache', 'on', '--json').result;
    const report = JSON.parse(stdout) as JsonReport;
    assert.deepEqual([code, report.written, report.cut], [0, 4, 2]);
    assert.match(stderr, /2 candidates were cut at the output limit: raise max_tokens\./);
    assert.equal(stderr.match(/: completed .*cut at the output limit/g)?.length, 2, stderr);
    const { candidates: entries } = JSON.parse(readFileSync(join(folder(), 'candidates/a/manifest.json'), 'utf8')) as {
      readonly candidates: readonly { readonly finish?: string }[];
    };
    assert.equal(entries.filter(({ finish }) => finish === 'length').length, 2);
    server.configure({ faults: null });
    server.ledger.reset();
    const again = await json('--candidates', '4', '--cache', 'on');
    assert.deepEqual([again.report.cut, server.ledger.records.length], [0, 2]);
  });

  it('tells in the plan what it costs at most, where the price is known', async () => {
    writeFileSync(join(folder(), 'a.prompt.md'), '---\ncandidates:\n  count: 2\n  max_tokens: 1000\n---\nWrite.\n');
    const flex = '---\ncandidates:\n  count: 2\n  max_tokens: 1000\n  service_tier: flex\n---\nWrite.\n';
    const plan = async (...args: string[]) => {
      const { stdout } = await start('--dry-run', '--base-url', 'https://api.openai.com/v1', ...args).result;
      return stdout
        .trim()
        .split('\n')
        .find((line) => line.includes('cost'));
    };
    const most = async (...args: string[]) => / to ([\d.]+)\.$/.exec((await plan(...args)) ?? '')?.[1];
    assert.equal(await most('--model', 'gpt-5-mini'), '0.0040');
    for (const models of ['gpt-99', 'gpt-99,gpt-5-mini'])
      assert.equal(await plan('--model', models), 'What it costs is not known.');
    const unknown = JSON.parse((await plan('--model', 'gpt-99', '--json')) ?? '') as { readonly cost: unknown };
    assert.equal(unknown.cost, null);
    writeFileSync(join(folder(), 'a.prompt.md'), flex);
    assert.equal(await most('--model', 'gpt-5-mini'), '0.0020');
  });

  it('stops gracefully on an interrupt: what is in flight is finished, and only whole files are left', async () => {
    server.configure({ latency: { kind: 'fixed', ms: 300 } });
    const running = start('--candidates', '20', '--concurrency', '4', '--json');
    await running.until(/a 04: completed/);
    running.process.kill('SIGINT');
    const { code, stdout } = await running.result;
    const report = JSON.parse(stdout) as JsonReport;
    assert.equal(code, 130);
    assert.ok(report.written >= 4 && report.written < 20);
    assert.equal(report.written + report.cancelled, 20);
    assert.equal(candidates().filter((name) => name.endsWith('.md')).length, report.written);
    assert.ok(candidates().every((name) => !name.endsWith('.tmp')));
    const { completed, total } = server.ledger.summary();
    assert.equal(total, completed);
  });

  describe('says what is wrong in one sentence', () => {
    beforeEach(() => mkdirSync(join(folder(), 'empty')));
    const sentence = (stderr: string) => {
      const lines = stderr.trim().split('\n');
      assert.equal(lines.length, 1, stderr);
      return lines[0];
    };

    for (const [what, args, pattern] of [
      ['no file', ['generate'], /Name at least one prompt file/],
      ['an unknown command', ['grow'], /There is no command "grow"/],
      ['an unknown flag', ['generate', 'a.prompt.md', '--fast'], /--fast/],
      [
        'a count that is no number',
        ['generate', 'a.prompt.md', '--candidates', 'many'],
        /--candidates must be a whole number from 1 to 1000, not "many"/,
      ],
      ['a missing file', ['generate', 'b.prompt.md'], /There is no file b\.prompt\.md/],
      [
        'a folder without any',
        ['generate', 'empty'],
        /There are no prompt files in the folder "empty": name another one/,
      ],
      [
        'an unknown service',
        ['generate', 'a.prompt.md', '--service', 'x'],
        /There is no service "x": choose one of "anthropic", "demo", "openai"/,
      ],
      ['an address that is none', ['generate', 'a.prompt.md', '--base-url', 'here'], /--base-url must be an address/],
      [
        'an address with a port that is none',
        ['generate', 'a.prompt.md', '--base-url', 'http://localhost:99999/v1'],
        /--base-url must be an address/,
      ],
      [
        'an address with a user and a password',
        ['generate', 'a.prompt.md', '--base-url', 'http://me:hunter2@localhost:8080/v1/chat/completions?version=1'],
        /^parallel-candidates: --base-url must be an address without a user name and a password: leave out .*\.$/,
      ],
      [
        'a variable without a key',
        ['generate', 'a.prompt.md', '--service', 'openai', '--api-key-env', 'NO_SUCH_KEY'],
        /NO_SUCH_KEY, but that variable is not set/,
      ],
    ] as const) {
      it(`about ${what}`, async () => {
        const { code, stdout, stderr } = await runCli(args, { cwd: folder() });
        assert.equal(code, 2);
        assert.equal(stdout, '');
        assert.match(sentence(stderr) ?? '', pattern);
        assert.doesNotMatch(stderr, /hunter2/);
      });
    }

    it('about a service of the settings that cannot be used, without what is secret in it', async () => {
      const service = { name: 'mine', kind: 'openai', models: ['m'], baseUrl: 'https://me:hunter2@127.0.0.1:9/v1' };
      const settings = { 'parallelCandidates.services': [service], 'parallelCandidates.defaultService': 'mine' };
      const own = join(folder(), '.config', 'parallel-candidates');
      mkdirSync(own, { recursive: true });
      writeFileSync(join(own, 'settings.json'), JSON.stringify(settings));
      for (const more of [[], ['--service', 'mine']]) {
        const { code, stdout, stderr } = await runCli(['generate', 'a.prompt.md', ...more], { cwd: folder() });
        assert.deepEqual([code, stdout], [2, '']);
        assert.match(sentence(stderr) ?? '', /"baseUrl" must be an address .* without a user name and a password\. /);
        assert.doesNotMatch(stderr, /hunter2/);
      }
    });

    it('about broken YAML, with its line', async () => {
      writeFileSync(join(folder(), 'a.prompt.md'), '---\ndescription: x\ncandidates: [\n---\nHello\n');
      const { code, stderr } = await start().result;
      assert.equal(code, 2);
      assert.match(sentence(stderr) ?? '', /^a\.prompt\.md:\d+: .*YAML/);
    });

    it('about a variable without a value', async () => {
      writeFileSync(join(folder(), 'a.prompt.md'), 'Write about {{ product }}.\n');
      const { code, stderr } = await start().result;
      assert.equal(code, 2);
      assert.match(sentence(stderr) ?? '', /^a\.prompt\.md:1: .*"product" has no value/);
    });

    it('about a folder that cannot be made', async () => {
      writeFileSync(join(folder(), 'candidates'), '');
      const { code, stderr } = await start().result;
      assert.equal(code, 2);
      assert.match(sentence(stderr) ?? '', /cannot be made because .* is a file/);
      assert.equal(server.ledger.summary().total, 0);
    });

    it('about a wrong key, per item and without the key', async () => {
      server.configure({ apiKey: 'right' });
      const { code, report } = await json('--candidates', '1');
      assert.equal(code, 1);
      assert.equal(report.errors[0]?.reason, 'unauthorized');
      assert.match(report.errors[0].message, /refused the API key/);
    });

    it('about a dead host', async () => {
      await server.close();
      const { code, report } = await json('--candidates', '1', '--attempts', '2');
      assert.equal(code, 1);
      assert.equal(report.attempts, 2);
      assert.match(report.errors[0]?.message ?? '', /cannot be reached at .*: the connection was refused/);
    });
  });

  it('sends a key to no address that only a workspace names', async () => {
    mkdirSync(join(folder(), '.vscode'));
    server.configure({ apiKey: 'key' });
    writeFileSync(
      join(folder(), '.vscode/settings.json'),
      `{ // as the editor allows\n "parallelCandidates.services": [{ "name": "mine", "kind": "openai", "baseUrl": "${server.baseUrl}", "models": ["m"] }] }`,
    );
    const args = ['generate', 'a.prompt.md', '--service', 'mine', '--trust', '--candidates', '1', '--json'];
    const stolen = await runCli(args, { cwd: folder(), env });
    assert.equal(stolen.code, 1);
    assert.match(stolen.stdout, /refused the API key/);
    const before = server.ledger.summary().total;
    const named = await runCli([...args, '--api-key-env', 'OPENAI_API_KEY'], { cwd: folder(), env });
    assert.equal(named.code, 2);
    const origin = new URL(server.baseUrl).origin;
    assert.ok(named.stderr.includes(`The key of --api-key-env is not sent to ${origin}, which only this folder names`));
    assert.equal(server.ledger.summary().total, before);
    const typed = [...args, '--api-key-env', 'OPENAI_API_KEY', '--base-url', server.baseUrl];
    const sent = await runCli(typed, { cwd: folder(), env });
    assert.equal(sent.code, 0, sent.stdout);
  });
});
