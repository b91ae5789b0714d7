import type { PageRequest } from '../records.ts';

/** Characters of text or content after which a page ends. */
export const pageCharacters = 256 * 1024;

const defaultRows = 200;
const mostRows = 500;

/** How many rows a page has at most. */
export function pageRows({ limit = defaultRows }: PageRequest): number {
  return Math.max(1, Math.min(mostRows, Math.floor(limit)));
}
