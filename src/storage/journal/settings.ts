import { join } from 'node:path';
import type { CacheLimits, OwnerKind } from './records.ts';

/** A journal, and what it is the journal of. */
export interface JournalPlace {
  /** The folder of the journal, absolute: one of its own in the person's state folder, which must be there. */
  readonly directory: string;
  /** The real path of the folder that the runs are of, or its uri when that is not on a disk. */
  readonly folder: string;
}

export interface JournalSettings extends JournalPlace {
  /** The folder that stored paths are relative to, absolute: the workspace folder. */
  readonly base: string;
  readonly kind: OwnerKind;
  /** Default `defaultCacheLimits`. */
  readonly cacheLimits?: CacheLimits;
  /** How long to wait for other processes, ms, where the caller does not see to that; default 10,000. */
  readonly busyMs?: number;
  /** Default 15,000: see ownership.ts. */
  readonly leaseLifeMs?: number;
}

export const defaultCacheLimits: CacheLimits = { mostCharacters: 200_000_000, maxAgeMs: 30 * 24 * 60 * 60 * 1000 };

export const defaultBusyMs = 10_000;

/** Says beside the journal which folder it is of, as JSON: `{ "folder": … }`. */
export const folderFile = 'folder.json';

/** SQLite itself waits for other processes so long, ms, and holds the journal's thread: whoever leaves must not wait. */
export const threadBusyMs = 100;

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
