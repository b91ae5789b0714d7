import { join } from 'node:path';
import type { CacheLimits, OwnerKind } from './records.ts';

/** Name of the folder in a workspace folder; it keeps itself out of git. */
export const journalFolder = '.parallel-candidates';

export interface JournalSettings {
  /** The folder of the journal, absolute; the folder that it lies in must be there. */
  readonly directory: string;
  /** The folder that stored paths are relative to, absolute: the workspace folder. */
  readonly base: string;
  readonly kind: OwnerKind;
  /** Default `defaultCacheLimits`. */
  readonly cacheLimits?: CacheLimits;
  /** How long to wait for other processes, ms; default 10,000. */
  readonly busyMs?: number;
  /** Default 15,000: see ownership.ts. */
  readonly leaseLifeMs?: number;
}

export const defaultCacheLimits: CacheLimits = { mostCharacters: 200_000_000, maxAgeMs: 30 * 24 * 60 * 60 * 1000 };

export const defaultBusyMs = 10_000;

export function journalPath(directory: string): string {
  return join(directory, 'journal.sqlite');
}

/** What was done about a damaged journal. */
export interface Repair {
  /** The damaged file, absolute; its log lies beside it. */
  readonly movedTo: string;
  /** One sentence for the person. */
  readonly message: string;
}
