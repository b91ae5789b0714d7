import type { RunSummary } from '../model/run.ts';
import type { Replacement } from './plan/archiveReplaced.ts';

/** A run that has begun. */
export interface StartedRun {
  readonly id: string;
  /** One sentence each: what had been generated before and still cannot be written. */
  readonly problems: readonly string[];
  /** What it has taken the place of. */
  readonly replaced: Replacement;
  /** Resolves when every item has ended and the journal knows it. */
  readonly finished: Promise<RunSummary>;
}
