/** Finished items that wait for their commit, and characters that they hold: at more, nothing new starts. */
const mostItems = 256;
const mostCharacters = 64 * 1024 * 1024;

/** What is finished and not committed yet. */
export class Backlog {
  #items = 0;
  #characters = 0;
  #wasFull = false;

  /** Whether nothing new may start; whoever asks is told by `remove` when that is over. */
  get isFull(): boolean {
    const isFull = this.#items >= mostItems || this.#characters >= mostCharacters;
    this.#wasFull ||= isFull;
    return isFull;
  }

  add(characters: number): void {
    this.#items++;
    this.#characters += characters;
  }

  /** @returns whether somebody was turned away and may ask again */
  remove(characters: number): boolean {
    this.#items--;
    this.#characters -= characters;
    const wasFull = this.#wasFull;
    this.#wasFull = false;
    return wasFull;
  }
}

/** Complete items of a run that goes on are committed so many at once, so that a large one does not flood the disk. */
export const commitsAtOnce = mostItems / 2;
