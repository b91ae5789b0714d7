import type { JsonObject } from '../base/jsonObject.ts';
import { failed, success, type Outcome } from '../base/outcome.ts';
import { readFrontMatter, splitFrontMatter } from './frontMatter.ts';

/**
 * The front matter of a file that is a row, and its text without it. A text that only begins with a line of dashes has
 * none.
 *
 * @returns a sentence about front matter that cannot be read
 */
export function readRowFrontMatter(
  text: string,
): Outcome<{ readonly values: JsonObject; readonly body: string }, string> {
  const split = splitFrontMatter(text);
  if (split?.frontMatter === undefined) return success({ values: {}, body: text });
  const read = readFrontMatter(split.frontMatter);
  if ('message' in read) return failed(`${read.message.slice(0, -1)}, so it counts as text.`);
  return success({ values: read.values, body: split.body });
}
