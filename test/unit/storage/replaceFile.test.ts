import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DiskFiles } from '../../../src/storage/diskFiles.ts';
import { useScratchFolder } from '../../support/scratch.ts';

describe('a file that several write', () => {
  const scratch = useScratchFolder();
  const at = (...names: string[]): string => join(scratch(), 'out', ...names);
  const update = (
    change: (there: string | undefined) => string | undefined,
    { path = at('a.csv'), root = scratch(), mostBytes = 1_000_000, files = new DiskFiles() } = {},
  ): Promise<void> => files.update(path, root, mostBytes, change);

  it('is made with its folder, and changed from what is there', async () => {
    await update((there) => {
      assert.equal(there, undefined);
      return 'one';
    });
    await update((there) => `${there},two`);
    await update(() => undefined);
    assert.equal(readFileSync(at('a.csv'), 'utf8'), 'one,two');
    assert.deepEqual(readdirSync(at()), ['a.csv']);
  });

  it('loses nothing of anybody', async () => {
    const writers = Array.from({ length: 8 }, () => new DiskFiles());
    await Promise.all(
      writers.map(async (files, writer) => {
        for (let line = 0; line < 10; line += 1) {
          await update((there = '') => `${there}${writer}.${line}\n`, { files });
        }
      }),
    );
    const lines = readFileSync(at('a.csv'), 'utf8').split('\n').slice(0, -1);
    assert.equal(new Set(lines).size, 80);
    assert.equal(lines.length, 80);
    assert.deepEqual(readdirSync(at()), ['a.csv']);
  });

  it('asks again when somebody else has written it meanwhile', async () => {
    mkdirSync(at());
    writeFileSync(at('a.csv'), 'mine');
    let asked = 0;
    await update((there) => {
      if (++asked === 1) writeFileSync(at('a.csv'), 'theirs!');
      return `${there}+`;
    });
    assert.deepEqual([asked, readFileSync(at('a.csv'), 'utf8')], [2, 'theirs!+']);
  });

  it('is not held up by whoever was killed', async () => {
    mkdirSync(at());
    writeFileSync(at('.a.csv.lock'), '');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(at('.a.csv.lock'), longAgo, longAgo);
    await update(() => 'text');
    assert.deepEqual(readdirSync(at()), ['a.csv']);
  });

  it('stays in its folder, and is written through no link', async () => {
    const outside = join(scratch(), 'outside');
    const root = join(scratch(), 'root');
    mkdirSync(outside);
    mkdirSync(root);
    writeFileSync(join(outside, 'secret'), 'x');
    symlinkSync(outside, join(root, 'link'));
    symlinkSync(join(outside, 'secret'), join(root, 'a.csv'));
    for (const [name, code] of [
      ['link/a.csv', 'OUTSIDE_ROOT'],
      ['.git/a.csv', 'GUARDED'],
      ['a.csv', 'NOT_A_FILE'],
    ] as const) {
      await assert.rejects(
        update(() => 'text', { path: join(root, name), root }),
        { code },
      );
    }
    assert.deepEqual(readdirSync(outside), ['secret']);
    assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'x');
  });

  it('is not read when it is too large', async () => {
    mkdirSync(at());
    writeFileSync(at('a.csv'), 'x'.repeat(11));
    await assert.rejects(
      update(() => 'text', { mostBytes: 10 }),
      { code: 'TOO_LARGE' },
    );
    assert.equal(readFileSync(at('a.csv'), 'utf8').length, 11);
  });
});
