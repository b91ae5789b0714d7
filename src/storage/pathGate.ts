import { constants, readlinkSync } from 'node:fs';
import * as nodeFileSystem from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isInside } from '../base/paths.ts';
import { guardedPlace, isHidden } from '../candidates/guardedPlaces.ts';
import { FileStoreError } from './fileStore.ts';
import { codeOf, identityOf, type FileSystem } from './fileSystem.ts';

/** Systems without one of these have no such constant. */
const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Errors of flushing a folder that mean a loss; the others mean that it cannot be flushed. */
const losses = new Set(['EIO', 'ENOSPC', 'EDQUOT']);

/** Opening a folder fails with these for good reasons; with others, it cannot be held open here and is used by its path. */
const refusals = new Set([...losses, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * Where the kernel says that an open folder is; undefined where it does not. It is asked without waiting, because it
 * answers from memory.
 *
 * @param anchor `/proc/self/fd/<n>`
 */
export type FolderPath = (anchor: string) => string | undefined;

const folderPath: FolderPath | undefined =
  process.platform === 'linux'
    ? (anchor) => {
        try {
          return readlinkSync(anchor);
        } catch {
          return undefined;
        }
      }
    : undefined;

/** Where a path leads once symbolic links are resolved. */
export interface RealPlace {
  readonly path: string;
  /** The nearest ancestor that exists, the path itself included. */
  readonly existing: string;
}

/** `..` is read by the letters, as everywhere here. @throws BROKEN_LINK, or the file system's error */
export async function realPlace(given: string, fs: FileSystem = nodeFileSystem): Promise<RealPlace> {
  const path = resolve(given);
  for (let current = path; ; current = dirname(current)) {
    try {
      const existing = await fs.realpath(current);
      return { path: join(existing, relative(current, path)), existing };
    } catch (error) {
      const isMissing = codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
      if (!isMissing || dirname(current) === current) throw error;
    }
    if (await isLink(current, fs)) throw new FileStoreError('BROKEN_LINK', current);
  }
}

async function isLink(path: string, fs: FileSystem): Promise<boolean> {
  try {
    return (await fs.lstat(path)).isSymbolicLink();
  } catch {
    return false;
  }
}

/** The names from a folder down to a path in it; undefined for a path that is not below it by its letters. */
export function namesBelow(folder: string, path: string): string[] | undefined {
  if (!isInside(folder, path)) return undefined;
  return relative(folder, path)
    .split(sep)
    .filter((name) => name !== '');
}

/** A folder that the gate has let through. Whoever has it closes it. */
export interface GatedFolder {
  /** With links resolved. */
  readonly path: string;
  /** Whether it was made just now. */
  readonly isNew: boolean;
  /** Reaches the folder itself. */
  readonly here: string;
  /**
   * Reaches a name in the folder. Where the system has `/proc`, that is this folder whatever its path leads to meanwhile;
   * elsewhere ask `settle` before anything gets its final name.
   */
  at(name: string): string;
  /** Does nothing where `at` cannot miss. @throws MOVED */
  settle(): Promise<void>;
  /** @throws MOVED when the path leads to another folder or to none */
  check(): Promise<void>;
  /** Makes names that were added survive a power cut. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

class OpenFolder implements GatedFolder {
  readonly path: string;
  readonly isNew: boolean;
  readonly here: string;
  readonly #fs: FileSystem;
  readonly #identity: string;
  /** Absent where folders cannot be held open. */
  readonly #handle: FileHandle | undefined;
  /** Present where the folder is reached through its handle. */
  readonly #foundAt: FolderPath | undefined;

  private constructor(
    path: string,
    isNew: boolean,
    fs: FileSystem,
    identity: string,
    handle: FileHandle | undefined,
    anchor?: { readonly path: string; readonly foundAt: FolderPath },
  ) {
    this.path = path;
    this.isNew = isNew;
    this.here = anchor?.path ?? path;
    this.#fs = fs;
    this.#identity = identity;
    this.#handle = handle;
    this.#foundAt = anchor?.foundAt;
  }

  /**
   * @param path with links resolved
   * @param reach another way to it, through the folder above
   */
  static async open(
    path: string,
    fs: FileSystem,
    foundAt: FolderPath | undefined,
    { reach = path, isNew = false } = {},
  ): Promise<OpenFolder> {
    let handle: FileHandle | undefined;
    try {
      handle = await fs.open(reach, folderFlags);
    } catch (error) {
      if (await isLink(reach, fs)) throw new FileStoreError('MOVED', path);
      if (refusals.has(codeOf(error))) throw error;
    }
    try {
      const anchor = handle && foundAt ? { path: `/proc/self/fd/${handle.fd}`, foundAt } : undefined;
      const found = anchor?.foundAt(anchor.path);
      if (found === path) return new OpenFolder(path, isNew, fs, '', handle, anchor);
      // Some file systems tell the path of an open folder in another way than that of a name.
      const stat = handle ? await handle.stat({ bigint: true }) : await fs.lstat(reach, { bigint: true });
      const folder = new OpenFolder(
        path,
        isNew,
        fs,
        identityOf(stat),
        handle,
        found === undefined ? undefined : anchor,
      );
      await folder.check();
      return folder;
    } catch (error) {
      await handle?.close();
      throw error;
    }
  }

  at(name: string): string {
    if (basename(name) !== name || /^\.{0,2}$/.test(name) || name.includes('\0')) {
      throw new FileStoreError('OUTSIDE_ROOT', join(this.path, name));
    }
    return join(this.here, name);
  }

  async settle(): Promise<void> {
    if (!this.#foundAt) await this.check();
  }

  async check(): Promise<void> {
    if (this.#identity === '') {
      if (this.#foundAt?.(this.here) === this.path) return;
    } else {
      try {
        const [real, stat] = await Promise.all([
          this.#fs.realpath(this.path),
          this.#fs.lstat(this.path, { bigint: true }),
        ]);
        // Some systems keep names in another Unicode form than they were given in.
        const isSame = real.normalize('NFC') === this.path.normalize('NFC');
        if (isSame && stat.isDirectory() && identityOf(stat) === this.#identity) return;
      } catch (error) {
        if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error))) throw error;
      }
    }
    throw new FileStoreError('MOVED', this.path);
  }

  async flush(): Promise<void> {
    try {
      await this.#handle?.sync();
    } catch (error) {
      if (losses.has(codeOf(error))) throw error;
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}

/**
 * Everything that is written passes here: it finds out where a folder really is, refuses what lies outside of its root and
 * what programs run or read as configuration, and holds the folder, so that what takes its place meanwhile gets nothing.
 */
export class PathGate {
  readonly #fs: FileSystem;
  readonly #foundAt: FolderPath | undefined;
  /** What a root led to when it was first asked for: what it leads to later is somebody else's choice. */
  readonly #bases = new Map<string, Promise<string>>();

  /** @param foundAt answers undefined where open folders cannot be reached through `/proc` */
  constructor(fileSystem: FileSystem = nodeFileSystem, foundAt = folderPath) {
    this.#fs = fileSystem;
    this.#foundAt = foundAt;
  }

  /** A plan begins: what its root leads to is looked up anew. */
  forget(root: string): void {
    this.#bases.delete(root);
  }

  /** @param root with links resolved: should it become a link, that leads out of it */
  hold(root: string): void {
    this.#bases.set(root, Promise.resolve(root));
  }

  /**
   * Where a folder really is, whether it is there or not.
   *
   * @throws OUTSIDE_ROOT, GUARDED, BROKEN_LINK, or the file system's error
   */
  async placeOf(folder: string, root: string): Promise<RealPlace> {
    const [base, place] = await Promise.all([this.#baseOf(root), realPlace(folder, this.#fs)]);
    const real = namesBelow(base, place.path);
    if (!real) throw new FileStoreError('OUTSIDE_ROOT', folder);
    const asked = namesBelow(root, folder) ?? [];
    // Prompt files may live in a hidden folder; nobody chose one that only a link leads to.
    const hidden = real.find((name) => isHidden(name) && !asked.includes(name));
    const guarded = guardedPlace(asked) ?? guardedPlace(real) ?? hidden;
    if (guarded !== undefined) throw new FileStoreError('GUARDED', guarded);
    return place;
  }

  /** @throws GUARDED for a file that programs run or read as configuration, by the letters of its path */
  checkName(path: string, root: string): void {
    const folderNames = namesBelow(root, dirname(path)) ?? [];
    const guarded = guardedPlace(folderNames, basename(path));
    if (guarded !== undefined) throw new FileStoreError('GUARDED', guarded);
  }

  /**
   * Lets a folder through that files are to be written to.
   *
   * @param root the folder that it must stay inside once symbolic links are resolved
   * @param mayMake whether it is made if need be
   * @returns undefined when it is not there and may not be made
   * @throws as `placeOf` does, and MOVED when somebody exchanged it meanwhile
   */
  async enter(folder: string, root: string): Promise<GatedFolder>;
  async enter(folder: string, root: string, mayMake: boolean): Promise<GatedFolder | undefined>;
  async enter(folder: string, root: string, mayMake = true): Promise<GatedFolder | undefined> {
    const { path, existing } = await this.placeOf(folder, root);
    if (path !== existing && !mayMake) return undefined;
    let entered = await OpenFolder.open(existing, this.#fs, this.#foundAt);
    try {
      for (const name of namesBelow(existing, path) ?? []) {
        const above = entered;
        entered = await this.#make(above, name);
        try {
          await above.flush();
        } finally {
          await above.close();
        }
      }
      return entered;
    } catch (error) {
      await entered.close();
      throw error;
    }
  }

  async #make(above: GatedFolder, name: string): Promise<OpenFolder> {
    await above.settle();
    try {
      await this.#fs.mkdir(above.at(name));
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const way = { reach: above.at(name), isNew: true };
    return OpenFolder.open(join(above.path, name), this.#fs, this.#foundAt, way);
  }

  #baseOf(root: string): Promise<string> {
    const known = this.#bases.get(root);
    if (known) return known;
    const base = realPlace(root, this.#fs).then(({ path }) => path);
    this.#bases.set(root, base);
    base.catch(() => this.#bases.delete(root));
    return base;
  }
}
