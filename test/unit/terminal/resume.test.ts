import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { firstSeed, namesTo, said, useWorkbench } from '../../support/terminalHarness.ts';

describe('parallel-candidates resume', function () {
  this.timeout(30_000);
  const bench = useWorkbench();

  it('goes on after a kill: every candidate is there, and none is called again whose text was kept', async () => {
    const { server } = bench();
    const committed = await bench().killed(12, 5);
    assert.ok(committed.length >= 5 && committed.length < 12, String(committed));
    const before = bench().candidates();
    const visible = bench().visible();
    const callsBefore = bench().called().length;
    const { code, stderr, report } = await bench().resume();
    assert.equal(code, 0, stderr);
    assert.deepEqual(said(stderr), []);
    assert.deepEqual([report.items, report.written, report.failed, report.cancelled], [12, 12, 0, 0]);
    assert.equal(report.attempts, 12 - committed.length);
    const again = bench().called().slice(callsBefore);
    assert.deepEqual(
      again.filter((number) => committed.includes(number)),
      [],
    );
    assert.equal(server.ledger.peakConcurrent, 4, 'the limits are those of the run');
    assert.deepEqual(bench().names(), namesTo(12));
    for (const name of visible) assert.equal(bench().candidates().get(name), before.get(name));
    assert.deepEqual(
      bench()
        .manifest()
        .map(({ file }) => file),
      namesTo(12),
    );
  });

  it('goes on after an interrupt, which names the command for that', async () => {
    bench().prompt(8);
    bench().server.hold(4);
    const running = bench().generating('--concurrency', '2');
    await bench().eventually(() => bench().called().length === 6);
    running.process.kill('SIGINT');
    await running.until(/Stopping: what is in flight may finish/);
    bench().server.release();
    const { code, stderr } = await running.result;
    assert.equal(code, 130);
    const [run] = await bench().runs();
    assert.deepEqual([run?.state, run?.written, run?.left], ['unfinished', 6, 2]);
    assert.equal(said(stderr).at(-1), `To go on with what is left: parallel-candidates resume ${run?.run}`);
    const { report } = await bench().resume(run?.run ?? '');
    assert.deepEqual([report.run, report.written, report.attempts], [run?.run, 8, 2]);
    assert.deepEqual(
      bench()
        .called()
        .toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    assert.deepEqual(bench().names(), namesTo(8));
  });

  it('takes the newest run, names the others, and takes another one by its id', async () => {
    await bench().killed(4, 1);
    await bench().generate();
    bench().prompt(2, 'b');
    bench().server.hold(1);
    const running = bench().start(['generate', 'b.prompt.md', '--base-url', bench().server.baseUrl]);
    await bench().eventually(() => bench().names('candidates/b').length === 1);
    running.process.kill('SIGKILL');
    await running.result;
    bench().server.release();
    const [ofB, , first] = await bench().runs();
    assert.deepEqual([ofB?.state, first?.state], ['unfinished', 'unfinished']);
    const newest = await bench().resume();
    assert.equal(newest.report.run, ofB?.run);
    assert.match(newest.stderr, new RegExp(`^Unfinished as well: .*${first?.run} \\(a\\)`));
    const other = await bench().resume(first?.run ?? '');
    assert.deepEqual([other.code, other.report.run, other.report.written], [0, first?.run, 4]);
  });

  it('says that there is nothing to resume', async () => {
    bench().prompt(1);
    await bench().generate();
    const { code, stdout, stderr } = await bench().run('resume');
    assert.deepEqual([code, stdout, stderr], [0, '', 'There is nothing to resume: every run is through.\n']);
    const { code: jsonCode, report, stderr: jsonStderr } = await bench().resume();
    assert.deepEqual([jsonCode, report.run, report.items, jsonStderr], [0, null, 0, '']);
    assert.equal(bench().called().length, 1);
  });

  it('prints the same JSON as generate', async () => {
    bench().prompt(2);
    const generated = await bench().generate();
    await bench().killed(2, 1);
    const resumed = await bench().resume();
    const nothing = await bench().resume();
    for (const { report } of [resumed, nothing]) {
      assert.deepEqual(Object.keys(report), Object.keys(generated.report));
      assert.deepEqual(
        Object.values(report)
          .map((value) => (value === null ? 'null' : typeof value))
          .slice(1, 10),
        Object.values(generated.report)
          .map((value) => (value === null ? 'null' : typeof value))
          .slice(1, 10),
      );
    }
    assert.equal(resumed.report.files.length, 2);
  });

  it('keeps to other limits that it is given', async () => {
    await bench().killed(8, 2);
    bench().server.ledger.reset();
    bench().server.configure({ latency: { kind: 'fixed', ms: 10 } });
    const { code, report } = await bench().resume('--concurrency', '1');
    assert.deepEqual([code, report.written], [0, 8]);
    assert.equal(bench().server.ledger.peakConcurrent, 1);
  });

  it('keeps to other rates that it is given', async () => {
    await bench().killed(12, 2);
    bench().server.ledger.reset();
    const { code } = await bench().resume('--rpm', '240', '--safety', '1', '--concurrency', '20');
    assert.equal(code, 0);
    assert.ok(
      bench().server.ledger.mostArrivals(1000) <= 8,
      `${bench().server.ledger.mostArrivals(1000)} in one second`,
    );
  });

  it('needs no prompt file: the plan is in the journal', async () => {
    await bench().killed(5, 2);
    rmSync(bench().seen('a.prompt.md'));
    const { code, report } = await bench().resume();
    assert.deepEqual([code, report.written], [0, 5]);
    assert.deepEqual(bench().names(), namesTo(5));
    assert.ok(!existsSync(bench().seen('a.prompt.md')));
  });

  describe('with --failed', () => {
    it('retries what has failed and nothing else', async () => {
      bench().prompt(6);
      bench().server.configure({
        faults: (call) => ([firstSeed + 1, firstSeed + 4].includes(call.seed ?? 0) ? '400' : null),
      });
      const failed = await bench().generate();
      assert.deepEqual([failed.code, failed.report.written, failed.report.failed], [1, 4, 2]);
      assert.equal(
        said(failed.stderr).at(-1),
        `To try again what has failed: parallel-candidates resume ${failed.report.run} --failed`,
      );
      assert.equal((await bench().resume()).report.run, null, 'a failure is an end');
      bench().server.configure({ faults: null });
      bench().server.ledger.reset();
      const { code, report } = await bench().resume('--failed');
      assert.deepEqual([code, report.run, report.written, report.failed], [0, failed.report.run, 6, 0]);
      assert.deepEqual(bench().called().toSorted(), [2, 5]);
      assert.deepEqual(bench().names(), namesTo(6));
      assert.equal((await bench().resume('--failed')).report.run, null);
    });

    it('leaves alone what has not ended', async () => {
      bench().prompt(6);
      bench().server.configure({ faults: (call) => (call.seed === firstSeed ? '400' : null) });
      bench().server.hold(3);
      const running = bench().generating('--concurrency', '1');
      await bench().eventually(() => bench().names().includes('03.md') && bench().called().length === 4);
      running.process.kill('SIGKILL');
      await running.result;
      bench().server.release();
      bench().server.configure({ faults: null });
      bench().server.ledger.reset();
      const { code, stderr, report } = await bench().resume('--failed');
      assert.deepEqual([code, report.written, report.failed], [1, 3, 0]);
      assert.deepEqual(bench().called(), [1]);
      assert.match(stderr, /To go on with what is left: parallel-candidates resume/);
      assert.equal((await bench().resume()).report.written, 6);
    });

    it('only writes what was generated and could not be written', async () => {
      bench().prompt(3);
      bench().server.hold(0);
      const running = bench().generating('--json');
      await bench().eventually(() => bench().called().length === 3);
      writeFileSync(bench().seen('candidates'), 'in the way');
      bench().server.release();
      const { code, stderr } = await running.result;
      assert.equal(code, 1);
      assert.match(
        said(stderr)[0] ?? '',
        /^The candidate could not be written to .*01\.md: a file stands where a folder is needed\. Mend that, then retry the failed candidates: their texts are kept\.$/,
      );
      assert.equal(bench().committed().length, 3);
      const still = await bench().resume('--failed');
      assert.deepEqual([still.code, still.report.failed], [1, 3]);
      assert.match(said(still.stderr)[0] ?? '', /^The candidate could not be written to .*01\.md: a file stands where/);
      rmSync(bench().seen('candidates'));
      const { code: last, report } = await bench().resume('--failed');
      assert.deepEqual([last, report.written, report.attempts], [0, 3, 0]);
      assert.equal(bench().called().length, 3, 'nobody was called again');
      assert.deepEqual(bench().names(), namesTo(3));
    });
  });

  it('writes nothing through a link that has taken the place of its folder', async () => {
    const out = join(bench().folder, '..', 'out');
    const elsewhere = join(bench().folder, '..', 'elsewhere');
    bench().prompt(3);
    bench().server.hold(1);
    const running = bench().generating('--concurrency', '1', '--out', out);
    await bench().eventually(() => existsSync(join(out, 'a', '01.md')));
    await bench().eventually(() => bench().server.ledger.concurrent > 0);
    running.process.kill('SIGKILL');
    await running.result;
    bench().server.release();
    renameSync(out, elsewhere);
    symlinkSync(elsewhere, out);
    const before = readdirSync(join(elsewhere, 'a'));
    const { code, stderr } = await bench().run('resume');
    assert.equal(code, 2);
    assert.match(stderr, /This run writes to .*out, which has become a link to .*elsewhere: put the folder back, or/);
    assert.deepEqual(readdirSync(join(elsewhere, 'a')), before);
    unlinkSync(out);
    renameSync(elsewhere, out);
    assert.equal((await bench().run('resume')).code, 0);
    assert.deepEqual(readdirSync(join(out, 'a')).sort(), ['01.md', '02.md', '03.md', 'manifest.json']);
  });

  it('writes what could not be written without being told what has failed', async () => {
    bench().prompt(2);
    bench().server.hold(0);
    const running = bench().generating();
    await bench().eventually(() => bench().called().length === 2);
    writeFileSync(bench().seen('candidates'), 'in the way');
    bench().server.release();
    await running.result;
    rmSync(bench().seen('candidates'));
    const { code, report } = await bench().resume();
    assert.deepEqual([code, report.written, bench().called().length], [0, 2, 2]);
  });

  it('makes an item again with --item: the old candidate stays, the new one takes the next free number', async () => {
    bench().prompt(3);
    const { report: first } = await bench().generate();
    const before = bench().candidates();
    const [, second] = bench().manifest();
    bench().server.configure({ seed: 2 });
    bench().server.ledger.reset();
    const { code, report } = await bench().resume(first.run ?? '', '--item', second?.item ?? '');
    assert.deepEqual([code, report.written], [0, 3]);
    assert.deepEqual(bench().called(), [2]);
    assert.deepEqual(bench().names(), namesTo(4));
    for (const [name, text] of before) assert.equal(bench().candidates().get(name), text);
    assert.notEqual(bench().candidates().get('04.md'), before.get('02.md'));
    assert.equal(
      bench()
        .manifest()
        .find(({ file }) => file === '04.md')?.item,
      second?.item,
    );
    const newest = await bench().resume('--item', second?.item ?? '');
    assert.deepEqual([newest.code, newest.report.run], [0, first.run]);
    assert.deepEqual(bench().names(), namesTo(5));
  });

  it('gives an item that is made again no number that another one of the run will take', async () => {
    await bench().killed(6, 2);
    // The kill may come between a file and its mark in the journal, but never between a file and its text there.
    const [written] = bench().ask<{ id: string }>(
      `SELECT id FROM items LEFT JOIN results USING (run, position)
        WHERE state = 'written' OR text IS NOT NULL ORDER BY position`,
    );
    await bench().resume('--item', written?.id ?? '');
    await bench().resume();
    assert.deepEqual(bench().names(), namesTo(7));
    const items = bench().ask<{ idx: number; file: string }>('SELECT idx, file FROM items ORDER BY position');
    assert.deepEqual(
      items.slice(1).map(({ file }) => file),
      namesTo(6)
        .slice(1)
        .map((name) => `candidates/a/${name}`),
    );
  });

  it('says so when there is no such run or item', async () => {
    await bench().killed(2, 1);
    const calls = bench().called().length;
    const unknown = await bench().run('resume', 'nonsense');
    assert.deepEqual([unknown.code, unknown.stdout], [2, '']);
    assert.equal(
      unknown.stderr,
      'parallel-candidates: Run nonsense is not in the journal: list the runs to see what is.\n',
    );
    const [run] = await bench().runs();
    for (const args of [
      ['--item', 'nonsense'],
      [run?.run ?? '', '--item', 'nonsense'],
    ]) {
      const { code, stderr } = await bench().run('resume', ...args, '--json');
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^parallel-candidates: There is no item nonsense in .*\.\n$/);
    }
    assert.equal(bench().called().length, calls);
  });

  it('says where there are no runs', async () => {
    const { code, stderr } = await bench().run('resume');
    assert.deepEqual(
      [code, stderr],
      [2, 'parallel-candidates: There are no runs in this folder: generate something first.\n'],
    );
    mkdirSync(dirname(bench().journal), { recursive: true });
    assert.equal((await bench().run('runs')).code, 2);
  });
});
