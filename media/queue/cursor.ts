import type { QueueModel, RowKey } from './model.ts';

/** The row that Tab reaches and that keys act on. There is one as long as there is any row. */
export class Cursor {
  #key: RowKey | undefined;
  #selected = false;
  /** Where it was, so that it has a neighbour to go to when its row disappears. */
  #index = 0;

  get key(): RowKey | undefined {
    return this.#key;
  }

  /** Whether a person has put it somewhere. */
  get selected(): boolean {
    return this.#selected;
  }

  moveTo(key: RowKey): void {
    this.#key = key;
  }

  /** A person puts it there. False if it was there already. */
  select(key: RowKey): boolean {
    if (this.#selected && key.run === this.#key?.run && key.item === this.#key.item) {
      return false;
    }
    this.#key = key;
    this.#selected = true;
    return true;
  }

  leaveLostRow(model: QueueModel): void {
    const index = this.#key === undefined ? -1 : model.rowIndex(this.#key);
    if (index >= 0) {
      this.#index = index;
      return;
    }
    const sameRun = this.#key && model.run(this.#key.run);
    const last = model.rowCount - 1;
    const neighbour = this.#key === undefined ? undefined : model.rowAt(Math.min(this.#index, last));
    this.#key =
      sameRun !== undefined && neighbour?.run !== sameRun.run.id
        ? { run: sameRun.run.id }
        : (neighbour ?? model.rowAt(0));
  }
}
