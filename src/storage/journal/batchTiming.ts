/** A write that nobody has paid for waits for others to share its transaction at most so long, ms. */
const longestWaitMs = 50;

/** Writes that are as many go at once. */
export const mostWaiting = 500;

/** Commits take at most one part in this many of the time, so that a slow disk gets larger batches. */
const restPerCommit = 4;

/**
 * How long a write that nobody has paid for may wait for others, ms: not at all after a pause, since nothing would be
 * gained, and longer the longer the disk takes. A result never waits, and takes along what does.
 *
 * @param sinceMs since the last commit ended
 * @param lastMs what the last commit took
 */
export function batchWait(sinceMs: number, lastMs: number): number {
  return Math.max(0, Math.min(longestWaitMs, lastMs * restPerCommit) - sinceMs);
}
