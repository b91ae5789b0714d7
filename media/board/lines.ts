import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  defaultRangeExtractor,
  type VirtualItem,
} from '@tanstack/virtual-core';

/** Of a card that nobody has measured, px. */
const expectedHeight = 260;

/** Which lines of cards are seen, and where they stand: only those are in the document. */
export class Lines {
  readonly #scroll: HTMLElement;
  readonly #virtualizer: Virtualizer<HTMLElement, HTMLElement>;
  #count = 0;
  /** Stays in the document though it is scrolled out of sight: it has the focus. */
  #kept = 0;

  /** @param changed the lines that are seen are others */
  constructor(scroll: HTMLElement, changed: () => void) {
    this.#scroll = scroll;
    this.#virtualizer = new Virtualizer<HTMLElement, HTMLElement>(this.#options(changed));
    this.#changed = changed;
    this.#virtualizer._didMount();
    this.#virtualizer._willUpdate();
  }

  readonly #changed: () => void;

  #options(changed: () => void) {
    return {
      count: this.#count,
      getScrollElement: () => this.#scroll,
      estimateSize: () => expectedHeight,
      overscan: 2,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: changed,
      rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const seen = defaultRangeExtractor(range);
        return seen.includes(this.#kept) || this.#kept >= this.#count
          ? seen
          : [...seen, this.#kept].sort((one, other) => one - other);
      },
    };
  }

  /** @param kept the line that has the focus */
  update(count: number, kept: number): void {
    this.#kept = kept;
    this.#count = count;
    this.#virtualizer.setOptions(this.#options(this.#changed));
    this.#virtualizer._willUpdate();
  }

  get seen(): readonly VirtualItem[] {
    return this.#virtualizer.getVirtualItems();
  }

  get height(): number {
    return this.#virtualizer.getTotalSize();
  }

  /** Every line's height may be another one: there are more or fewer side by side. */
  forgetHeights(): void {
    this.#virtualizer.measure();
  }

  /** A line that is in the document: from now on it is known when its height changes. */
  measure(line: HTMLElement, place: number): void {
    this.#virtualizer.measureElement(line);
    // Known at once: the next lines would stand on it for a frame.
    this.#virtualizer.resizeItem(place, line.offsetHeight);
  }

  get starts(): ReadonlyMap<number, number> {
    return new Map(this.seen.map(({ index, start }) => [index, start]));
  }

  reveal(line: number): void {
    this.#virtualizer.scrollToIndex(line, { align: 'auto' });
  }
}
