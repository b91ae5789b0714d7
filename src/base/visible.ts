/**
 * What shows nothing by itself and may change what the rest looks like: controls (ESC and its relatives of C1), format
 * characters (bidirectional, zero-width, tags), separators of lines, halves of surrogate pairs, and letters that are
 * blank by definition. Variation selectors stay: they only choose between two looks of the character before.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/gu;

/** Where Unicode keeps the pictures of the first 32 characters: ␛ for ESC, ␊ for a line break. */
const pictures = 0x2400;
const pictureOfDelete = '␡';

function shown(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(pictures + code);
  if (code === 0x7f) return pictureOfDelete;
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/**
 * Foreign text for a person's eyes, on one line: what a terminal would obey, or an eye would miss, is shown as what it
 * is, `␛` or `⟨U+202E⟩`.
 */
export function visible(text: string): string {
  return text.replace(invisible, shown);
}

/** JSON that says the same, and nothing to a terminal that shows it: such characters are escaped. */
export function visibleJson(json: string): string {
  return json.replace(invisible, (character) =>
    Array.from({ length: character.length }, (_, place) => escapedUnit(character.charCodeAt(place))).join(''),
  );
}

function escapedUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** The same as `visible` for text of several lines, whose line breaks stay. */
export function visibleLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => visible(line))
    .join('\n');
}

/** Scripts whose letters take joiners: without them, words are misspelt. */
const joined = String.raw`\p{M}\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Kannada}\p{Script=Telugu}\p{Script=Tamil}`;
/** What is a part of what is read, and hides nothing: tabs, and joiners within one picture or between such letters. */
const read = new RegExp(
  String.raw`(\t|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D(?=\p{Extended_Pictographic})|(?<=[${joined}])[\u200C\u200D](?=[${joined}]))`,
  'u',
);

/** The same for a text that a person reads as prose: what belongs to its writing stays as well. */
export function visibleText(text: string): string {
  return text
    .split(read)
    .map((part, place) => (place % 2 === 0 ? visibleLines(part) : part))
    .join('');
}
