import { inSlices } from '../../base/slices.ts';
import type { NewItem } from '../../candidates/plannedItem.ts';
import { emptyCounts, type ItemCounts, type ItemState } from '../../model/item.ts';
import type { ItemSnapshot, RunState } from '../../model/run.ts';
import type { ItemOverview, RunDetails, RunOverview } from '../../storage/journal/records.ts';
import type { Workspace } from '../workspace.ts';
import { RunSamples } from './runSamples.ts';

/** A run as the views see it, whether this process works on it or not. Times are epoch ms. */
export interface ShownRun {
  readonly id: string;
  readonly label: string;
  readonly total: number;
  readonly workspace: Workspace;
  /** Names, in order. */
  readonly stages: readonly string[];
  /** Records that it has begun with; undefined for a run without a pipeline. */
  records: number | undefined;
  /** Rows may come for as long as this process works on it. */
  isWatched: boolean;
  readonly startedAt: number;
  readonly items: Map<string, ItemSnapshot>;
  counts: ItemCounts;
  state: RunState;
  finishedAt: number | undefined;
  /** Of the last session. */
  perMinute: number;
  /** Of the sessions of this process. */
  readonly samples: RunSamples;
}

export function newShownRun(
  run: Pick<ShownRun, 'id' | 'label' | 'total' | 'workspace' | 'startedAt' | 'stages' | 'records'>,
): ShownRun {
  return {
    ...run,
    items: new Map(),
    counts: emptyCounts(),
    state: 'running',
    finishedAt: undefined,
    perMinute: 0,
    isWatched: false,
    samples: new RunSamples(),
  };
}

type ItemFacts = Pick<
  NewItem,
  'id' | 'position' | 'stage' | 'key' | 'prompt' | 'row' | 'model' | 'number' | 'priority'
>;

/** The run that an item belongs to. */
type Run = Pick<ShownRun, 'id' | 'stages' | 'records'>;

/** An item before anything has happened to it in this process. */
export function newItemSnapshot(
  { id: run, stages, records }: Run,
  item: ItemFacts,
  state: ItemState = 'queued',
): ItemSnapshot {
  return {
    run,
    id: item.id,
    position: item.position,
    prompt: item.prompt.path,
    promptName: item.prompt.name,
    row: item.row,
    ...(records === undefined ? {} : { record: item.key }),
    model: item.model,
    index: item.number,
    state,
    priority: item.priority,
    stage: stages[item.stage] ?? '',
    stageIndex: item.stage,
    stageCount: stages.length,
    progress: 0,
    attempts: 0,
  };
}

/** An item as the journal knows it. */
export function journalledItem(run: Run, item: ItemOverview): ItemSnapshot {
  const { state, attempts, startedAt, finishedAt, failure, file, cut } = item;
  return {
    ...newItemSnapshot(run, item, state),
    progress: state === 'written' || state === 'skipped' ? 1 : 0,
    attempts,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(failure ? { failure } : {}),
    ...(file === undefined ? {} : { file }),
    ...(cut && state === 'written' ? { cut } : {}),
  };
}

/** A run of the journal as the views see it. */
export async function readShownRun(
  workspace: Workspace,
  details: RunDetails,
  overviews: readonly ItemOverview[],
): Promise<ShownRun> {
  const { id, label, total, startedAt, finishedAt, stages, flow } = details;
  const records = flow && overviews.filter((item) => item.stage === 0).length;
  const run = newShownRun({ id, label, total, workspace, startedAt, stages, records });
  for (const item of await inSlices(overviews, (overview) => journalledItem(run, overview)))
    run.items.set(item.id, item);
  return Object.assign(run, { counts: countItems(run.items.values()), state: runStateOf(details), finishedAt });
}

export function countItems(items: Iterable<ItemSnapshot>): ItemCounts {
  const counts = emptyCounts();
  for (const { state } of items) counts[state]++;
  return counts;
}

/** What a run of the journal is to this process. */
export function runStateOf({ owner, counts }: Pick<RunOverview, 'owner' | 'counts'>): RunState {
  if (owner && !owner.mine && !owner.dead) return 'elsewhere';
  return counts.queued > 0 ? 'unfinished' : 'finished';
}
