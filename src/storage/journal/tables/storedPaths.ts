import { isAbsolute, join, relative, sep } from 'node:path';
import { isInside } from '../../../base/paths.ts';

/**
 * Paths below the journal's folder are kept relative to it and with `/`, so that a workspace that was moved still knows
 * its candidates; others stay absolute.
 */
export function toStored(base: string, path: string): string {
  if (!isInside(base, path)) return path;
  return relative(base, path).split(sep).join('/') || '.';
}

export function fromStored(base: string, stored: string): string {
  return isAbsolute(stored) ? stored : join(base, stored);
}
