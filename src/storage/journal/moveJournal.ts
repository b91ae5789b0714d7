import { rm } from 'node:fs/promises';
import { success } from '../../base/outcome.ts';
import { readAll, type JournalClient } from './journalClient.ts';
import { describeFailure, reasonOf, type JournalOutcome } from './journalFailure.ts';
import { watchMs } from './ownership.ts';
import type { RunLease } from './records.ts';
import { journalPath, type JournalPlace } from './settings.ts';

/**
 * Forgets all runs and cached texts of a folder, closes its journal and deletes it; candidates stay.
 *
 * @returns how many runs there were, or why not: nothing is forgotten while somebody works on a run
 */
export async function deleteJournal(journal: JournalClient, place: JournalPlace): Promise<JournalOutcome<number>> {
  const held = await acquireAll(journal);
  if (!held.ok) return held;
  const emptied = await empty(journal, held.value);
  return emptied.ok ? remove(journal, place, held.value.length) : emptied;
}

/**
 * Makes the runs of one folder those of another one, and deletes the journal that they were in.
 *
 * @param from of `place`; it is closed afterwards
 * @returns how many runs, or why not: none changes its folder while somebody works on one
 */
export async function moveJournal(
  from: JournalClient,
  place: JournalPlace,
  into: JournalClient,
): Promise<JournalOutcome<number>> {
  const held = await acquireAll(from);
  if (!held.ok) return held;
  const adopted = await into.adopt(journalPath(place.directory));
  if (!adopted.ok) return adopted;
  const emptied = await empty(from, held.value);
  return emptied.ok ? remove(from, place, held.value.length) : emptied;
}

/** Every run, or none: those that are held are given back when the journal is closed. */
async function acquireAll(journal: JournalClient): Promise<JournalOutcome<RunLease[]>> {
  const listed = await readAll((page) => journal.listRuns({}, page));
  if (!listed.ok) return listed;
  const leases: RunLease[] = [];
  for (const { id } of listed.value) {
    const acquired = await journal.acquire(id, watchMs);
    if (!acquired.ok) return acquired;
    leases.push(acquired.value);
  }
  return success(leases);
}

/** A process that has the journal open brings it back when its files are gone: it must find nothing in it. */
async function empty(journal: JournalClient, leases: readonly RunLease[]): Promise<JournalOutcome<unknown>> {
  for (const lease of leases) {
    const discarded = await journal.discardRun(lease);
    if (!discarded.ok) return discarded;
  }
  return journal.cacheClear();
}

async function remove(
  journal: JournalClient,
  { directory }: JournalPlace,
  runs: number,
): Promise<JournalOutcome<number>> {
  await journal.close();
  try {
    await rm(directory, { recursive: true, force: true });
    return success(runs);
  } catch (error) {
    return { ok: false, failure: describeFailure(reasonOf(error), journalPath(directory), error) };
  }
}
