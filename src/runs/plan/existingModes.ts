export const existingModes = ['add', 'missing', 'replace'] as const;

/** What becomes of candidates that are there: more are made, only those that lack, or new ones in their place. */
export type ExistingMode = (typeof existingModes)[number];

/** `changed`: more are made of what has none that were made of the same prompt and row. */
export type NumberingMode = ExistingMode | 'changed';
