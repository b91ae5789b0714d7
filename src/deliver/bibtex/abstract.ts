import { isJsonObject } from '../../base/jsonObject.ts';
import { oneLine } from '../cleanText.ts';
import { wordsOf } from '../recordFields.ts';
import { plainTitle } from './titleMarkup.ts';

/** Longer ones are no abstracts. */
const mostWords = 20_000;

/** A text, or OpenAlex's index of the places that each word stands at. */
export function abstractOf(value: unknown): string | undefined {
  const words = wordsOf(value);
  if (words !== undefined) return plainTitle(words.replace(/<\/?[a-z:-]{1,40}>/gi, ' $& ')) || undefined;
  if (!isJsonObject(value)) return undefined;
  const placed = new Map<number, string>();
  for (const [word, places] of Object.entries(value)) {
    if (!Array.isArray(places)) return undefined;
    for (const place of places as readonly unknown[]) {
      if (Number.isInteger(place) && Number(place) < mostWords) placed.set(Number(place), word);
    }
  }
  const inOrder = [...placed].sort(([a], [b]) => a - b).map(([, word]) => word);
  return oneLine(inOrder.join(' ')) || undefined;
}
