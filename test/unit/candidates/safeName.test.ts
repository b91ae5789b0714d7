import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  isReserved,
  maxNameSize,
  nameSize,
  replaceUnsafe,
  safeName,
  shorten,
} from '../../../src/candidates/safeName.ts';

const family = '👩🏽\u200d👩\u200d👧\u200d👦';
const zalgo = `z${'\u0301\u0316'.repeat(30)}`;

const odd = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\u200c',
        '\u200d',
        '\ufe0f',
        '\ufe00',
        '\u180b',
        '\u180e',
        '\u034f',
        '\u00ad',
        '\u061c',
        '\u{e0067}',
        '\u3164',
      ),
      fc.constantFrom(
        '\ud83d',
        '\udc69',
        '*',
        'a',
        'é',
        'म',
        'ی',
        '葛',
        '❤',
        '👩',
        '🏽',
        '🇩',
        '1',
        '\u20e3',
        '\u0301',
        ' ',
        '.',
      ),
      fc.constantFrom(family.repeat(9), '\u0915\u094d\u200d\u0937'.repeat(30), zalgo, 'x'.repeat(95)),
    ),
    { maxLength: 10 },
  )
  .map((pieces) => pieces.join(''));

describe('safe names', () => {
  it('are none that Windows keeps, or takes for ".git"', () => {
    for (const name of [
      'CON',
      'nul.txt',
      'Aux .md',
      'COM\u00b9',
      'lpt\u00b3.md',
      'com0',
      'CONIN$',
      'git~1',
      'GIT~2.x',
    ]) {
      assert.ok(isReserved(name), name);
      assert.equal(safeName(name), `_${name}`);
    }
    for (const name of ['console', 'COM10', 'com\u2074', 'null', 'digit~1']) assert.equal(safeName(name), name);
  });

  it('hold nothing that hides or turns text', () => {
    for (const mark of [
      '\u202e',
      '\u2066',
      '\u061c',
      '\u200b',
      '\u2060',
      '\u00ad',
      '\u034f',
      '\ufeff',
      '\u3164',
      '\u{e0041}',
    ]) {
      assert.equal(safeName(`a${mark}b`), 'a-b', mark.codePointAt(0)?.toString(16));
    }
    assert.equal(safeName('a\u200db'), 'a-b');
    assert.equal(safeName('a\ufe0f'), 'a-');
  });

  it('hold no halves of characters', () => {
    assert.equal(safeName('a\ud83d'), 'a-');
    assert.equal(safeName('\udc69b'), '-b');
    assert.equal(safeName('\ud83d\udc69'), '👩');
  });

  it('keep the joiners and variants of emoji and scripts', () => {
    for (const name of [family, '❤\ufe0f\u200d🔥', '1\ufe0f\u20e3', 'می\u200cخواهم', 'क्\u200dष', '葛\u{e0100}', '🇩🇪']) {
      assert.equal(safeName(name), name);
    }
  });

  it('lose dots and spaces at the end', () => {
    assert.equal(safeName('a. . '), 'a');
    assert.equal(safeName('a\u00a0'), 'a');
    assert.equal(safeName(' . '), '_');
  });

  it('are cut between characters as a reader sees them', () => {
    assert.match(safeName(family.repeat(20)), /^(?:👩🏽\u200d👩\u200d👧\u200d👦)+-[0-9a-f]{8}$/u);
    assert.match(safeName('🇩🇪'.repeat(60)), /^(?:🇩🇪)+-[0-9a-f]{8}$/u);
    assert.match(safeName('e\u0303\u0301'.repeat(90)), /^(?:ẽ\u0301)+-[0-9a-f]{8}$/u);
    // One that is longer than a name goes as a whole.
    assert.match(safeName(`z${'\u0301'.repeat(300)}`), /^-[0-9a-f]{8}$/);
  });

  it('become one where only what is replaced differs: numbers keep the files apart', () => {
    assert.equal(safeName('a/b'), safeName('a:b'));
    assert.equal(safeName('Cafe\u0301'), safeName('Caf\u00e9'));
    // Case stays: where the file system does not see it, the writer finds the name taken and takes the next number.
    assert.notEqual(safeName('Mug'), safeName('mug'));
  });

  it('are safe whatever the text, and stay as they are', () => {
    fc.assert(
      fc.property(odd, (text) => {
        const name = safeName(text);
        assert.ok(name !== '' && nameSize(name) <= maxNameSize);
        assert.ok(Buffer.byteLength(name) <= 200);
        assert.equal(Buffer.from(name).toString(), name);
        assert.equal(name, name.normalize('NFC'));
        assert.doesNotMatch(name, /[/\\:*?"<>|\p{Cc}\p{Cs}\u2028\u2029]|(?![\u200c\u200d\p{VS}])\p{DI}|^\s|[\s.]$/u);
        assert.ok(!isReserved(name));
        assert.equal(safeName(name), name);
      }),
      { numRuns: 2000 },
    );
  });

  it('are shortened to the beginning of the text and a hash', () => {
    fc.assert(
      fc.property(odd, fc.integer({ min: 9, max: 120 }), (text, size) => {
        const safe = replaceUnsafe(text);
        const name = shorten(safe, size);
        assert.ok(nameSize(name) <= size);
        if (name === safe) return;
        const kept = name.slice(0, -'-01234567'.length);
        assert.ok(safe.startsWith(kept));
        assert.equal(Buffer.from(kept).toString(), kept);
      }),
      { numRuns: 1000 },
    );
  });
});
