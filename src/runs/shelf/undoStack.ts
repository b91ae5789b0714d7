import type { Outcome } from '../../base/outcome.ts';

/** Something that a person did, and what takes it back. */
export interface DoneChoice {
  /** One sentence: what was done. */
  readonly said: string;
  /** Whether files were written or moved for it; else only the shelf. */
  readonly changesFiles: boolean;
  /** A failure is one sentence, and it is not taken back then. */
  readonly undo: () => Promise<Outcome<undefined, string>>;
}

/** More than anybody takes back. */
const mostRemembered = 100;

/** What a person did, so that it can be taken back: the last first, or a certain one. */
export class UndoStack {
  /** Newest last. */
  readonly #done: DoneChoice[] = [];

  get size(): number {
    return this.#done.length;
  }

  /** @returns the same */
  remember(choice: DoneChoice): DoneChoice {
    this.#done.push(choice);
    if (this.#done.length > mostRemembered) this.#done.shift();
    return choice;
  }

  /**
   * Takes something back; it can be tried again when that fails.
   *
   * @param choice one that was done; absent: the last
   * @returns what was taken back; undefined where there is nothing, or not any more
   */
  async undo(choice = this.#done.at(-1)): Promise<Outcome<DoneChoice, string> | undefined> {
    const place = choice ? this.#done.lastIndexOf(choice) : -1;
    if (!choice || place === -1) return undefined;
    // Whoever presses twice means it once.
    this.#done.splice(place, 1);
    const undone = await choice.undo();
    if (undone.ok) return { ok: true, value: choice };
    this.#done.splice(Math.min(place, this.#done.length), 0, choice);
    return undone;
  }
}
