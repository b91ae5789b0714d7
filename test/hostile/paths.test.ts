import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { candidatePath, candidateSeries } from '../../src/candidates/candidateName.ts';
import { isManifestName, mergeManifest } from '../../src/candidates/manifest.ts';
import { emptyRow } from '../../src/model/row.ts';
import { planRun, type PlanRequest } from '../../src/runs/plan/plan.ts';
import { demoService } from '../../src/services/demo/kind.ts';
import { CandidateWriter } from '../../src/storage/candidateWriter.ts';
import { DiskFiles } from '../../src/storage/diskFiles.ts';
import { addToManifest, readManifestFile } from '../../src/storage/manifests/manifestFile.ts';
import { PathGate } from '../../src/storage/pathGate.ts';
import { PathLocks } from '../../src/storage/pathLocks.ts';
import { runCli, type CliResult } from '../support/cli.ts';
import { manifestEntry } from '../support/manifestEntry.ts';
import { useScratchFolder } from '../support/scratch.ts';
import { contentsOf, whileSwapping } from './support/attacks.ts';

/** In each round of a race. */
const enoughSwaps = 5;

const prompt = 'Write a line.\n';
const withOutput = (output: string): string => `---\ncandidates:\n  output: ${JSON.stringify(output)}\n---\n${prompt}`;

