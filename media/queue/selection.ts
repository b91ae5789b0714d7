import type { QueueItem } from '../../src/protocol.ts';
import type { QueueModel, RowKey } from './model.ts';

/** Several items of one run that a person has picked out, to do the same with all of them. */
export class Selection {
  #run: string | undefined;
  #items = new Set<string>();
  /** Where a range begins. */
  #anchor: string | undefined;

  get run(): string | undefined {
    return this.#items.size > 0 ? this.#run : undefined;
  }

  get size(): number {
    return this.#items.size;
  }

  has({ run, item }: RowKey): boolean {
    return item !== undefined && run === this.#run && this.#items.has(item);
  }

  /** In the order in which they are shown; those that are not shown any more are none of them. */
  items(model: QueueModel): readonly QueueItem[] {
    const rows = this.#run === undefined ? undefined : model.run(this.#run);
    return this.#items.size === 0 ? [] : (rows?.shown.filter(({ id }) => this.#items.has(id)) ?? []);
  }

  clear(): void {
    this.#items.clear();
    this.#anchor = undefined;
  }

  /** The row alone is where a range would begin. */
  startAt({ run, item }: RowKey): void {
    this.clear();
    this.#run = run;
    this.#anchor = item;
  }

  /** Takes an item in or out. */
  toggle({ run, item }: RowKey): void {
    if (item === undefined) return;
    this.#enter(run);
    if (this.#anchor !== undefined && this.#items.size === 0 && this.#anchor !== item) this.#items.add(this.#anchor);
    if (!this.#items.delete(item)) this.#items.add(item);
    this.#anchor = item;
  }

  /** Everything from where the range began to this row, and nothing else. */
  extendTo({ run, item }: RowKey, model: QueueModel): void {
    const rows = model.run(run);
    if (item === undefined || rows === undefined) return;
    this.#enter(run);
    const to = rows.placeOf(item);
    const from = this.#anchor === undefined ? to : Math.max(0, rows.placeOf(this.#anchor));
    this.#anchor ??= item;
    this.#items = new Set(rows.shown.slice(Math.min(from, to), Math.max(from, to) + 1).map(({ id }) => id));
  }

  selectAll(run: string, model: QueueModel): void {
    this.#enter(run);
    this.#items = new Set(model.run(run)?.shown.map(({ id }) => id));
  }

  /** Leaves out what has gone with its run. */
  keepTo(model: QueueModel): void {
    if (this.#run !== undefined && model.run(this.#run) === undefined) this.clear();
  }

  #enter(run: string): void {
    if (run === this.#run) return;
    this.clear();
    this.#run = run;
  }
}
