import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CandidateWriter, type CandidateToWrite, type WrittenCandidate } from '../../../src/storage/candidateWriter.ts';
import { DiskFiles } from '../../../src/storage/diskFiles.ts';
import type { FileStore } from '../../../src/storage/fileStore.ts';
import { pathKey, PathLocks } from '../../../src/storage/pathLocks.ts';
import { useScratchFolder } from '../../support/scratch.ts';

function* numbered(folder: string, from = 1): Iterable<string> {
  for (let number = from; ; number++) yield join(folder, `${String(number).padStart(2, '0')}.md`);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Never: for candidates that no earlier process had. */
const mayAdopt = () => Promise.reject(new Error('Nobody may ask.'));

describe('candidate writer', () => {
  const folder = useScratchFolder();
  let writer: CandidateWriter;
  beforeEach(() => {
    writer = new CandidateWriter(new DiskFiles(), new PathLocks());
  });

  const write = (
    paths: Iterable<string>,
    text: string,
    more: Partial<CandidateToWrite> = {},
  ): Promise<WrittenCandidate> => writer.write({ root: folder(), paths, text, recovered: false, mayAdopt, ...more });
  const recover = (paths: Iterable<string>, text: string, may = true): Promise<WrittenCandidate> =>
    write(paths, text, { recovered: true, mayAdopt: () => Promise.resolve(may) });

  it('makes the folder and leaves nothing but the file', async () => {
    const target = join(folder(), 'a', 'b');
    const written = await write(numbered(target), 'téxt');
    assert.deepEqual(written, { path: join(target, '01.md'), contentHash: hashOf('téxt') });
    assert.deepEqual(readdirSync(target), ['01.md']);
    assert.equal(readFileSync(written.path, 'utf8'), 'téxt');
  });

  it('says what the bytes are when the text has half a character', async () => {
    const { path, contentHash } = await write(numbered(folder()), 'a\ud83d');
    assert.equal(contentHash, createHash('sha256').update(readFileSync(path)).digest('hex'));
  });

  it('never writes over a file that exists', async () => {
    writeFileSync(join(folder(), '01.md'), 'mine');
    assert.equal((await write(numbered(folder()), 'new')).path, join(folder(), '02.md'));
    assert.equal(readFileSync(join(folder(), '01.md'), 'utf8'), 'mine');
  });

  it('gives two hundred writers that want the same name two hundred files, none seen before it is whole', async () => {
    const texts = Array.from({ length: 200 }, (_, place) => `${place}\n`.repeat(20_000));
    const known = new Set(texts);
    const isDone = { yes: false };
    const writing = Promise.all(texts.map((text) => write(numbered(folder()), text))).finally(() => {
      isDone.yes = true;
    });
    const seen = new Set<string>();
    while (!isDone.yes) {
      for (const name of await readdir(folder())) {
        if (name.startsWith('.') || seen.has(name)) continue;
        seen.add(name);
        assert.ok(known.has(await readFile(join(folder(), name), 'utf8')), `${name} is partial`);
      }
    }
    const paths = (await writing).map(({ path }) => path);
    assert.equal(new Set(paths).size, 200);
    assert.equal(readdirSync(folder()).length, 200);
    for (const [place, path] of paths.entries()) assert.equal(readFileSync(path, 'utf8'), texts[place]);
  });

  it('leaves nothing behind when it cannot write', async () => {
    writeFileSync(join(folder(), 'file'), '');
    await assert.rejects(write(numbered(join(folder(), 'file')), 'text'), { code: /ENOTDIR|EEXIST/ });
    assert.deepEqual(readdirSync(folder()), ['file']);
  });

  it('throws when no more names are offered', async () => {
    writeFileSync(join(folder(), '01.md'), '');
    await assert.rejects(write([join(folder(), '01.md')], 'text'), /No free name/);
  });

  it('holds one lock at a time', async () => {
    const locks = new PathLocks();
    const [first, second] = [join(folder(), '01.md'), join(folder(), '02.md')];
    writeFileSync(first, 'mine');
    const slow = new CandidateWriter(new DiskFiles(), locks);
    let free: () => void = () => undefined;
    const held = locks.run(second, () => new Promise<void>((resolve) => (free = resolve)));
    const asked: string[] = [];
    function* paths(): Iterable<string> {
      for (const path of [first, second]) {
        asked.push(path);
        yield path;
      }
    }
    const written = slow.write({ root: folder(), paths: paths(), text: 'x', recovered: false, mayAdopt });
    while (asked.length < 2) await new Promise(setImmediate);
    await locks.run(first, () => Promise.resolve());
    free();
    await held;
    assert.equal((await written).path, second);
  });

  describe('with a text of an earlier process', () => {
    it('takes the file that has just this text', async () => {
      writeFileSync(join(folder(), '01.md'), 'other');
      writeFileSync(join(folder(), '02.md'), 'text');
      const found = await recover(numbered(folder()), 'text');
      assert.deepEqual(found, { path: join(folder(), '02.md'), contentHash: hashOf('text') });
      assert.deepEqual(readdirSync(folder()), ['01.md', '02.md']);
    });

    it('leaves a file alone that a person edited, or that is not to be taken', async () => {
      writeFileSync(join(folder(), '01.md'), 'text, edited');
      assert.equal((await recover(numbered(folder()), 'text')).path, join(folder(), '02.md'));
      writeFileSync(join(folder(), '03.md'), 'text');
      assert.equal((await recover(numbered(folder(), 3), 'text', false)).path, join(folder(), '04.md'));
    });

    it('takes no file for a new candidate', async () => {
      writeFileSync(join(folder(), '01.md'), 'text');
      assert.equal((await write(numbered(folder()), 'text')).path, join(folder(), '02.md'));
    });

    it('takes each file once, though the journal does not know yet whose it is', async () => {
      writeFileSync(join(folder(), '01.md'), 'yes\n');
      const paths = await Promise.all([1, 2, 3].map((from) => recover(numbered(folder(), from), 'yes\n')));
      assert.equal(new Set(paths.map(({ path }) => path)).size, 3);
      const again = await recover(numbered(folder()), 'yes\n');
      assert.equal(again.path, paths[0]?.path, 'the same candidate gets its own file again');
      assert.equal(readdirSync(folder()).length, 3);
    });
  });
});

/** Files in memory, on a file system that sees neither case nor normal forms, as on macOS. */
class MemoryFiles implements FileStore {
  readonly files = new Map<string, { readonly path: string; readonly text: string }>();
  readonly started: string[] = [];
  /** Those that are being written end when this is called. */
  finish: (() => void)[] = [];
  holds = false;
  writing = 0;
  mostWriting = 0;

  names(folder: string): Promise<string[]> {
    const here = [...this.files.values()].filter(({ path }) => pathKey(dirname(path)) === pathKey(folder));
    return Promise.resolve(here.map(({ path }) => path.slice(folder.length + 1)));
  }

  read(path: string): Promise<string | undefined> {
    return Promise.resolve(this.files.get(pathKey(path))?.text);
  }

  readWithin(path: string): Promise<Uint8Array> {
    return Promise.resolve(Buffer.from(this.files.get(pathKey(path))?.text ?? ''));
  }

  async create(path: string, text: string): Promise<boolean> {
    if (this.files.has(pathKey(path))) return false;
    this.started.push(text);
    this.mostWriting = Math.max(this.mostWriting, ++this.writing);
    if (this.holds) await new Promise<void>((resolve) => this.finish.push(resolve));
    this.writing--;
    this.files.set(pathKey(path), { path, text });
    return true;
  }

  replace(path: string, text: string): Promise<void> {
    this.files.set(pathKey(path), { path, text });
    return Promise.resolve();
  }

  update(): Promise<void> {
    return Promise.resolve();
  }

  move(): Promise<'gone'> {
    return Promise.resolve('gone');
  }

  folderProblem(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

describe('candidate writer, where names that differ are one', () => {
  it('gives rows that differ only in case or normal form files of their own', async () => {
    const files = new MemoryFiles();
    const writer = new CandidateWriter(files, new PathLocks());
    const rows = ['Mug', 'mug', 'Caf\u00e9', 'CAFE\u0301'];
    const written = await Promise.all(
      rows.map((row) => writer.write({ root: '/', paths: numbered(`/${row}`), text: row, recovered: false, mayAdopt })),
    );
    assert.deepEqual(
      written.map(({ path }) => path),
      ['/Mug/01.md', '/mug/02.md', '/Caf\u00e9/01.md', '/CAFE\u0301/02.md'],
    );
    for (const [place, row] of rows.entries()) assert.equal(await files.read(written[place]!.path), row);
  });
});

describe('groups of candidates', () => {
  let files: MemoryFiles;
  let writer: CandidateWriter;
  let timers: { readonly delayMs: number; readonly action: () => void }[];
  beforeEach(() => {
    files = new MemoryFiles();
    timers = [];
    writer = new CandidateWriter(files, new PathLocks(), (delayMs, action) => {
      timers.push({ delayMs, action });
      return () => undefined;
    });
  });

  const write = (text: string) => writer.write({ root: '/', paths: [`/${text}.md`], text, recovered: false, mayAdopt });
  const settle = () => new Promise(setImmediate);
  const endWindow = async (): Promise<void> => {
    const timer = timers.shift();
    assert.equal(timer?.delayMs, 25);
    timer.action();
    await settle();
  };

  it('begin at once after a pause, and hold all who come within the window', async () => {
    await write('a');
    const rest = [write('b'), write('c')];
    await settle();
    assert.deepEqual(files.started, ['a']);
    await endWindow();
    assert.deepEqual(files.started, ['a', 'b', 'c']);
    await Promise.all(rest);
    const late = write('d');
    await settle();
    assert.deepEqual(files.started, ['a', 'b', 'c'], 'the group opened a window of its own');
    await endWindow();
    await late;
    await endWindow();
    assert.deepEqual(timers, [], 'nobody waits, so nothing is timed');
    await write('e');
  });

  it('do not wait once nobody else comes, and neither do those who are just about to come', async () => {
    await write('a');
    const rest = [write('b')];
    await settle();
    writer.hurry();
    rest.push(write('c'), write('d'));
    await settle();
    assert.deepEqual([...files.started].sort(), ['a', 'b', 'c', 'd']);
    await Promise.all(rest);
    const [, moment] = timers.splice(0);
    moment?.action();
    await write('e');
    const late = write('f');
    await settle();
    assert.deepEqual(files.started.slice(4), ['e'], 'after that moment groups are made again');
    await endWindow();
    await late;
  });

  it('have eight files in the making at most', async () => {
    files.holds = true;
    const all = Array.from({ length: 30 }, (_, place) => write(String(place)));
    await settle();
    await endWindow();
    assert.equal(files.writing, 8);
    while (files.files.size < 30) {
      for (const finish of files.finish.splice(0)) finish();
      await settle();
    }
    await Promise.all(all);
    assert.equal(files.mostWriting, 8);
  });

  it('go on after a write that failed', async () => {
    files.create = () => Promise.reject(new Error('full'));
    await assert.rejects(write('a'), /full/);
    const rest = [write('b'), write('c')].map((each) => assert.rejects(each, /full/));
    await endWindow();
    await Promise.all(rest);
  });
});
