import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useWorkbench } from '../../support/terminalHarness.ts';

describe('parallel-candidates with a budget', function () {
  this.timeout(30_000);
  const bench = useWorkbench();
  beforeEach(() => bench().prompt(3));

  it('stops before the call that would exceed it, says so, and goes on with more', async () => {
    const { code, report, stderr } = await bench().generate('--candidates', '12', '--budget', 'requests=5');
    assert.equal(code, 1);
    assert.deepEqual([report.stopped, report.written, report.failed, report.cancelled], ['budget', 5, 0, 0]);
    assert.equal(report.problem, 'The budget of 5 requests is used up: 7 candidates are left; resume with more.');
    assert.match(stderr, /parallel-candidates resume \S+ --budget requests=\d+/);
    assert.equal(bench().called().length, 5);
    const again = await bench().resume();
    assert.deepEqual([again.code, again.report.stopped, bench().called().length], [1, 'budget', 5]);
    const more = await bench().resume('--budget', 'requests=12');
    assert.deepEqual([more.code, more.report.stopped, more.report.written], [0, null, 12]);
    assert.equal(bench().called().length, 12);
  });

  it('of the day holds for all runs of the folder, and comes from your own settings too', async () => {
    const first = await bench().generate('--candidates', '3', '--daily-budget', 'requests=5');
    assert.equal(first.code, 0);
    const config = join(bench().folder, '.config/parallel-candidates');
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, 'settings.json'), '{ "parallelCandidates.dailyBudget": { "requests": 5 } }');
    const second = await bench().generate('--candidates', '3');
    assert.deepEqual([second.code, second.report.stopped, second.report.written], [1, 'budget', 2]);
    assert.match(second.report.problem ?? '', /^The daily budget of 5 requests is used up/);
    assert.equal(bench().called().length, 5);
  });

  it('is not raised by the settings of a folder, and never left out because it was mistyped', async () => {
    const config = join(bench().folder, '.config/parallel-candidates');
    mkdirSync(config, { recursive: true });
    mkdirSync(join(bench().folder, '.vscode'));
    const settings = (amount: unknown): string => JSON.stringify({ 'parallelCandidates.dailyBudget': amount });
    writeFileSync(join(config, 'settings.json'), settings({ requests: 1 }));
    writeFileSync(join(bench().folder, '.vscode/settings.json'), settings({ requests: 100 }));
    const { report } = await bench().generate('--candidates', '3', '--trust');
    assert.deepEqual([report.stopped, report.written], ['budget', 1]);
    writeFileSync(join(config, 'settings.json'), settings({ request: 1 }));
    const { code, stderr } = await bench().run('resume');
    assert.equal(code, 2);
    assert.match(stderr, /"parallelCandidates.dailyBudget" must be amounts above 0/);
  });

  it('refuses what is no budget, and one of cost without a price, before anything is spent', async () => {
    for (const [given, said] of [
      ['many', /--budget must be amounts above 0 such as requests=200/],
      ['cost=1', /A budget of cost needs prices, and those of \S+ are not known/],
    ] as const) {
      const { code, stderr, stdout } = await bench().generating('--budget', given).result;
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, said);
    }
    const { code, stdout } = await bench().generating('--budget', 'cost=1', '--dry-run', '--json').result;
    const { problems } = JSON.parse(stdout) as { problems: readonly { file: string; line: number; message: string }[] };
    assert.deepEqual([code, problems.length, problems[0]?.line], [2, 1, 1]);
    assert.match(problems[0]?.message ?? '', /A budget of cost needs prices/);
    assert.equal(bench().called().length, 0);
  });
});
