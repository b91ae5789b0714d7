import { grouped } from '../base/sentence.ts';

// Prompt files need them everywhere.
export { firstHints, firstProblems } from '../base/problem.ts';
export { brief, grouped } from '../base/sentence.ts';
export { sizeOf } from '../base/valueSize.ts';

/**
 * Bounds on one prompt file, far above any honest one. They are checked before anything slow looks at a text, so that
 * somebody else's file cannot hold up the editor.
 */
export const limits = {
  /** UTF-16 units of the whole text. */
  fileLength: 1_000_000,
  /** Bytes of a file that may hold so many. */
  fileBytes: 3_000_003,
  /** UTF-16 units of the front matter. */
  frontMatterLength: 256_000,
  /** Keys and list entries of the front matter, those that references repeat too. */
  values: 10_000,
  /** Blocks and lists of the front matter within each other, and Liquid's blocks within each other. */
  depth: 100,
  /** `*name` in the front matter. */
  references: 1_000,
  models: 100,
  /** UTF-16 units of a path or a pattern of paths. */
  pathLength: 1_000,
  /** Columns of a table of the results. */
  tableColumns: 1_000,
  messages: 1_000,
  /** Liquid's tags and outputs, over all messages. */
  tags: 10_000,
  /** Files that the messages of a prompt take in. */
  includes: 100,
  /** UTF-16 units of all of them. */
  includedLength: 2_000_000,
  /** Inputs that a person is asked for. */
  inputs: 100,
  /** UTF-16 units of all messages, filled in. */
  renderedLength: 5_000_000,
  /** Items of a whole plan. */
  items: 500_000,
  /** Files that go with the messages of an item; bytes of each, and of all of them. */
  attachments: 50,
  attachmentBytes: 20 * 1024 * 1024,
  attachedBytes: 50 * 1024 * 1024,
} as const;

/** What is said of a prompt file that is too long, as one sentence. @param called where it is another kind of file */
export function tooLong(called = 'prompt file'): string {
  return `The ${called} has more than ${grouped(limits.fileLength)} characters: make it shorter.`;
}
