import type { Outcome } from '../base/outcome.ts';

/**
 * Where data is read from: a disk, or whatever the editor's file system reaches. Paths are relative to the prompt file's
 * folder, with `/`. Failures are whole sentences.
 */
export interface DataInput {
  /**
   * The bytes of a file in order, in pieces of any size. What goes wrong later throws an `UnreadableData`.
   *
   * @param path absolute paths and `..` are for the input to refuse
   */
  open(path: string): Promise<Outcome<AsyncIterable<Uint8Array>, string>>;
  /**
   * The files that a pattern such as `notes/**` + `/*.txt` matches, sorted as a person would: `10` after `9`.
   *
   * @param most more of them are a failure
   */
  list(pattern: string, most: number): Promise<Outcome<readonly string[], string>>;
  /** When a file was last changed, epoch ms; undefined, or absent, where nobody knows. */
  modifiedAt?(path: string): Promise<number | undefined>;
}

/** Thrown while bytes are read; the message is a whole sentence. */
export class UnreadableData extends Error {}
