import assert from 'node:assert/strict';
import fc from 'fast-check';
import { visible, visibleJson, visibleLines, visibleText } from '../../../src/base/visible.ts';

/** What no terminal and no eye should get from others, asked in another way than the code does. */
const unseen = /[\p{General_Category=Control}\p{General_Category=Format}\u2028\u2029\p{Surrogate}]/u;

const odd = fc.oneof(
  fc.constantFrom('\u001b[2J', '\u001b]52;c;aGk=\u0007', '\u009b31m', '\u202e', '\u2066', '\u200b', '\ufeff', '\u061c'),
  fc.constantFrom(
    '\r',
    '\n',
    '\u0085',
    '\u2028',
    '\ud800',
    '\u{e0041}',
    '\u00ad',
    '\u3164',
    '\u{1d173}',
    '\0',
    '\u007f',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
  fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
);
const foreign = fc.array(odd, { maxLength: 10 }).map((parts) => parts.join(''));

describe('visible', () => {
  for (const [what, text, shown] of [
    ['colours and cursors', '\u001b[31mred\u001b[0m', '␛[31mred␛[0m'],
    ['the clipboard (OSC 52)', '\u001b]52;c;cm0=\u0007', '␛]52;c;cm0=␇'],
    ['the same in C1', '\u009d52;c;cm0=\u009c', '⟨U+009D⟩52;c;cm0=⟨U+009C⟩'],
    ['directions', 'gnp.\u202egepj', 'gnp.⟨U+202E⟩gepj'],
    ['isolates', '\u2066a\u2069', '⟨U+2066⟩a⟨U+2069⟩'],
    ['what has no width', 'a\u200bb\ufeffc\u2060d', 'a⟨U+200B⟩b⟨U+FEFF⟩c⟨U+2060⟩d'],
    ['tags', `a${String.fromCodePoint(0xe0041)}`, 'a⟨U+E0041⟩'],
    ['letters that are blank', 'a\u3164b', 'a⟨U+3164⟩b'],
    ['line breaks and tabs', 'a\r\nb\tc\u2028d', 'a␍␊b␉c⟨U+2028⟩d'],
    ['deletions', 'a\u0008\u007f', 'a␈␡'],
    ['halves of characters', '\ud83d', '⟨U+D83D⟩'],
  ] as const) {
    it(`shows ${what}`, () => assert.equal(visible(text), shown));
  }

  it('leaves what people write alone', () => {
    for (const text of ['Grüße, 東京 – “ok” 😀 ❤️ é', 'שלום עולם', 'नमस्ते', '']) assert.equal(visible(text), text);
  });

  it('leaves no control or format character', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        const shown = visible(text);
        assert.doesNotMatch(shown, unseen);
        assert.equal(visible(shown), shown);
      }),
      { numRuns: 5000 },
    );
  });

  it('escapes in JSON what it shows elsewhere, which changes nothing of it', () => {
    assert.equal(
      visibleJson(JSON.stringify({ a: '\u001b\u009b\u202e\u{e0041}é' })),
      '{"a":"\\u001b\\u009b\\u202e\\udb40\\udc41é"}',
    );
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), foreign, (value, text) => {
        const json = visibleJson(JSON.stringify([value, text]));
        assert.doesNotMatch(json, unseen);
        assert.equal(JSON.stringify(JSON.parse(json)), JSON.stringify([value, text]));
      }),
      { numRuns: 1000 },
    );
  });

  it('of several lines keeps the lines and nothing else', () => {
    assert.equal(visibleLines('a\u001b\r\nb\rc\n'), 'a␛\nb␍c\n');
    fc.assert(
      fc.property(foreign, (text) => assert.doesNotMatch(visibleLines(text).replaceAll('\n', ''), unseen)),
      { numRuns: 1000 },
    );
  });

  it('of prose keeps tabs, and what joins pictures and letters, and nothing else', () => {
    const kept = 'a\tb 👩‍💻 👩🏽‍🚀 ❤️‍🔥 می‌خواهم क्‍ष';
    assert.equal(visibleText(kept), kept);
    assert.equal(visibleText('a\u200db 1\u200d2 👩\u200da'), 'a⟨U+200D⟩b 1⟨U+200D⟩2 👩⟨U+200D⟩a');
    fc.assert(
      fc.property(foreign, (text) => {
        assert.doesNotMatch(visibleText(text).replaceAll(/[\n\t\u200c\u200d]/g, ''), unseen);
      }),
      { numRuns: 1000 },
    );
  });
});
