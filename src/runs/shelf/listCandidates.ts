import { success, type Outcome } from '../../base/outcome.ts';
import { DistinctCounter, diversityOf, type Distinct } from '../../candidates/likeness/diversity.ts';
import { LikenessIndex, sketchOf, type Similar, type Sketch } from '../../candidates/likeness/likeness.ts';
import type { Rating } from '../../candidates/shelf.ts';
import { setImmediate } from 'node:timers/promises';
import type { ChosenPrompt, Choosing } from './choosing.ts';
import { compareNames, findFolders, type CandidateFolder } from './findFolders.ts';
import { readFolder, type FoundCandidate } from './readFolder.ts';

/** A candidate that somebody chooses. */
export interface ShelfCandidate extends Omit<FoundCandidate, 'text'> {
  readonly isPicked: boolean;
  readonly rating?: Rating;
  readonly note?: string;
  /** The one that stands for all that say the same in its row. */
  readonly similarTo?: Similar<string>;
  /** UTF-16 units; 0 for what is no text. */
  readonly length: number;
}

export interface ShelfListing {
  /** By row and number, archived ones behind the others of their row. */
  readonly candidates: readonly ShelfCandidate[];
  /** Of those that are not archived: 0 (all say the same) to 1; absent where no row has two. */
  readonly diversity?: number;
  readonly distinct?: Distinct;
}

/**
 * The candidates of a prompt file: those that lie where it puts them, with what their manifests and shelves say. What a
 * person has renamed, edited or put there counts too.
 */
export async function listCandidates(
  prompt: ChosenPrompt,
  choosing: Choosing,
  comparing: Comparing = 'compared',
): Promise<Outcome<ShelfListing, string>> {
  const folders = await findFolders(prompt, choosing.files);
  return folders.ok ? listFolders(folders.value, prompt, choosing, comparing) : folders;
}

/** Whether candidates are compared with each other, which takes most of the time: without it, none is like another one. */
export type Comparing = 'compared' | 'apart';

/** The same for some folders, maybe without knowing whose candidates they have. */
export async function listFolders(
  folders: readonly CandidateFolder[],
  prompt: ChosenPrompt | undefined,
  choosing: Choosing,
  comparing: Comparing = 'compared',
): Promise<Outcome<ShelfListing, string>> {
  const all: Sketched[] = [];
  const distinct = new DistinctCounter();
  let since = performance.now();
  for (const folder of folders) {
    const found = await readFolder(folder, prompt, choosing);
    if (!found.ok) return found;
    for (const { text, ...candidate } of found.value) {
      const isCompared = text !== undefined && comparing === 'compared';
      const sketch = isCompared ? sketchOf(text, candidate.isJson) : undefined;
      if (isCompared && !candidate.isArchived) distinct.add(text, candidate.isJson);
      all.push({ candidate, length: text?.length ?? 0, ...(sketch ? { sketch } : {}) });
      if (performance.now() - since < mostMs) continue;
      // Whoever shows them goes on meanwhile.
      await setImmediate();
      since = performance.now();
    }
  }
  const rows = [...Map.groupBy(all.sort(inOrder), ({ candidate }) => candidate.row).values()];
  const current = rows.map((row) =>
    row.flatMap(({ candidate, sketch }) => (sketch && !candidate.isArchived ? [sketch] : [])),
  );
  const diversity = diversityOf(current);
  return success({
    candidates: rows.flatMap(chosenFrom),
    ...(diversity === undefined ? {} : { diversity }),
    ...(distinct.distinct ? { distinct: distinct.distinct } : {}),
  });
}

/** Work at a stretch, ms. */
const mostMs = 8;

interface Sketched {
  readonly candidate: Omit<FoundCandidate, 'text'>;
  readonly length: number;
  readonly sketch?: Sketch;
}

function inOrder({ candidate: one }: Sketched, { candidate: other }: Sketched): number {
  return (
    compareNames(one.row, other.row) ||
    Number(one.isArchived) - Number(other.isArchived) ||
    (one.number ?? Infinity) - (other.number ?? Infinity) ||
    compareNames(one.model ?? '', other.model ?? '') ||
    compareNames(one.path, other.path)
  );
}

/** Those of one row. */
function chosenFrom(row: readonly Sketched[]): ShelfCandidate[] {
  const index = new LikenessIndex<string>();
  const picked = lastPicks(row);
  return row.map(({ candidate, length, sketch }) => {
    const similarTo = sketch && index.add(candidate.path, sketch);
    const { rating, note } = candidate.decisions;
    return {
      ...candidate,
      length,
      isPicked: picked.has(candidate.path),
      ...(rating && rating.value !== null ? { rating: rating.value } : {}),
      ...(note && note.value !== null && note.value !== '' ? { note: note.value } : {}),
      ...(similarTo ? { similarTo } : {}),
    };
  });
}

/** One for each target: where two people have picked at once, the last one. */
function lastPicks(row: readonly Sketched[]): ReadonlySet<string> {
  const byTarget = new Map<string, { readonly path: string; readonly at: number }>();
  for (const { candidate } of row) {
    const { picked } = candidate.decisions;
    if (picked?.value !== true) continue;
    const target = picked.to ?? '';
    const other = byTarget.get(target);
    if (!other || other.at < picked.at) byTarget.set(target, { path: candidate.path, at: picked.at });
  }
  return new Set([...byTarget.values()].map(({ path }) => path));
}
