/** What an item can be; every item ends in one of the last four. */
export type ItemState = 'queued' | 'running' | 'retrying' | 'written' | 'failed' | 'cancelled' | 'skipped';

export type FinalState = Extract<ItemState, 'written' | 'failed' | 'cancelled' | 'skipped'>;

export const itemStates = [
  'queued',
  'running',
  'retrying',
  'written',
  'failed',
  'cancelled',
  'skipped',
] as const satisfies readonly ItemState[];

export type ItemCounts = Record<ItemState, number>;

export function emptyCounts(): ItemCounts {
  return { queued: 0, running: 0, retrying: 0, written: 0, failed: 0, cancelled: 0, skipped: 0 };
}

export function isFinal(state: ItemState): state is FinalState {
  return state === 'written' || state === 'failed' || state === 'cancelled' || state === 'skipped';
}

/** 0 is the most urgent, 9 the least. */
export type Priority = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

export const defaultPriority: Priority = 5;

/** The nearest priority that there is. */
export function priorityWithin(wanted: number): Priority {
  return Math.min(9, Math.max(0, Math.round(wanted))) as Priority;
}

/** A retry keeps its place in time but runs one step less urgently, so that it never starves fresh work. */
export function lowerPriority(priority: Priority): Priority {
  return Math.min(9, priority + 1) as Priority;
}
