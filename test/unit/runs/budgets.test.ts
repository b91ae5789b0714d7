import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { reason, value } from '../../support/journal/support.ts';
import { useRunsBench, type Process } from '../../support/runsHarness.ts';
import { planRun } from '../../../src/runs/plan/plan.ts';
import { DiskFiles } from '../../../src/storage/diskFiles.ts';
import type { Budget } from '../../../src/model/budget.ts';
import type { RunOptions } from '../../../src/runs/runOptions.ts';
import type { RunSummary } from '../../../src/model/run.ts';

const prices = { input: 1, output: 4 };

describe('runs with a budget', function () {
  this.timeout(60_000);
  const bench = useRunsBench();
  const many = { maxConcurrent: 50 };
  const calls = (): number => bench().server.ledger.records.length;

  async function run(process: Process, count: number, options: Partial<RunOptions>, service = {}): Promise<RunSummary> {
    const plan = await bench().plan(count, { ...many, prices, ...service });
    return value(await process.runs.start(plan, bench().options(options), process.workspace)).finished;
  }

  it('make just as many requests, with 50 in flight, and leave the rest queued', async () => {
    const process = await bench().process();
    const summary = await run(process, 120, { budget: { requests: 73 } });
    assert.equal(calls(), 73);
    assert.deepEqual(
      [summary.stopped, summary.counts.written, summary.counts.queued, summary.counts.failed, summary.counts.cancelled],
      ['budget', 73, 47, 0, 0],
    );
    assert.equal(summary.problem, 'The budget of 73 requests is used up: 47 candidates are left; resume with more.');
    assert.ok((summary.moreBudget?.requests ?? 0) >= 120);
    assert.equal(process.runs.unfinished[0]?.counts.queued, 47);
    const details = value(await process.workspace.journal.run(summary.run));
    assert.deepEqual([details.counts.written, details.counts.queued, details.finishedAt], [73, 47, undefined]);
  });

  it('are resumed with more, also by another process, and stop again where nothing was added', async () => {
    const first = await bench().process();
    const { run: id } = await run(first, 20, { budget: { requests: 8 } });
    await first.close();
    const second = await bench().process();
    const again = value(await second.runs.resume(bench().resumption(second.workspace, id)));
    const stopped = await again.finished;
    assert.deepEqual([stopped.stopped, calls()], ['budget', 8]);
    const more = value(
      await second.runs.resume(bench().resumption(second.workspace, id, { options: { budget: { requests: 15 } } })),
    );
    assert.deepEqual([(await more.finished).stopped, calls()], ['budget', 15]);
    const enough = value(
      await second.runs.resume(bench().resumption(second.workspace, id, { options: { budget: { requests: 500 } } })),
    );
    const ended = await enough.finished;
    assert.deepEqual([ended.stopped, ended.problem, ended.counts.written, calls()], [undefined, undefined, 20, 20]);
  });

  it('that began without one count what was called before', async () => {
    const process = await bench().process();
    const plan = await bench().plan(10);
    bench().server.hold(4);
    const started = value(await process.runs.start(plan, bench().options(), process.workspace));
    await bench().eventually(() => bench().called().length >= 6);
    const stopping = process.runs.stop(0);
    bench().server.release();
    await stopping;
    await started.finished;
    const before = calls();
    const resumed = value(
      await process.runs.resume(
        bench().resumption(process.workspace, started.id, { options: { budget: { requests: before + 1 } } }),
      ),
    );
    await resumed.finished;
    assert.equal(calls(), before + 1);
  });

  it('count retries and repeated requests', async () => {
    const process = await bench().process();
    bench().server.configure({ faults: { rate: 1, kinds: ['500'] } });
    const summary = await run(process, 6, { budget: { requests: 9 }, retry: { attempts: 3, baseMs: 1 } });
    assert.equal(calls(), 9);
    assert.equal(summary.stopped, 'budget');
  });

  it('of tokens and of cost never spend more, and use what calls give back', async () => {
    for (const budget of [{ tokens: 9000 }, { cost: 0.03 }] satisfies Budget[]) {
      const process = await bench().process();
      bench().server.ledger.reset();
      const summary = await run(process, 60, { budget });
      const { promptTokens, completionTokens } = bench().server.ledger.summary();
      const spent = { tokens: promptTokens + completionTokens, cost: (promptTokens + 4 * completionTokens) / 1e6 };
      assert.ok(spent.tokens <= (budget.tokens ?? Infinity) && spent.cost <= (budget.cost ?? Infinity));
      assert.ok(calls() > 8, `${calls()} calls, with 8 expected to fit at once`);
      if (summary.counts.written < 60) assert.equal(summary.stopped, 'budget');
      await process.close();
    }
  });

  it('that have no room for a single call say so', async () => {
    const process = await bench().process();
    const { problem, counts } = await run(process, 3, { budget: { tokens: 10 } });
    assert.deepEqual([counts.queued, calls()], [3, 0]);
    assert.equal(
      problem,
      'The budget of 10 tokens has no room for what one call may come to: 3 candidates are left; resume with more, or lower max_tokens.',
    );
  });

  it('of one prompt file stop that one only', async () => {
    const process = await bench().process();
    const [serviceKey = ''] = (await bench().plan(1, many)).serviceKeys;
    const planned = await planRun({
      sources: ['a', 'b'].map((name) => ({
        path: join(bench().folder, `${name}.prompt.md`),
        text: '---\ncandidates:\n  count: 10\n---\nWrite.\n',
      })),
      root: bench().folder,
      services: [{ name: 'test', kind: 'demo', models: ['m'] }],
      defaultService: 'test',
      serviceKey: () => serviceKey,
      files: new DiskFiles(),
    });
    if (!planned.ok) assert.fail(planned.problems[0]?.message);
    const plan = { ...planned.value, budgets: { 'a.prompt.md': { requests: 3 } } };
    const started = value(
      await process.runs.start(plan, bench().options({ budget: { requests: 50 } }), process.workspace),
    );
    const { stopped, counts, problem, moreBudget } = await started.finished;
    assert.deepEqual([stopped, counts.written, counts.queued, calls()], ['budget', 13, 7, 13]);
    assert.equal(
      problem,
      'The budget of 3 requests of a.prompt.md is used up: 7 candidates are left; resume with more.',
    );
    assert.equal(process.runs.unfinished[0]?.counts.queued, 7);
    const again = value(await process.runs.resume(bench().resumption(process.workspace, started.id)));
    assert.deepEqual([(await again.finished).stopped, calls()], ['budget', 13]);
    assert.ok((moreBudget?.requests ?? 0) >= 20);
    const options = { budget: { requests: 20 } };
    const more = value(await process.runs.resume(bench().resumption(process.workspace, started.id, { options })));
    assert.deepEqual([(await more.finished).stopped, calls()], [undefined, 20]);
  });

  it('of a prompt file hold for those that its rows name, also when the run is resumed', async () => {
    const process = await bench().process();
    const put = (name: string, text: string): void => writeFileSync(join(bench().folder, name), text);
    put('rows.csv', `sku,type\n${Array.from({ length: 10 }, (_, n) => `s${n},${n % 2 ? 'x' : 'y'}`).join('\n')}\n`);
    put('x.prompt.md', '---\ncandidates: { count: 1 }\n---\nX {{ sku }}.\n');
    put('y.prompt.md', '---\ncandidates: { count: 1, budget: { requests: 2 } }\n---\nY {{ sku }}.\n');
    const matter = 'candidates: { data: rows.csv, promptBy: type, budget: { requests: 6 } }';
    const planned = await bench().planOf({ 'all.prompt.md': `---\n${matter}\n---\nNever sent.\n` }, many);
    if (!planned.ok) assert.fail(planned.problems[0]?.message);
    const started = value(await process.runs.start(planned.value, bench().options(), process.workspace));
    const { stopped, counts } = await started.finished;
    assert.deepEqual([stopped, counts.written, counts.queued, calls()], ['budget', 6, 4, 6]);
    const again = value(await process.runs.resume(bench().resumption(process.workspace, started.id)));
    assert.deepEqual([(await again.finished).stopped, calls()], ['budget', 6]);
    const options = { budget: { requests: 20 } };
    const more = value(await process.runs.resume(bench().resumption(process.workspace, started.id, { options })));
    assert.deepEqual([(await more.finished).stopped, calls()], [undefined, 10]);
  });

  it('go on while they are paused and cancelled as others do', async () => {
    const process = await bench().process();
    bench().server.hold(10);
    const plan = await bench().plan(40, many);
    const started = value(
      await process.runs.start(plan, bench().options({ budget: { requests: 20 } }), process.workspace),
    );
    await bench().eventually(() => bench().names().length === 10);
    process.runs.cancel(started.id);
    bench().server.release();
    const { counts, stopped } = await started.finished;
    assert.equal(counts.written + counts.cancelled + counts.queued, 40);
    assert.ok(calls() <= 20);
    assert.ok(stopped === 'budget' || counts.queued === 0);
  });

  it('of cost need prices', async () => {
    const process = await bench().process();
    const plan = await bench().plan(2);
    const refused = await process.runs.start(plan, bench().options({ budget: { cost: 1 } }), process.workspace);
    assert.equal(reason(refused), 'no-price');
    assert.match(refused.ok ? '' : refused.failure.message, /test\/m/);
    assert.equal(calls(), 0);
    assert.deepEqual(value(await process.workspace.journal.listRuns()).rows, []);
  });

  it('of the day keep all runs of a folder within it', async () => {
    const [first, second] = [await bench().process(), await bench().process()];
    const options = { dailyBudget: { requests: 30 } };
    const summaries = await Promise.all([run(first, 25, options), run(second, 25, options)]);
    assert.ok(calls() <= 30);
    const third = await run(first, 25, options);
    assert.equal(calls(), 30);
    assert.match(
      third.problem ?? '',
      /^The daily budget of 30 requests is used up: \d+ candidates are left; resume tomorrow/,
    );
    assert.equal(third.moreBudget, undefined);
    const left = summaries.concat(third).reduce((sum, { counts }) => sum + counts.queued, 0);
    assert.equal(left, 75 - 30);
  });

  it('make as many requests as they may or all that they need, whatever fails', async () => {
    const process = await bench().process();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom(1, 4, 50),
        fc.constantFrom(0, 0.3),
        async (count, requests, maxConcurrent, rate) => {
          bench().server.configure({ faults: { rate, kinds: ['500', '400', '429'] } });
          bench().server.ledger.reset();
          const options = { budget: { requests }, retry: { attempts: 3, baseMs: 1 } };
          const { counts, stopped } = await run(process, count, options, { maxConcurrent });
          assert.ok(calls() <= requests, `${calls()} of ${requests}`);
          if (stopped) assert.equal(calls(), requests);
          else assert.equal(counts.written + counts.failed, count);
        },
      ),
      { numRuns: 15 },
    );
  });
});
