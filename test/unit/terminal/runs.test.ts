import assert from 'node:assert/strict';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningCli } from '../../support/cli.ts';
import { namesTo, said, useWorkbench } from '../../support/terminalHarness.ts';

describe('the runs of a folder, in the terminal', function () {
  this.timeout(30_000);
  const bench = useWorkbench();

  /** A run of four candidates, two of them written, that another process goes on with. */
  async function alive(): Promise<RunningCli> {
    bench().prompt(4);
    bench().server.hold(2);
    const running = bench().generating('--concurrency', '2', '--json');
    await bench().eventually(() => bench().visible().length === 2 && bench().called().length === 4);
    return running;
  }

  it('are listed newest first, with what has become of them', async () => {
    bench().prompt(1);
    const { report } = await bench().generate();
    bench().prompt(3);
    bench().server.hold(0);
    const running = bench().generating();
    await bench().eventually(() => bench().called().length === 4);
    running.process.kill('SIGKILL');
    await running.result;
    const [newest, oldest] = await bench().runs();
    assert.deepEqual(
      [newest?.state, newest?.items, newest?.left, newest?.owner, newest?.finishedAt],
      ['unfinished', 3, 3, null, null],
    );
    assert.deepEqual([oldest?.run, oldest?.state, oldest?.written, oldest?.left], [report.run, 'finished', 1, 0]);
    assert.ok(Date.parse(oldest?.finishedAt ?? '') > 0);
    const { code, stdout, stderr } = await bench().run('runs');
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(stdout, `${newest?.run}  a  unfinished: 3 left\n${oldest?.run}  a  finished: 1 written\n`);
  });

  it('are found from a folder below', async () => {
    bench().prompt(1);
    await bench().generate();
    const below = join(bench().folder, 'below');
    mkdirSync(below);
    const { code, stdout } = await bench().start(['runs'], {}, below).result;
    assert.equal(code, 0);
    assert.match(stdout, /finished: 1 written/);
  });

  it('stay with the folder one works in when the prompt lies in one of two leading dots', async () => {
    bench().prompt(1);
    mkdirSync(bench().seen('..drafts'));
    renameSync(bench().seen('a.prompt.md'), bench().seen('..drafts/a.prompt.md'));
    const { code, stderr } = await bench().run(
      'generate',
      '..drafts/a.prompt.md',
      '--base-url',
      bench().server.baseUrl,
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      (await bench().runs()).map(({ state, written }) => [state, written]),
      [['finished', 1]],
    );
    assert.deepEqual(bench().names('..drafts/candidates/a'), namesTo(1));
  });

  it('are left alone while another process works on them: it is named, and goes on undisturbed', async () => {
    const running = await alive();
    const [listed] = await bench().runs();
    assert.deepEqual([listed?.state, listed?.left], ['elsewhere', 2]);
    assert.deepEqual([listed?.owner?.kind, listed?.owner?.pid], ['terminal', running.process.pid]);
    assert.match(
      (await bench().run('runs')).stdout,
      new RegExp(`running in a terminal \\(process ${running.process.pid} on `),
    );
    const sentence = new RegExp(
      `^parallel-candidates: Run ${listed?.run} is going on in a terminal \\(process ${running.process.pid} on \\S+\\): watch or cancel it there\\.\\n$`,
    );
    const [resumed, discarded] = await Promise.all([
      bench().run('resume', '--json'),
      bench().run('discard', listed?.run ?? ''),
    ]);
    for (const { code, stdout, stderr } of [resumed, discarded]) {
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, sentence);
    }
    assert.equal(bench().called().length, 4, 'nobody was called');
    bench().server.release();
    const { code, stderr } = await running.result;
    assert.deepEqual([code, said(stderr)], [0, []]);
    assert.deepEqual(bench().names(), namesTo(4));
    assert.equal(bench().called().length, 4);
    assert.equal((await bench().runs())[0]?.state, 'finished');
  });

  it('are forgotten by discard, and their candidates stay', async () => {
    await bench().killed(3, 2);
    const [run] = await bench().runs();
    const calls = bench().called().length;
    const { code, stdout, stderr } = await bench().run('discard', run?.run ?? '');
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
    assert.deepEqual(await bench().runs(), []);
    assert.match((await bench().run('runs')).stderr, /^There are no runs in this folder yet\.\n$/);
    assert.equal((await bench().resume()).report.run, null);
    assert.equal(bench().called().length, calls);
    assert.deepEqual(bench().visible(), namesTo(2));
    const again = await bench().run('discard', run?.run ?? '');
    assert.equal(again.code, 2);
    assert.match(
      again.stderr,
      /^parallel-candidates: Run \S+ is not in the journal: it was discarded, or it belongs to another folder\.\n$/,
    );
    assert.match(
      (await bench().run('discard')).stderr,
      /Name the one run to discard\. See "parallel-candidates help"\.\n$/,
    );
  });

  it('forget the cached texts with clear-cache, and nothing else', async () => {
    bench().prompt(3);
    await bench().generate('--cache', 'on');
    const { code, stdout, stderr } = await bench().run('clear-cache');
    assert.deepEqual([code, stdout, stderr], [0, '', '3 cached texts are gone; candidates stay.\n']);
    assert.equal((await bench().run('clear-cache')).stderr, '0 cached texts are gone; candidates stay.\n');
    assert.deepEqual(bench().names(), namesTo(3));
    assert.equal((await bench().runs()).length, 1);
    await bench().generate('--cache', 'on');
    assert.equal(bench().called().length, 6, 'they are made again');
  });
});
