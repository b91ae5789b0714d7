import type { Exchange } from './exchange.ts';

/** Answers so many calls at once; the others wait in the order in which they came. */
export class Slots {
  readonly #waiting: { readonly exchange: Exchange; readonly start: () => void }[] = [];
  #busy = 0;

  /** @param slots null: no call waits */
  use(slots: number | null, exchange: Exchange, start: () => void): void {
    if (slots === null) {
      start();
      return;
    }
    this.#waiting.push({ exchange, start });
    this.#next(slots);
  }

  #next(slots: number): void {
    while (this.#busy < slots) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        return;
      }
      // Whoever went away meanwhile has no turn.
      if (next.exchange.ended) {
        continue;
      }
      this.#busy++;
      next.exchange.onEnd(() => {
        this.#busy--;
        this.#next(slots);
      });
      next.exchange.start();
      next.start();
    }
  }
}
