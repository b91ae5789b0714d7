import { join, relative, sep } from 'node:path';
import { PackedNumbers } from '../base/packedTexts.ts';
import { inSlices } from '../base/slices.ts';
import { TextPlaces } from '../base/textPlaces.ts';
import { candidateNumberReader, candidatePath } from './candidateName.ts';
import { isCandidate, type NewCandidate, type NewItem, type OutputNames } from './plannedItem.ts';

/** The file that a candidate has when its name is free, absolute. */
export function firstChoice({ output, number }: Pick<NewCandidate, 'output' | 'number'>): string {
  return pathAt(output, number);
}

function pathAt(output: OutputNames, number: number): string {
  return join(output.folder, candidatePath(output, number));
}

/** Which numbers a run has given out in each series: whoever finds a name taken goes on after them. */
export class CandidateNumbers {
  /** A run may have a series for each of hundreds of thousands of rows. */
  readonly #series = new TextPlaces();
  /** By place of the series. */
  readonly #last = new PackedNumbers();

  constructor(candidates: Iterable<Pick<NewCandidate, 'output' | 'number'>>) {
    this.learn(candidates);
  }

  /** These have their numbers already. */
  learn(candidates: Iterable<Pick<NewCandidate, 'output' | 'number'>>): void {
    for (const { output, number } of candidates) {
      const place = this.#series.add(seriesKey(output));
      if (place === this.#last.length) this.#last.push(number);
      else this.#last.set(place, Math.max(number, this.#last.at(place)));
    }
  }

  /** In order of preference, endless, absolute. */
  *paths({ output, number }: Pick<NewCandidate, 'output' | 'number'>): Iterable<string> {
    yield pathAt(output, number);
    const place = this.#series.find(seriesKey(output));
    const last = place === undefined ? number : this.#last.at(place);
    for (let next = last + 1; ; next++) yield pathAt(output, next);
  }
}

/** The number of a path that is just as this series would name it; undefined for any other path. */
export function numberIn(output: OutputNames, path: string): number | undefined {
  const number = candidateNumberReader(output)(relative(output.folder, path).split(sep).join('/'));
  return number !== undefined && pathAt(output, number) === path ? number : undefined;
}

export function seriesKey({ folder, series }: OutputNames): string {
  return join(folder, series);
}

/**
 * The items of a plan: candidates that were written before keep their numbers, the others take what is free, without
 * gaps.
 *
 * @param withNumber the same item with another number
 */
export async function renumbered<Item extends Pick<NewItem, 'id' | 'output' | 'number'>>(
  items: readonly Item[],
  known: ReadonlyMap<string, number>,
  withNumber: (item: Item, number: number) => Item = (item, number) => ({ ...item, number }),
): Promise<readonly Item[]> {
  if (known.size === 0) return items;
  const taken = new Set<string>();
  const next = new Map<string, number>();
  await inSlices(items.filter(isCandidate), ({ id, output, number }) => {
    const key = seriesKey(output);
    taken.add(`${known.get(id)} ${key}`);
    // The plan gave out the numbers of a series in order: the first of them is the first that is free.
    if (!next.has(key)) next.set(key, number);
  });
  return inSlices(items, (item) => {
    const number = known.get(item.id);
    if (number !== undefined || !isCandidate(item)) return withNumber(item, number ?? item.number);
    const key = seriesKey(item.output);
    let free = next.get(key) ?? item.number;
    while (taken.has(`${free} ${key}`)) free++;
    next.set(key, free + 1);
    return withNumber(item, free);
  });
}
