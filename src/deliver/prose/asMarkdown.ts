import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import { cleanText, oneLine } from '../cleanText.ts';
import { isNothing, valueAt, wordsOf } from '../recordFields.ts';

export const usualHeadings = ['title', 'heading', 'name'];

export const usualTexts = ['markdown', 'text', 'content', 'body', 'article', 'answer', 'value'];

/** Deeper blocks of JSON are left out: nobody reads them. */
const mostDepth = 6;

function firstOf(value: JsonObject, names: readonly string[]): string | undefined {
  return names.find((name) => !isNothing(valueAt(value, name)));
}

/**
 * A value as Markdown. Texts are Markdown already; lists of words get dots; a block's title is a heading, its text stands
 * below, and what else it holds is named.
 *
 * @param depth of headings: 1 is `#`
 * @returns empty where there is nothing to read
 */
export function asMarkdown(value: unknown, depth = 1): string {
  if (isNothing(value) || depth > mostDepth) return '';
  const words = wordsOf(value);
  if (words !== undefined) return cleanText(words).replace(/^\n+/, '').trimEnd();
  if (Array.isArray(value)) return listAsMarkdown(value, depth);
  return isJsonObject(value) ? blockAsMarkdown(value, depth) : '';
}

function listAsMarkdown(list: readonly unknown[], depth: number): string {
  const items = list.filter((each) => !isNothing(each));
  const words = items.map(wordsOf);
  if (words.every((each) => each !== undefined)) return words.map((each) => `- ${oneLine(each)}`).join('\n');
  return joined(items.map((each) => asMarkdown(each, depth)));
}

function blockAsMarkdown(block: JsonObject, depth: number): string {
  const heading = firstOf(block, usualHeadings);
  const text = firstOf(block, usualTexts);
  const title = heading === undefined ? undefined : wordsOf(block[heading]);
  const others = Object.entries(block).filter(([name]) => name !== text && (name !== heading || title === undefined));
  return joined([
    title === undefined ? '' : `${'#'.repeat(depth)} ${oneLine(title)}`,
    text === undefined ? '' : asMarkdown(block[text], depth + 1),
    ...others.map(([name, value]) => named(name, value, depth + 1)),
  ]);
}

function named(name: string, value: unknown, depth: number): string {
  const words = wordsOf(value);
  const label = `**${oneLine(name).replace(/[\\*_`[\]<>]/g, '\\$&')}**`;
  if (words !== undefined) return `${label}: ${oneLine(words)}`;
  const below = asMarkdown(value, depth);
  return below === '' ? '' : `${label}\n\n${below}`;
}

/** Parts with an empty line between them. */
export function joined(parts: readonly string[]): string {
  return parts.filter((part) => part.trim() !== '').join('\n\n');
}
