import { isJsonObject } from '../../base/jsonObject.ts';

/** What is shown of a value at most, characters. */
const mostCharacters = 4_000;
const longestText = 400;
const mostElements = 20;
const deepest = 6;

/** A value as JSON on several lines that a person can read at a glance: long texts, long lists and deep objects are cut, and say so. */
export function shortValue(value: unknown): string {
  if (value === undefined) return '';
  const json = JSON.stringify(short(value, 0), undefined, 2);
  return json.length > mostCharacters ? `${json.slice(0, mostCharacters)}…` : json;
}

function short(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shortText(value);
  const isList = Array.isArray(value);
  if (!isList && !isJsonObject(value)) return value;
  if (depth >= deepest) return '…';
  if (isList) {
    const shown = value.slice(0, mostElements).map((each) => short(each, depth + 1));
    return value.length > mostElements ? [...shown, `… ${value.length - mostElements} more`] : shown;
  }
  const entries = Object.entries(value);
  const shown = entries
    .slice(0, mostElements)
    .map(([name, each]) => [shortText(name), short(each, depth + 1)] as const);
  if (entries.length > mostElements) shown.push(['…', `${entries.length - mostElements} more`]);
  return Object.fromEntries(shown);
}

/** The same for a text of several lines. */
export function shortText(text: string, most = longestText): string {
  if (text.length <= most) return text;
  // Not through the middle of a character.
  return `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}… ${text.length - most} more characters`;
}
