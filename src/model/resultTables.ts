/** A table of results that a run keeps, as its journal knows it. */
export interface PlannedTable {
  /** Relative to the workspace folder, with `/`. */
  readonly path: string;
  /** Paths of the prompt files whose candidates it tells of, as in the items. */
  readonly prompts: readonly string[];
  /** Its rows in the data's order: the place of the prompt file in `prompts`, and the row's key. */
  readonly rows: readonly (readonly [number, string])[];
  readonly models: readonly string[];
  /** Of the data. */
  readonly columns: readonly string[];
  readonly isStructured: boolean;
  /** Fields of the JSON that have columns. */
  readonly fields: readonly string[];
  /** Whether a person has chosen them, so that there are no others. */
  readonly areFieldsChosen: boolean;
}
