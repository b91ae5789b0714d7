import { contentHash } from '../base/hash.ts';
import type { SourceRow } from './sourceRow.ts';

interface Candidate {
  readonly row: SourceRow;
  readonly rank: string;
}

/**
 * Takes so many of any number of rows, spread by chance, but the same ones whenever their keys are the same: those whose
 * keys have the smallest hashes. Never holds more than about twice as many.
 */
export class Sample {
  readonly #size: number;
  #kept: Candidate[] = [];
  #length = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get count(): number {
    return this.#kept.length;
  }

  /** UTF-16 units of the rows that it holds. */
  get length(): number {
    return this.#length;
  }

  offer(row: SourceRow, key: string): void {
    this.#kept.push({ row, rank: contentHash(key) });
    this.#length += row.size;
    if (this.#kept.length >= 2 * this.#size + 100) this.#cut();
  }

  /** In the data's order. */
  rows(): readonly SourceRow[] {
    this.#cut();
    return this.#kept.map(({ row }) => row).sort((a, b) => a.number - b.number);
  }

  #cut(): void {
    this.#kept.sort((a, b) => (a.rank === b.rank ? a.row.number - b.row.number : a.rank < b.rank ? -1 : 1));
    this.#kept = this.#kept.slice(0, this.#size);
    this.#length = this.#kept.reduce((length, { row }) => length + row.size, 0);
  }
}
