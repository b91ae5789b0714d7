/** One record of a prompt file's data. */
export interface Row {
  /** Says which row this is, for as long as the data keeps it; unique within the prompt file. */
  readonly key: string;
  /** What a person calls it; empty for a prompt without data. */
  readonly label: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** 1-based, of its data, where nobody would know it by its label: that tells only what is in it. */
  readonly number?: number;
  /** 1-based, of its file; absent where rows have no lines of their own. */
  readonly line?: number;
}

/** Rows in order, of which there may be hundreds of thousands: whoever asks for one may get it made anew. A list of rows is one. */
export interface Rows extends Iterable<Row> {
  readonly length: number;
  /** Undefined beyond the end. */
  at(place: number): Row | undefined;
  /** What a row is called, where that is known without making the row. */
  nameAt?(place: number): RowName;
  /** All names that values have, where that is known without a look at each row. */
  readonly names?: readonly string[];
}

export type RowName = Pick<Row, 'key' | 'label'>;

/** What a row is called; empty beyond the end. */
export function nameAt(rows: Rows, place: number): RowName {
  return rows.nameAt?.(place) ?? rows.at(place) ?? emptyRow;
}

/** Some of other rows. */
export class SomeRows implements Rows {
  readonly #rows: Rows;
  readonly #places: readonly number[];

  /** @param places in the others */
  constructor(rows: Rows, places: readonly number[]) {
    this.#rows = rows;
    this.#places = places;
  }

  get length(): number {
    return this.#places.length;
  }

  at(place: number): Row | undefined {
    const there = this.#places[place];
    return there === undefined ? undefined : this.#rows.at(there);
  }

  nameAt(place: number): RowName {
    const there = this.#places[place];
    return there === undefined ? emptyRow : nameAt(this.#rows, there);
  }

  *[Symbol.iterator](): Iterator<Row> {
    for (const place of this.#places) {
      const row = this.#rows.at(place);
      if (row) yield row;
    }
  }
}

/** All names that values of rows have. */
export function valueNames(rows: Rows): ReadonlySet<string> {
  const names = new Set(rows.names);
  if (!rows.names) for (const { values } of rows) for (const name of Object.keys(values)) names.add(name);
  return names;
}

/** The one row of a prompt without data. */
export const emptyRow: Row = { key: '', label: '', values: {} };
