import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blocksOf, wordCount } from '../../../../media/board/textBlocks.ts';

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

describe('words of a text', () => {
  it('are counted by the spaces, and in scripts without them by the dictionary', () => {
    assert.equal(wordCount('One two,  three.\n'), 3);
    assert.equal(wordCount(''), 0);
    assert.ok(wordCount('我喜欢喝茶') > 1);
  });
});
