import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Lines } from '../../../src/prompts/lines.ts';

describe('lines', () => {
  it('end as editors end them', () => {
    const lines = new Lines('a\r\nb\rc\n');
    assert.deepEqual(
      [0, 3, 5, 7].map((offset) => lines.positionAt(offset)),
      [
        { line: 1, column: 1 },
        { line: 2, column: 1 },
        { line: 3, column: 1 },
        { line: 4, column: 1 },
      ],
    );
  });

  it('lead from an offset to its place and back', () => {
    const piece = fc.constantFrom('\n', '\r', '\r\n', 'a', 'bc', '');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const lines = new Lines(text);
        for (let offset = 0; offset <= text.length; offset += 1) {
          assert.equal(lines.offsetAt(lines.positionAt(offset)), offset);
        }
        assert.equal(lines.offsetAt({ line: 1_000, column: 1 }), text.length);
      }),
    );
  });
});
