import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import type { CliResult, RunningCli } from '../../support/cli.ts';
import { namesTo, said, useWorkbench } from '../../support/terminalHarness.ts';

/** A second for the program, and one for a machine on which other tests run. */
const leavesWithinMs = 2000;

describe('leaving parallel-candidates', function () {
  this.timeout(30_000);
  const bench = useWorkbench();
  const locks: (() => void)[] = [];
  afterEach(() => {
    for (const unlock of locks.splice(0)) unlock();
  });

  function lock(): () => void {
    const other = new DatabaseSync(bench().seenJournal, { timeout: 5000 });
    other.exec('BEGIN IMMEDIATE');
    let isLocked = true;
    const unlock = (): void => {
      if (isLocked) other.close();
      isLocked = false;
    };
    locks.push(unlock);
    return unlock;
  }

  async function leaves(running: RunningCli, signal: NodeJS.Signals = 'SIGINT'): Promise<CliResult> {
    const askedAt = performance.now();
    running.process.kill(signal);
    const result = await running.result;
    const tookMs = performance.now() - askedAt;
    assert.equal(result.code, 130, result.stderr);
    assert.ok(tookMs < leavesWithinMs, `It took ${Math.round(tookMs)} ms.`);
    return result;
  }

  it('takes no time while everything waits for a rate', async () => {
    bench().prompt(4);
    const running = bench().generating('--rpm', '2', '--safety', '1');
    await bench().eventually(() => bench().visible().length === 1);
    const { stderr } = await leaves(running);
    assert.match(said(stderr).at(-1) ?? '', /^To go on with what is left: parallel-candidates resume/);
    assert.equal(bench().called().length, 1);
  });

  it('takes no time while the service asks for a pause', async () => {
    bench().prompt(4);
    bench().server.configure({ faults: () => '429', faultRetryAfterMs: 300_000 });
    const running = bench().generating('--concurrency', '2');
    await bench().eventually(() => bench().called().length >= 1 && bench().server.ledger.concurrent === 0);
    const { stderr } = await leaves(running);
    assert.match(said(stderr).at(-1) ?? '', /^To go on with what is left: parallel-candidates resume/);
  });

  it('takes no time while a retry is due later', async () => {
    bench().prompt(1);
    bench().server.configure({ faults: () => '500' });
    const running = bench().generating('--retry-base', '600000');
    await bench().eventually(() => bench().called().length === 1 && bench().server.ledger.concurrent === 0);
    await leaves(running);
  });

  it('takes no time when a terminal closes or somebody ends the program', async () => {
    for (const signal of ['SIGHUP', 'SIGTERM'] as const) {
      bench().prompt(4);
      bench().server.ledger.reset();
      const running = bench().generating('--rpm', '2', '--safety', '1');
      await bench().eventually(() => bench().called().length === 1 && bench().server.ledger.concurrent === 0);
      await leaves(running, signal);
      const [run] = await bench().runs();
      assert.deepEqual([run?.state, run?.written, run?.left, run?.owner], ['unfinished', 1, 3, null], signal);
    }
  });

  describe('while another program keeps the journal locked', () => {
    /** Two candidates are written, and the texts of the next two wait for the journal. */
    async function locked(): Promise<{ readonly running: RunningCli; readonly unlock: () => void }> {
      bench().prompt(6);
      bench().server.hold(2);
      const running = bench().generating('--concurrency', '2');
      await bench().eventually(() => bench().visible().length === 2 && bench().called().length === 4);
      const unlock = lock();
      bench().server.release();
      await bench().eventually(() => bench().server.ledger.summary().completed === 4);
      return { running, unlock };
    }

    /** What has been paid for is there once, and is not made again, even if it would come out differently. */
    async function goesOn(unlock: () => void): Promise<void> {
      unlock();
      const before = bench().candidates();
      bench().server.configure({ seed: 2 });
      const { code, stderr, report } = await bench().resume();
      assert.deepEqual([code, said(stderr), report.written], [0, [], 6]);
      assert.deepEqual(bench().called().toSorted(), [1, 2, 3, 4, 5, 6]);
      assert.deepEqual(bench().names(), namesTo(6));
      for (const [name, text] of before) assert.equal(bench().candidates().get(name), text, name);
      assert.deepEqual(
        bench()
          .manifest()
          .map(({ file }) => file),
        namesTo(6),
      );
    }

    it('takes no time, and loses or doubles nothing', async () => {
      const { running, unlock } = await locked();
      const { stderr } = await leaves(running);
      assert.match(said(stderr).join('\n'), /Another program keeps the journal \S+ locked/);
      await goesOn(unlock);
    });

    it('takes no time the second time either', async () => {
      const { running, unlock } = await locked();
      running.process.kill('SIGINT');
      await running.until(/Stopping/);
      await leaves(running);
      await goesOn(unlock);
    });
  });
});
