import { isJsonObject } from '../../base/jsonObject.ts';

/** What is compared of one text, UTF-16 units: the rest of a longer one is taken to be like its beginning. */
const longest = 200_000;
/** Values of a JSON text that are read. */
const mostValues = 100_000;

/** Scripts that put no spaces between words: each of their characters counts as one. */
const spaceless = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}`;
const word = new RegExp(String.raw`[${spaceless}]\p{M}*|(?:(?![${spaceless}])[\p{L}\p{N}\p{M}])+`, 'gu');

/** The text that a reader sees: the values of JSON without its keys, which are the same in all candidates. */
export function readableText(text: string, isJson: boolean): string {
  if (!isJson) return text.slice(0, longest);
  try {
    return valuesOf(JSON.parse(text)).join('\n').slice(0, longest);
  } catch {
    return text.slice(0, longest);
  }
}

/** By a list of its own instead of recursion: what is nested deep is a stranger's. */
function valuesOf(json: unknown): string[] {
  const found: string[] = [];
  const open: unknown[] = [json];
  while (open.length > 0 && found.length < mostValues) {
    const value = open.pop();
    if (Array.isArray(value)) for (let place = value.length - 1; place >= 0; place--) open.push(value[place]);
    else if (isJsonObject(value)) open.push(...Object.values(value).slice(0, mostValues).reverse());
    else if (typeof value === 'string') found.push(value);
    else if (typeof value === 'number' || typeof value === 'boolean') found.push(String(value));
  }
  return found;
}

/** Letters and digits only, so that a text with other punctuation, case or width of its letters is the same. */
export function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}

/** @param plain of `plainText` */
export function wordsOf(plain: string): readonly string[] {
  return plain.match(word) ?? [];
}
