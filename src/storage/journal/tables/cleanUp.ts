import { number, type Database } from './database.ts';

/** Rows that one step of the clean-up changes at most. */
const cleanUpRows = 500;

/** See `JournalWriter.deleteOldRun`. */
export function deleteOldRun(database: Database, finishedBefore: number): boolean {
  const deleted = database.run(
    `DELETE FROM runs WHERE run = (
       SELECT run FROM runs LEFT JOIN leases USING (run)
       WHERE finished_at < ? AND coalesce(released, 1) = 1
         AND NOT EXISTS (SELECT 1 FROM items WHERE items.run = runs.run AND state = 'queued')
       ORDER BY run LIMIT 1)`,
    finishedBefore,
  );
  return deleted > 0;
}

/** See `JournalWriter.deleteOldTexts`. */
export function deleteOldTexts(database: Database, writtenBefore: number, from: number): number | undefined {
  const rows = database.all(
    `SELECT results.rowid AS at FROM results JOIN items USING (run, position)
     WHERE results.rowid > ? AND state IN ('written', 'skipped') AND items.finished_at < ?
       AND (place = '' OR (SELECT runs.finished_at FROM runs WHERE runs.run = items.run) IS NOT NULL)
     ORDER BY results.rowid LIMIT ?`,
    from,
    writtenBefore,
    cleanUpRows,
  );
  for (const row of rows) database.run('DELETE FROM results WHERE rowid = ?', number(row, 'at'));
  const last = rows.at(-1);
  return last && rows.length === cleanUpRows ? number(last, 'at') : undefined;
}
