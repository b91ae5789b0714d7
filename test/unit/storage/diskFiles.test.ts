import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import * as disk from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DiskFiles } from '../../../src/storage/diskFiles.ts';
import { writeFailure } from '../../../src/storage/writeFailure.ts';
import { useScratchFolder } from '../../support/scratch.ts';

type Disk = typeof disk;

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

/** Counts the calls of each function. */
function counting(calls: Record<string, number>): Disk {
  return new Proxy(disk, {
    get: (target, name: string) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]): unknown => {
        calls[name] = (calls[name] ?? 0) + 1;
        return Reflect.apply(value, target, parameters);
      };
    },
  });
}

describe('candidates on a disk', () => {
  const scratch = useScratchFolder();
  const files = new DiskFiles();
  let root = '';
  let outside = '';
  beforeEach(() => {
    root = join(scratch(), 'root');
    outside = join(scratch(), 'outside');
    mkdirSync(root);
    mkdirSync(outside);
  });

  const create = (path: string, text = 'text', store = files) => store.create(join(root, path), text, root);
  const text = (path: string) => readFileSync(join(root, path), 'utf8');

  it('are created with their folders, and read and listed', async () => {
    assert.deepEqual(await files.names(join(root, 'a')), []);
    assert.equal(await files.read(join(root, 'a/b.md')), undefined);
    assert.equal(await create('a/b/01.md', '\ufefftéxt'), true);
    assert.deepEqual(await files.names(join(root, 'a/b')), ['01.md']);
    assert.equal(await files.read(join(root, 'a/b/01.md')), '\ufefftéxt');
    assert.equal(await files.read(join(root, 'a')), undefined);
    assert.deepEqual(await files.names(join(root, 'a/b/01.md')), []);
    assert.equal(await files.read(join(root, 'a/b/01.md/c')), undefined);
  });

  it('never take the place of a file, a folder or a link', async () => {
    writeFileSync(join(root, 'file'), 'mine');
    mkdirSync(join(root, 'folder'));
    symlinkSync(join(outside, 'missing'), join(root, 'link'));
    for (const name of ['file', 'folder', 'link']) assert.equal(await create(name), false, name);
    assert.equal(text('file'), 'mine');
    assert.deepEqual(readdirSync(outside), []);
    assert.deepEqual(readdirSync(root).sort(), ['file', 'folder', 'link']);
  });

  it('do not take the place of a file that comes while they are written', async () => {
    const late = new DiskFiles({
      ...disk,
      link: async (from, to) => {
        writeFileSync(to, 'mine');
        await disk.link(from, to);
      },
    });
    assert.equal(await create('01.md', 'text', late), false);
    assert.equal(text('01.md'), 'mine');
    assert.deepEqual(readdirSync(root), ['01.md']);
  });

  it('get one file when many want one name', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, place) => create('01.md', String(place))));
    assert.equal(results.filter(Boolean).length, 1);
    assert.equal(text('01.md'), String(results.indexOf(true)));
    assert.deepEqual(readdirSync(root), ['01.md']);
  });

  it('are deleted only as copies of what is kept elsewhere', async function () {
    const remove = (path: string, expected: string) => files.removeCopy(join(root, path), expected, root);
    await create('a/01.md', 'text');
    assert.equal(await remove('a/01.md', 'tex'), false);
    assert.equal(await remove('a/01.md', 'text and more'), false);
    assert.equal(await remove('a/02.md', 'text'), false);
    assert.equal(await remove('b/01.md', 'text'), false);
    assert.equal(text('a/01.md'), 'text');
    assert.equal(await remove('a/01.md', 'text'), true);
    assert.deepEqual(readdirSync(join(root, 'a')), []);
    if (process.platform === 'win32') this.skip();
    writeFileSync(join(outside, '01.md'), 'text');
    symlinkSync(outside, join(root, 'out'));
    symlinkSync(join(outside, '01.md'), join(root, 'a/01.md'));
    await assert.rejects(remove('out/01.md', 'text'), { code: 'OUTSIDE_ROOT' });
    await assert.rejects(remove('Makefile', 'text'), { code: 'GUARDED' });
    assert.equal(await remove('a/01.md', 'text'), false);
    assert.deepEqual(readdirSync(outside), ['01.md']);
  });

  describe('stay inside the root', () => {
    it('when a folder becomes a link during the run', async () => {
      await create('candidates/01.md');
      rmSync(join(root, 'candidates'), { recursive: true });
      symlinkSync(outside, join(root, 'candidates'));
      await assert.rejects(create('candidates/02.md'), { code: 'OUTSIDE_ROOT' });
      await assert.rejects(create('candidates/deeper/02.md'), { code: 'OUTSIDE_ROOT' });
      assert.deepEqual(readdirSync(outside), []);
    });

    it('when a folder was moved away and linked', async () => {
      await create('candidates/01.md');
      renameSync(join(root, 'candidates'), join(outside, 'candidates'));
      symlinkSync(join(outside, 'candidates'), join(root, 'candidates'));
      await assert.rejects(create('candidates/02.md'), { code: 'OUTSIDE_ROOT' });
      assert.deepEqual(readdirSync(join(outside, 'candidates')), ['01.md']);
    });

    it('when a link comes while the folder is made', async () => {
      const raced = new DiskFiles({
        ...disk,
        mkdir: async (path) => {
          if (basename(String(path)) === 'candidates') symlinkSync(outside, join(root, 'candidates'));
          await disk.mkdir(path);
          return undefined;
        },
      });
      await assert.rejects(create('candidates/deeper/01.md', 'text', raced), { code: 'OUTSIDE_ROOT' });
      assert.deepEqual(readdirSync(outside), []);
    });

    it('when their path goes up', async () => {
      await assert.rejects(create('../outside/01.md'), { code: 'OUTSIDE_ROOT' });
      assert.deepEqual(readdirSync(outside), []);
    });

    it('and may go through links that do', async () => {
      mkdirSync(join(root, 'real'));
      symlinkSync(join(root, 'real'), join(root, 'link'));
      symlinkSync(root, join(scratch(), 'alias'));
      const alias = join(scratch(), 'alias');
      assert.equal(await files.create(join(alias, 'link/a/01.md'), 'text', alias), true);
      assert.equal(text('real/a/01.md'), 'text');
    });

    it('and do not make what a broken link leads to', async () => {
      symlinkSync(join(outside, 'missing'), join(root, 'link'));
      symlinkSync(join(root, 'circle'), join(root, 'circle'));
      await assert.rejects(create('link/01.md'), { code: 'BROKEN_LINK' });
      await assert.rejects(create('link/deeper/01.md'), { code: 'BROKEN_LINK' });
      await assert.rejects(create('circle/01.md'), { code: 'ELOOP' });
      assert.deepEqual(readdirSync(outside), []);
    });
  });

  describe('whose folder is deleted', () => {
    it('between two of them are in a new one', async () => {
      await create('a/b/01.md');
      rmSync(join(root, 'a'), { recursive: true });
      assert.equal(await create('a/b/02.md'), true);
      assert.deepEqual(readdirSync(join(root, 'a/b')), ['02.md']);
    });

    for (const moment of ['writeFile', 'link'] as const) {
      it(`before ${moment} are in a new one, all of a group`, async () => {
        let isDeleted = false;
        const deleteOnce = (): void => {
          if (!isDeleted) rmSync(join(root, 'a'), { recursive: true });
          isDeleted = true;
        };
        const store = new DiskFiles({
          ...disk,
          [moment]: async (...parameters: never[]) => {
            deleteOnce();
            await Reflect.apply(disk[moment], disk, parameters);
          },
        });
        mkdirSync(join(root, 'a'));
        const names = ['01.md', '02.md', '03.md'];
        const results = await Promise.all(names.map((name) => create(`a/${name}`, name, store)));
        assert.deepEqual(results, [true, true, true]);
        assert.deepEqual(readdirSync(join(root, 'a')).sort(), names);
      });
    }

    it('again and again are given up', async () => {
      const store = new DiskFiles({
        ...disk,
        writeFile: async (path, data, options) => {
          rmSync(join(root, 'a'), { recursive: true });
          await disk.writeFile(path, data, options);
        },
      });
      await assert.rejects(create('a/01.md', 'text', store), { code: 'ENOENT' });
      assert.deepEqual(readdirSync(root), []);
    });
  });

  describe('where there are no hard links', () => {
    for (const code of ['EPERM', 'ENOTSUP', 'ENOSYS', 'EISDIR']) {
      it(`are renamed into place (${code})`, async () => {
        const store = new DiskFiles({ ...disk, link: () => Promise.reject(failure(code)) });
        assert.equal(await create('01.md', 'text', store), true);
        assert.equal(await create('01.md', 'new', store), false);
        assert.equal(text('01.md'), 'text');
        assert.deepEqual(readdirSync(root), ['01.md']);
      });
    }

    it('do not take the place of a file that comes while they are written', async () => {
      const store = new DiskFiles({
        ...disk,
        link: (_from, to) => {
          writeFileSync(to, 'mine');
          return Promise.reject(failure('EPERM'));
        },
      });
      assert.equal(await create('01.md', 'text', store), false);
      assert.equal(text('01.md'), 'mine');
      assert.deepEqual(readdirSync(root), ['01.md']);
    });

    it('leave no reserved name when they cannot be renamed', async () => {
      const store = new DiskFiles({
        ...disk,
        link: () => Promise.reject(failure('EPERM')),
        rename: () => Promise.reject(failure('EBUSY')),
      });
      await assert.rejects(create('01.md', 'text', store), { code: 'EBUSY' });
      assert.deepEqual(readdirSync(root), []);
    });
  });

  describe('leave nothing partial', () => {
    it('when writing stops halfway', async () => {
      const store = new DiskFiles({
        ...disk,
        writeFile: async (path) => {
          await disk.writeFile(path, 'te');
          throw failure('EIO');
        },
      });
      await assert.rejects(create('01.md', 'text', store), { code: 'EIO' });
      assert.deepEqual(readdirSync(root), []);
    });

    it('when the folder cannot be flushed, unless it never can be', async () => {
      const failingWith = (code: string) =>
        new DiskFiles({
          ...disk,
          open: (path, flags) => (path === root ? Promise.reject(failure(code)) : disk.open(path, flags)),
        });
      await assert.rejects(create('01.md', 'text', failingWith('EIO')), { code: 'EIO' });
      assert.deepEqual(readdirSync(root), []);
      assert.equal(await create('01.md', 'text', failingWith('EISDIR')), true);
    });

    it('when the disk is full', async function () {
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', root]).status !== 0) this.skip();
      try {
        const large = 'x'.repeat(20_000);
        const results = await Promise.allSettled(
          Array.from({ length: 10 }, (_, place) => create(`${place}.md`, large)),
        );
        const lost = results.filter((result) => result.status === 'rejected');
        assert.ok(lost.length >= 7);
        for (const { reason } of lost) {
          assert.match(writeFailure('x', reason).message, /to x: the disk is full\. Mend that/);
        }
        const names = readdirSync(root);
        assert.equal(names.length, results.length - lost.length);
        for (const name of names) assert.equal(text(name), large);
        assert.equal(await create('small.md', 'text'), true, 'room was given back');
      } finally {
        spawnSync('umount', [root]);
      }
    });

    it('when the process is killed, once the next one comes', async function () {
      if (process.platform === 'win32') this.skip();
      const module = new URL('../../../src/storage/diskFiles.ts', import.meta.url).href;
      const killedAt = (failpoint: string, name: string): void => {
        const script = `
          const { DiskFiles } = await import(${JSON.stringify(module)});
          await new DiskFiles().create(${JSON.stringify(join(root, name))}, 'text', ${JSON.stringify(root)});`;
        const environment = { ...process.env, PARALLEL_CANDIDATES_FAILPOINT: failpoint };
        const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env: environment });
        assert.equal(signal, 'SIGKILL');
      };
      killedAt('before-rename', '01.md');
      assert.match(readdirSync(root).join(), /^\.\d+-[0-9a-f]{8}-1\.candidate\.tmp$/);
      killedAt('after-rename', '02.md');
      assert.equal(text('02.md'), 'text');
      assert.equal(await create('02.md', 'text', new DiskFiles()), false);
      assert.deepEqual(readdirSync(root), ['02.md'], 'also by one that only finds its file there');
      killedAt('before-rename', '01.md');
      killedAt('after-rename', '02.1.md');
      rmSync(join(root, '02.1.md'));
      // What a living process writes stays, and so does what only looks alike.
      const theirs = `.${process.ppid}-01234567-1.candidate.tmp`;
      writeFileSync(join(root, theirs), '');
      writeFileSync(join(root, '.1-x.candidate.tmp'), '');
      const ours = `.${process.pid}-01234567-1.candidate.tmp`;
      writeFileSync(join(root, ours), '', { flag: 'wx' });
      assert.equal(readdirSync(root).length, 5);
      await create('03.md', 'text', new DiskFiles());
      assert.deepEqual(readdirSync(root).sort(), ['.1-x.candidate.tmp', theirs, '02.md', '03.md'].sort());
    });
  });

  it('share the check and the flush of their folder, and remove each temporary file once', async () => {
    const calls: Record<string, number> = {};
    const store = new DiskFiles(counting(calls));
    await create('01.md', 'text', store);
    for (const name of Object.keys(calls)) calls[name] = 0;
    await Promise.all(Array.from({ length: 8 }, (_, place) => create(`a${place}.md`, 'text', store)));
    const { realpath, open, mkdir, readdir, writeFile, link, unlink } = calls;
    assert.deepEqual(
      { realpath, open, mkdir, readdir, writeFile, link, unlink },
      { realpath: 1, open: 1, mkdir: undefined, readdir: 0, writeFile: 8, link: 8, unlink: 8 },
    );
  });

  describe('cannot go to a folder', () => {
    const problem = (path: string) => files.folderProblem(join(root, path), root);

    it('and can go to one that is there or can be made', async () => {
      mkdirSync(join(root, 'a'));
      symlinkSync(join(root, 'a'), join(root, 'link'));
      for (const path of ['', 'a', 'a/b/c', 'link/b']) assert.equal(await problem(path), undefined, path);
      const out = join(scratch(), 'out/deep');
      assert.equal(await files.folderProblem(out, out), undefined);
      assert.equal(await files.folderProblem(join(out, 'a'), out), undefined);
      assert.ok(!existsSync(join(scratch(), 'out')));
      assert.deepEqual(readdirSync(root).sort(), ['a', 'link']);
    });

    it('outside the root', async () => {
      symlinkSync(outside, join(root, 'link'));
      for (const path of ['..', '../outside', 'link', 'link/a/b', '../rootless']) {
        assert.equal(await problem(path), `is outside ${root}: choose a folder inside it`, path);
      }
    });

    it('that a file or a link stands in the way of', async () => {
      writeFileSync(join(root, 'file'), '');
      symlinkSync('missing', join(root, 'broken'));
      symlinkSync('circle', join(root, 'circle'));
      for (const path of ['file', 'file/a/b']) {
        assert.equal(await problem(path), `cannot be made because ${join(root, 'file')} is a file: rename one of them`);
      }
      const broken = `cannot be made because ${join(root, 'broken')} is a link to nothing: mend or delete it`;
      assert.equal(await problem('broken/a'), broken);
      assert.match((await problem('circle')) ?? '', /^cannot be used because the links in its path lead in a circle/);
    });

    it('whose path is too long', async function () {
      if (process.platform === 'win32') this.skip();
      const path = Array.from({ length: 45 }, () => 'x'.repeat(90)).join('/');
      assert.match((await problem(path)) ?? '', /^is too long a path/);
      const error = await create(`${path}/01.md`).catch((thrown: unknown) => thrown);
      assert.match(writeFailure('x', error).message, /the path is too long/);
      assert.deepEqual(readdirSync(root), []);
    });

    it('that is read-only', async function () {
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', root]).status !== 0) this.skip();
      try {
        assert.match((await problem('a')) ?? '', /^is not writable: change its permissions/);
        await assert.rejects(create('a/01.md'), { code: 'EROFS' });
      } finally {
        spawnSync('umount', [root]);
      }
    });
  });
});

describe('a candidate that cannot be written', () => {
  it('is one sentence that says what to do', () => {
    const told = (error: unknown) => writeFailure('/a/01.md', error);
    assert.deepEqual(told(failure('ENOSPC')), {
      reason: 'write-failed',
      message:
        'The candidate could not be written to /a/01.md: the disk is full. Mend that, then retry the failed candidates: their texts are kept.',
    });
    for (const [code, cause] of [
      ['EBUSY', /another program has the file open/],
      ['ETXTBSY', /another program has the file open/],
      ['ENOENT', /its folder was deleted/],
      ['OUTSIDE_ROOT', /a link leads from there out of the folder/],
      ['ELOOP', /in a circle/],
      ['EIO', /the disk reports an error/],
      ['NoPermissions', /no permission/],
    ] as const) {
      assert.match(told(failure(code)).message, cause);
    }
    assert.match(told(new Error('Something else.')).message, /: Something else\. Mend that/);
    assert.match(told('odd').message, /: odd\. Mend that/);
  });
});
