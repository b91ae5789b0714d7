import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archive, restore } from '../../../src/storage/archive.ts';
import { DiskFiles } from '../../../src/storage/diskFiles.ts';
import { useScratchFolder } from '../../support/scratch.ts';

describe('archive', () => {
  const scratch = useScratchFolder();
  const files = new DiskFiles();
  let root = '';
  const at = (...names: readonly string[]): string => join(root, ...names);
  const put = (path: string, text: string): void => writeFileSync(at(path), text);

  beforeEach(() => {
    root = join(scratch(), 'root');
    mkdirSync(at('a'), { recursive: true });
    for (const number of [1, 2]) put(`a/0${number}.md`, `text ${number}`);
  });

  it('takes candidates out of the way and gives them back', async () => {
    const moved = await archive(files, [at('a/01.md'), at('a/02.md'), at('a/03.md')], root);
    assert.deepEqual(moved, [
      { from: at('a/01.md'), to: at('a/archive/01.md') },
      { from: at('a/02.md'), to: at('a/archive/02.md') },
    ]);
    assert.deepEqual(readdirSync(at('a')), ['archive']);
    assert.deepEqual(await restore(files, moved, root), []);
    assert.equal(readFileSync(at('a/02.md'), 'utf8'), 'text 2');
    assert.deepEqual(readdirSync(at('a/archive')), []);
  });

  it('keeps every file of one name', async () => {
    await archive(files, [at('a/01.md')], root);
    put('a/01.md', 'another text');
    const [second] = await archive(files, [at('a/01.md')], root);
    assert.equal(second?.to, at('a/archive/01-2.md'));
    assert.equal(readFileSync(at('a/archive/01.md'), 'utf8'), 'text 1');
    assert.equal(readFileSync(at('a/archive/01-2.md'), 'utf8'), 'another text');
  });

  it('leaves there what cannot go back, because a new candidate has its place', async () => {
    const moved = await archive(files, [at('a/01.md'), at('a/02.md')], root);
    put('a/01.md', 'new');
    assert.deepEqual(await restore(files, moved, root), [moved[0]]);
    assert.deepEqual([readFileSync(at('a/01.md'), 'utf8'), readFileSync(at('a/02.md'), 'utf8')], ['new', 'text 2']);
  });

  it('moves all or nothing, and nothing through a link out of the folder', async function () {
    if (process.platform === 'win32') this.skip();
    mkdirSync(join(scratch(), 'outside'));
    mkdirSync(at('b'));
    put('b/01.md', 'text b');
    symlinkSync(join(scratch(), 'outside'), at('b/archive'));
    await assert.rejects(archive(files, [at('a/01.md'), at('b/01.md')], root), /OUTSIDE_ROOT/);
    assert.equal(readFileSync(at('a/01.md'), 'utf8'), 'text 1');
    assert.ok(existsSync(at('b/01.md')));
    assert.deepEqual(readdirSync(join(scratch(), 'outside')), []);
  });
});
