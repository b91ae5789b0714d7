import { isFinal } from '../../model/item.ts';
import type { ItemSnapshot } from '../../model/run.ts';

/** What a card needs of a candidate that is there. */
export interface CardCandidate {
  /** Absolute. */
  readonly path: string;
  readonly row: string;
  readonly number?: number;
  readonly model?: string;
  readonly isArchived: boolean;
}

type CardItem = Pick<
  ItemSnapshot,
  'run' | 'id' | 'row' | 'model' | 'index' | 'position' | 'state' | 'file' | 'finishedAt'
>;

/** A candidate that is there, an item that is to become one, or both. */
export interface Card<Candidate extends CardCandidate, Item extends CardItem> {
  /** The same from the item's beginning on, for as long as its candidate lies under its name. */
  readonly key: string;
  readonly row: string;
  readonly number?: number;
  readonly model?: string;
  readonly candidate?: Candidate;
  readonly item?: Item;
}

export interface CardSources<Candidate, Item> {
  /** As they are listed: by row and number. */
  readonly candidates: readonly Candidate[];
  /** When they were begun to be listed, epoch ms. */
  readonly listedAt: number;
  /** Of one prompt file, of all of its runs that are known. */
  readonly items: Iterable<Item>;
  /** Runs that somebody works on. */
  readonly active: ReadonlySet<string>;
}

/**
 * One card for each candidate: those that are there, and those that are being made or have failed. What an earlier run has
 * not made is nobody's concern any more.
 *
 * @returns by row in the order of the candidates, those that are archived behind the others of their row
 */
export function cardsOf<Candidate extends CardCandidate, Item extends CardItem>({
  candidates,
  listedAt,
  items,
  active,
}: CardSources<Candidate, Item>): readonly Card<Candidate, Item>[] {
  const cards = new Map<string, Card<Candidate, Item>>();
  const byPath = new Map<string, string>();
  for (const candidate of candidates) {
    const { path, row, number, model } = candidate;
    const named = keyOf(candidate);
    const key = named === undefined || cards.has(named) ? path : named;
    byPath.set(path, key);
    const facts = { ...(number === undefined ? {} : { number }), ...(model === undefined ? {} : { model }) };
    cards.set(key, { key, row, ...facts, candidate });
  }
  for (const item of newestOf(items)) {
    const { row, model, index, file, state } = item;
    const key = (file === undefined ? undefined : byPath.get(file)) ?? keyOf({ row, model, number: index }) ?? '';
    const there = cards.get(key);
    // While it is made anew, or written a moment ago, it is the item that tells.
    if (there) {
      if (!isFinal(state)) cards.set(key, { ...there, item });
      continue;
    }
    if (isShown(item, listedAt, active)) cards.set(key, { key, row, number: index, model, item });
  }
  return inOrder([...cards.values()]);
}

/** Undefined for what has no number, or lies in the archive: another one may have its number by now. */
function keyOf({
  row,
  model,
  number,
  isArchived = false,
}: Pick<CardCandidate, 'row' | 'model' | 'number'> & { readonly isArchived?: boolean }): string | undefined {
  return number === undefined || isArchived ? undefined : `${row}\0${model ?? ''}\0${number}`;
}

/** Of the items that are to make the same candidate, the one of the newest run; without what only older runs have left. */
function newestOf<Item extends CardItem>(items: Iterable<Item>): readonly Item[] {
  const newest = new Map<string, Item>();
  let last = '';
  for (const item of items) {
    const key = `${item.row}\0${item.model}\0${item.index}`;
    const other = newest.get(key);
    // A run's id begins with its time.
    if (!other || other.run <= item.run) newest.set(key, item);
    if (item.run > last) last = item.run;
  }
  return [...newest.values()].filter(({ run, state }) => run === last || !isFinal(state));
}

function isShown({ run, state, finishedAt }: CardItem, listedAt: number, active: ReadonlySet<string>): boolean {
  switch (state) {
    case 'queued':
    case 'running':
    case 'retrying':
      return active.has(run);
    case 'written':
    case 'skipped':
      // It was not there yet when the candidates were listed; one that is gone by now is gone.
      return finishedAt === undefined ? active.has(run) : finishedAt >= listedAt;
    case 'failed':
    case 'cancelled':
      return true;
  }
}

function inOrder<Each extends Card<CardCandidate, CardItem>>(cards: readonly Each[]): readonly Each[] {
  const rows = new Map<string, Each[]>();
  // The rows of candidates have their order; those of items follow in that of the plan.
  for (const card of [...cards].sort(byPlan)) {
    const row = rows.get(card.row);
    if (row) row.push(card);
    else rows.set(card.row, [card]);
  }
  return [...rows.values()].flatMap((row) => row.sort(byNumber));
}

function byPlan(
  { candidate: one, item: first }: Card<CardCandidate, CardItem>,
  { candidate: other, item: second }: Card<CardCandidate, CardItem>,
): number {
  if (one || other) return Number(other !== undefined) - Number(one !== undefined);
  return (first?.position ?? 0) - (second?.position ?? 0);
}

function byNumber(one: Card<CardCandidate, CardItem>, other: Card<CardCandidate, CardItem>): number {
  return (
    Number(one.candidate?.isArchived ?? false) - Number(other.candidate?.isArchived ?? false) ||
    compare(one.number ?? Infinity, other.number ?? Infinity) ||
    compare(one.model ?? '', other.model ?? '') ||
    compare(one.key, other.key)
  );
}

function compare<Value extends number | string>(one: Value, other: Value): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
