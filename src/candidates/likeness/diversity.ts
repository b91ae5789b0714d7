import type { Sketch } from './likeness.ts';
import { hashes, shinglesOf } from './minHash.ts';
import { plainText, readableText, wordsOf } from './words.ts';

/** Words that are counted: of more texts than that, the first show how they are. */
const mostWords = 1_000_000;

/** How many different words, pairs and triples of words there are, as shares of all that there are; each above 0 to 1. */
export type Distinct = readonly [words: number, pairs: number, triples: number];

/** Counts distinct-1, -2 and -3 over texts that come one by one. */
export class DistinctCounter {
  readonly #seen = [1, 2, 3].map((length) => ({ length, total: 0, distinct: new Set<number>() }));

  /** @param isJson whether its values count without its keys */
  add(text: string, isJson = false): void {
    const [first] = this.#seen;
    if (first === undefined || first.total >= mostWords) return;
    const words = wordsOf(plainText(readableText(text, isJson)));
    for (const counted of this.#seen) {
      if (words.length < counted.length) continue;
      for (const shingle of shinglesOf(words, counted.length)) {
        counted.total++;
        counted.distinct.add(shingle);
      }
    }
  }

  /** Undefined as long as no text has three words. */
  get distinct(): Distinct | undefined {
    const [words, pairs, triples] = this.#seen.map(({ total, distinct }) => distinct.size / total);
    if (words === undefined || pairs === undefined || triples === undefined || Number.isNaN(triples)) return undefined;
    return [words, pairs, triples];
  }
}

/** Likenesses of all pairs of some texts. */
interface Pairs {
  readonly count: number;
  /** Of their likenesses. */
  readonly sum: number;
}

/**
 * The diversity of candidates: 1 minus the likeness of two of them on average, so 0 where all say the same and 1 where
 * no two have anything in common.
 *
 * @param groups of candidates that are chosen from together: those of different rows are not compared
 * @returns undefined where no group has two
 */
export function diversityOf(groups: Iterable<readonly Sketch[]>): number | undefined {
  let count = 0;
  let sum = 0;
  for (const group of groups) {
    const pairs = pairsOf(group);
    count += pairs.count;
    sum += pairs.sum;
  }
  if (count === 0) return undefined;
  return Math.min(1, Math.max(0, 1 - sum / count));
}

/**
 * The same as comparing each with each, in time that grows with the number of texts: at each place of the signatures, it
 * is counted how many agree. Texts with both kinds of signature are compared by their words, as `likeness` does.
 */
function pairsOf(group: readonly Sketch[]): Pairs {
  const words = group.filter((sketch) => sketch.words);
  const characters = group.filter((sketch) => sketch.characters);
  const both = words.filter((sketch) => sketch.characters);
  const agreeing =
    agreeingPairs(words, 'words') + agreeingPairs(characters, 'characters') - agreeingPairs(both, 'characters');
  return { count: pairsAmong(group.length), sum: agreeing / hashes };
}

function agreeingPairs(group: readonly Sketch[], kind: 'words' | 'characters'): number {
  let pairs = 0;
  for (let place = 0; place < hashes; place++) {
    const byHash = new Map<number, number>();
    for (const sketch of group) {
      const hash = sketch[kind]?.[place] ?? 0;
      const before = byHash.get(hash) ?? 0;
      pairs += before;
      byHash.set(hash, before + 1);
    }
  }
  return pairs;
}

function pairsAmong(texts: number): number {
  return (texts * (texts - 1)) / 2;
}
