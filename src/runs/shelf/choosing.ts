import type { FileStore } from '../../storage/fileStore.ts';
import type { ShelfStore } from '../../storage/shelfFile.ts';

/** Where candidates are chosen from. */
export interface Choosing {
  readonly files: FileStore;
  readonly shelves: ShelfStore;
  /** The folder that all of it must stay inside, absolute. */
  readonly root: string;
}

/** What choosing needs of a prompt file. */
export interface ChosenPrompt {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  /** Pattern of the candidates' paths; absent: the built-in one. */
  readonly output?: string;
  /** Pattern of the path that a picked candidate is copied to; absent: the built-in one. */
  readonly target?: string;
  /** Whether candidates are JSON. */
  readonly isJson: boolean;
  /** Folder that its candidates were written to in place of one beside it, absolute. */
  readonly out?: string;
}

/** Bytes of a candidate that somebody compares or copies: more than a service may send. */
export const mostCandidateBytes = 32 * 1024 * 1024;

/** Name of the folder beside candidates that those go to which are put away. */
export const archiveName = 'archive';
