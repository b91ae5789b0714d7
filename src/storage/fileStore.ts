/** Where candidates are kept: a disk, or whatever the editor's file system reaches. Paths are absolute. */
export interface FileStore {
  /** Names in a folder; empty when there is no such folder. */
  names(folder: string): Promise<string[]>;
  /** Undefined when there is no such file. */
  read(path: string): Promise<string | undefined>;
  /**
   * Writes a new file, whole or not at all, and the folders it needs.
   *
   * @param root the folder that the file must stay inside once symbolic links are resolved
   * @returns false if the name is taken
   * @throws the file system's error; nothing partial is left then
   */
  create(path: string, text: string, root: string): Promise<boolean>;
  /** Why candidates cannot go to a folder, as the end of a sentence; undefined if they can. Creates nothing. */
  folderProblem(folder: string, root: string): Promise<string | undefined>;
}

/** What a store refuses by itself. File systems have error codes of their own. */
export class FileStoreError extends Error {
  readonly code: 'OUTSIDE_ROOT' | 'BROKEN_LINK';
  readonly path: string;

  constructor(code: FileStoreError['code'], path: string) {
    super(`${code}: ${path}`);
    this.code = code;
    this.path = path;
  }
}
