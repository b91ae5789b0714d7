import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  beginningOf,
  describeError,
  describeErrorWithStack,
  redact,
  redactAddress,
  secretsOf,
  withoutCutWord,
} from '../../../src/base/redact.ts';

const secret = 'sk-live/+Ab"c&9_Zürich%42=';

function htmlEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}

/** How servers repeat what they were sent. */
const encodings: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in Base64': (text) => Buffer.from(text).toString('base64'),
  'in Base64 for addresses': (text) => Buffer.from(text).toString('base64url'),
  'in Base64, after something': (text) => Buffer.from(`Bearer ${text}!`).toString('base64'),
  'in Base64, with a user': (text) => Buffer.from(`me:${text}`).toString('base64'),
  'in hexadecimal': (text) => Buffer.from(text).toString('hex'),
  'percent-encoded': encodeURIComponent,
  'percent-encoded as a form': (text) => new URLSearchParams({ text }).toString().slice('text='.length),
  'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'as JSON': (text) => JSON.stringify(text).slice(1, -1),
  'as JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  'as JSON in ASCII': (text) =>
    Array.from(text, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'as HTML': htmlEscaped,
  'in capitals': (text) => text.toUpperCase(),
};

describe('redact', () => {
  for (const [how, encode] of Object.entries(encodings)) {
    it(`finds a secret ${how}`, () => {
      const encoded = encode(secret);
      const clean = redact(`Incorrect key provided: ${encoded}. Find yours there.`, [secret]);
      assert.ok(!clean.includes(encoded), clean);
      assert.ok(!clean.includes(encoded.slice(6, -6)), clean);
      assert.match(clean, /^Incorrect key provided: .*\[redacted\].* Find yours there\.$/);
    });
  }

  it('leaves a text without secrets as it is, and takes a short secret only as a word', () => {
    assert.equal(redact('The monkey has the key.', ['key']), 'The monkey has the [redacted].');
    assert.equal(redact('Nothing here.', [secret, '', ' ', 'ab']), 'Nothing here.');
  });

  it('leaves nothing of any secret in any encoding', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 40 });
    const key = fc
      .string({ unit: 'grapheme-ascii', minLength: 16, maxLength: 60 })
      .filter((text) => text.trim() === text);
    fc.assert(
      fc.property(key, anything, anything, fc.constantFrom(...Object.keys(encodings)), (text, before, after, how) => {
        const encoded = encodings[how]!(text);
        assert.ok(!redact(`${before} ${encoded} ${after}`, [text]).includes(encoded));
      }),
      { numRuns: 500 },
    );
  });

  it('takes no longer than the text is long', () => {
    const started = performance.now();
    redact('\\'.repeat(200_000) + 's'.repeat(200_000), ['s'.repeat(64), secret]);
    redact('a fast brown fox '.repeat(100_000), [secret]);
    assert.ok(performance.now() - started < 2000);
  });

  it('finds all of a secret in a text that was cut, which leaves out the word at its end', () => {
    assert.equal(beginningOf('a sentence', 10), 'a sentence');
    assert.equal(beginningOf('a sentence', 9), 'a ');
    assert.equal(beginningOf('sentence', 4), '');
    assert.equal(withoutCutWord('a '), 'a ');
    fc.assert(
      fc.property(fc.nat(80), fc.constantFrom(' ', '.'), (place, filler) => {
        const text = `${filler.repeat(place)} ${secret}`;
        for (let length = 0; length <= text.length; length++) {
          assert.ok(!redact(beginningOf(text, length), [secret]).includes(secret.slice(0, 4)));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('an error that nobody expected', () => {
  it('has words whatever was thrown', () => {
    assert.equal(describeError(new Error('no')), 'Error: no');
    assert.equal(describeError(undefined), 'undefined');
    for (const thrown of [{ toString: null }, Object.create(null), Symbol('x')]) {
      assert.equal(typeof describeError(thrown), 'string');
      assert.equal(typeof describeErrorWithStack(thrown), 'string');
    }
  });
});

describe('addresses', () => {
  it('are shown without what may be a key in them', () => {
    const address =
      'https://me:hunter22@gateway.example/v1/tok_4f9a8b7c6d5e4f3a2b1c/openai?api-version=2024-10-21&key=abcd1234efgh#x';
    assert.equal(redactAddress(address), 'https://gateway.example/v1/…/openai?api-version=…&key=…');
    assert.deepEqual(secretsOf(address), ['hunter22', 'abcd1234efgh', 'tok_4f9a8b7c6d5e4f3a2b1c']);
    assert.equal(redactAddress('http://127.0.0.1:11434/v1'), 'http://127.0.0.1:11434/v1');
    assert.equal(redactAddress('not an address?key=1'), 'not an address');
  });
});
