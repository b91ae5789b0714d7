import assert from 'node:assert/strict';
import fc from 'fast-check';
import { codeAt, codeRegions } from '../../../src/prompts/codeRegions.ts';

const code = (text: string): string[] => codeRegions(text).map(({ begin, end }) => text.slice(begin, end));

describe('code in Markdown', () => {
  for (const [text, expected] of [
    ['a `b` c ``d ` e`` f', ['`b`', '``d ` e``']],
    ['a ` b\n\nc ` d', []],
    ['a ` b\nc ` d', ['` b\nc `']],
    ['a `` b ` c', []],
    ['a\n```js\nb `c`\n```\nd `e`', ['```js\nb `c`\n```\n', '`e`']],
    ['~~~\na\n```\nb', ['~~~\na\n```\nb']],
    ['`a\n```\nb\n```\nc`', ['```\nb\n```\n']],
    ['plain', []],
  ] as const) {
    it(`is found in ${JSON.stringify(text)}`, () => assert.deepEqual(code(text), expected));
  }

  it('is in order, never overlaps, and is found again by its offsets', () => {
    const piece = fc.constantFrom('`', '``', '```', '\n', '\n\n', '~~~', 'a', ' ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const regions = codeRegions(text);
        let last = 0;
        for (const { begin, end } of regions) {
          assert.ok(last <= begin && begin < end && end <= text.length);
          last = end;
        }
        const at = codeAt(regions);
        for (let offset = 0; offset < text.length; offset += 1) {
          const expected = regions.find(({ begin, end }) => begin <= offset && offset < end);
          assert.equal(at(offset), expected);
        }
      }),
    );
  });
});
