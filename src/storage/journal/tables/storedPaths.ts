import { isAbsolute, join, relative, sep } from 'node:path';

/**
 * Paths below the journal's folder are kept relative to it and with `/`, so that a workspace that was moved still knows
 * its candidates; others stay absolute.
 */
export function toStored(base: string, path: string): string {
  const way = relative(base, path);
  if (way === '') return '.';
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return path;
  return way.split(sep).join('/');
}

export function fromStored(base: string, stored: string): string {
  return isAbsolute(stored) ? stored : join(base, stored);
}
