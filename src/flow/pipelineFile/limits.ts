/** Bounds on one pipeline file, far above any honest one: rows may be in it. */
export const limits = {
  /** UTF-16 units of the text. */
  length: 1_000_000,
  /** The same with what references repeat. */
  size: 2_000_000,
  /** Keys and list entries. */
  values: 50_000,
  depth: 100,
  references: 1_000,
  stages: 100,
  /** UTF-16 units of a stage's name. */
  nameLength: 60,
  /** UTF-16 units of a path. */
  pathLength: 1_000,
  deliveries: 50,
  columns: 1_000,
  models: 100,
  arguments: 1_000,
  /** Templates that are looked at, those that references repeat too. */
  templates: 10_000,
} as const;
