import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StartedRun } from '../../../src/runs/startedRun.ts';
import { reason, settingsFor, value } from '../../support/journal/support.ts';
import { knowing } from '../../support/server/habits.ts';
import { useRunsBench, type Process } from '../../support/runsHarness.ts';

const lockedSentence = /^Another program keeps the journal \S+ locked: close it there, then try again\.$/;

describe('runs', function () {
  this.timeout(30_000);
  const bench = useRunsBench();

  /** A run of so many candidates, two at once, of which two are written and two are in flight. */
  async function inTheMiddle(count: number): Promise<Process & { readonly started: StartedRun }> {
    const process = await bench().process();
    bench().server.hold(2);
    const started = value(await process.runs.start(await bench().plan(count), bench().options(), process.workspace));
    await bench().eventually(() => bench().names().length === 2 && bench().called().length === 4);
    await bench().eventually(() => process.runs.active[0]?.counts.written === 2);
    return { ...process, started };
  }

  const state = ({ runs }: Process) => runs.snapshots().runs[0];

  describe('whose journal is locked', () => {
    it('wait for it, start nothing meanwhile, and go on', async () => {
      bench().server.configure({ latency: { kind: 'fixed', ms: 50 } });
      const process = await inTheMiddle(20);
      const unlock = bench().lock();
      bench().server.release();
      await bench().eventually(() => state(process)?.waiting !== undefined);
      assert.equal(state(process)?.waiting, 'another program keeps the journal locked');
      const { length: calls } = bench().called();
      await bench().eventually(() => bench().server.ledger.concurrent === 0);
      assert.ok(calls < 20 && bench().called().length === calls, `${calls} calls`);
      unlock();
      const { problem, counts } = await process.started.finished;
      assert.deepEqual([problem, counts.written], [undefined, 20]);
      assert.equal(bench().called().length, 20);
      assert.equal(state(process)?.state, 'finished');
    });

    it('stay paused for a person who paused them', async () => {
      const process = await inTheMiddle(8);
      process.runs.pause(process.started.id);
      const unlock = bench().lock();
      bench().server.release();
      await bench().eventually(() => bench().server.ledger.concurrent === 0);
      unlock();
      await bench().eventually(() => state(process)?.counts.written === 4);
      assert.equal(bench().called().length, 4);
      process.runs.unpause(process.started.id);
      assert.equal((await process.started.finished).counts.written, 8);
    });

    it('stop after a minute, and can be resumed', async () => {
      const process = await inTheMiddle(12);
      const unlock = bench().lock();
      bench().server.release();
      await bench().eventually(() => state(process)?.waiting !== undefined);
      bench().later += 61_000;
      const { problem } = await process.started.finished;
      assert.match(problem ?? '', lockedSentence);
      assert.equal(state(process)?.state, 'unfinished');
      assert.equal(state(process)?.counts.written, 2);
      unlock();
      const calls = bench().called().length;
      const resumed = value(await process.runs.resume(bench().resumption(process.workspace, process.started.id)));
      assert.equal((await resumed.finished).counts.written, 12);
      assert.equal(
        bench()
          .called()
          .slice(calls)
          .filter((number) => number <= 2).length,
        0,
      );
    });

    it('keep what could not be kept at first when the journal is free again in time', async () => {
      const process = await inTheMiddle(12);
      const unlock = bench().lock();
      bench().server.hold(1);
      bench().server.release();
      bench().server.hold(1);
      await bench().eventually(() => state(process)?.waiting !== undefined);
      bench().later += 61_000;
      await bench().eventually(() => state(process)?.state === 'stopping');
      unlock();
      bench().server.release();
      const { problem } = await process.started.finished;
      assert.match(problem ?? '', lockedSentence);
      const written = state(process)?.counts.written ?? 0;
      assert.equal(written, bench().called().length, 'every text that was paid for is a candidate');
      const calls = bench().called();
      const resumed = value(await process.runs.resume(bench().resumption(process.workspace, process.started.id)));
      assert.equal((await resumed.finished).counts.written, 12);
      assert.deepEqual(
        bench()
          .called()
          .slice(calls.length)
          .filter((number) => calls.includes(number)),
        [],
      );
      assert.equal(bench().names().length, 12);
    });

    it('do not wait when they are stopped', async () => {
      const process = await inTheMiddle(6);
      const unlock = bench().lock();
      bench().server.release();
      await bench().eventually(() => state(process)?.waiting !== undefined);
      await process.runs.stop(100);
      const { problem } = await process.started.finished;
      assert.match(problem ?? '', lockedSentence);
      unlock();
    });
  });

  it('end with a sentence when the journal is gone', async () => {
    const process = await inTheMiddle(6);
    await process.workspace.journal.close();
    bench().server.release();
    const { problem } = await process.started.finished;
    assert.match(problem ?? '', /^The journal \S+ was closed: open it again\.$/);
    assert.equal(state(process)?.state, 'unfinished');
    const second = await bench().process();
    const calls = bench().called();
    const resumed = value(await second.runs.resume(bench().resumption(second.workspace, process.started.id)));
    assert.equal((await resumed.finished).counts.written, 6);
    assert.ok(
      bench()
        .called()
        .slice(calls.length)
        .every((number) => number > 2),
    );
  });

  it('show the texts of running items to whoever looks on, until they are written', async () => {
    const { runs, workspace } = await bench().process();
    bench().server.configure({ latency: { kind: 'fixed', ms: 1200 } });
    const plan = await bench().plan(2);
    const told = new Map<string, string[]>();
    const watch = runs.texts.watch((texts) => {
      for (const { item, text } of texts) told.set(item, [...(told.get(item) ?? []), text]);
    });
    const started = value(await runs.start(plan, bench().options(), workspace));
    const items = plan.items.map(({ id }) => id);
    watch.show(items.slice(0, 1).map((item) => ({ run: started.id, item })));
    await started.finished;
    assert.deepEqual([...told.keys()], items.slice(0, 1));
    const [seen = []] = told.values();
    const file = runs.item(started.id, items[0] ?? '')?.file ?? '';
    const whole = readFileSync(file, 'utf8');
    assert.ok(seen.length > 0 && seen.every((text) => whole.startsWith(text)), seen.join('|'));
    watch.dispose();
  });

  it('of another process are shown, and cannot be resumed or discarded', async () => {
    const process = await inTheMiddle(4);
    const second = await bench().process();
    assert.deepEqual(value(await second.runs.load(second.workspace, () => undefined)), []);
    assert.equal(state(second)?.state, 'elsewhere');
    const { id } = process.started;
    assert.equal(reason(await second.runs.resume(bench().resumption(second.workspace, id))), 'owned');
    assert.equal(reason(await second.runs.discard(second.workspace, id)), 'owned');
    assert.equal(reason(await process.runs.resume(bench().resumption(process.workspace, id))), 'going-on');
    bench().server.release();
    assert.equal((await process.started.finished).counts.written, 4);
    await second.runs.refreshElsewhere();
    assert.equal(state(second)?.state, 'finished');
  });

  it('are resumed once, however often somebody asks', async () => {
    const process = await inTheMiddle(4);
    const stopping = process.runs.stop(5000);
    bench().server.release();
    await stopping;
    await process.started.finished;
    const request = bench().resumption(process.workspace, process.started.id, {
      again: { states: ['written'], fresh: true },
    });
    const [first, second] = await Promise.all([process.runs.resume(request), process.runs.resume(request)]);
    assert.equal(reason(second), 'going-on');
    assert.equal((await value(first).finished).counts.written, 4);
    assert.equal(bench().called().length, 8);
  });

  it('take a whole file with just the text that came for it, which the journal does not know', async () => {
    const first = await bench().process();
    await value(await first.runs.start(await bench().plan(4), bench().options(), first.workspace)).finished;
    const third = readFileSync(join(bench().folder, 'candidates/a/03.md'));
    await first.close();
    rmSync(join(bench().folder, 'candidates'), { recursive: true });
    rmSync(settingsFor(bench().folder).directory, { recursive: true });
    bench().server.ledger.reset();
    const process = await inTheMiddle(4);
    const stopping = process.runs.stop(0);
    await stopping;
    bench().server.release();
    writeFileSync(join(bench().folder, 'candidates/a/03.md'), third);
    const request = bench().resumption(process.workspace, process.started.id);
    assert.equal((await value(await process.runs.resume(request)).finished).counts.written, 4);
    assert.deepEqual(bench().names(), ['01.md', '02.md', '03.md', '04.md']);
    // One that is made again is another one, though it says the same.
    const again = { ...request, again: { states: ['written'], fresh: true } } as const;
    assert.equal((await value(await process.runs.resume(again)).finished).counts.written, 4);
    assert.equal(bench().names().length, 8);
  });

  it('end at once whose model the service does not know, and no others', async () => {
    bench().server.configure({ habit: knowing('m'), latency: { kind: 'fixed', ms: 20 } });
    const { runs, workspace } = await bench().process();
    const plans = [await bench().plan(40, { models: ['x'] }), await bench().plan(10, { models: ['m'] }, 'Other.')];
    const started = [];
    for (const plan of plans) started.push(value(await runs.start(plan, bench().options(), workspace)));
    const [unknown, known] = await Promise.all(started.map(({ finished }) => finished));
    assert.deepEqual([unknown?.counts.failed, known?.counts.written], [40, 10]);
    const refused = bench().server.ledger.records.filter(({ status }) => status === 404);
    assert.ok(refused.length <= 2, `${refused.length} calls`);
    const messages = runs.snapshots().items.flatMap(({ failure }) => failure?.message ?? []);
    assert.deepEqual([messages.length, new Set(messages).size], [40, 1]);
    assert.match(messages[0]!, /does not know the model "x"/);
  });

  it('that were stopped are offered, and what they had generated is written at once', async () => {
    const process = await inTheMiddle(6);
    const written = bench().names();
    rmSync(join(bench().folder, 'candidates'), { recursive: true });
    writeFileSync(join(bench().folder, 'candidates'), 'in the way');
    const stopping = process.runs.stop(5000);
    bench().server.release();
    await stopping;
    await process.close();
    rmSync(join(bench().folder, 'candidates'));
    const second = await bench().process();
    const [offered] = value(await second.runs.load(second.workspace, () => undefined));
    assert.deepEqual([offered?.left, offered?.recovered, offered?.problems], [2, 2, []]);
    assert.deepEqual([...written, ...bench().names()].sort(), ['01.md', '02.md', '03.md', '04.md']);
    assert.equal(bench().called().length, 4);
  });

  describe('with an item that starts again', () => {
    it('only write its text when that was generated', async () => {
      const process = await bench().process();
      const { runs, workspace } = process;
      bench().server.hold(1);
      const started = value(await runs.start(await bench().plan(4), bench().options(), workspace));
      // A file alone may still be taken back when its folder goes.
      const written = () => runs.snapshots().items.filter((item) => item.state === 'written');
      await bench().eventually(() => written().length === 1 && bench().called().length === 3);
      rmSync(join(bench().folder, 'candidates'), { recursive: true });
      writeFileSync(join(bench().folder, 'candidates'), 'in the way');
      bench().server.release();
      bench().server.hold(0);
      const failed = () => runs.snapshots().items.filter((item) => item.state === 'failed');
      await bench().eventually(() => failed().length === 2);
      rmSync(join(bench().folder, 'candidates'));
      for (const { id } of failed()) value(await runs.startAgain(started.id, id));
      await bench().eventually(() => failed().length === 0 && bench().names().length === 2);
      bench().server.release();
      assert.equal((await started.finished).counts.written, 4);
      assert.equal(bench().called().length, 4, 'once each');
    });

    it('do nothing when they are over', async () => {
      const process = await inTheMiddle(4);
      const [first] = process.runs.snapshots().items;
      bench().server.release();
      await process.started.finished;
      value(await process.runs.startAgain(process.started.id, first?.id ?? ''));
      assert.equal(bench().called().length, 4);
    });
  });
});
