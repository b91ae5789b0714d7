import type { ItemCounts, ItemState } from '../../model/item.ts';
import { emptyCounts } from '../../model/item.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import type { ItemOverview, RunDetails, RunLease, RunOverview } from '../../storage/journal/records.ts';
import type { NewItem } from '../../candidates/plannedItem.ts';
import type { JournalFailure } from '../../storage/journal/journalFailure.ts';
import type { PlannedCandidate } from '../plan/plannedCandidate.ts';
import type { CandidateNumbers } from '../../candidates/candidateNumbers.ts';
import type { CandidateText, KeepOptions, OwnedRun } from '../session/candidateKeeper.ts';
import type { ItemSnapshot, ProcessUse, RunState, RunSummary } from '../../model/run.ts';
import type { PatientWrites } from '../session/lockedWrites.ts';
import type { RunMetrics } from '../session/runMetrics.ts';
import type { RunOptions } from '../runOptions.ts';
import { inSlices } from '../../base/slices.ts';
import type { Workspace } from '../workspace.ts';

/** Names of a run's stages: a plain prompt has one. */
export const stages = [{ name: 'generate' }] as const;

/** A text that the journal did not take; with `file`, it is on disk all the same. */
export interface Unkept {
  readonly candidate: PlannedCandidate;
  readonly result: CandidateText;
  readonly options: KeepOptions;
}

/** The work of this process on a run, from its start or resumption to its end. */
export interface Session extends OwnedRun {
  readonly lease: RunLease;
  readonly numbers: CandidateNumbers;
  readonly options: RunOptions;
  readonly serviceKeys: readonly ServiceKey[];
  readonly metrics: RunMetrics;
  readonly measured: () => ProcessUse;
  /** Outages of its services before it began, by key. */
  readonly tripsBefore: ReadonlyMap<ServiceKey, number>;
  /** Items that had ended written before it began. */
  readonly writtenBefore: number;
  /** Attempts that earlier sessions made, by item. */
  readonly earlierAttempts: ReadonlyMap<string, number>;
  /** Files of the items that were written in it. */
  readonly files: Map<string, string>;
  readonly writes: PatientWrites;
  readonly finished: Promise<RunSummary>;
  readonly resolve: (summary: RunSummary) => void;
  /** What has not ended when the session ends stays queued, for whoever resumes the run. */
  givesBack: boolean;
  readonly givenBack: Set<string>;
  readonly unkept: Unkept[];
  /** The journal is locked, and nothing new is started. */
  isHeld: boolean;
  /** Why the session had to stop. */
  trouble: JournalFailure | undefined;
}

/** A run as the views see it, whether this process works on it or not. Times are epoch ms. */
export interface ShownRun {
  readonly id: string;
  readonly label: string;
  readonly total: number;
  readonly workspace: Workspace;
  readonly startedAt: number;
  readonly items: Map<string, ItemSnapshot>;
  counts: ItemCounts;
  state: RunState;
  finishedAt: number | undefined;
  /** Of the last session. */
  perMinute: number;
  session: Session | undefined;
}

export function newShownRun(run: Pick<ShownRun, 'id' | 'label' | 'total' | 'workspace' | 'startedAt'>): ShownRun {
  return {
    ...run,
    items: new Map(),
    counts: emptyCounts(),
    state: 'running',
    finishedAt: undefined,
    perMinute: 0,
    session: undefined,
  };
}

type ItemFacts = Pick<NewItem, 'id' | 'position' | 'prompt' | 'row' | 'model' | 'number'>;

/** An item before anything has happened to it in this process. */
export function newItemSnapshot(run: string, item: ItemFacts, state: ItemState = 'queued'): ItemSnapshot {
  return {
    run,
    id: item.id,
    position: item.position,
    prompt: item.prompt.path,
    promptName: item.prompt.name,
    row: item.row,
    model: item.model,
    index: item.number,
    state,
    stage: stages[0].name,
    stageIndex: 0,
    stageCount: stages.length,
    progress: 0,
    attempts: 0,
  };
}

/** An item as the journal knows it. */
function journalledItem(run: string, item: ItemOverview): ItemSnapshot {
  const { state, attempts, startedAt, finishedAt, failure, file } = item;
  return {
    ...newItemSnapshot(run, item, state),
    progress: state === 'written' || state === 'skipped' ? 1 : 0,
    attempts,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(failure ? { failure } : {}),
    ...(file === undefined ? {} : { file }),
  };
}

/** A run of the journal as the views see it. */
export async function readShownRun(
  workspace: Workspace,
  details: RunDetails,
  overviews: readonly ItemOverview[],
): Promise<ShownRun> {
  const { id, label, total, startedAt, finishedAt } = details;
  const run = newShownRun({ id, label, total, workspace, startedAt });
  for (const item of await inSlices(overviews, (overview) => journalledItem(id, overview)))
    run.items.set(item.id, item);
  return Object.assign(run, { counts: countItems(run.items.values()), state: stateOf(details), finishedAt });
}

export function countItems(items: Iterable<ItemSnapshot>): ItemCounts {
  const counts = emptyCounts();
  for (const { state } of items) counts[state]++;
  return counts;
}

/** What a run of the journal is to this process. */
export function stateOf({ owner, counts }: Pick<RunOverview, 'owner' | 'counts'>): RunState {
  if (owner && !owner.mine && !owner.dead) return 'elsewhere';
  return counts.queued > 0 ? 'unfinished' : 'finished';
}
