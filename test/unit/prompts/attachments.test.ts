import assert from 'node:assert/strict';
import fc from 'fast-check';
import { inspectAttachment } from '../../../src/prompts/attachments.ts';
import { gif, jpeg, pdf, png, webp } from '../../support/pictures.ts';

describe('a file that is attached', () => {
  it('is what its bytes say, and costs what its size does', () => {
    const pictures = { 'image/png': png, 'image/gif': gif, 'image/jpeg': jpeg };
    for (const [mediaType, of] of Object.entries(pictures)) {
      // Two tiles by two of 512, which is more than 800 * 600 / 750.
      assert.deepEqual(inspectAttachment(of(800, 600)), { mediaType, tokens: 85 + 4 * 170 });
      assert.deepEqual(inspectAttachment(of(100, 100)), { mediaType, tokens: 85 + 170 });
    }
    for (const kind of ['VP8 ', 'VP8L', 'VP8X'] as const) {
      assert.deepEqual(inspectAttachment(webp(kind, 800, 600)), { mediaType: 'image/webp', tokens: 765 });
    }
    assert.deepEqual(inspectAttachment(pdf(3)), { mediaType: 'application/pdf', tokens: 9000 });
  });

  it('costs no more than services charge for the largest', () => {
    assert.equal(inspectAttachment(png(60_000, 60_000))?.tokens, 1600);
    assert.equal(inspectAttachment(png(0, 0))?.tokens, 1600);
    assert.equal(inspectAttachment(pdf(10_000))?.tokens, 600 * 3000);
  });

  it('is refused when it is something else, whatever bytes it has', () => {
    for (const text of ['', 'text', '<svg/>', 'GIF', 'RIFFxxxxWAVE', '\u0089PNG']) {
      assert.equal(inspectAttachment(Buffer.from(text, 'latin1')), undefined);
    }
    const heads = fc.constantFrom(
      png(1, 1),
      gif(1, 1),
      jpeg(1, 1),
      webp('VP8X', 1, 1),
      pdf(1),
      Buffer.from([0xff, 0xd8, 0xff]),
    );
    fc.assert(
      fc.property(heads, fc.nat(40), fc.uint8Array({ maxLength: 200 }), (head, length, rest) => {
        const inspected = inspectAttachment(Buffer.concat([head.subarray(0, length), rest]));
        if (inspected) assert.ok(Number.isFinite(inspected.tokens) && inspected.tokens > 0);
      }),
    );
  });
});
