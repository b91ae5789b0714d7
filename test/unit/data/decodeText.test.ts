import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeText } from '../../../src/data/decodeText.ts';
import { Findings } from '../../../src/data/findings.ts';

async function* inPieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function decoded(bytes: Uint8Array, encoding?: string, size = 7): Promise<string> {
  const findings = new Findings();
  let text = '';
  const file = { file: 'a.csv', ...(encoding !== undefined && { encoding }) };
  for await (const piece of decodeText(inPieces(bytes, size), file, findings)) text += piece;
  const [problem] = findings.problems;
  assert.equal(findings.isStopped(), problem !== undefined);
  return problem ? `! ${problem.message}` : text;
}

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

const text = 'Grüße, 世界 😀';
const padding = 'x'.repeat(5000);

describe('the text of a data file', () => {
  it('is UTF-8, with a byte order mark or without', async () => {
    assert.equal(await decoded(Buffer.from(text)), text);
    assert.equal(await decoded(Buffer.from(`\ufeff${text}`)), text);
    assert.equal(await decoded(Buffer.from(`a\ufeff${text}`)), `a\ufeff${text}`);
    assert.equal(await decoded(Buffer.from('')), '');
    assert.equal(await decoded(Buffer.from('a')), 'a');
  });

  it('is UTF-16 by its byte order mark, whatever the settings say', async () => {
    for (const encoding of [undefined, 'latin1']) {
      assert.equal(await decoded(Buffer.from(`\ufeff${text}`, 'utf16le'), encoding), text);
      assert.equal(await decoded(utf16be(`\ufeff${text}`), encoding), text);
    }
    assert.equal(await decoded(Buffer.from(text, 'utf16le'), 'utf-16le'), text);
  });

  it('has the encoding that the settings name', async () => {
    assert.equal(await decoded(Buffer.from('Grüße', 'latin1'), 'latin1'), 'Grüße');
    assert.equal(await decoded(Buffer.of(0x80, 0xe9), 'windows-1252'), '€é');
    assert.equal(await decoded(Buffer.of(0x93, 0xfa, 0x96, 0x7b), 'shift_jis', 1), '日本');
    assert.equal(
      await decoded(Buffer.from('a'), 'klingon'),
      '! There is no encoding "klingon": name one in candidates.data.encoding, such as latin1.',
    );
  });

  for (const size of [1, 2, 3, 4096, 100_000]) {
    it(`says at which byte it is none, in pieces of ${size}`, async () => {
      const told = (byte: string): string =>
        `! The file is no UTF-8 at byte ${byte}: save it as UTF-8, or name its encoding, such as "candidates.data.encoding: latin1".`;
      const latin = Buffer.from(`${padding}Grüße`, 'latin1');
      assert.equal(await decoded(latin, undefined, size), told('5,003'));
      assert.equal(
        await decoded(Buffer.concat([Buffer.from('😀ü'), Buffer.of(0xff, 0x61)]), undefined, size),
        told('7'),
      );
      assert.equal(await decoded(Buffer.of(0x61, 0xe4, 0xb8, 0x61), undefined, size), told('2'));
    });
  }

  it('says when it is cut off within a character', async () => {
    assert.equal(
      await decoded(Buffer.from('aü').subarray(0, 2)),
      '! The file ends within a character at byte 2: it is cut off, so get it again.',
    );
  });

  it('is no text when it holds zeros, which UTF-16 without a mark does', async () => {
    const told =
      '! The file holds zero bytes: it is no text, or it is UTF-16, so set "candidates.data.encoding: utf-16le".';
    assert.equal(await decoded(Buffer.from('ab', 'utf16le')), told);
    assert.equal(await decoded(Buffer.of(0x89, 0x50, 0x4e, 0x47, 0, 0).subarray(1)), told);
  });

  for (const bytes of [
    [0, 0, 129, 0],
    [129, 0, 0],
  ]) {
    it(`holds zeros in other encodings too, however its bytes come: ${bytes.join(' ')}`, async () => {
      const whole = await decoded(Uint8Array.from(bytes), 'gb18030', 1000);
      assert.match(whole, /^! The file holds zero bytes/);
      for (const size of [1, 2, 3]) assert.equal(await decoded(Uint8Array.from(bytes), 'gb18030', size), whole);
    });
  }

  it('is the same however its bytes come', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc.string({ unit: 'binary' }).map((each) => Buffer.from(each)),
          fc.string({ unit: 'binary' }).map((each) => Buffer.from(`\ufeff${each}`, 'utf16le')),
        ),
        fc.constantFrom(undefined, 'utf-8', 'latin1', 'utf-16be', 'gb18030'),
        fc.integer({ min: 1, max: 9 }),
        async (bytes, encoding, size) => {
          const whole = await decoded(bytes, encoding, 1000);
          const pieces = await decoded(bytes, encoding, size);
          // Which byte of a character is at fault is known only for Unicode.
          const kind = (each: string): string => (encoding === 'gb18030' ? each.replace(/byte \d+/, '') : each);
          assert.equal(kind(pieces), kind(whole));
        },
      ),
      { numRuns: 1000 },
    ));
});
