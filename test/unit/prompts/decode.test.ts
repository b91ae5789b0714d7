import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodePrompt } from '../../../src/prompts/decode.ts';

function utf16(text: string, isBigEndian: boolean): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
}

function failureOf(...bytes: readonly number[]): string {
  const decoded = decodePrompt(Uint8Array.from(bytes));
  if (decoded.ok) assert.fail(JSON.stringify(decoded.value));
  return decoded.failure.replace(/: save it as UTF-8\.$/, '');
}

const someText = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && !text.startsWith('\ufeff'));

describe('the text of a prompt file', () => {
  it('comes out of each encoding as it went in, without its mark', () => {
    fc.assert(
      fc.property(someText, (text) => {
        for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`), utf16(text, false), utf16(text, true)]) {
          assert.deepEqual(decodePrompt(bytes), { ok: true, value: text });
        }
      }),
    );
  });

  it('is empty where the file is', () => {
    for (const mark of [[], [0xef, 0xbb, 0xbf], [0xff, 0xfe], [0xfe, 0xff]]) {
      assert.deepEqual(decodePrompt(Uint8Array.from(mark)), { ok: true, value: '' });
    }
  });

  const broken: readonly (readonly [string, readonly number[]])[] = [
    ['is no UTF-8 text at byte 1', [0xe4, 0x20]],
    ['is no UTF-8 text at byte 3', [0x61, 0x62, 0xfc, 0x62]],
    ['is no UTF-8 text at byte 2', [0x61, 0xe2, 0x82]],
    ['is no UTF-8 text at byte 2', [0x61, 0xef, 0xbf]],
    ['is no UTF-8 text at byte 2', [0x61, 0xef, 0xbf, 0x41]],
    ['is no UTF-8 text at byte 4', [0xef, 0xbf, 0xbd, 0xc3]],
    ['is no UTF-8 text at byte 5', [0xef, 0xbb, 0xbf, 0x61, 0x80]],
    ['is no UTF-16 text at byte 5', [0xff, 0xfe, 0x61, 0, 0, 0xd8, 0x61, 0]],
    ['is no UTF-16 text at byte 3', [0xfe, 0xff, 0xdc, 0]],
    ['is no UTF-16 text at byte 5', [0xff, 0xfe, 0x61, 0, 0x62]],
    ['has a zero character at byte 3 and is no text', [0xc3, 0xa4, 0, 0x61]],
    ['has a zero character at byte 5 and is no text', [0xff, 0xfe, 0x61, 0, 0, 0]],
    ['has a zero character at byte 5 and is no text', [0xfe, 0xff, 0, 0x61, 0, 0]],
  ];
  for (const [failure, bytes] of broken) {
    it(`${failure}: ${bytes.map((byte) => byte.toString(16)).join(' ')}`, () =>
      assert.equal(failureOf(...bytes), failure));
  }

  it('names a place in the file for whatever bytes are no text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const decoded = decodePrompt(bytes);
        if (decoded.ok) return;
        const at = Number(/at byte (\d+)/.exec(decoded.failure)?.[1]);
        assert.ok(at >= 1 && at <= bytes.length, decoded.failure);
      }),
      { numRuns: 500 },
    );
  });

  it('is told to be broken where it was broken', () => {
    fc.assert(
      fc.property(someText, fc.constantFrom(0x80, 0xc0, 0xf8, 0xff), someText, (before, byte, after) => {
        const start = Buffer.from(before);
        // After fffe or feff it would be another encoding, and bytes of those can only stand at the start.
        fc.pre(start.length > 0);
        const bytes = [...start, byte, ...Buffer.from(after)];
        const text = failureOf(...bytes).replaceAll(',', '');
        assert.equal(text, `is no UTF-8 text at byte ${start.length + 1}`);
      }),
    );
  });
});
