import { isFinal } from '../../model/item.ts';
import type { ItemSnapshot } from '../../model/run.ts';
import type { ListedCandidate } from '../candidateShelves.ts';

export const candidateFilters = ['all', 'picked', 'unrated', 'failed', 'cut'] as const;

/** Which candidates the view shows. */
export type CandidateFilter = (typeof candidateFilters)[number];

/** What a row of a prompt file has: candidates, and items that are being made or came to nothing. */
export type TreeEntry =
  | { readonly kind: 'candidate'; readonly candidate: ListedCandidate }
  | { readonly kind: 'item'; readonly item: ItemSnapshot };

export interface TreeRow {
  /** Empty for a prompt file without data. */
  readonly row: string;
  readonly entries: readonly TreeEntry[];
}

/** What is known of a prompt file. */
export interface TreeContents {
  readonly candidates: readonly ListedCandidate[];
  /** When they were listed, epoch ms: what was written since is shown as the item that it was. */
  readonly listedAt: number;
  /** Of all runs that this window knows, in any order. */
  readonly items: readonly ItemSnapshot[];
}

/**
 * The rows of a prompt file with what the filter lets through, in the order of the candidates; rows of which it lets
 * nothing through are left out.
 */
export function treeRows({ candidates, listedAt, items }: TreeContents, filter: CandidateFilter): readonly TreeRow[] {
  const rows = new Map<string, TreeEntry[]>();
  const written = new Set<string>();
  for (const candidate of candidates) {
    const entries = rows.get(candidate.row) ?? [];
    rows.set(candidate.row, entries);
    if (isCandidateShown(candidate, filter)) entries.push({ kind: 'candidate', candidate });
    if (!candidate.isArchived) written.add(placeOf(candidate.row, candidate.number, candidate.model));
  }
  // Of several runs that tried the same, the last one tells.
  const open = new Map<string, ItemSnapshot>();
  for (const item of items) {
    const place = placeOf(item.row, item.index, item.model);
    if (isNews(item, listedAt) && !(written.has(place) && isFinal(item.state))) open.set(place, item);
    else open.delete(place);
  }
  for (const item of open.values()) {
    if (!isItemShown(item, filter)) continue;
    const entries = rows.get(item.row) ?? [];
    rows.set(item.row, entries);
    entries.push({ kind: 'item', item });
  }
  return [...rows].flatMap(([row, entries]) => (entries.length === 0 ? [] : [{ row, entries: entries.sort(inOrder) }]));
}

/** Whether the listing cannot tell of it. */
function isNews({ state, finishedAt = 0 }: ItemSnapshot, listedAt: number): boolean {
  return (state !== 'written' && state !== 'skipped') || finishedAt >= listedAt;
}

function placeOf(row: string, number: number | undefined, model: string | undefined): string {
  return `${number ?? ''}\n${model ?? ''}\n${row}`;
}

function isCandidateShown(candidate: ListedCandidate, filter: CandidateFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'picked':
      return candidate.isPicked;
    case 'unrated':
      return candidate.rating === undefined && !candidate.isPicked && !candidate.isArchived;
    case 'failed':
      return false;
    case 'cut':
      return candidate.made?.finish === 'length' && !candidate.isArchived;
  }
}

function isItemShown({ state }: ItemSnapshot, filter: CandidateFilter): boolean {
  return filter === 'all' || (filter === 'failed' && state === 'failed');
}

/** By number; what is archived comes last, as it comes from the shelf. */
function inOrder(one: TreeEntry, other: TreeEntry): number {
  return Number(isArchived(one)) - Number(isArchived(other)) || numberOf(one) - numberOf(other);
}

function isArchived(entry: TreeEntry): boolean {
  return entry.kind === 'candidate' && entry.candidate.isArchived;
}

function numberOf(entry: TreeEntry): number {
  return entry.kind === 'item' ? entry.item.index : (entry.candidate.number ?? Number.MAX_SAFE_INTEGER);
}

/** How many of a list are shown, so that a large folder does not hold up the editor; the rest is one line. */
export const mostShown = 500;

/** @returns what is shown, and how many are not */
export function bounded<Each>(all: readonly Each[]): { readonly shown: readonly Each[]; readonly more: number } {
  // One line is not worth another one that tells of it.
  if (all.length <= mostShown + 1) return { shown: all, more: 0 };
  return { shown: all.slice(0, mostShown), more: all.length - mostShown };
}

/** `3 of 8 picked`, in numbers, of those that are not archived. */
export function tally(candidates: readonly ListedCandidate[]): {
  readonly current: number;
  readonly picked: number;
  readonly rated: number;
} {
  const current = candidates.filter((candidate) => !candidate.isArchived);
  return {
    current: current.length,
    picked: current.filter(({ isPicked }) => isPicked).length,
    rated: current.filter(({ rating }) => rating !== undefined).length,
  };
}
