import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { JsonReport } from '../../../src/terminal/report.ts';
import { SmallDisk } from '../../support/smallDisk.ts';
import { namesTo, said, useWorkbench, type ListedRun } from '../../support/terminalHarness.ts';

const isXdg = process.platform !== 'win32' && process.platform !== 'darwin';

describe("the person's state folder, in the terminal", function () {
  this.timeout(30_000);
  const bench = useWorkbench();
  const scratch = (): string => dirname(bench().folder);

  const runsSeenIn = async (cwd: string, ...args: readonly string[]): Promise<readonly ListedRun[]> => {
    const { code, stdout, stderr } = await bench().start(['runs', '--json', ...args], {}, cwd).result;
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { readonly runs: readonly ListedRun[] }).runs;
  };

  describe('without a variable of ours', () => {
    const generate = (env: Readonly<Record<string, string>>) =>
      bench().start(['generate', 'a.prompt.md', '--service', 'demo', '--candidates', '1'], {
        PARALLEL_CANDIDATES_STATE: '',
        ...env,
      }).result;

    beforeEach(() => bench().prompt(1));

    it('is where the platform has it, and nobody else can look into it', async function () {
      if (!isXdg) this.skip();
      const { code, stderr } = await generate({ XDG_STATE_HOME: join(scratch(), 'xdg'), HOME: '/nowhere' });
      assert.equal(code, 0, stderr);
      const state = join(scratch(), 'xdg/parallel-candidates');
      const [key = ''] = readdirSync(state);
      for (const path of [state, join(state, key)]) assert.equal(statSync(path).mode & 0o777, 0o700);
      assert.deepEqual(readdirSync(bench().folder).sort(), ['a.prompt.md', 'candidates']);
    });

    it('is in the home folder when XDG_STATE_HOME is no absolute path', async function () {
      if (!isXdg) this.skip();
      const home = join(scratch(), 'home');
      mkdirSync(home);
      const { code, stderr } = await generate({ XDG_STATE_HOME: 'xdg', HOME: home });
      assert.equal(code, 0, stderr);
      assert.equal(readdirSync(join(home, '.local/state/parallel-candidates')).length, 1);
      assert.ok(!existsSync(bench().seen('xdg')));
    });

    it('is nowhere for somebody without a home: one sentence, and nothing is spent', async function () {
      if (!isXdg) this.skip();
      const { code, stdout, stderr } = await generate({ XDG_STATE_HOME: '', HOME: '' });
      assert.deepEqual(
        [code, stdout, stderr],
        [
          2,
          '',
          'parallel-candidates: You have no home folder, so there is no place for the journal: ' +
            'name a folder of yours in PARALLEL_CANDIDATES_STATE.\n',
        ],
      );
      assert.deepEqual(readdirSync(bench().folder), ['a.prompt.md']);
    });
  });

  it('must be named by an absolute path', async () => {
    const { code, stderr } = await bench().start(['runs'], { PARALLEL_CANDIDATES_STATE: 'state' }).result;
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^parallel-candidates: PARALLEL_CANDIDATES_STATE must be an absolute path, not "state", .*\.\n$/,
    );
  });

  it('has one journal for a folder, by whatever name one comes to it', async () => {
    bench().prompt(2);
    symlinkSync(bench().folder, join(scratch(), 'link'));
    mkdirSync(join(scratch(), 'elsewhere'));
    await bench().generate();
    const { code, stderr } = await bench().start(
      ['generate', join(scratch(), 'link/a.prompt.md'), '--base-url', bench().server.baseUrl],
      {},
      join(scratch(), 'elsewhere'),
    ).result;
    assert.equal(code, 0, stderr);
    assert.equal(readdirSync(bench().state).length, 1);
    for (const cwd of [bench().folder, join(scratch(), 'link')]) {
      const runs = await runsSeenIn(cwd);
      assert.deepEqual(
        runs.map(({ state, written, folder }) => [state, written, folder]),
        Array.from({ length: 2 }, () => ['finished', 2, realpathSync(bench().folder)]),
      );
    }
    assert.deepEqual(bench().names(), namesTo(4));
  });

  it('lists the runs of every folder with --all, and those of one with --folder', async () => {
    bench().prompt(1);
    await bench().generate();
    const other = join(scratch(), 'other');
    mkdirSync(other);
    assert.deepEqual(await runsSeenIn(other, '--all'), await bench().runs());
    writeFileSync(join(other, 'b.prompt.md'), 'Write.\n');
    await bench().start(['generate', 'b.prompt.md', '--candidates', '2', '--service', 'demo'], {}, other).result;
    const all = await runsSeenIn(scratch(), '--all');
    const folders = [bench().folder, other].map((path) => realpathSync(path));
    assert.deepEqual(
      all.map(({ folder, written }) => [folder, written]).sort(),
      [
        [folders[0], 1],
        [folders[1], 2],
      ].sort(),
    );
    const { stdout } = await bench().start(['runs', '--all'], {}, scratch()).result;
    for (const { run, folder } of all) {
      const lines = stdout.split('\n');
      assert.match(lines[lines.indexOf(folder) + 1] ?? '', new RegExp(`^ {2}${run} {2}\\w {2}finished: `));
    }
    assert.deepEqual(
      await runsSeenIn(scratch(), '--folder', 'other'),
      all.filter(({ folder }) => folder === folders[1]),
    );
    assert.ok(existsSync(join(other, 'candidates')), 'a folder that is there keeps its runs');
    assert.equal((await runsSeenIn(other)).length, 1);
    const none = await bench().run('runs', '--folder', 'nowhere');
    assert.deepEqual([none.code, none.stdout], [2, '']);
    assert.match(
      none.stderr,
      /^parallel-candidates: There are no runs of \S+\/nowhere: "parallel-candidates runs --all" /,
    );
    const both = await bench().run('runs', '--all', '--folder', 'other');
    assert.equal(both.code, 2);
    assert.match(both.stderr, /^parallel-candidates: --all and --folder do not go together\./);
  });

  it('lists the runs of the other folders when the journal of one cannot be read', async () => {
    bench().prompt(1);
    await bench().generate();
    const broken = join(bench().state, '0'.repeat(32));
    mkdirSync(broken);
    const other = join(scratch(), 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'b.prompt.md'), 'Write.\n');
    await bench().start(['generate', 'b.prompt.md', '--candidates', '1', '--service', 'demo'], {}, other).result;
    const held = bench().ask<{ id: string }>('SELECT id FROM runs');
    const journal = bench().seenJournal;
    renameSync(journal, `${journal}.away`);
    mkdirSync(journal);
    const { code, stdout, stderr } = await bench().start(['runs', '--all'], {}, scratch()).result;
    assert.equal(code, 1);
    assert.match(stderr, /^The journal \S+ .*\.\n$/);
    assert.ok(!stdout.includes(held[0]?.id ?? 'none'));
    assert.match(stdout, / {2}b {2}finished: 1 written/);
  });

  for (const [how, adopt] of [
    ['runs', ['runs']],
    ['resume', ['resume']],
  ] as const) {
    it(`goes on after a folder was renamed: ${how} --folder`, async () => {
      const committed = await bench().killed(6, 2);
      const calls = bench().called().length;
      const moved = join(scratch(), 'moved');
      renameSync(bench().folder, moved);
      const [left] = await runsSeenIn(scratch(), '--all');
      assert.equal(left?.folder, join(realpathSync(scratch()), 'workspace'));
      const unknown = await bench().start(['resume'], {}, moved).result;
      assert.match(unknown.stderr, /There are no runs in this folder/);
      const { code, stderr } = await bench().start([...adopt, '--folder', '../workspace'], {}, moved).result;
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^The run of \S+\/workspace is one of \S+\/moved from now on\.$/m);
      if (how === 'runs') {
        const resumed = await bench().start(['resume', '--json'], {}, moved).result;
        assert.equal(resumed.code, 0, resumed.stderr);
        assert.equal((JSON.parse(resumed.stdout) as JsonReport).written, 6);
      }
      const again = bench().called().slice(calls);
      assert.deepEqual(
        again.toSorted(),
        [1, 2, 3, 4, 5, 6].filter((number) => !committed.includes(number)),
      );
      assert.deepEqual(
        readdirSync(join(moved, 'candidates/a')).filter((name) => name.endsWith('.md')),
        namesTo(6),
      );
      assert.ok(!existsSync(bench().folder));
      const all = await runsSeenIn(scratch(), '--all');
      assert.deepEqual(
        all.map(({ run, folder, state }) => [run, folder, state]),
        [[left.run, realpathSync(moved), 'finished']],
      );
      assert.equal(readdirSync(bench().state).length, 1);
    });
  }

  it('forgets the journal of a folder with clear, and its candidates stay', async () => {
    bench().prompt(3);
    await bench().generate('--cache', 'on');
    const journal = dirname(bench().seenJournal);
    const { code, stdout, stderr } = await bench().run('clear');
    assert.deepEqual([code, stdout], [0, '']);
    assert.equal(
      stderr,
      `The journal of ${realpathSync(bench().folder)} is deleted: 1 run is forgotten, and the cached texts; candidates stay.\n`,
    );
    assert.ok(!existsSync(journal));
    assert.deepEqual(bench().names(), namesTo(3));
    assert.equal((await bench().run('clear')).code, 2);
    await bench().generate('--cache', 'on');
    assert.equal(bench().called().length, 6, 'they are made again');
    renameSync(bench().folder, join(scratch(), 'moved'));
    const gone = await bench().start(['clear', '--folder', 'workspace'], {}, scratch()).result;
    assert.equal(gone.code, 0, gone.stderr);
    assert.deepEqual(readdirSync(bench().state), []);
  });

  it('keeps the journal of a folder while a run is going on there', async () => {
    bench().prompt(3);
    await bench().generate();
    bench().server.hold(1);
    const running = bench().generating('--concurrency', '1');
    await bench().eventually(() => bench().called().length === 5);
    const { code, stderr } = await bench().run('clear');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^parallel-candidates: Run \S+ is going on in a terminal \(process \d+ on \S+\): watch or cancel it there\.\n$/,
    );
    assert.equal((await bench().runs()).length, 2);
    bench().server.release();
    assert.equal((await running.result).code, 0);
    assert.deepEqual(
      (await bench().runs()).map(({ state, written }) => [state, written]),
      [
        ['finished', 3],
        ['finished', 3],
      ],
    );
  });

  it('lets a run go on that writes outside of its folder, to an address that was typed, with its key', async () => {
    const out = join(scratch(), 'out');
    bench().prompt(4);
    bench().server.configure({ apiKey: 'key' });
    bench().server.hold(1);
    const running = bench().generating('--concurrency', '1', '--out', out);
    await bench().eventually(() => bench().called().length === 2);
    running.process.kill('SIGKILL');
    await running.result;
    bench().server.release();
    const { code, stderr, report } = await bench().resume();
    assert.deepEqual([code, said(stderr), report.written], [0, [], 4]);
    assert.ok(
      report.files.every((file) => file.startsWith(out)),
      report.files.join(),
    );
    assert.ok(!existsSync(bench().seen('candidates')));
  });

  it('lets a run work in a folder that cannot be written when its candidates go elsewhere', async function () {
    bench().prompt(2);
    const prompt = readFileSync(bench().seen('a.prompt.md'));
    const disk = await SmallDisk.mount(bench().folder, 3);
    if (!disk) return this.skip();
    try {
      writeFileSync(disk.seen(join(bench().folder, 'a.prompt.md')), prompt);
      await disk.makeReadOnly(true);
      bench().within = disk.within;
      const out = join(scratch(), 'out');
      const { code, stderr, report } = await bench().generate('--out', out);
      assert.deepEqual([code, said(stderr), report.written], [0, [], 2]);
      assert.deepEqual(
        (await bench().runs()).map(({ state, written }) => [state, written]),
        [['finished', 2]],
      );
      const inside = await bench().generating().result;
      assert.equal(inside.code, 2);
      assert.match(inside.stderr, /is not writable: change its permissions or choose another folder\.\n$/);
    } finally {
      await disk.unmount();
    }
  });
});
