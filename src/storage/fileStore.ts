/** What has come in for a file and waits to be put in its place. */
export interface ReceivedFile {
  readonly bytes: number;
  /** Of the bytes, 64 hex digits. */
  readonly sha256: string;
}

/** Where candidates are kept: a disk, or whatever the editor's file system reaches. Paths are absolute. */
export interface FileStore {
  /** Names in a folder; empty when there is no such folder. */
  names(folder: string): Promise<string[]>;
  /**
   * Undefined when there is no such file, or something else under its name: a folder, a link, a pipe.
   *
   * @param mostBytes a larger file counts as none; absent: any size
   */
  read(path: string, mostBytes?: number): Promise<string | undefined>;
  /**
   * What a file holds that somebody's data names.
   *
   * @param within the folder that it must really lie in, wherever links lead
   * @throws the file system's error or a FileStoreError: OUTSIDE_ROOT, NOT_A_FILE, TOO_LARGE
   */
  readWithin(path: string, mostBytes: number, within: string): Promise<Uint8Array>;
  /**
   * Writes a new file, whole or not at all, and the folders it needs.
   *
   * @param root the folder that the file must stay inside once symbolic links are resolved
   * @returns false if the name is taken
   * @throws the file system's error or a FileStoreError; nothing partial is left then
   */
  create(path: string, content: string | Uint8Array, root: string): Promise<boolean>;
  /**
   * Puts a file in the place of what is there, whole at every moment.
   *
   * @param root as for `create`
   * @throws as `create` does
   */
  replace(path: string, content: string | Uint8Array, root: string): Promise<void>;
  /**
   * Puts a text in the place of the one that is there, whole at every moment, and makes the folders it needs. What others
   * write meanwhile is not lost: then the change is asked for again.
   *
   * @param root the folder that the file must stay inside once symbolic links are resolved
   * @param mostBytes of the text that is there
   * @param change given the text that is there, if any; undefined: it stays
   * @throws the file system's error or a FileStoreError; what is there stays then
   */
  update(
    path: string,
    root: string,
    mostBytes: number,
    change: (there: string | undefined) => string | undefined,
  ): Promise<void>;
  /**
   * Moves a file, and makes the folders that it needs.
   *
   * @param root the folder that both places must be inside once symbolic links are resolved
   * @throws the file system's error or a FileStoreError; the file is where it was then
   */
  move(from: string, to: string, root: string): Promise<'moved' | 'taken' | 'gone'>;
  /**
   * Takes in bytes as they come, for a file that `placeReceived` puts in its place. What has come in whole survives this
   * process, and is the same for whoever receives the same for the same path.
   *
   * @param root as for `create`
   * @throws what `pieces` throws, the file system's error or a FileStoreError; nothing partial is left then
   */
  receive(path: string, pieces: AsyncIterable<Uint8Array>, root: string): Promise<ReceivedFile>;
  /**
   * Puts what was received for a path in its place, whole at every moment.
   *
   * @param mayReplace whether what is there goes
   * @returns `gone` where nothing with that hash was received for the path, or it is in its place already
   * @throws the file system's error or a FileStoreError; what was received is kept then
   */
  placeReceived(path: string, sha256: string, root: string, mayReplace: boolean): Promise<'placed' | 'taken' | 'gone'>;
  /** Deletes what was received for a path and is not wanted there, with what others left half written beside it. */
  dropReceived(path: string, sha256: string, root: string): Promise<void>;
  /**
   * SHA-256 of a file, 64 hex digits; it is never in memory as a whole where that can be helped.
   *
   * @throws as `readWithin` does
   */
  hashWithin(path: string, mostBytes: number, within: string): Promise<string>;
  /**
   * Deletes a file that holds just this text, which is kept elsewhere; absent where files are only moved.
   *
   * @param root the folder that the file must be inside once symbolic links are resolved
   * @returns false where there is no such file, or it holds something else
   * @throws the file system's error or a FileStoreError
   */
  removeCopy?(path: string, text: string, root: string): Promise<boolean>;
  /** Where a folder really is, or would be; absent where nobody can tell. @throws the file system's error */
  realFolder?(folder: string): Promise<string>;
  /** Why candidates cannot go to a folder, as the end of a sentence; undefined if they can. Creates nothing. */
  folderProblem(folder: string, root: string): Promise<string | undefined>;
}

/**
 * What a store refuses by itself. `GUARDED` is a place that programs run or read as configuration, `MOVED` a folder that
 * was moved or replaced while it was in use, `NOT_A_FILE` a folder, pipe, device, socket or link where a file is needed.
 * File systems have error codes of their own.
 */
export type FileStoreErrorCode = 'OUTSIDE_ROOT' | 'BROKEN_LINK' | 'GUARDED' | 'MOVED' | 'NOT_A_FILE' | 'TOO_LARGE';

export class FileStoreError extends Error {
  readonly code: FileStoreErrorCode;
  /** With `GUARDED`: what makes it such a place. */
  readonly path: string;

  constructor(code: FileStoreErrorCode, path: string) {
    super(`${code}: ${path}`);
    this.code = code;
    this.path = path;
  }
}
