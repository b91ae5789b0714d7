import { randomBytes } from 'node:crypto';
import { PackedNumbers, PackedTexts } from './packedTexts.ts';

/** Places for each text that are looked at, at least: more than that, and texts would often be in each other's way. */
const spread = 2;

const finalRounds = 3;

/**
 * Gives each different text the next number from 0 on. For hundreds of thousands of texts, outside of the heap; texts come
 * from strangers, so nobody outside knows which of them fall together.
 */
export class TextPlaces {
  readonly #texts = new PackedTexts();
  readonly #hashes = new PackedNumbers();
  readonly #key: readonly [number, number];
  /** Places in the list, counted from 1; 0 for none. */
  #slots = new Uint32Array(256);

  constructor() {
    const bytes = randomBytes(8);
    this.#key = [bytes.readInt32LE(0), bytes.readInt32LE(4)];
  }

  /** How many different texts there are. */
  get size(): number {
    return this.#texts.length;
  }

  /** The text of a place. */
  textAt(place: number): string {
    return this.#texts.at(place);
  }

  /** Undefined for a text that has none. */
  find(text: string): number | undefined {
    const place = (this.#slots[this.#slotOf(text, this.#hash(text))] ?? 0) - 1;
    return place < 0 ? undefined : place;
  }

  /** The place of a text: the next one where it has none. */
  add(text: string): number {
    const hash = this.#hash(text);
    const slot = this.#slotOf(text, hash);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return known - 1;
    const place = this.#texts.push(text);
    this.#hashes.push(hash);
    this.#slots[slot] = place + 1;
    if (this.size * spread > this.#slots.length) this.#widen();
    return place;
  }

  /** The slot that a text has, or an empty one for it. */
  #slotOf(text: string, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = (this.#slots[slot] ?? 0) - 1;
      if (place < 0) return slot;
      if (this.#hashes.at(place) === hash && this.#texts.at(place) === text) return slot;
    }
  }

  #widen(): void {
    const mask = this.#slots.length * 2 - 1;
    const slots = new Uint32Array(mask + 1);
    for (let place = 0; place < this.size; place += 1) {
      let slot = this.#hashes.at(place) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = place + 1;
    }
    this.#slots = slots;
  }

  /** HalfSipHash-1-3 of the UTF-16 units, two in a word, with their number as the last word. */
  #hash(text: string): number {
    const { length } = text;
    const words = (length + 1) >> 1;
    let [a, b] = this.#key;
    let c = a ^ 0x6c796765;
    let d = b ^ 0x74656462;
    for (let step = 0; step <= words + finalRounds; step += 1) {
      let word = 0;
      if (step < words) {
        const at = step * 2;
        word = text.charCodeAt(at);
        if (at + 1 < length) word |= text.charCodeAt(at + 1) << 16;
      } else if (step === words) word = length;
      else if (step === words + 1) c ^= 0xff;
      d ^= word;
      a = (a + b) | 0;
      b = ((b << 5) | (b >>> 27)) ^ a;
      a = (a << 16) | (a >>> 16);
      c = (c + d) | 0;
      d = ((d << 8) | (d >>> 24)) ^ c;
      a = (a + d) | 0;
      d = ((d << 7) | (d >>> 25)) ^ a;
      c = (c + b) | 0;
      b = ((b << 13) | (b >>> 19)) ^ c;
      c = (c << 16) | (c >>> 16);
      a ^= word;
    }
    return (b ^ d) >>> 0;
  }
}
