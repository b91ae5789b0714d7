import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CandidateWriter } from '../../../src/storage/candidateWriter.ts';
import { PathLocks } from '../../../src/storage/pathLocks.ts';
import { useScratchFolder } from '../../support/scratch.ts';

function* numbered(folder: string, from = 1): Iterable<string> {
  for (let number = from; ; number++) yield join(folder, `${String(number).padStart(2, '0')}.md`);
}

describe('candidate writer', () => {
  const folder = useScratchFolder();
  const writer = new CandidateWriter(new PathLocks());

  it('makes the folder and leaves nothing but the file', async () => {
    const target = join(folder(), 'a', 'b');
    assert.equal(await writer.write(numbered(target), 'text'), join(target, '01.md'));
    assert.deepEqual(readdirSync(target), ['01.md']);
    assert.equal(readFileSync(join(target, '01.md'), 'utf8'), 'text');
  });

  it('never writes over a file that exists', async () => {
    writeFileSync(join(folder(), '01.md'), 'mine');
    assert.equal(await writer.write(numbered(folder()), 'new'), join(folder(), '02.md'));
    assert.equal(readFileSync(join(folder(), '01.md'), 'utf8'), 'mine');
  });

  it('gives a hundred writers that want the same name a hundred whole files', async () => {
    const paths = await Promise.all(
      Array.from({ length: 100 }, (_, place) => writer.write(numbered(folder()), `text ${place}`)),
    );
    assert.equal(new Set(paths).size, 100);
    assert.equal(readdirSync(folder()).length, 100);
    for (const [place, path] of paths.entries()) assert.equal(readFileSync(path, 'utf8'), `text ${place}`);
  });

  it('leaves nothing behind when it cannot write', async () => {
    writeFileSync(join(folder(), 'file'), '');
    await assert.rejects(writer.write(numbered(join(folder(), 'file')), 'text'), { code: /ENOTDIR|EEXIST/ });
    mkdirSync(join(folder(), 'sub'));
    assert.deepEqual(readdirSync(folder()).sort(), ['file', 'sub']);
  });
});

describe('path locks', () => {
  it('let one in at a time per path, and different paths at once', async () => {
    const locks = new PathLocks();
    const inside = { a: 0, b: 0 };
    let peakA = 0;
    let together = false;
    const visit = (path: 'a' | 'b') =>
      locks.run(path, async () => {
        inside[path]++;
        peakA = Math.max(peakA, inside.a);
        together ||= inside.a > 0 && inside.b > 0;
        await new Promise(setImmediate);
        inside[path]--;
      });
    await Promise.all([visit('a'), visit('b'), visit('a'), visit('a')]);
    assert.equal(peakA, 1);
    assert.ok(together);
  });
});
