import assert from 'node:assert/strict';
import fc from 'fast-check';
import { wordDiff, type DiffPiece } from '../../../../media/board/wordDiff.ts';

const textOf = (pieces: readonly DiffPiece[], but: DiffPiece['kind']): string =>
  pieces.flatMap(({ kind, text }) => (kind === but ? [] : [text])).join('');
const wordsOf = (text: string): string => text.replace(/\s+/g, '');
const marked = (reference: string, text: string): string =>
  wordDiff(reference, text)
    .map((piece) => ({ same: piece.text, added: `[+${piece.text}]`, removed: `[-${piece.text}]` })[piece.kind])
    .join('');

/** Texts of few words, so that they have much in common. */
const prose = fc
  .array(fc.constantFrom('the', 'cold', 'brew', 'is', 'slow', '.', 'élan', '水', '🙂', '\n', '  '), { maxLength: 60 })
  .map((words) => words.join(' '));
const any = fc.oneof(prose, fc.string({ unit: 'binary', maxLength: 200 }));

describe('differences word by word', () => {
  it('are those between two texts', () => {
    assert.equal(
      marked('A slow cold brew for you.', 'A slow hot brew for you.'),
      'A slow [-cold ][+hot ]brew for you.',
    );
    assert.equal(marked('One two.', 'One two three.'), 'One two [+three].');
  });

  it('are none between texts that differ in white space alone', () => {
    assert.deepEqual(wordDiff('One  two\nthree', 'One two three'), [{ kind: 'same', text: 'One two three' }]);
  });

  it('tell scripts without spaces by the character', () => {
    assert.equal(marked('我喜欢茶和水果汁', '我喜欢茶和咖啡汁'), '我喜欢茶和[-水果][+咖啡]汁');
  });

  it('leave no single words in common between longer ones', () => {
    const pieces = wordDiff('Aa bb cc the dd ee ff gg.', 'Hh ii jj the kk ll mm nn.');
    assert.deepEqual(
      pieces.map(({ kind }) => kind),
      ['removed', 'added', 'same'],
    );
  });

  it('put both texts together again', () => {
    fc.assert(
      fc.property(any, any, (reference, text) => {
        const pieces = wordDiff(reference, text);
        assert.equal(textOf(pieces, 'removed'), text);
        assert.equal(wordsOf(textOf(pieces, 'added')), wordsOf(reference));
      }),
    );
  });

  it('are none between a text and itself', () => {
    fc.assert(
      fc.property(any, (text) => {
        assert.ok(wordDiff(text, text).every(({ kind }) => kind === 'same'));
      }),
    );
  });

  it('are found between long texts that differ in everything, and in a few lines', () => {
    const many = (word: string, count: number): string =>
      Array.from({ length: count }, (_, n) => `${word}${n}`).join(' ');
    const [one, other] = [many('a', 20_000), many('b', 20_000)];
    assert.deepEqual(
      wordDiff(one, other).map(({ kind }) => kind),
      ['removed', 'added'],
    );
    const lines = Array.from({ length: 1_000 }, (_, n) => `Line ${n} is here.`);
    const changed = lines.map((line, place) => (place % 2 === 0 ? `Other ${place} was there.` : line));
    const pieces = wordDiff(lines.join('\n'), changed.join('\n'));
    assert.equal(textOf(pieces, 'removed'), changed.join('\n'));
    assert.ok(pieces.some(({ kind, text }) => kind === 'same' && text.includes('Line 1 ')));
  });
});
