import { isFinal, itemStates, type ItemState } from '../../src/model/item.ts';
import type { QueueItem } from '../../src/protocol.ts';
import { formatItemLabel } from '../../src/wording/format.ts';

/** In which order the items of a run are shown; all but that of the plan leave out what has no place in them. */
export const itemOrders = ['plan', 'recent', 'slowest', 'urgent'] as const;
export type ItemOrder = (typeof itemOrders)[number];

/** Which items of a run are shown, and in which order. */
export interface Arrangement {
  readonly state: ItemState | undefined;
  /** Name. */
  readonly stage: string | undefined;
  /** Part of what a row says, in any case. */
  readonly text: string;
  readonly order: ItemOrder;
}

/** All of them, in the order of the plan. */
export const plain: Arrangement = { state: undefined, stage: undefined, text: '', order: 'plan' };

export function isPlain({ state, stage, text, order }: Arrangement): boolean {
  return state === undefined && stage === undefined && text === '' && order === 'plan';
}

/** What was remembered of one: anything in it may be wrong. */
export function readArrangement(remembered: unknown): Arrangement {
  const { state, stage, text, order } = (remembered ?? {}) as Partial<Record<keyof Arrangement, unknown>>;
  return {
    state: itemStates.find((each) => each === state),
    stage: typeof stage === 'string' ? stage : undefined,
    text: typeof text === 'string' ? text : '',
    order: itemOrders.find((each) => each === order) ?? 'plan',
  };
}

/** @param items in the order of the plan */
export function arranged(items: readonly QueueItem[], arrangement: Arrangement): readonly QueueItem[] {
  if (isPlain(arrangement)) return items;
  const { state, stage, order } = arrangement;
  const words = arrangement.text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const shown = items.filter(
    (item) =>
      (state === undefined || item.state === state) &&
      (stage === undefined || item.stage === stage) &&
      (words.length === 0 || says(item, words)),
  );
  return inOrder(shown, order);
}

function says(item: QueueItem, words: readonly string[]): boolean {
  const { model, message = '', file = '' } = item;
  const text = `${formatItemLabel(item)} ${model} ${message} ${file}`.toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}

function inOrder(items: QueueItem[], order: ItemOrder): readonly QueueItem[] {
  switch (order) {
    case 'plan':
      return items;
    case 'recent':
      return items
        .filter(({ state, finishedAt }) => isFinal(state) && finishedAt !== undefined)
        .sort((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0));
    case 'slowest':
      return items.filter((item) => durationOf(item) > 0).sort((a, b) => durationOf(b) - durationOf(a));
    case 'urgent':
      return items.filter(({ state }) => !isFinal(state)).sort((a, b) => a.priority - b.priority);
  }
}

function durationOf({ startedAt, finishedAt }: QueueItem): number {
  return startedAt === undefined || finishedAt === undefined ? 0 : finishedAt - startedAt;
}
