interface Root<Item> {
  unfinished: number;
  readonly ended: Item[];
}

/** Hands on what has ended in the order of the roots, whatever order it ended in. */
export class EndsInOrder<Item> {
  readonly #tell: (item: Item) => void;
  readonly #roots = new Map<number, Root<Item>>();
  /** The roots, ascending. */
  readonly #order: readonly number[];
  readonly #known: ReadonlySet<number>;
  #next = 0;

  /** @param roots those that are known from the beginning, ascending */
  constructor(roots: readonly number[], tell: (item: Item) => void) {
    this.#order = roots;
    this.#known = new Set(roots);
    this.#tell = tell;
  }

  /** An item of a root is there that has not ended. */
  add(root: number): void {
    const known = this.#roots.get(root);
    if (known) known.unfinished++;
    else this.#roots.set(root, { unfinished: 1, ended: [] });
  }

  end(root: number, item: Item): void {
    const at = this.#roots.get(root);
    if (!at) return;
    at.unfinished--;
    at.ended.push(item);
    // What follows a gather may come after its root was told, and some roots are not known from the beginning.
    const current = this.#order[this.#next];
    const isLate = current === undefined || root < current || !this.#known.has(root);
    if (at.unfinished === 0 && isLate) this.#flush(root, at);
    this.#advance();
  }

  #advance(): void {
    for (let root = this.#order[this.#next]; root !== undefined; root = this.#order[this.#next]) {
      const at = this.#roots.get(root);
      if (at && at.unfinished > 0) return;
      this.#next++;
      if (at) this.#flush(root, at);
    }
  }

  #flush(root: number, { ended }: Root<Item>): void {
    this.#roots.delete(root);
    for (const item of ended) this.#tell(item);
  }
}
