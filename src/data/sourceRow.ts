/** A row as its file has it. */
export interface SourceRow {
  readonly values: Readonly<Record<string, unknown>>;
  /** 1-based, as a person counts rows of data. */
  readonly number: number;
  /** 1-based, on which the row begins; absent where rows have no lines of their own. */
  readonly line?: number;
  /** About how many UTF-16 units the row takes. */
  readonly size: number;
}

/** Rows in order, as many at a time as come. Who has enough may leave. */
export type SourceRows = AsyncIterable<readonly SourceRow[]>;
