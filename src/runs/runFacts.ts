import type { RunOverview } from '../storage/journal/records.ts';

/** What becomes of a run's items and when, as JSON for other programs: times as ISO 8601. */
export function runFacts({ total, counts, startedAt, finishedAt }: RunOverview) {
  return {
    items: total,
    written: counts.written,
    failed: counts.failed,
    cancelled: counts.cancelled,
    skipped: counts.skipped,
    left: counts.queued,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: finishedAt === undefined ? null : new Date(finishedAt).toISOString(),
  };
}
