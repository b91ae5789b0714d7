import { systemClock } from '../../base/clock.ts';
import { success, type Outcome } from '../../base/outcome.ts';
import { CandidateNumbers } from '../../candidates/candidateNumbers.ts';
import type { RunSnapshot } from '../../model/run.ts';
import { readAll } from '../../storage/journal/journalClient.ts';
import type { JournalFailure } from '../../storage/journal/journalFailure.ts';
import type { RunLease, RunOverview } from '../../storage/journal/records.ts';
import { readShownRun, runStateOf, type ShownRun } from '../board/shownRun.ts';
import type { RunOutcome } from '../runRefusal.ts';
import type { OwnedRun } from '../session/candidateKeeper.ts';
import type { Workspace } from '../workspace.ts';
import { readRunOptions } from '../runOptions.ts';
import { PatientWrites } from '../session/lockedWrites.ts';
import { openTables } from '../session/openTables.ts';
import { recoverTexts, type Recovered } from './recovery.ts';

/** A run of the journal that nobody works on and that is not through. */
export interface UnfinishedRun {
  readonly id: string;
  readonly label: string;
  readonly counts: RunSnapshot['counts'];
  readonly left: number;
  /** Whether nothing is left of a pipeline but to deliver what it comes to. */
  readonly isUndelivered: boolean;
  /** Texts that had been generated before and are on disk now. */
  readonly recovered: number;
  /** One sentence each: what could not be written. */
  readonly problems: readonly string[];
}

export interface LoadedRun {
  readonly shown: ShownRun;
  /** Present when a person can do something about the run. */
  readonly unfinished?: UnfinishedRun;
}

type RootProblem = (root: string) => string | undefined;
type Settle = () => Promise<RunOutcome<Recovered>>;

/** Why candidates must not go to the root of a run: it was no link when the run was started, and now one leads elsewhere. */
export async function exchangedRoot({ base, files }: Workspace, root: string): Promise<string | undefined> {
  // What a workspace folder leads to is the person's own choice.
  if (root === base) return undefined;
  const real = await files.realFolder?.(root).catch(() => undefined);
  if (real === undefined || real === root) return undefined;
  return `This run writes to ${root}, which has become a link to ${real}: put the folder back, or generate again.`;
}

/** A run of the journal that this process has just taken. */
export async function owned(
  workspace: Workspace,
  lease: RunLease,
  root: string,
): Promise<Outcome<OwnedRun, JournalFailure>> {
  const numbers = await workspace.journal.lastNumbers(lease.run);
  if (!numbers.ok) return numbers;
  return success({
    workspace,
    lease,
    root,
    numbers: new CandidateNumbers(numbers.value),
    persist: new PatientWrites(systemClock).persist,
    isResumed: true,
  });
}

/**
 * Reads a run of the journal, once what it had generated is written.
 *
 * @param alone does something with the run while nobody else in this process does
 */
export async function loadRun(
  workspace: Workspace,
  overview: RunOverview,
  rootProblem: RootProblem,
  alone: (settle: Settle) => Promise<RunOutcome<Recovered>>,
): Promise<RunOutcome<LoadedRun>> {
  const { journal } = workspace;
  const { id, label, unwritten, counts } = overview;
  let recovered: Recovered = { written: 0, failures: new Map() };
  if (runStateOf(overview) !== 'elsewhere' && (unwritten > 0 || counts.queued === 0)) {
    const settled = await alone(() => settle(workspace, id, rootProblem));
    if (settled.ok) recovered = settled.value;
    else if (settled.failure.reason !== 'owned' && settled.failure.reason !== 'going-on') return settled;
  }
  const details = await journal.run(id);
  if (!details.ok) return details;
  const overviews = await readAll((page) => journal.itemOverviews(id, [], page));
  if (!overviews.ok) return overviews;
  const shown = await readShownRun(workspace, details.value, overviews.value);
  const left = shown.counts.queued;
  // What comes of a pipeline is delivered by whoever resumes it.
  const isUndelivered = left === 0 && details.value.flow !== undefined && details.value.finishedAt === undefined;
  if (shown.state === 'elsewhere' || (!isUndelivered && left + recovered.written + recovered.failures.size === 0)) {
    return success({ shown });
  }
  const problems = [...recovered.failures.values()];
  const counted = { counts: shown.counts, left, recovered: recovered.written };
  const unfinished = { id, label, ...counted, isUndelivered, problems };
  return success({ shown, unfinished });
}

/** Writes what a run has generated, and closes it when nothing of it is left. */
async function settle(
  workspace: Workspace,
  id: string,
  rootProblem: RootProblem,
): Promise<Outcome<Recovered, JournalFailure>> {
  const { journal } = workspace;
  const details = await journal.run(id);
  if (!details.ok) return details;
  const problem = rootProblem(details.value.root) ?? (await exchangedRoot(workspace, details.value.root));
  if (problem !== undefined) return success({ written: 0, failures: new Map([['', problem]]) });
  const acquired = await journal.acquire(id);
  if (!acquired.ok) return acquired;
  const run = await owned(workspace, acquired.value, details.value.root);
  const recovered = run.ok ? await recoverTexts(run.value) : run;
  const { tables } = readRunOptions(details.value.options);
  await (await openTables(id, tables, { workspace, clock: systemClock }, true))?.close();
  // Those that waited until nothing else was open are work for whoever resumes the run.
  const gathered = await journal.gatherAtRest(acquired.value);
  const after = await journal.run(id);
  // What comes of a pipeline is not delivered yet.
  const isLeft = !after.ok || after.value.counts.queued > 0 || after.value.flow !== undefined;
  const isThrough = recovered.ok && gathered.ok && !isLeft;
  const ended = isThrough
    ? await journal.finishRun(acquired.value, { summary: null, metrics: [] })
    : await journal.release(acquired.value);
  return ended.ok ? recovered : ended;
}
