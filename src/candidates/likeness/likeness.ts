import { contentHash } from '../../base/hash.ts';
import { agreement, bandsOf, shinglesOf, signatureOf } from './minHash.ts';
import { plainText, readableText, wordsOf } from './words.ts';

/** Texts from here on say nearly the same. */
export const nearFrom = 0.5;

/** Of fewer words, too few shingles would be left for an estimate: then characters are taken. */
const fewWords = 25;
/** Texts of up to so many words have both, because one that is alike may be a little shorter. */
const manyWords = 2 * fewWords;

/** A bucket that thousands of texts share says little about any of them. */
const mostCompared = 500;

/** What is kept of a text to compare it with others: about 1 KB. */
export interface Sketch {
  /** The same for texts that differ in nothing but line endings and the space around them. */
  readonly exact: string;
  readonly words?: Uint32Array;
  readonly characters?: Uint32Array;
}

/** @param isJson whether its values are compared without its keys */
export function sketchOf(text: string, isJson = false): Sketch {
  const exact = contentHash(text.normalize('NFC').replace(/\r\n?/g, '\n').trim());
  const readable = readableText(text, isJson);
  const plain = plainText(readable);
  const words = wordsOf(plain);
  const ofWords = words.length < fewWords ? {} : { words: signatureOf(shinglesOf(words)) };
  if (words.length >= manyWords) return { exact, ...ofWords };
  // A text of pictures and punctuation has nothing else.
  const characters = Array.from(plain === '' ? readable.trim() : plain);
  return { exact, ...ofWords, characters: signatureOf(shinglesOf(characters)) };
}

/** 0 (nothing in common) to 1 (the same). */
export function likeness(one: Sketch, other: Sketch): number {
  if (one.exact === other.exact) return 1;
  if (one.words && other.words) return agreement(one.words, other.words);
  if (one.characters && other.characters) return agreement(one.characters, other.characters);
  // One of a few words, the other one of many.
  return 0;
}

export interface Similar<Key> {
  readonly key: Key;
  /** `exact`: they differ in nothing that a reader sees. */
  readonly kind: 'exact' | 'near';
  /** `nearFrom` to 1. */
  readonly likeness: number;
}

interface Leader<Key> {
  readonly key: Key;
  readonly sketch: Sketch;
}

/**
 * Finds what says the same among texts that come one by one, thousands of them. The first of those that are alike stands
 * for the others, which are compared with it alone: so all that is folded under a text is like that text.
 */
export class LikenessIndex<Key> {
  readonly #leaders: Leader<Key>[] = [];
  readonly #byText = new Map<string, Leader<Key>>();
  /** Places of leaders, by what their signatures share. */
  readonly #byBand = { words: new Map<number, number[]>(), characters: new Map<number, number[]>() };

  /** @returns the text that stands for this one; undefined where it stands for itself */
  add(key: Key, sketch: Sketch): Similar<Key> | undefined {
    const same = this.#byText.get(sketch.exact);
    if (same) return { key: same.key, kind: 'exact', likeness: 1 };
    const near = this.#nearest(sketch);
    if (near) return near;
    const leader = { key, sketch };
    this.#byText.set(sketch.exact, leader);
    this.#leaders.push(leader);
    for (const kind of ['words', 'characters'] as const) {
      const signature = sketch[kind];
      if (!signature) continue;
      for (const band of bandsOf(signature)) {
        const others = this.#byBand[kind].get(band);
        if (others) others.push(this.#leaders.length - 1);
        else this.#byBand[kind].set(band, [this.#leaders.length - 1]);
      }
    }
    return undefined;
  }

  #nearest(sketch: Sketch): Similar<Key> | undefined {
    let nearest: Similar<Key> | undefined;
    for (const place of this.#candidates(sketch)) {
      const leader = this.#leaders[place];
      if (!leader) continue;
      const found = likeness(sketch, leader.sketch);
      if (found < nearFrom || found <= (nearest?.likeness ?? 0)) continue;
      nearest = { key: leader.key, kind: 'near', likeness: found };
    }
    return nearest;
  }

  /** In the order that they came in, as long as there are not too many. */
  #candidates(sketch: Sketch): readonly number[] {
    const places = new Set<number>();
    for (const kind of ['words', 'characters'] as const) {
      const signature = sketch[kind];
      for (const band of signature ? bandsOf(signature) : []) {
        for (const place of this.#byBand[kind].get(band) ?? []) {
          if (places.size >= mostCompared) break;
          places.add(place);
        }
      }
    }
    return [...places].sort((a, b) => a - b);
  }
}
