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

/** The one row of a prompt without data. */
export const emptyRow: Row = { key: '', label: '', values: {} };
