import { cleanText, escapeMarkup } from '../cleanText.ts';
import { isNothing, wordsOf } from '../recordFields.ts';

/** Anki runs LaTeX, plays sounds and speaks where it finds these, in a stranger's text as well. */
const commands = /\[(?=\/?(?:latex|\$|sound:|anki:))/gi;

/**
 * A value as the field of a card. A list has a line for each of its texts.
 *
 * @param isHtml whether it is markup already, which is left as it is
 * @returns undefined for a value that is no text, which is not the same as an empty one
 */
export function fieldHtml(value: unknown, isHtml: boolean): string | undefined {
  if (isNothing(value)) return '';
  if (Array.isArray(value)) {
    const lines = value.filter((each) => !isNothing(each)).map((each) => fieldHtml(each, isHtml));
    return lines.every((line) => line !== undefined) ? lines.join('<br>') : undefined;
  }
  const words = wordsOf(value);
  if (words === undefined) return undefined;
  const text = cleanText(words).trim();
  return isHtml ? text : escapeMarkup(text).replaceAll('\n', '<br>').replace(commands, '&#91;');
}

/** What is left of a field without its markup, as Anki sorts and compares by it. */
export function bareText(html: string): string {
  return html
    .replace(/<[^<>]*>/g, '')
    .replace(/&(?:lt|gt|quot|amp|nbsp|#91);/g, (entity) => named[entity] ?? entity)
    .trim();
}

const named: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&amp;': '&',
  '&nbsp;': ' ',
  '&#91;': '[',
};
