import assert from 'node:assert/strict';
import fc from 'fast-check';
import { conflictSides } from '../../../src/candidates/mergeConflict.ts';

describe('a file that version control could not merge', () => {
  it('has the two texts that were to be merged', () => {
    const text = 'a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\nd\n<<<<<<< HEAD\n=======\ne\n>>>>>>> other\n';
    assert.deepEqual(conflictSides(text), ['a\nb\nd\n', 'a\nc\nd\ne\n']);
    assert.deepEqual(conflictSides('<<<<<<< x\r\nb\r\n||||||| y\r\na\r\n=======\r\nc\r\n>>>>>>> z\r\n'), [
      'b\r\n',
      'c\r\n',
    ]);
  });

  it('is no other text, nor one whose marks do not belong together', () => {
    for (const text of [
      '',
      'a\n=======\nb',
      '<<<<<<< x\na',
      '<<<<<<< x\n>>>>>>> y',
      '<<<<<<< x\n<<<<<<< x\n=======\n>>>>>>> y',
    ]) {
      assert.equal(conflictSides(text), undefined, text);
    }
  });

  it('gives back what was put into it, whatever that is', () => {
    const lines = fc.array(fc.constantFrom('a', '', '<<<<<< six', '========', ' ======='), { maxLength: 4 });
    fc.assert(
      fc.property(lines, lines, lines, (before, one, other) => {
        const text = [...before, '<<<<<<< HEAD', ...one, '=======', ...other, '>>>>>>> x'].join('\n');
        assert.deepEqual(conflictSides(text), [[...before, ...one].join('\n'), [...before, ...other].join('\n')]);
      }),
    );
  });
});
