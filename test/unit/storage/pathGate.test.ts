import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as disk from 'node:fs/promises';
import { join } from 'node:path';
import { checkFileWithin, readFileWithin, readOwnFile } from '../../../src/storage/ownFiles.ts';
import { PathGate, type GatedFolder } from '../../../src/storage/pathGate.ts';
import { useScratchFolder } from '../../support/scratch.ts';

describe('the gate for paths', () => {
  const scratch = useScratchFolder();
  let root = '';
  let outside = '';
  beforeEach(() => {
    root = join(scratch(), 'root');
    outside = join(scratch(), 'outside');
    mkdirSync(root);
    mkdirSync(outside);
  });
  const within = (...names: string[]) => join(root, ...names);

  for (const [name, mayAnchor] of [
    ['where open folders can be reached', true],
    ['where they cannot', false],
  ] as const) {
    describe(name, () => {
      let gate: PathGate;
      let entered: GatedFolder[];
      const enter = async (path: string, base = root): Promise<GatedFolder> => {
        const folder = await gate.enter(path, base);
        entered.push(folder);
        return folder;
      };
      beforeEach(() => {
        gate = new PathGate(disk, mayAnchor ? undefined : () => undefined);
        entered = [];
      });
      afterEach(() => Promise.all(entered.map((folder) => folder.close())));

      it('makes folders, and lets links through that stay inside', async () => {
        const made = await enter(within('a', 'b'));
        assert.deepEqual([made.path, made.isNew], [within('a', 'b'), true]);
        symlinkSync(within('a'), within('link'));
        const linked = await enter(within('link', 'b'));
        assert.deepEqual([linked.path, linked.isNew], [within('a', 'b'), false]);
        writeFileSync(linked.at('01.md'), 'text');
        assert.deepEqual(readdirSync(within('a', 'b')), ['01.md']);
        await linked.settle();
        await linked.check();
        await linked.flush();
        assert.equal(await gate.enter(within('missing'), root, false), undefined);
        assert.deepEqual(readdirSync(root).sort(), ['a', 'link']);
      });

      it('notices that a folder was exchanged, moved or deleted', async () => {
        const changes: readonly (() => void)[] = [
          () => symlinkSync(outside, within('a')),
          () => symlinkSync(within('moved'), within('a')),
          () => mkdirSync(within('a')),
          () => writeFileSync(within('a'), ''),
          () => undefined,
        ];
        for (const change of changes) {
          rmSync(within('a'), { recursive: true, force: true });
          rmSync(within('moved'), { recursive: true, force: true });
          const folder = await enter(within('a'));
          renameSync(within('a'), within('moved'));
          change();
          await assert.rejects(folder.check(), { code: 'MOVED' });
          if (mayAnchor && process.platform === 'linux') {
            writeFileSync(folder.at('late'), '');
            assert.deepEqual(readdirSync(within('moved')), ['late']);
          } else await assert.rejects(folder.settle(), { code: 'MOVED' });
        }
        assert.deepEqual(readdirSync(outside), []);
      });

      it('notices that a folder above it was exchanged', async () => {
        const folder = await enter(within('a', 'b'));
        renameSync(within('a'), join(outside, 'a'));
        symlinkSync(join(outside, 'a'), within('a'));
        await assert.rejects(folder.check(), { code: 'MOVED' });
        await assert.rejects(enter(within('a', 'b')), { code: 'OUTSIDE_ROOT' });
      });

      it('keeps to what the root led to at first, until a plan begins', async () => {
        const typed = join(scratch(), 'typed');
        symlinkSync(root, typed);
        assert.equal((await enter(join(typed, 'a'), typed)).path, within('a'));
        rmSync(typed);
        symlinkSync(outside, typed);
        await assert.rejects(enter(join(typed, 'a'), typed), { code: 'OUTSIDE_ROOT' });
        gate.forget(typed);
        assert.equal((await enter(join(typed, 'a'), typed)).path, join(outside, 'a'));
      });

      it('refuses what programs run or read, by name or through a link', async () => {
        for (const path of ['.git/hooks', '.GIT', 'a/node_modules', '.github/workflows']) {
          await assert.rejects(enter(within(path)), { code: 'GUARDED' }, path);
        }
        mkdirSync(within('.git'));
        mkdirSync(within('.tool'));
        symlinkSync(within('.git'), within('link'));
        symlinkSync(within('.tool'), within('tool'));
        await assert.rejects(enter(within('link', 'hooks')), { code: 'GUARDED', path: '.git' });
        await assert.rejects(enter(within('tool')), { code: 'GUARDED', path: '.tool' });
        assert.equal((await enter(within('.tool', 'candidates'))).isNew, true, 'the prompt lies there');
        assert.deepEqual(readdirSync(within('.git')), []);
      });

      it('lets through no name that is a path', async () => {
        const folder = await enter(root);
        for (const path of ['', '.', '..', '../x', 'a/b', '/etc/passwd', 'a\0b']) {
          assert.throws(() => folder.at(path), { code: 'OUTSIDE_ROOT' }, JSON.stringify(path));
        }
      });
    });
  }

  it('is told by identity where an open folder has another path than its name', async () => {
    const gate = new PathGate(disk, () => '/elsewhere');
    const folder = await gate.enter(within('a'), root);
    await folder.check();
    writeFileSync(folder.at('01.md'), '');
    renameSync(within('a'), within('b'));
    mkdirSync(within('a'));
    await assert.rejects(folder.check(), { code: 'MOVED' });
    await folder.close();
  });
});

