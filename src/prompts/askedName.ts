import type { CodeRegion } from './codeRegions.ts';
import type { Segment } from './segments.ts';

/** What is selected in the editor, as `${selection}` names it. */
export const selectionName = 'selection';

function isAloneOnItsLine(text: string, begin: number, end: number): boolean {
  const lineBegin = text.lastIndexOf('\n', begin - 1) + 1;
  const lineEnd = text.indexOf('\n', end);
  const before = text.slice(Math.max(lineBegin, begin - 200), begin);
  const after = text.slice(end, Math.min(lineEnd === -1 ? text.length : lineEnd, end + 200));
  return before.trim() === '' && after.trim() === '';
}

/**
 * The name that somebody is asked for at a place, if it has no value. People put inputs into backticks to mark them; in a
 * fence stands code of others, where only `${selection}` on a line of its own is meant.
 *
 * @param region the code that it stands in
 */
export function askedName(text: string, segment: Segment, region: CodeRegion | undefined): string | undefined {
  const isFenced = region?.kind === 'fence';
  if (segment.kind === 'input') return isFenced ? undefined : segment.name;
  if (segment.kind !== 'variable' || segment.name !== selectionName) return undefined;
  return isFenced && !isAloneOnItsLine(text, segment.begin, segment.end) ? undefined : selectionName;
}
