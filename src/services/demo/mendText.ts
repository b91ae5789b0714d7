/** Letters that text recognition takes for others, within words. */
const misread: readonly (readonly [RegExp, string])[] = [
  [/ﬁ/g, 'fi'],
  [/ﬂ/g, 'fl'],
  [/ﬀ/g, 'ff'],
  [/(?<=\p{Ll})1(?=\p{Ll})/gu, 'l'],
  [/(?<=\p{Ll})0(?=\p{Ll})/gu, 'o'],
  [/(?<=\p{L})5(?=\p{Ll})/gu, 's'],
  [/(?<![\p{L}\p{N}])[|](?![\p{L}\p{N}|])/gu, 'I'],
  [/(?<![\p{L}\p{N}])vv(?=[aeiouhr])/gu, 'w'],
  [/ +(?=[,;.!?](?:\s|$))/g, ''],
];

/** In place of a word that cannot be read. */
const unreadable = '[?]';

/** Words that are none, and which were meant. */
const misreadWords: ReadonlyMap<string, string> = new Map([
  ['tbe', 'the'],
  ['aud', 'and'],
  ['wbich', 'which'],
  ['wbo', 'who'],
  ['bave', 'have'],
  ['tbat', 'that'],
  ['witb', 'with'],
  ['sbe', 'she'],
  ['tben', 'then'],
  ['frorn', 'from'],
  ['sorne', 'some'],
  ['tirne', 'time'],
]);

/**
 * A recognised text with what can be mended without knowing its language: words that a line's end parts, lines of one
 * paragraph, letters that are often misread.
 */
export function mendedText(text: string): string {
  const paragraphs = text
    .replace(/\r\n?|\f/g, '\n')
    // A soft hyphen, or one that parts a word of small letters.
    .replace(/\u00ad\n?|(?<=\p{Ll})[-‐¬]\n(?=\p{Ll})/gu, '')
    .split(/\n[^\S\n]*\n\s*/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '');
  return paragraphs.map(mendedWords).join('\n\n');
}

function mendedWords(text: string): string {
  const readable = text.replace(/\S+/g, (word) => (word.includes('\ufffd') ? unreadable : word));
  const mended = misread.reduce((found, [pattern, meant]) => found.replace(pattern, meant), readable);
  return mended.replace(/\p{L}+/gu, (word) => {
    const meant = misreadWords.get(word.toLowerCase());
    if (meant === undefined) return word;
    return /^\p{Ll}/u.test(word) ? meant : meant.charAt(0).toUpperCase() + meant.slice(1);
  });
}