describe('paths of a hostile folder', function () {
  this.timeout(60_000);
  let clone = '';
  let home = '';
  afterEach(() => {
    assert.deepEqual(contentsOf(home), { secret: 'secret' }, 'nothing is written outside, ever');
  });
  const scratch = useScratchFolder();
  beforeEach(() => {
    clone = join(scratch(), 'clone');
    home = join(scratch(), 'home');
    mkdirSync(clone);
    mkdirSync(home);
    writeFileSync(join(home, 'secret'), 'secret');
  });

  const generate = (...args: readonly string[]): Promise<CliResult> =>
    runCli(['generate', ...args], { cwd: clone, env: { XDG_STATE_HOME: join(scratch(), 'state') } });
  async function refused(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await generate(...args);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /^[^\n]+\.\n$/, 'one sentence');
    return stderr.trim().replace(/^parallel-candidates: /, '');
  }

  describe('that a prompt is read from', () => {
    it('are not opened where they are no files', async function () {
      if (process.platform === 'win32') this.skip();
      spawnSync('mkfifo', [join(clone, 'pipe.prompt.md')]);
      symlinkSync('/dev/zero', join(clone, 'zero.prompt.md'));
      const server = createServer().listen(join(clone, 'socket.prompt.md'));
      await once(server, 'listening');
      try {
        for (const name of ['pipe.prompt.md', 'zero.prompt.md', 'socket.prompt.md']) {
          assert.equal(await refused(name), `${name} is no file but a pipe, a device or a socket: name a prompt file.`);
        }
      } finally {
        server.close();
      }
      assert.match(await refused('.'), /There are no prompt files in the folder "\."/);
    });

    it('are not those of a link that the folder brought, at any level', async () => {
      symlinkSync(join(home, 'secret'), join(clone, 'a.prompt.md'));
      symlinkSync(home, join(clone, 'prompts'));
      mkdirSync(join(clone, 'sub'));
      symlinkSync('../a.prompt.md', join(clone, 'sub', 'b.prompt.md'));
      const real = join(realpathSync(home), 'secret');
      for (const name of ['a.prompt.md', 'prompts/secret', 'sub/b.prompt.md']) {
        const base = realpathSync(clone);
        const told = `${name} is or lies behind a link out of ${base} to ${real}: name that if you mean it.`;
        assert.equal(await refused(name), told);
        assert.equal(await refused(name, '--dry-run'), told);
      }
      // Whoever works in the folder above has a repository there that is somebody else's.
      mkdirSync(join(clone, '.git'));
      const elsewhere = await runCli(['generate', join(clone, 'sub', 'b.prompt.md')], {
        cwd: scratch(),
        env: { XDG_STATE_HOME: join(scratch(), 'state') },
      });
      assert.equal(elsewhere.code, 2);
      assert.match(elsewhere.stderr, /is or lies behind a link out of /);
      writeFileSync(join(clone, 'real.prompt.md'), prompt);
      symlinkSync('real.prompt.md', join(clone, 'inner.prompt.md'));
      const { code, stderr } = await generate('inner.prompt.md', '--candidates', '1');
      assert.equal(code, 0, stderr);
    });

    it('are looked at before they are read', async () => {
      spawnSync('truncate', ['-s', '8G', join(clone, 'huge.prompt.md')]);
      assert.equal(
        await refused('huge.prompt.md'),
        'huge.prompt.md: The prompt file has more than 1,000,000 characters: make it shorter.',
      );
    });
  });

  describe('that --out leads to', () => {
    beforeEach(() => writeFileSync(join(clone, 'a.prompt.md'), prompt));

    it('are not those of a link that the folder brought', async () => {
      symlinkSync(home, join(clone, 'build'));
      symlinkSync('build', join(clone, 'indirect'));
      const told = (out: string, to: string) =>
        `--out ${out} leads through a link of this folder to ${to}: name that itself if you mean it.`;
      const real = realpathSync(home);
      assert.equal(await refused('a.prompt.md', '--out', 'build'), told('build', real));
      assert.equal(await refused('a.prompt.md', '--out', 'build/deep'), told('build/deep', join(real, 'deep')));
      assert.equal(await refused('a.prompt.md', '--out', 'indirect'), told('indirect', real));
    });

    it('are not those of a link elsewhere in the repository', async () => {
      mkdirSync(join(clone, '.git'));
      mkdirSync(join(clone, 'sub'));
      symlinkSync(home, join(clone, 'build'));
      writeFileSync(join(clone, 'sub', 'a.prompt.md'), prompt);
      const { code, stderr } = await runCli(['generate', 'a.prompt.md', '--out', '../build'], {
        cwd: join(clone, 'sub'),
        env: { XDG_STATE_HOME: join(scratch(), 'state') },
      });
      assert.equal(code, 2);
      assert.match(stderr, /--out \.\.\/build leads through a link of this folder to /);
    });

    it('are any that the person names, links of their own too', async () => {
      const mine = join(scratch(), 'mine');
      mkdirSync(mine);
      symlinkSync(mine, join(scratch(), 'alias'));
      symlinkSync(join(clone, 'real'), join(clone, 'inner'));
      mkdirSync(join(clone, 'real'));
      for (const [out, real] of [
        [join(scratch(), 'alias', 'x'), join(mine, 'x')],
        ['inner', join(clone, 'real')],
        ['new', join(clone, 'new')],
      ] as const) {
        const { code, stderr } = await generate('a.prompt.md', '--candidates', '1', '--out', out);
        assert.equal(code, 0, stderr);
        assert.deepEqual(readdirSync(join(real, 'a')).sort(), ['01.md', 'manifest.json']);
      }
    });
  });

  describe('that a plan has', () => {
    async function problemOf(path: string, text: string, more: Partial<PlanRequest> = {}): Promise<string> {
      const files = new DiskFiles();
      const planned = await planRun({
        sources: [{ path: join(clone, path), text }],
        root: clone,
        services: [demoService],
        defaultService: 'demo',
        serviceKey: () => 'demo',
        files,
        ...more,
      });
      assert.ok(!planned.ok, `${path} is not refused`);
      assert.equal(planned.problems.length, 1, planned.problems.map(({ message }) => message).join('\n'));
      const message = planned.problems[0]?.message ?? '';
      assert.match(message, /^[^\n]+\.$/, 'one sentence');
      return message;
    }

    it('do not lead to what programs run or read as configuration', async () => {
      for (const output of [
        ...['.git/hooks/pre-commit', '.GIT/hooks/x', 'GIT~1/hooks/x', '.g\u200cit/x', '.git /x', '.git::$DATA/x'],
        ...['.vscode/tasks.json', '.github/workflows/x.yml', 'node_modules/a/index.js', '.husky/pre-commit'],
        ...['a/.idea/x.xml', '.devcontainer/devcontainer.json', '.anything/x', '.env', '.npmrc', '.gitlab-ci.yml'],
        ...['Makefile', 'makefile', 'package.json', '.bashrc', 'AGENTS.md', 'x/${row.a}.code-workspace'],
      ]) {
        assert.match(await problemOf('a.prompt.md', withOutput(output)), /which programs run or read as configuration/);
      }
    });

    it('do not lie beside a prompt that lies there', async () => {
      for (const folder of ['.git', 'a/.vscode', 'node_modules/x', '.github/workflows']) {
        assert.match(await problemOf(`${folder}/a.prompt.md`, prompt), /programs run or read as configuration/, folder);
      }
      assert.match(
        await problemOf('.github/a.prompt.md', withOutput('workflows/${index}.yml')),
        /"\.github\/workflows"/,
      );
    });

    it('do not lead there, or outside, through links at any level', async () => {
      mkdirSync(join(clone, '.git'));
      mkdirSync(join(clone, 'deep'));
      symlinkSync(home, join(clone, 'candidates'));
      symlinkSync(home, join(clone, 'deep', 'out'));
      symlinkSync(join(clone, '.git'), join(clone, 'hooks'));
      symlinkSync(join(home, 'missing'), join(clone, 'broken'));
      symlinkSync(scratch(), join(clone, 'up'));
      const of = (output: string) => problemOf('a.prompt.md', withOutput(output));
      assert.match(await problemOf('a.prompt.md', prompt), /is outside/);
      assert.match(await of('deep/out/${index}.md'), /is outside/);
      assert.match(await of('deep/out/a/b/${index}.md'), /is outside/);
      assert.match(await of('up/home/${index}.md'), /is outside/);
      assert.match(await of('hooks/${index}'), /leads to "\.git", which programs run/);
      assert.match(await of('broken/${index}.md'), /is a link to nothing/);
    });
  });

  describe('that data makes', () => {
    const at = (output: string, value: string, name = 'a'): string => {
      const row = { key: '', label: '', values: { a: value } };
      return candidatePath(candidateSeries({ name, output }, { row, model: 'm', severalModels: false }), 1);
    };

    it('are other names than those of manifests and of what programs run', () => {
      assert.equal(at('${row.a}.json', 'manifest'), '_manifest.json');
      assert.equal(at('${row.a}', 'Candidates.Manifest.JSON'), '_Candidates.Manifest.JSON');
      assert.equal(at('manifest.json', ''), '_manifest.json');
      assert.equal(at('${row.a}/${index}.md', 'node_modules'), '_node_modules/01.md');
      assert.equal(at('${row.a}/${index}.md', '.GIT'), '_.GIT/01.md');
      assert.equal(at('${promptName}', '', 'Makefile'), '_Makefile');
      assert.equal(at('node_${row.a}/x', 'modules'), '_node_modules/x');
      assert.ok(isManifestName('MANIFEST.json'));
      const series = candidateSeries({ name: 'a' }, { row: emptyRow, model: 'm', severalModels: false });
      assert.equal(candidatePath(series, 1), 'candidates/a/01.md');
    });
  });

  describe('that change during a run', () => {
    function writer(): CandidateWriter {
      return new CandidateWriter(new DiskFiles(), new PathLocks());
    }
    function* numbered(folder: string, first: number): Iterable<string> {
      for (let number = first; ; number++) yield join(folder, `${number}.md`);
    }

    for (const [place, swapped] of [
      ['the folder of candidates', 'candidates/a'],
      ['the folder above', 'candidates'],
    ] as const) {
      it(`lead no candidate and no manifest outside, 12 times of 12: ${place}`, async function () {
        if (process.platform === 'win32') this.skip();
        let swaps = 0;
        let written = 0;
        for (let round = 0; round < 12; round++) {
          const base = join(clone, String(round));
          const folder = join(base, 'candidates/a');
          mkdirSync(folder, { recursive: true });
          // What lies there has the same folders, so that a link to it is no obstacle.
          const target = swapped === 'candidates' ? join(scratch(), 'trap') : join(scratch(), 'trap', 'a');
          mkdirSync(join(scratch(), 'trap', 'a'), { recursive: true });
          const lockPath = join(scratch(), 'lock');
          const gate = new PathGate();
          const files = writer();
          let manifests: Promise<unknown> = Promise.resolve();
          swaps += await whileSwapping(join(base, swapped), target, async (swapped) => {
            for (let batch = 0; batch === 0 || (swapped() < enoughSwaps && batch < 50); batch++) {
              const results = await Promise.allSettled(
                Array.from({ length: 40 }, async (_, at) => {
                  const paths = numbered(folder, (batch * 40 + at) * 1000);
                  const candidate = { root: base, paths, text: `text ${at}` };
                  const { path } = await files.write({
                    ...candidate,
                    recovered: false,
                    mayAdopt: () => Promise.resolve(true),
                  });
                  const place = { gate, root: base, lockPath };
                  // One at a time, as whoever gathers them does.
                  const add = () =>
                    addToManifest(join(folder, 'manifest.json'), [manifestEntry(basename(path))], place);
                  await (manifests = manifests.then(add));
                }),
              );
              written += results.filter(({ status }) => status === 'fulfilled').length;
            }
          });
          assert.deepEqual(contentsOf(join(scratch(), 'trap')), { a: 'no file' }, `round ${round}`);
        }
        assert.ok(swaps >= 12 * enoughSwaps, `${swaps} swaps`);
        assert.ok(written > 0, 'some are written all the same');
      });
    }

    it('lead to no manifest elsewhere, 12 times of 12', async function () {
      if (process.platform === 'win32') this.skip();
      const told = (file: string): string => {
        const merged = mergeManifest(undefined, [manifestEntry(file)]);
        return merged.isReadable ? merged.text : '';
      };
      const trap = join(scratch(), 'trap');
      mkdirSync(trap);
      writeFileSync(join(trap, 'manifest.json'), told('theirs.md'));
      let swaps = 0;
      const read = new Set<string>();
      for (let round = 0; round < 12; round++) {
        const base = join(clone, String(round));
        const path = join(base, 'candidates', 'manifest.json');
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, told('ours.md'));
        const gate = new PathGate();
        swaps += await whileSwapping(dirname(path), trap, async (swapped) => {
          for (let each = 0; each < 100 || (swapped() < enoughSwaps && each < 20_000); each++) {
            for (const { file } of await readManifestFile(path, { gate, root: base })) read.add(file);
          }
        });
      }
      assert.deepEqual([...read], ['ours.md']);
      assert.ok(swaps >= 12 * enoughSwaps, `${swaps} swaps`);
    });
  });

  describe('that stand in the way of a candidate', () => {
    it('are never opened, and keep what they are', async function () {
      if (process.platform === 'win32') this.skip();
      const folder = join(clone, 'candidates');
      mkdirSync(folder);
      spawnSync('mkfifo', [join(folder, '1.md')]);
      symlinkSync(join(home, 'secret'), join(folder, '2.md'));
      symlinkSync('/dev/zero', join(folder, '3.md'));
      symlinkSync(join(home, 'missing'), join(folder, '4.md'));
      const server = createServer().listen(join(folder, '5.md'));
      await once(server, 'listening');
      function* paths(): Iterable<string> {
        for (let number = 1; ; number++) yield join(folder, `${number}.md`);
      }
      const writer = new CandidateWriter(new DiskFiles(), new PathLocks());
      try {
        const candidate = { root: clone, paths: paths(), text: 'secret', recovered: true };
        const { path } = await writer.write({ ...candidate, mayAdopt: () => Promise.resolve(true) });
        assert.equal(path, join(folder, '6.md'));
        assert.equal(readFileSync(path, 'utf8'), 'secret');
      } finally {
        server.close();
      }
    });

    it('are no manifests of ours: pipes, links and files of somebody else', async function () {
      if (process.platform === 'win32') this.skip();
      const makers: readonly ((path: string) => void)[] = [
        (path) => spawnSync('mkfifo', [path]),
        (path) => symlinkSync(join(home, 'secret'), path),
        (path) => symlinkSync('/dev/zero', path),
        (path) => writeFileSync(path, '{ "name": "An app", "start_url": "/" }'),
      ];
      for (const [at, make] of makers.entries()) {
        const folder = join(clone, String(at));
        mkdirSync(folder);
        writeFileSync(join(folder, '01.md'), 'text');
        const path = join(folder, 'manifest.json');
        make(path);
        const options = { gate: new PathGate(), root: clone, lockPath: join(scratch(), 'lock') };
        assert.equal(await addToManifest(path, [manifestEntry('01.md')], options), undefined);
        assert.deepEqual(readdirSync(folder).sort(), ['01.md', 'candidates.manifest.json', 'manifest.json']);
      }
      assert.equal(readFileSync(join(clone, '3', 'manifest.json'), 'utf8'), '{ "name": "An app", "start_url": "/" }');
    });

    it('are no candidates of ours behind a link that leads outside, whatever lies there', async () => {
      mkdirSync(join(clone, 'candidates'));
      mkdirSync(join(scratch(), 'trap'));
      writeFileSync(join(scratch(), 'trap', '1.md'), 'text');
      symlinkSync(join(scratch(), 'trap'), join(clone, 'candidates', 'a'));
      const path = join(clone, 'candidates', 'a', '1.md');
      const writer = new CandidateWriter(new DiskFiles(), new PathLocks());
      const candidate = { root: clone, paths: [path], text: 'text', recovered: true };
      const writing = writer.write({ ...candidate, mayAdopt: () => Promise.resolve(true) });
      await assert.rejects(writing, { code: 'OUTSIDE_ROOT' });
    });

    it('are refused at writing too, whoever made the plan', async () => {
      const files = new DiskFiles();
      for (const path of ['.git/hooks/pre-commit', '.GIT/x', 'git~1/x', 'node_modules/a/x.js', 'Makefile', '.env']) {
        await assert.rejects(files.create(join(clone, path), 'text', clone), { code: 'GUARDED' }, path);
      }
      const long = 'x'.repeat(300);
      await assert.rejects(files.create(join(clone, long), 'text', clone), { code: 'ENAMETOOLONG' });
      await assert.rejects(files.create(join(clone, 'a\0b'), 'text', clone), { code: 'ERR_INVALID_ARG_VALUE' });
      assert.deepEqual(readdirSync(clone), []);
    });
  });
});