describe('a file that is read through the gate', () => {
  const scratch = useScratchFolder();
  const at = (...names: string[]) => join(scratch(), ...names);
  beforeEach(() => {
    mkdirSync(at('folder'));
    writeFileSync(at('folder', 'file'), 'text');
  });

  it('is whole, and no larger than may be', async () => {
    const path = at('folder', 'file');
    assert.equal(String(await readOwnFile(path, 4)), 'text');
    assert.equal(String(await readFileWithin(path, 4, at('folder'))), 'text');
    await assert.rejects(readOwnFile(path, 3), { code: 'TOO_LARGE' });
    await assert.rejects(checkFileWithin(path, 3), { code: 'TOO_LARGE' });
    const grows = { ...disk, lstat: () => Promise.resolve({ isFile: () => true, size: 1 }) as never };
    await assert.rejects(readOwnFile(path, 3, grows), { code: 'TOO_LARGE' });
  });

  it('is no folder, link, pipe or device', async function () {
    if (process.platform === 'win32') this.skip();
    spawnSync('mkfifo', [at('pipe')]);
    symlinkSync(at('folder', 'file'), at('link'));
    symlinkSync(at('pipe'), at('link to a pipe'));
    for (const path of [at('folder'), at('link'), at('pipe'), '/dev/zero', '/dev/tty']) {
      await assert.rejects(readOwnFile(path, 10), { code: 'NOT_A_FILE' }, path);
    }
    assert.equal(String(await readFileWithin(at('link'), 10)), 'text');
    await assert.rejects(readFileWithin(at('link to a pipe'), 10), { code: 'NOT_A_FILE' });
    // It becomes one after the look.
    const late = { ...disk, lstat: () => disk.lstat(at('folder', 'file')) as never };
    for (const path of [at('pipe'), at('link'), at('folder')]) {
      await assert.rejects(readOwnFile(path, 10, late), { code: 'NOT_A_FILE' }, path);
    }
  });

  it('lies inside, whatever leads there, also while somebody exchanges a folder', async () => {
    mkdirSync(at('other'));
    writeFileSync(at('other', 'file'), 'secret');
    symlinkSync(at('other', 'file'), at('folder', 'link'));
    symlinkSync(at('folder', 'file'), at('folder', 'inner'));
    symlinkSync(at('other'), at('folder', 'deep'));
    assert.equal(String(await readFileWithin(at('folder', 'inner'), 10, at('folder'))), 'text');
    for (const path of [at('folder', 'link'), at('folder', 'deep', 'file'), at('folder', '..', 'other', 'file')]) {
      await assert.rejects(readFileWithin(path, 10, at('folder')), { code: 'OUTSIDE_ROOT' }, path);
    }
    let isExchanged = false;
    const raced = {
      ...disk,
      open: async (...parameters: Parameters<typeof disk.open>) => {
        renameSync(at('folder'), at('moved'));
        renameSync(at('other'), at('folder'));
        isExchanged = true;
        const file = await disk.open(...parameters);
        renameSync(at('folder'), at('other'));
        renameSync(at('moved'), at('folder'));
        return file;
      },
    };
    await assert.rejects(readFileWithin(at('folder', 'file'), 10, at('folder'), raced), { code: 'MOVED' });
    assert.ok(isExchanged);
  });
});
