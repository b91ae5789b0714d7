import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blocksOf, differenceBlocks, wordCount } from '../../../../media/board/textBlocks.ts';
import type { DiffPiece } from '../../../../media/board/wordDiff.ts';

const withoutBreaks = (text: string): string => text.replaceAll('\n', '');

describe('blocks of a text', () => {
  it('are broken at line breaks, and are about one thousand characters long', () => {
    const text = Array.from({ length: 400 }, (_, line) => `Line ${line} of a long text.`).join('\n');
    const blocks = blocksOf(text);
    assert.equal(blocks.join('\n'), text);
    assert.ok(blocks.every(({ length }) => length < 1_100));
  });

  it('are bounded though a line is not, and lose nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', minLength: 1 })),
        fc.integer({ min: 1, max: 3_000 }),
        (parts, times) => {
          const text = parts.join(' ').repeat(times).slice(0, 20_000);
          const blocks = blocksOf(text);
          assert.equal(withoutBreaks(blocks.join('')), withoutBreaks(text));
          assert.ok(blocks.every(({ length }) => length <= 2_001));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('do not change when a text grows behind them', () => {
    const text = 'A sentence that is written.\n'.repeat(200);
    const [first] = blocksOf(text.slice(0, 3_000));
    assert.equal(blocksOf(text)[0], first);
  });
});

describe('blocks of differences', () => {
  const kinds = ['same', 'added', 'removed'] as const;
  const pieces: fc.Arbitrary<DiffPiece[]> = fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      text: fc
        .array(fc.constantFrom('word ', 'line\n', '\n', 'ä'), { minLength: 1, maxLength: 300 })
        .map((parts) => parts.join('')),
    }),
  );
  const textOf = (all: readonly DiffPiece[], kind: DiffPiece['kind']): string =>
    all.flatMap((each) => (each.kind === kind ? [each.text] : [])).join('');

  it('have all pieces, but for the line breaks between two blocks', () => {
    fc.assert(
      fc.property(pieces, (given) => {
        const blocks = differenceBlocks(given);
        const all = blocks.flat();
        for (const kind of kinds)
          assert.equal(withoutBreaks(textOf(all, kind)), withoutBreaks(textOf(given, kind)), kind);
        assert.equal(textOf(all, 'removed'), textOf(given, 'removed'));
        assert.ok(blocks.flat().every(({ text }) => text !== ''));
      }),
    );
  });

  it('are no longer than a thousand characters where there are lines, and stay when more comes', () => {
    const lines = (count: number): DiffPiece[] => [
      { kind: 'same', text: 'A line that both of them have.\n'.repeat(count) },
      { kind: 'added', text: 'A line that only one has.\n'.repeat(count) },
    ];
    const blocks = differenceBlocks(lines(100));
    assert.ok(blocks.every((block) => textOf(block, 'same').length + textOf(block, 'added').length < 1_100));
    const more = differenceBlocks([...lines(100), { kind: 'same', text: 'More.' }]);
    assert.deepEqual(more.slice(0, blocks.length - 1), blocks.slice(0, -1));
  });
});

describe('words of a text', () => {
  it('are counted by the spaces, and in scripts without them by the dictionary', () => {
    assert.equal(wordCount('One two,  three.\n'), 3);
    assert.equal(wordCount(''), 0);
    assert.ok(wordCount('我喜欢喝茶') > 1);
  });
});