describe('the gate for paths, whatever is asked of it', function () {
  this.timeout(60_000);
  const scratch = useScratchFolder();

  const name = fc.oneof(
    fc.constantFrom('a', 'b', 'candidates', 'link', 'A', '01.md', 'é', 'e\u0301'),
    fc.constantFrom('.', '..', '...', '.git', '.GIT', 'git~1', '.g\u200cit', 'x'.repeat(300), 'a\0b', '\n', '~', 'con'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
  );
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
  const target = fc.constantFrom('outside', 'outside/deep', 'root', 'root/a', 'missing', 'root/link', '/', '/dev');
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('create' as const), path }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('link' as const), path, target }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('folder' as const), path }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('pipe' as const), path }) },
  );

  it('writes inside or not at all, within bounded time', async function () {
    if (process.platform === 'win32') this.skip();
    const until = performance.now() + 8_000;
    let round = 0;
    let created = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), fc.boolean(), async (steps, isRaced) => {
        if (performance.now() > until) return;
        const base = join(scratch(), String(round++));
        const root = join(base, 'root');
        const outside = join(base, 'outside');
        for (const folder of [join(root, 'candidates'), join(outside, 'deep')]) mkdirSync(folder, { recursive: true });
        const before = contentsOf(outside);
        const files = new DiskFiles();
        const told: Promise<void>[] = [];
        const prepare = (): void => {
          for (const each of steps) {
            const at = `${root}/${each.kind === 'create' ? '' : each.path}`;
            // An attacker has nothing outside.
            if (each.kind === 'create' || !isBelow(root, at)) continue;
            try {
              if (each.kind === 'folder') mkdirSync(at, { recursive: true });
              else if (each.kind === 'pipe') spawnSync('mkfifo', [at]);
              else symlinkSync(each.target.startsWith('/') ? each.target : join(base, each.target), at);
            } catch {
              // There is something, or no file system takes such a name.
            }
          }
        };
        const write = async (): Promise<void> => {
          for (const each of steps) {
            if (each.kind !== 'create') continue;
            for (const under of ['', 'candidates/', 'link/']) {
              const at = `${root}/${under}${each.path}`;
              const text = `text of ${JSON.stringify(at)}`;
              told.push(
                files.create(at, text, root).then(
                  (isWritten) => {
                    if (!isWritten) return;
                    created++;
                    if (isRaced) return;
                    // `..` is read by the letters.
                    const real = realpathSync(join(at));
                    assert.equal(readFileSync(real, 'utf8'), text);
                    assert.ok(real.startsWith(`${realpathSync(root)}/`));
                    assert.ok(!/\/\.git(?:\/|$)/i.test(real));
                  },
                  (error: unknown) => {
                    if ((error as Error).name === 'AssertionError') throw error;
                  },
                ),
                files.read(at).then(
                  (text) => assert.ok(text === undefined || text.startsWith('text of')),
                  () => undefined,
                ),
              );
            }
          }
          await Promise.all(told);
        };
        prepare();
        if (isRaced && existsSync(join(root, 'candidates'))) {
          await whileSwapping(join(root, 'candidates'), outside, write);
        } else await write();
        assert.deepEqual(contentsOf(outside), before);
      }),
      { numRuns: 400 },
    );
    assert.ok(round > 5 && created > 5, `${round} rounds, ${created} files`);
  });

  /** Really, with links that are there. */
  function isBelow(root: string, at: string): boolean {
    try {
      return `${realpathSync(dirname(at))}/`.startsWith(`${realpathSync(root)}/`);
    } catch {
      return false;
    }
  }
});
