import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pathKey, PathLocks } from '../../../src/storage/pathLocks.ts';

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

  it('let one in at a time where a file system may see one path', async () => {
    const locks = new PathLocks();
    let inside = 0;
    const visit = (path: string) =>
      locks.run(path, async () => {
        assert.equal(++inside, 1);
        await new Promise(setImmediate);
        inside--;
      });
    await Promise.all(['/Caf\u00e9/01.md', '/cafe\u0301/01.MD', '/CAFE\u0301/01.md'].map(visit));
  });

  it('go on after a failure', async () => {
    const locks = new PathLocks();
    await assert.rejects(
      locks.run('a', () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await locks.run('a', () => Promise.resolve('in')), 'in');
  });
});

describe('the key of a path', () => {
  it('is one for the spellings of one name', () => {
    for (const [one, other] of [
      ['Mug', 'mUG'],
      ['\u00c5', '\u212b'],
      ['\u00e9', 'e\u0301'],
      ['stra\u00dfe', 'STRASSE'],
      ['\u017f', 's'],
      ['\u03c2', '\u03c3'],
      ['\u0130', 'i\u0307'],
      ['.g\u200cit', '.git'],
    ] as const) {
      assert.equal(pathKey(one), pathKey(other), `${one} ${other}`);
    }
    assert.notEqual(pathKey('/a/01.md'), pathKey('/a/02.md'));
  });

  it('tells neither case nor normal forms apart', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (path) => {
        const key = pathKey(path);
        for (const form of ['NFC', 'NFD'] as const) {
          assert.equal(pathKey(path.normalize(form)), key);
          assert.equal(pathKey(path.toUpperCase().normalize(form)), key);
          assert.equal(pathKey(path.toLowerCase().normalize(form)), key);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
