/** Bounds on foreign data, far above any honest one, so that somebody else's file cannot fill the memory. */
export const limits = {
  /** Rows that are kept: as many as a plan may have items. */
  rows: 500_000,
  columns: 1_000,
  /** UTF-16 units of one row as the file has it. */
  rowLength: 1_000_000,
  /** UTF-16 units of all rows that are kept. */
  keptLength: 200_000_000,
  /** Objects and lists within each other in a row. */
  depth: 100,
  /** UTF-16 units of a YAML file, which is read as a whole. */
  yamlLength: 1_000_000,
  /** The same with all that references repeat written out. */
  yamlSize: 3_000_000,
  yamlValues: 100_000,
  yamlReferences: 1_000,
  /** Files that a pattern may match. */
  files: 100_000,
  /** UTF-16 units of a row's key. */
  keyLength: 200,
  /** Problems, and hints, that are told one by one. */
  told: 50,
} as const;
