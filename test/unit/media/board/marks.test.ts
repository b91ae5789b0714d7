import assert from 'node:assert/strict';
import fc from 'fast-check';
import { markedParts } from '../../../../media/board/marks.ts';
import type { DiffPiece } from '../../../../media/board/wordDiff.ts';

const pieces = (...texts: readonly string[]): DiffPiece[] => texts.map((text) => ({ kind: 'same', text }));
const found = (given: readonly DiffPiece[], query: string): readonly string[] =>
  markedParts(given, query).flatMap(({ parts }) => parts.flatMap(({ text, isFound }) => (isFound ? [text] : [])));

describe('marks in a text', () => {
  it('stand where it has what is looked for, in whatever case', () => {
    assert.deepEqual(markedParts(pieces('A dog, a Dog.'), 'dog'), [
      {
        kind: 'same',
        parts: [
          { text: 'A ', isFound: false },
          { text: 'dog', isFound: true },
          { text: ', a ', isFound: false },
          { text: 'Dog', isFound: true },
          { text: '.', isFound: false },
        ],
      },
    ]);
  });

  it('go over the borders of differences', () => {
    assert.deepEqual(found(pieces('a la', 'zy d', 'og'), 'lazy dog'), ['la', 'zy d', 'og']);
    assert.deepEqual(found(pieces('ab', 'ab'), 'b'), ['b', 'b']);
  });

  it('are none where nothing is looked for', () => {
    assert.deepEqual(markedParts(pieces('text'), ''), [{ kind: 'same', parts: [{ text: 'text', isFound: false }] }]);
  });

  it('lose nothing of the pieces', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ') }));
    fc.assert(
      fc.property(texts, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 }), (given, query) => {
        const parts = markedParts(pieces(...given), query);
        assert.deepEqual(
          parts.map((each) => each.parts.map(({ text }) => text).join('')),
          given,
        );
        const marked = found(pieces(...given), query).join('').length;
        const all = query === '' ? [] : given.join('').split(query);
        assert.equal(marked, query.length * Math.max(0, all.length - 1));
      }),
    );
  });
});
