import { escapeForPattern } from './pattern.ts';

/** The last one: to make it takes longer than to look with it, and one looks in many texts. */
let pattern: { readonly query: string; readonly expression: RegExp } | undefined;

function patternOf(query: string): RegExp {
  if (pattern?.query !== query) pattern = { query, expression: new RegExp(escapeForPattern(query), 'giu') };
  return pattern.expression;
}

/**
 * Where a text has what somebody looks for, in whatever case, from left to right.
 *
 * @param query empty: nowhere
 * @param most places that are found
 */
export function occurrencesOf(
  text: string,
  query: string,
  most = Number.POSITIVE_INFINITY,
): readonly { readonly start: number; readonly end: number }[] {
  if (query === '') return [];
  const found: { readonly start: number; readonly end: number }[] = [];
  for (const { index, 0: part } of text.matchAll(patternOf(query))) {
    if (found.length >= most) break;
    found.push({ start: index, end: index + part.length });
  }
  return found;
}
