import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { folderFile } from '../../../src/storage/journal/settings.ts';
import type { JsonReport } from '../../../src/terminal/report.ts';
import type { RunningCli } from '../../support/cli.ts';
import { knowing } from '../../support/server/habits.ts';
import { SmallDisk } from '../../support/smallDisk.ts';
import { namesTo, said, useWorkbench } from '../../support/terminalHarness.ts';

describe('parallel-candidates in trouble', function () {
  this.timeout(30_000);
  const bench = useWorkbench();

  /** A run of so many candidates, two at once; two are written, and the next two wait for the server. */
  async function inTheMiddle(count: number, ...args: readonly string[]): Promise<RunningCli> {
    bench().prompt(count);
    bench().server.configure({ latency: { kind: 'fixed', ms: 30 } });
    bench().server.hold(2);
    const running = bench().generating('--concurrency', '2', ...args);
    await bench().eventually(() => bench().visible().length === 2 && bench().called().length === 4);
    return running;
  }

  async function resumed(count: number, committed: readonly number[]): Promise<void> {
    const callsBefore = bench().called().length;
    const { code, stderr, report } = await bench().resume();
    assert.deepEqual([code, said(stderr), report.written], [0, [], count]);
    const again = bench().called().slice(callsBefore);
    assert.deepEqual(
      again.filter((number) => committed.includes(number)),
      [],
      'called again after its text was kept',
    );
    assert.deepEqual(
      bench()
        .manifest()
        .map(({ file }) => file),
      bench().names(),
    );
  }

  it('with a model that the service does not know says so once, after what was in flight', async () => {
    bench().prompt(40);
    bench().server.configure({ habit: knowing('other'), latency: { kind: 'fixed', ms: 50 } });
    const { code, stderr } = await bench().generating('--concurrency', '4').result;
    assert.equal(code, 1);
    assert.ok(bench().called().length <= 4, `${bench().called().length} calls`);
    const lines = stderr.split('\n').filter((line) => line.includes('does not know the model "gpt-5-mini" (404)'));
    assert.equal(lines.length, 1, stderr);
    assert.match(stderr, /Items +40 failed/);
  });

  it('with an address that lacks its version says once which one answers', async () => {
    bench().prompt(20);
    const { origin } = new URL(bench().server.baseUrl);
    const { code, stderr } = await bench().run('generate', 'a.prompt.md', '--base-url', origin);
    assert.equal(code, 1);
    const sentence = `"${origin}/chat/completions" has nothing there; "${origin}/v1" answers: set it as base URL.`;
    assert.equal(stderr.split(sentence).length - 1, 1, stderr);
  });

  describe('with its disk', () => {
    let disk: SmallDisk | undefined;

    async function useDisk(way: string): Promise<SmallDisk | undefined> {
      const path = join(bench().folder, way);
      mkdirSync(path, { recursive: true });
      disk = await SmallDisk.mount(path, 3);
      const mounted = disk;
      if (!mounted) return undefined;
      bench().within = mounted.within;
      // The journals on the same disk: what happens to it happens to them.
      if (way === '.') bench().state = bench().folder;
      bench().seen = (seen) => mounted.seen(join(bench().folder, seen));
      return mounted;
    }

    afterEach(() => disk?.unmount());

    it('full: says so once, starts nothing more, and goes on when there is room', async function () {
      const mounted = await useDisk('.');
      if (!mounted) return this.skip();
      const running = await inTheMiddle(12);
      const free = mounted.fill();
      bench().server.release();
      const { code, stderr } = await running.result;
      assert.equal(code, 1);
      const [run] = bench().ask<{ id: string }>('SELECT id FROM runs');
      assert.deepEqual(said(stderr), [
        `The disk is full, so the journal ${bench().journal} cannot grow: free some space, then start or resume the run.`,
        `To go on with what is left: parallel-candidates resume ${run?.id}`,
      ]);
      const calls = bench().called().length;
      assert.ok(calls <= 8, `${calls} calls: once it was known that the disk is full, nothing more was started`);
      const committed = bench().committed();
      // The journal has become smaller when it was closed.
      mounted.fill();
      const still = await bench().run('resume');
      assert.deepEqual([still.code, still.stdout], [2, '']);
      assert.match(
        still.stderr,
        /^parallel-candidates: The disk is full, so the journal \S+ cannot grow: free some space, then start or resume the run\.\n$/,
      );
      assert.equal(bench().called().length, calls);
      free();
      await resumed(12, committed);
    });

    it('full before the run: nothing is spent', async function () {
      const mounted = await useDisk('.');
      if (!mounted) return this.skip();
      bench().prompt(2);
      const free = mounted.fill();
      const { code, stdout, stderr } = await bench().generating('--json').result;
      assert.deepEqual([code, stdout, bench().called().length], [2, '', 0]);
      assert.match(
        stderr,
        /^parallel-candidates: The disk is full, so the journal \S+ cannot grow: free some space, then start or resume the run\.\n$/,
      );
      free();
      const { report } = await bench().generate();
      assert.equal(report.written, 2);
    });

    it('full where the candidates go: every text is kept, and written later without a call', async function () {
      const mounted = await useDisk('candidates');
      if (!mounted) return this.skip();
      const running = await inTheMiddle(6);
      const free = mounted.fill();
      bench().server.release();
      const { code, stderr } = await running.result;
      assert.equal(code, 1);
      const failures = said(stderr).filter((line) => line.startsWith('The candidate could not be written'));
      assert.equal(failures.length, 4);
      assert.match(
        failures[0] ?? '',
        /^The candidate could not be written to \S+\.md: the disk is full\. Mend that, then retry the failed candidates: their texts are kept\.$/,
      );
      assert.match(
        said(stderr).at(-1) ?? '',
        /^To try again what has failed: parallel-candidates resume \S+ --failed$/,
      );
      assert.deepEqual(bench().committed(), [1, 2, 3, 4, 5, 6]);
      assert.deepEqual(bench().names(), namesTo(2), 'nothing is left half written');
      free();
      await resumed(6, bench().committed());
      assert.equal(bench().called().length, 6);
      assert.deepEqual(bench().names(), namesTo(6));
    });

    it('read-only: says so before anything is spent, and goes on when it can be written', async function () {
      const mounted = await useDisk('.');
      if (!mounted) return this.skip();
      await bench().killed(4, 2);
      const committed = bench().committed();
      const calls = bench().called().length;
      await mounted.makeReadOnly(true);
      assert.match((await bench().run('runs')).stdout, /unfinished: [12] written, [23] left/);
      for (const command of [
        ['resume', '--json'],
        ['discard', (await bench().runs())[0]?.run ?? ''],
        ['clear-cache'],
      ]) {
        const { code, stdout, stderr } = await bench().run(...command);
        assert.deepEqual([code, stdout], [2, ''], stderr);
        assert.equal(
          stderr,
          `parallel-candidates: The journal ${bench().journal} cannot be written: make its folder writable, then try again.\n`,
        );
      }
      const generated = await bench().generating().result;
      assert.equal(generated.code, 2);
      assert.match(
        generated.stderr,
        /^a\.prompt\.md: The folder for its candidates, .*, is not writable: change its permissions or choose another folder\.\n$/,
      );
      const elsewhere = await bench().generating('--out', '/dev/shm/parallel-candidates-test').result;
      assert.match(
        elsewhere.stderr,
        /^parallel-candidates: The journal \S+ cannot be written: make its folder writable, then try again\.\n$/,
      );
      assert.equal(bench().called().length, calls);
      await mounted.makeReadOnly(false);
      await resumed(4, committed);
    });

    it('read-only in the middle of a run: what was kept is not called again', async function () {
      const mounted = await useDisk('.');
      if (!mounted) return this.skip();
      const running = await inTheMiddle(12);
      const committed = bench().committed();
      // A disk cannot be made read-only while files are open for writing, so it is taken away and given back.
      await mounted.cover(true);
      bench().server.release();
      const { code, stderr } = await running.result;
      assert.equal(code, 1);
      assert.match(
        said(stderr)[0] ?? '',
        /^The journal \S+ cannot be written: make its folder writable, then try again\.$/,
      );
      assert.ok(bench().called().length <= 8, `${bench().called().length} calls`);
      await mounted.cover(false);
      await resumed(12, committed);
    });
  });

  it('makes the folder of the candidates again that somebody deletes', async () => {
    const running = await inTheMiddle(5, '--json');
    // Until then, a file that goes with its folder is written again.
    await bench().eventually(() => bench().written() === 2);
    // The first two, unless the second call was slower to arrive than the third.
    const deleted = bench().visible();
    const left = namesTo(5).filter((name) => !deleted.includes(name));
    rmSync(bench().seen('candidates'), { recursive: true });
    bench().server.release();
    const { code, stderr } = await running.result;
    assert.deepEqual([code, said(stderr)], [0, []]);
    assert.deepEqual(bench().names(), left, 'what a person deleted stays deleted');
    assert.deepEqual(
      bench()
        .manifest()
        .map(({ file }) => file),
      left,
    );
    assert.deepEqual(bench().called().toSorted(), [1, 2, 3, 4, 5]);
    assert.equal((await bench().runs())[0]?.state, 'finished');
  });

  describe('with the folder that it works in', () => {
    it('deleted before: says so in one sentence', async () => {
      bench().prompt(1);
      for (const args of [['generate', 'a.prompt.md'], ['resume'], ['runs'], ['runs', '--all'], ['clear-cache']]) {
        const gone = `${bench().folder}-gone`;
        mkdirSync(gone);
        bench().within = (command) => ['sh', '-c', 'cd "$0" && rmdir "$0" && exec "$@"', gone, ...command];
        const { code, stdout, stderr } = await bench().run(...args);
        assert.deepEqual(
          [code, stdout, stderr],
          [2, '', 'parallel-candidates: The folder that this runs in was deleted: change to another one.\n'],
        );
      }
    });

    it('deleted meanwhile: ends in peace, and nothing is paid for that is not there', async () => {
      const running = await inTheMiddle(6, '--json');
      rmSync(bench().folder, { recursive: true });
      bench().server.release();
      const { stdout, stderr } = await running.result;
      const { files, items } = JSON.parse(stdout) as JsonReport;
      assert.equal(items, 6);
      assert.ok(
        said(stderr).every((line) => /^[A-Z].*[^:]$/.test(line)),
        stderr,
      );
      for (const name of bench().visible()) assert.ok(files.some((file) => file.endsWith(name)));
    });
  });

  for (const args of [
    ['generate', 'a.prompt.md', '--json'],
    ['generate', 'a.prompt.md'],
    ['generate', 'a.prompt.md', '--dry-run', '--json'],
    ['runs', '--json'],
    ['help'],
  ]) {
    it(`says that its output went nowhere: ${args.join(' ')} > /dev/full`, async function () {
      if (!existsSync('/dev/full')) return this.skip();
      bench().prompt(1);
      await bench().generate();
      bench().within = (command, cwd) => ['sh', '-c', 'cd "$0" && exec "$@" > /dev/full', cwd, ...command];
      const { code, stderr } = await bench().run(...args);
      assert.equal(code, 1, stderr);
      const sentences = said(stderr).filter((line) => line.includes('Standard output'));
      assert.equal(sentences.length, 1, stderr);
      assert.match(
        sentences[0] ?? '',
        /^parallel-candidates: Standard output could not be written, which does not affect candidates: ENOSPC: .*\.$/,
      );
    });
  }

  it('keeps what it has when somebody deletes the folder of the journal', async () => {
    const running = await inTheMiddle(6);
    rmSync(dirname(bench().seenJournal), { recursive: true });
    await bench().eventually(() => bench().called().length === 4);
    bench().server.hold(1);
    bench().server.release();
    bench().server.hold(1);
    await bench().eventually(() => bench().visible().length >= 4);
    running.process.kill('SIGKILL');
    await running.result;
    bench().server.release();
    assert.ok(existsSync(join(dirname(bench().seenJournal), folderFile)));
    await resumed(6, bench().committed());
    assert.deepEqual(bench().names(), namesTo(6));
  });

  it('finishes when somebody deletes the folder of the journal', async () => {
    const running = await inTheMiddle(4);
    rmSync(dirname(bench().seenJournal), { recursive: true });
    bench().server.release();
    const { code, stderr } = await running.result;
    assert.deepEqual([code, said(stderr)], [0, []]);
    assert.deepEqual(
      bench()
        .manifest()
        .map(({ file }) => file),
      namesTo(4),
    );
    assert.deepEqual(
      (await bench().runs()).map(({ state, written }) => [state, written]),
      [['finished', 4]],
    );
  });

  it('leaves alone whatever has the name of a candidate', async () => {
    bench().prompt(4);
    bench().server.hold(0);
    const running = bench().generating();
    await bench().eventually(() => bench().called().length === 4);
    mkdirSync(bench().seen('candidates/a/01.md'), { recursive: true });
    writeFileSync(bench().seen('candidates/a/02.md'), 'mine');
    chmodSync(bench().seen('candidates/a/02.md'), 0o400);
    bench().server.release();
    const { code, stderr } = await running.result;
    assert.deepEqual([code, said(stderr)], [0, []]);
    assert.deepEqual(readdirSync(bench().seen('candidates/a')).sort(), [...namesTo(6), 'manifest.json']);
    assert.deepEqual(readdirSync(bench().seen('candidates/a/01.md')), []);
    assert.equal(readFileSync(bench().seen('candidates/a/02.md'), 'utf8'), 'mine');
    assert.deepEqual(
      bench()
        .manifest()
        .map(({ file }) => file),
      namesTo(6).slice(2),
    );
  });

  it('generates the same prompt twice at the same time: all files, one manifest, two runs that are through', async () => {
    bench().prompt(10);
    bench().server.configure({ latency: { kind: 'fixed', ms: 20 } });
    const both = await Promise.all([bench().generate(), bench().generate()]);
    for (const { code, stderr, report } of both) {
      assert.deepEqual([code, said(stderr), report.written], [0, [], 10]);
    }
    assert.deepEqual(bench().names(), namesTo(20));
    const entries = bench().manifest();
    assert.deepEqual(
      entries.map(({ file }) => file),
      namesTo(20),
    );
    for (const { report } of both) assert.equal(entries.filter(({ run }) => run === report.run).length, 10);
    assert.deepEqual(
      (await bench().runs()).map(({ state, written }) => [state, written]),
      [
        ['finished', 10],
        ['finished', 10],
      ],
    );
    assert.ok(!existsSync(bench().seen('candidates/a/.manifest.json.tmp')));
  });

  it('waits for another program that holds the journal', async () => {
    const running = await inTheMiddle(4);
    const other = new DatabaseSync(bench().seenJournal, { timeout: 5000 });
    other.exec('BEGIN IMMEDIATE');
    bench().server.release();
    await bench().eventually(() => bench().server.ledger.summary().completed === 4);
    other.exec('ROLLBACK');
    other.close();
    const { code, stderr } = await running.result;
    assert.deepEqual([code, said(stderr)], [0, []]);
    assert.deepEqual(bench().names(), namesTo(4));
  });

  it('goes on when nobody reads any more what it says', async () => {
    const running = await inTheMiddle(4);
    running.process.stderr?.destroy();
    running.process.stdout?.destroy();
    bench().server.release();
    assert.equal((await running.result).code, 0);
    assert.deepEqual(bench().names(), namesTo(4));
    assert.equal((await bench().runs())[0]?.state, 'finished');
  });

  it('does not start while another program has the journal for itself', async () => {
    bench().prompt(1);
    await bench().generate();
    const other = new DatabaseSync(bench().seenJournal);
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const refused = [bench().run('runs'), bench().generating().result];
    for (const { code, stdout, stderr } of await Promise.all(refused)) {
      assert.deepEqual([code, stdout], [2, '']);
      assert.equal(
        stderr,
        `parallel-candidates: Another program keeps the journal ${bench().journal} locked: close it there, then try again.\n`,
      );
    }
    other.close();
    assert.equal(bench().called().length, 1);
  });

  it('does not care when the clock is set back', async () => {
    const shift = join(bench().folder, 'shift.mjs');
    // An hour back, once the second candidate is there.
    writeFileSync(
      shift,
      `import { existsSync } from 'node:fs';
       const now = Date.now;
       let back = 0;
       Date.now = () => now() - (back ||= existsSync('candidates/a/02.md') ? 3_600_000 : 0);`,
    );
    bench().prompt(4);
    bench().server.hold(2);
    const args = ['generate', 'a.prompt.md', '--base-url', bench().server.baseUrl, '--concurrency', '2', '--json'];
    const running = bench().start(args, { NODE_OPTIONS: `--import=${shift}` });
    await bench().eventually(() => bench().visible().length === 2 && bench().called().length === 4);
    bench().server.release();
    const { code, stdout, stderr } = await running.result;
    assert.deepEqual([code, said(stderr)], [0, []]);
    const { durationMs } = JSON.parse(stdout) as { durationMs: number };
    assert.ok(durationMs >= 0 && durationMs < 30_000, String(durationMs));
    assert.deepEqual(bench().names(), namesTo(4));
    const times = bench()
      .manifest()
      .map(({ startedAt, finishedAt }) => Date.parse(finishedAt) - Date.parse(startedAt));
    assert.ok(
      times.every((time) => time >= 0),
      times.join(),
    );
    const [run] = await bench().runs();
    assert.deepEqual([run?.state, run?.written], ['finished', 4]);
    // The next run, with the right time again, comes first all the same.
    const { report } = await bench().generate();
    assert.deepEqual(
      (await bench().runs()).map((each) => each.run),
      [report.run, run?.run],
    );
  });

  it('is not carried on by an owner that was stopped and taken over from', async () => {
    const running = await inTheMiddle(6);
    const [run] = await bench().runs();
    running.process.kill('SIGSTOP');
    const calls = bench().called().length;
    bench().server.release();
    const { code, stderr, report } = await bench().resume();
    assert.deepEqual([code, said(stderr), report.written], [0, [], 6]);
    const second = bench().called().slice(calls);
    assert.deepEqual(second.toSorted(), [3, 4, 5, 6]);
    const before = bench().candidates();
    running.process.kill('SIGCONT');
    const first = await running.result;
    assert.equal(first.code, 1);
    assert.deepEqual(said(first.stderr), [
      `Run ${run?.run} was taken over by another window or terminal: see there what became of it.`,
    ]);
    assert.equal(bench().called().length, calls + second.length, 'it calls nobody any more');
    assert.deepEqual(bench().candidates(), before, 'it writes nothing any more');
    assert.deepEqual(
      bench()
        .manifest()
        .map(({ file }) => file),
      namesTo(6),
    );
    assert.equal((await bench().runs())[0]?.state, 'finished');
  }).timeout(60_000);
});
