import type { WaitingItems } from './work.ts';

/** Items that are loaded at once at most. */
export const mostLoaded = 500;

/** Items of one stage that exist and are not in memory, as ranges of positions that hold nothing else of the stage. */
export class Overflow {
  readonly #stage: number;
  readonly #ranges: { from: number; to: number; count: number }[] = [];
  #count = 0;

  constructor(stage: number) {
    this.#stage = stage;
  }

  get count(): number {
    return this.#count;
  }

  /** What to load next. */
  get first(): WaitingItems | undefined {
    const range = this.#ranges[0];
    return range && { stage: this.#stage, ...range };
  }

  add({ from, to, count }: Omit<WaitingItems, 'stage'>): void {
    this.#count += count;
    const last = this.#ranges.at(-1);
    // A gap may be filled by items that nobody has told of yet.
    if (last?.to === from - 1) {
      last.to = to;
      last.count += count;
    } else this.#ranges.push({ from, to, count });
  }

  /**
   * Some of the first range are in memory, up to a position.
   *
   * @param asked the range as it was asked for: it may have grown since
   * @param upTo position of the last one that was loaded; undefined: none of what was asked for is left
   * @returns how many of those asked for are not to be had any more
   */
  loaded(asked: WaitingItems, upTo: number | undefined, taken: number): number {
    const [range] = this.#ranges;
    if (range?.from !== asked.from) return 0;
    const gone = upTo === undefined ? asked.count - taken : 0;
    range.from = (upTo ?? asked.to) + 1;
    range.count -= taken + gone;
    this.#count -= taken + gone;
    if (range.count <= 0) this.#ranges.shift();
    return gone;
  }

  /** @returns how many there were */
  clear(): number {
    const count = this.#count;
    this.#ranges.length = 0;
    this.#count = 0;
    return count;
  }
}
