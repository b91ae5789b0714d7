import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cli, environmentOf } from '../../support/cli.ts';
import { ConnectedAgent } from '../../support/mcpClient.ts';
import { namesTo, useWorkbench } from '../../support/terminalHarness.ts';

interface Started {
  readonly run: string;
  readonly candidates: number;
}

interface Status {
  readonly state: string;
  readonly written: number;
  readonly left: number;
  readonly cap: object;
  readonly spent: { readonly requests: number; readonly cost: number | null };
  readonly waitingFor: string | null;
  readonly problem: string | null;
}

interface Results {
  readonly total: number;
  readonly next: number | null;
  readonly candidates: readonly {
    readonly file: string;
    readonly number: number;
    readonly picked: boolean;
    readonly text: string;
    readonly isCut: boolean;
  }[];
}

describe('parallel-candidates mcp', function () {
  this.timeout(120_000);
  const bench = useWorkbench();
  const agents: ConnectedAgent[] = [];
  const agent = async (...args: readonly string[]): Promise<ConnectedAgent> => {
    const connected = await ConnectedAgent.connect(bench(), ['--base-url', bench().server.baseUrl, ...args]);
    agents.push(connected);
    return connected;
  };
  const promptFile = 'a.prompt.md';

  afterEach(async () => {
    bench().server.release();
    for (const each of agents.splice(0)) {
      each.kill('SIGKILL');
      await each.close();
    }
  });

  it('drives a run from its start to the picked candidate', async () => {
    bench().prompt(3);
    const { client, ...one } = await agent().then((each) => ({ client: each.client, agent: each }));
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint]),
      [
        ['list_prompts', true],
        ['start_generation', false],
        ['get_status', true],
        ['get_results', true],
        ['pick_candidate', false],
        ['resume_generation', false],
      ],
    );
    const listed = await one.agent.call<{ readonly prompts: readonly object[] }>('list_prompts', {});
    assert.deepEqual(listed.prompts, [{ promptFile, candidates: 3, models: [], hasData: false, inputs: [] }]);
    bench().server.hold();
    const { run, candidates } = await one.agent.call<Started>('start_generation', { promptFile, cap: { requests: 9 } });
    assert.equal(candidates, 3);
    const before = await one.agent.call<Status>('get_status', { run });
    assert.deepEqual([before.state, before.left, before.cap], ['running', 3, { requests: 9 }]);
    bench().server.release();
    const after = await one.agent.call<Status>('get_status', { run, waitSeconds: 50 });
    assert.deepEqual([after.state, after.written, after.left, after.problem], ['finished', 3, 0, null]);
    assert.deepEqual([after.spent.requests, after.spent.cost], [3, null]);
    const results = await one.agent.call<Results>('get_results', { promptFile, limit: 2, charactersEach: 10 });
    assert.deepEqual([results.total, results.next], [3, 2]);
    const [first] = results.candidates;
    assert.deepEqual([first?.file, first?.text.length, first?.isCut], ['candidates/a/01.md', 10, true]);
    const picked = await one.agent.call('pick_candidate', { candidate: first?.file });
    assert.deepEqual(picked, { candidate: 'candidates/a/01.md', target: 'a.picked.md', kept: null });
    const text = readFileSync(join(bench().folder, 'a.picked.md'), 'utf8');
    assert.equal(text, bench().candidates().get('01.md'));
    const again = await one.agent.call<Results>('get_results', { promptFile });
    assert.deepEqual(
      again.candidates.map((each) => [each.number, each.picked]),
      [
        [1, true],
        [2, false],
        [3, false],
      ],
    );
    assert.equal(again.candidates[0]?.text, text);
  });

  it('works in the folder that it is given', async () => {
    bench().prompt(1);
    const args = ['--folder', bench().folder];
    const connected = await ConnectedAgent.connect(bench(), args, dirname(bench().folder));
    agents.push(connected);
    const listed = await connected.call<{ readonly total: number }>('list_prompts', {});
    assert.equal(listed.total, 1);
    const wrong = await bench().run('mcp', '--folder', 'nowhere');
    assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
    assert.match(wrong.stderr, /There is no folder nowhere\./);
  });

  it('starts nothing without a cap, beyond it, or where the price is not known that a cap needs', async () => {
    bench().prompt(3);
    const one = await agent('--budget', 'requests=5');
    const start = (input: Record<string, unknown>) => one.refused('start_generation', { promptFile, ...input });
    assert.match(await start({}), /^"cap" is missing: it must be what the run may spend at most/);
    for (const cap of [
      {},
      { tokens: 5 },
      { requests: 0 },
      { requests: 1.5 },
      { cost: -1 },
      { requests: '5' },
      null,
      5,
    ]) {
      assert.match(await start({ cap }), /^"cap" must be what the run may spend at most/);
    }
    assert.match(await start({ cap: { requests: 2 } }), /^This takes 3 requests, and the cap is 2:/);
    assert.match(await start({ cap: { cost: 100 } }), /^A budget of cost needs prices, and those of .+ are not known/);
    assert.match(await start({ cap: { requests: 100 }, candidates: 6 }), /^This takes 6 requests, and the cap is 5:/);
    assert.equal(bench().server.ledger.records.length, 0);
    assert.equal(existsSync(join(bench().folder, 'candidates')), false);
    assert.equal(existsSync(bench().state), false, 'not even a journal is begun');
    const within = await one.call<{ readonly cap: object }>('start_generation', { promptFile, cap: { requests: 100 } });
    assert.deepEqual(within.cap, { requests: 5 });
  });

  it('refuses in one sentence what is outside of the folder, wrong or too much, and serves on', async () => {
    bench().prompt(1);
    const outside = join(dirname(bench().folder), 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'b.prompt.md'), 'A secret.\n');
    symlinkSync(join(outside, 'b.prompt.md'), join(bench().folder, 'b.prompt.md'));
    symlinkSync(outside, join(bench().folder, 'linked'));
    const one = await agent();
    const cap = { requests: 5 };
    const named = ['../outside/b.prompt.md', join(outside, 'b.prompt.md'), 'b.prompt.md', 'linked/b.prompt.md'];
    for (const each of [
      ...named,
      '/etc/passwd',
      'a\0.prompt.md',
      '',
      'x'.repeat(5_000),
      'none.prompt.md',
      '.',
      7,
      null,
    ]) {
      await one.refused('start_generation', { promptFile: each, cap });
      await one.refused('get_results', { promptFile: each });
      await one.refused('pick_candidate', { candidate: each });
    }
    const huge = [Number.MAX_VALUE, 1e308, -1, 0.5, '3', 1_001, [3], { valueOf: 3 }];
    for (const candidates of huge) {
      assert.match(
        await one.refused('start_generation', { promptFile, cap, candidates }),
        /^"candidates" must be a whole number from 1 to 1,000\.$/,
      );
    }
    for (const offset of [-1, 1e300, 'many']) await one.refused('get_results', { promptFile, offset });
    for (const waitSeconds of [-1, 1e9]) await one.refused('get_status', { run: 'x', waitSeconds });
    const unknown = await one.refused('start_generation', { promptFile, cap, out: '/tmp' });
    assert.match(unknown, /^This takes "promptFile", "cap", .+, and no "out"\.$/);
    await one.refused('get_status', { run: '../../x' });
    await one.refused('resume_generation', { run: "x' OR 1=1 --" });
    await one.refused('start_generation', { promptFile, cap, inputs: { a: { b: 1 } } });
    await one.refused('start_generation', { promptFile, cap, models: Array.from({ length: 101 }, String) });
    assert.equal(bench().server.ledger.records.length, 0);
    const begun = await one.call<{ readonly status: Status }>('start_generation', { promptFile, cap, waitSeconds: 50 });
    assert.equal(begun.status.state, 'finished');
    const candidate = 'candidates/a/01.md';
    for (const target of [
      '../outside/c.md',
      join(outside, 'c.md'),
      'linked/c.md',
      '.git/hooks/post-commit',
      promptFile,
    ]) {
      await one.refused('pick_candidate', { candidate, target });
    }
    assert.equal(existsSync(join(outside, 'c.md')), false);
    assert.equal(readFileSync(join(bench().folder, promptFile), 'utf8').includes('Write a line.'), true);
  });

  it('answers what is no message, and serves on', async () => {
    const child = spawn(process.execPath, [cli, 'mcp'], {
      cwd: bench().folder,
      env: environmentOf(bench().folder, bench().environment),
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.stdin.write(
      `{not json\n{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}\n${'x'.repeat(12_000_000)}\n`,
    );
    child.stdin.end('{"jsonrpc":"2.0","id":2,"method":"ping"}\n');
    const [code] = (await once(child, 'close')) as [number];
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: unknown; error?: { code: number } });
    assert.deepEqual(
      answers.map(({ id, error }) => [id, error?.code]),
      [
        [null, -32700],
        [1, -32600],
        [null, -32600],
        [2, undefined],
      ],
    );
    assert.deepEqual([code, stderr], [0, '']);
  });

  it('prints nothing but the protocol, and goes on to the end of what was begun when its client goes', async () => {
    bench().prompt(4);
    bench().server.hold(1);
    const { folder, environment, server } = bench();
    const child = spawn(process.execPath, [cli, 'mcp', '--base-url', server.baseUrl, '--concurrency', '2'], {
      cwd: folder,
      env: environmentOf(folder, environment),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const send = (message: object): boolean => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const clientInfo = { name: 'test', version: '1' };
    send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } });
    send({ method: 'notifications/initialized' });
    const input = { promptFile, cap: { requests: 8 } };
    send({ id: 2, method: 'tools/call', params: { name: 'start_generation', arguments: input } });
    await bench().eventually(() => stdout.split('\n').length > 2 && bench().visible().length === 1);
    const exited = once(child, 'exit');
    child.stdin.end();
    await bench().eventually(() => server.ledger.concurrent > 0);
    server.release();
    assert.deepEqual(await exited, [0, null]);
    const messages = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { jsonrpc: string; id: number });
    assert.deepEqual(
      messages.map(({ jsonrpc, id }) => [jsonrpc, id]),
      [
        ['2.0', 1],
        ['2.0', 2],
      ],
    );
    assert.deepEqual(bench().visible(), namesTo(4));
    const [run] = await bench().runs();
    assert.deepEqual([run?.state, run?.written, run?.left], ['finished', 4, 0]);
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`leaves what ${signal} cut off to the next connection, which goes on within the cap`, async () => {
      bench().prompt(5);
      bench().server.hold(2);
      const first = await agent('--concurrency', '2');
      const { run } = await first.call<Started>('start_generation', { promptFile, cap: { requests: 8 } });
      await bench().eventually(() => bench().written() === 2 && bench().server.ledger.concurrent > 0);
      first.kill(signal);
      // Another process may take it over once the first one is gone.
      await first.close();
      bench().server.release();
      const second = await agent();
      const { runs } = await second.call<{
        readonly runs: readonly { readonly run: string; readonly state: string }[];
      }>('get_status', {});
      assert.deepEqual(
        runs.map((each) => [each.run, each.state]),
        [[run, 'unfinished']],
      );
      const before = await second.call<Status>('get_status', { run });
      assert.deepEqual([before.left, before.cap], [3, { requests: 8 }]);
      assert.match(before.waitingFor ?? '', /^Nobody works on it: it can be resumed/);
      const { status } = await second.call<{ readonly status: Status }>('resume_generation', { run, waitSeconds: 50 });
      assert.deepEqual([status.state, status.written, status.left, status.problem], ['finished', 5, 0, null]);
      assert.deepEqual(bench().visible(), namesTo(5));
      assert.ok(bench().server.ledger.records.length <= 8);
      assert.match(
        await second.refused('resume_generation', { run }),
        /has come to its end, and nothing of it is left\.$/,
      );
    });
  }

  it('stops at the cap, and goes on with a larger one', async () => {
    bench().prompt(3);
    bench().server.configure({ faults: { script: ['500', '500'] } });
    const one = await agent('--concurrency', '1', '--retry-base', '1');
    const { run } = await one.call<Started>('start_generation', { promptFile, cap: { requests: 3 } });
    const stopped = await one.call<Status>('get_status', { run, waitSeconds: 50 });
    assert.equal(stopped.state, 'unfinished');
    assert.match(stopped.problem ?? '', /^The budget of 3 requests is used up:/);
    const cap = { requests: 10 };
    const { status } = await one.call<{ readonly status: Status }>('resume_generation', { run, cap, waitSeconds: 50 });
    assert.deepEqual([status.state, status.written, status.cap], ['finished', 3, cap]);
  });
});
