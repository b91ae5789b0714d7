import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { refusing } from '../../support/server/habits.ts';
import { useWorkbench } from '../../support/terminalHarness.ts';

const more = '  temperature: 0.5\n  max_tokens: 30\n  top_p: 0.9\n';
const sentence = 'openai-compatible/gpt-5-mini: max_tokens is sent as max_completion_tokens; temperature is left out';

describe('parameters that a service refuses, in the terminal', function () {
  this.timeout(60_000);
  const bench = useWorkbench();

  beforeEach(() => {
    bench().prompt(6, 'a', more);
    bench().server.configure({ habit: refusing({ temperature: null, max_tokens: 'max_completion_tokens' }) });
  });

  /** Calls that the server has refused. */
  const refused = (): number => bench().server.ledger.records.filter(({ status }) => status === 400).length;

  it('cost one call each, in all of the runs of a folder', async () => {
    const first = await bench().generate('--concurrency', '4');
    assert.deepEqual([first.code, first.report.written, refused()], [0, 6, 2], first.stderr);
    assert.equal(first.report.attempts, 6, 'they are no attempts');
    assert.equal(first.stderr.split(sentence).length - 1, 1, first.stderr);
    const second = await bench().generate('--concurrency', '4');
    assert.deepEqual([second.code, second.report.written, refused()], [0, 6, 2], second.stderr);
    assert.equal(second.stderr.split(sentence).length - 1, 1, 'told in each run');
    assert.equal(bench().called().length, 14);
  });

  it('are told in the plan and in the manifest', async () => {
    const plan = () => bench().generating('--dry-run').result;
    assert.doesNotMatch((await plan()).stdout, /left out/);
    await bench().generate();
    const called = bench().called().length;
    const { code, stdout } = await plan();
    assert.equal(code, 0);
    assert.equal(stdout.trim().split('\n').at(-1), sentence);
    const { changes } = JSON.parse((await bench().generating('--dry-run', '--json').result).stdout) as {
      readonly changes: unknown;
    };
    assert.deepEqual(changes, [
      {
        service: 'openai-compatible',
        model: 'gpt-5-mini',
        renamed: { max_tokens: 'max_completion_tokens' },
        leftOut: ['temperature'],
      },
    ]);
    assert.equal(bench().called().length, called, 'nothing was spent');
    for (const [place, entry] of bench().manifest().entries()) {
      const seed = 1000 + place;
      assert.deepEqual(entry.parameters, { temperature: 0.5, maxTokens: 30, top_p: 0.9, seed });
      assert.deepEqual([entry.sent, entry.leftOut], [{ max_completion_tokens: 30, top_p: 0.9, seed }, ['temperature']]);
    }
  });

  it('are lowered to what the model can give', async () => {
    bench().prompt(6, 'a', '  max_tokens: 9000\n');
    const message = 'max_tokens is too large: 9000. This model supports at most 8192 completion tokens.';
    bench().server.configure({
      habit: ({ body }) =>
        Number(body.max_tokens) > 8192
          ? { status: 400, body: [JSON.stringify({ error: { message, param: 'max_tokens', code: 'invalid_value' } })] }
          : null,
    });
    const told = 'openai-compatible/gpt-5-mini: max_tokens is at most 8192';
    const first = await bench().generate('--concurrency', '4');
    assert.deepEqual([first.code, first.report.written, refused()], [0, 6, 1], first.stderr);
    assert.equal(first.stderr.split(told).length - 1, 1, first.stderr);
    assert.deepEqual(bench().manifest()[0]?.sent, { max_tokens: 8192, seed: 1000 });
    const plan = await bench().generating('--dry-run').result;
    assert.equal(plan.stdout.trim().split('\n').at(-1), told);
    await bench().generate('--concurrency', '4');
    assert.equal(refused(), 1);
  });

  it('are found out anew when the service has changed', async () => {
    await bench().generate();
    bench().server.configure({ habit: refusing({ max_completion_tokens: 'max_tokens' }) });
    const { code, report, stderr } = await bench().generate();
    assert.deepEqual([code, report.written, refused()], [0, 6, 3], stderr);
    await bench().generate();
    assert.equal(refused(), 3);
  });

  it('are resumed with', async () => {
    await bench().generate();
    bench().server.hold(1);
    const running = bench().generating('--concurrency', '2');
    await bench().eventually(() => bench().visible().length === 7);
    running.process.kill('SIGKILL');
    await running.result;
    bench().server.release();
    const { code, report } = await bench().resume();
    assert.deepEqual([code, report.written, refused()], [0, 6, 2]);
  });

  it('lie in the journal without anything secret', async () => {
    const address = `${bench().server.baseUrl}?key=query-secret`;
    const { code, stderr } = await bench().run('generate', 'a.prompt.md', '--base-url', address);
    assert.equal(code, 0, stderr);
    const rows = bench().ask<{ endpoint: string; model: string }>('SELECT DISTINCT endpoint, model FROM adaptations');
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [{ endpoint: `openai ${bench().server.baseUrl}`, model: 'gpt-5-mini' }],
    );
  });

  describe('beside what only settings say', () => {
    const service = () => ({
      name: 'mine',
      kind: 'openai',
      baseUrl: bench().server.baseUrl,
      models: ['m'],
      extra: { min_p: 0.25, provider: { token: 'very-secret' } },
    });
    const settings = () =>
      JSON.stringify({ 'parallelCandidates.services': [service()], 'parallelCandidates.defaultService': 'mine' });
    const bodies: Readonly<Record<string, unknown>>[] = [];

    beforeEach(() => {
      bodies.length = 0;
      bench().prompt(1, 'a', '  min_p: 0.5\n  top_pp: 1\n');
      bench().server.configure({
        habit: (call) => {
          bodies.push(call.body);
          return refusing({ provider: null })(call);
        },
      });
    });

    const generate = (...args: readonly string[]) =>
      bench().start(['generate', 'a.prompt.md', ...args], {
        OPENAI_API_KEY: '',
        XDG_CONFIG_HOME: bench().seen('.config'),
      }).result;

    it('a folder has no say in what goes into a call unchecked', async () => {
      mkdirSync(bench().seen('.vscode'));
      writeFileSync(bench().seen('.vscode/settings.json'), settings());
      const { code, stderr } = await generate('--trust');
      assert.equal(code, 0, stderr);
      assert.match(stderr, /"extra" counts in your own settings only/);
      assert.match(stderr, /^a\.prompt\.md:6: "candidates\.top_pp" is not known and left alone/m);
      assert.deepEqual(
        bodies.map(({ min_p, provider }) => ({ min_p, provider })),
        [{ min_p: 0.5, provider: undefined }],
      );
    });

    it('the person has, and it is kept in no journal and no manifest', async () => {
      mkdirSync(bench().seen('.config/parallel-candidates'), { recursive: true });
      writeFileSync(bench().seen('.config/parallel-candidates/settings.json'), settings());
      const { code, stderr } = await generate('--cache', 'on');
      assert.equal(code, 0, stderr);
      assert.deepEqual(
        bodies.map(({ min_p, provider }) => ({ min_p, provider })),
        [
          { min_p: 0.25, provider: { token: 'very-secret' } },
          { min_p: 0.25, provider: undefined },
        ],
      );
      const [entry] = bench().manifest();
      assert.deepEqual([entry?.sent, entry?.leftOut], [{ seed: 1000 }, ['provider']]);
      assert.doesNotMatch(readFileSync(bench().seenJournal, 'latin1'), /very-secret/);
      await generate('--cache', 'on');
      assert.equal(bodies.length, 2, 'the same again is cached');
      writeFileSync(
        bench().seen('.config/parallel-candidates/settings.json'),
        settings().replace('very-secret', 'other-secret'),
      );
      await generate('--cache', 'on');
      assert.equal(bodies.length, 3, 'another extra makes another text');
    });
  });
});
