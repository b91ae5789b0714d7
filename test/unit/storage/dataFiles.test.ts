import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DataFiles } from '../../../src/storage/dataFiles.ts';
import { useScratchFolder } from '../../support/scratch.ts';

describe('data on a disk', () => {
  const scratch = useScratchFolder();
  let root = '';
  let files: DataFiles;
  beforeEach(() => {
    root = join(scratch(), 'root');
    write('root/prompts/a.csv', 'a\n1\n');
    files = new DataFiles(join(root, 'prompts'), root);
  });

  const write = (path: string, content = ''): void => {
    mkdirSync(dirname(join(scratch(), path)), { recursive: true });
    writeFileSync(join(scratch(), path), content);
  };
  const read = async (path: string, from = files): Promise<string> => {
    const opened = await from.open(path);
    if (!opened.ok) return `! ${opened.failure}`;
    const pieces: Uint8Array[] = [];
    for await (const piece of opened.value) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };
  const list = async (pattern: string, most = 1000): Promise<readonly string[] | string> => {
    const listed = await files.list(pattern, most);
    return listed.ok ? listed.value : listed.failure;
  };

  it('is read from the folder of the prompt file, and from above it within the root', async () => {
    write('root/b.csv', 'b');
    const large = 'x'.repeat(1_000_000);
    write('root/prompts/large.csv', large);
    assert.equal(await read('a.csv'), 'a\n1\n');
    assert.equal(await read('../b.csv'), 'b');
    assert.equal(await read(join(root, 'b.csv')), 'b');
    assert.equal(await read('large.csv'), large);
  });

  it('is read through links that stay inside, but not through others', async () => {
    write('outside.csv', 'secret');
    symlinkSync('a.csv', join(root, 'prompts/link.csv'));
    symlinkSync(join(scratch(), 'outside.csv'), join(root, 'prompts/out.csv'));
    symlinkSync(scratch(), join(root, 'prompts/up'));
    assert.equal(await read('link.csv'), 'a\n1\n');
    for (const path of ['out.csv', 'up/outside.csv', '../../outside.csv', join(scratch(), 'outside.csv')]) {
      assert.equal(await read(path), `! "${path}" lies outside of the folder that data must lie in: move it there.`);
    }
    assert.equal(await read('../../outside.csv', new DataFiles(join(root, 'prompts'), undefined)), 'secret');
  });

  it('is not what programs keep their settings or keys in', async () => {
    write('root/.env.csv', 'KEY=1');
    write('root/.git/config.csv', '');
    symlinkSync('../.git', join(root, 'prompts/repository'));
    for (const path of ['../.env.csv', '../.git/config.csv', 'repository/config.csv']) {
      assert.match(await read(path), /^! ".+" leads to "\.(?:env\.csv|git)", which programs /);
    }
  });

  it('is a file that is there and may be read', async () => {
    assert.equal(await read('b.csv'), '! There is no file "b.csv" beside the prompt file: correct candidates.data.');
    mkdirSync(join(root, 'prompts/folder.csv'));
    assert.equal(await read('folder.csv'), '! "folder.csv" is no file but a folder, pipe or device: use a file.');
    if (process.platform === 'win32') return;
    spawnSync('mkfifo', [join(root, 'prompts/pipe.csv')]);
    assert.match(await read('pipe.csv'), /^! "pipe.csv" is no file/);
    symlinkSync('loop.csv', join(root, 'prompts/loop.csv'));
    assert.match(await read('loop.csv'), /^! "loop.csv" cannot be read because the links in its path lead in a circle/);
    if (process.getuid?.() === 0) return;
    chmodSync(join(root, 'prompts/a.csv'), 0);
    assert.equal(await read('a.csv'), '! "a.csv" may not be read: change its permissions.');
  });

  it('may be left before its end', async () => {
    write('root/prompts/large.csv', 'x'.repeat(1_000_000));
    const opened = await files.open('large.csv');
    assert.ok(opened.ok);
    let length = 0;
    for await (const piece of opened.value) {
      length += piece.length;
      break;
    }
    assert.ok(length > 0 && length < 1_000_000);
  });

  it('may be all files of a pattern, in the order of their numbers', async () => {
    for (const name of ['n10.txt', 'n9.txt', 'N1.txt', 'deep/n2.txt', 'b.md']) write(`root/prompts/notes/${name}`);
    assert.deepEqual(await list('notes/*.txt'), ['notes/N1.txt', 'notes/n9.txt', 'notes/n10.txt']);
    assert.deepEqual(await list('notes/**/*.{txt,md}'), [
      'notes/b.md',
      'notes/deep/n2.txt',
      'notes/N1.txt',
      'notes/n9.txt',
      'notes/n10.txt',
    ]);
    assert.deepEqual(await list('none/*.txt'), []);
  });

  it('leaves out hidden files, links, packages and what we have made ourselves', async () => {
    for (const path of [
      'a.md',
      '.hidden.md',
      '.git/b.md',
      'node_modules/x/c.md',
      'candidates/a/01.md',
      'x/manifest.json',
    ]) {
      write(`root/prompts/notes/${path}`);
    }
    symlinkSync('a.md', join(root, 'prompts/notes/link.md'));
    symlinkSync(root, join(root, 'prompts/notes/up'));
    assert.deepEqual(await list('notes/**'), ['notes/a.md']);
    assert.deepEqual(await list('notes/candidates/**/*.md'), ['notes/candidates/a/01.md']);
  });

  for (const [pattern, told] of [
    ['../*.csv', 'leads out of the folder of the prompt file: leave out ".."'],
    ['a/../../*.csv', 'leads out of the folder of the prompt file: leave out ".."'],
    ['/etc/*', 'must be relative to the prompt file: leave out its start'],
    ['C:/x/*', 'must be relative to the prompt file: leave out its start'],
    ['~/x/*', 'must be relative to the prompt file: leave out its start'],
    ['!a*', 'must be relative to the prompt file: leave out its start'],
    ['*a*a*a*a*', 'has more than 3 "*" in a name, or "**" in all: take some out'],
    ['**/a/**/a/**/a/**/b', 'has more than 3 "*" in a name, or "**" in all: take some out'],
    ['x'.repeat(301), 'has more than 300 characters: make it shorter'],
  ] as const) {
    it(`refuses the pattern ${pattern.slice(0, 30)}`, async () => {
      assert.match(String(await list(pattern)), /^The pattern ".+" .+\.$/);
      assert.ok(String(await list(pattern)).endsWith(`${told}.`));
    });
  }

  it('says when a pattern matches too much, or its folder is elsewhere', async () => {
    for (const name of ['1', '2', '3']) write(`root/prompts/notes/${name}.txt`);
    assert.equal(await list('notes/*', 2), 'The pattern "notes/*" matches more than 2 files: name a folder in it.');
    symlinkSync(scratch(), join(root, 'elsewhere'));
    const outside = await new DataFiles(join(root, 'elsewhere'), root).list('*', 10);
    assert.ok(!outside.ok);
    assert.match(outside.failure, /lies outside/);
  });
});
