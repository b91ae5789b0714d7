import { randomBytes } from 'node:crypto';
import * as nodeFileSystem from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { failpoint } from './failpoint.ts';
import { FileStoreError, type FileStore } from './fileStore.ts';
import { isInside } from '../base/paths.ts';

type FileSystem = typeof nodeFileSystem;

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** What file systems without hard links answer: FAT and exFAT, some network and FUSE file systems. */
const withoutLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EISDIR', 'EMLINK', 'UNKNOWN']);

/** Errors of flushing a folder that mean a loss; the others mean that it cannot be flushed. */
const losses = new Set(['EIO', 'ENOSPC', 'EDQUOT']);

/** A folder that was deleted is made again, after so many ms each time; then it is given up. */
const pausesMs = [0, 20, 100];

/** Tells the temporary files of this process from those of an earlier one with its id. */
const processToken = randomBytes(4).toString('hex');
const temporaryName = /^\.(\d+)-([0-9a-f]{8})-\d+\.candidate\.tmp$/;
let temporaryFiles = 0;

function newTemporaryName(): string {
  return `.${process.pid}-${processToken}-${++temporaryFiles}.candidate.tmp`;
}

/** Whether a name is that of a temporary file whose process is gone. */
function isLeftOver(name: string): boolean {
  const [, processId, token] = temporaryName.exec(name) ?? [];
  if (processId === undefined) return false;
  if (Number(processId) === process.pid) return token !== processToken;
  try {
    process.kill(Number(processId), 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

/** Where a path leads once symbolic links are resolved. */
interface RealPlace {
  readonly path: string;
  /** The nearest ancestor that exists, the path itself included. */
  readonly existing: string;
}

/** Files that are written to one folder at the same time: they share its check before and its flush afterwards. */
interface FolderGroup {
  /** With links resolved. */
  readonly folder: Promise<string>;
  readonly writes: Promise<boolean>[];
  flush?: Promise<void>;
}

/** Candidates on a disk. */
export class DiskFiles implements FileStore {
  readonly #fs: FileSystem;
  /** Those that nobody has finished yet: whoever comes later checks the folder again. */
  readonly #groups = new Map<string, FolderGroup>();
  readonly #swept = new Set<string>();

  constructor(fileSystem: FileSystem = nodeFileSystem) {
    this.#fs = fileSystem;
  }

  async names(folder: string): Promise<string[]> {
    try {
      return await this.#fs.readdir(folder);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
      throw error;
    }
  }

  async read(path: string): Promise<string | undefined> {
    try {
      return await this.#fs.readFile(path, 'utf8');
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error))) return undefined;
      throw error;
    }
  }

  async create(path: string, text: string, root: string): Promise<boolean> {
    if (await this.#exists(path)) {
      // A process that was killed when its file was in place may have left the temporary one: nobody else may come by.
      await this.#prepare(dirname(path), root).catch(() => undefined);
      return false;
    }
    for (const pauseMs of pausesMs) {
      try {
        return await this.#createInGroup(path, text, root);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
        // Somebody deleted the folder in between, or is still at it.
        await delay(pauseMs);
      }
    }
    return await this.#createInGroup(path, text, root);
  }

  async folderProblem(folder: string, root: string): Promise<string | undefined> {
    try {
      // Says when the path is too long for files in the folder.
      await this.#exists(join(folder, newTemporaryName()));
      const { existing } = await this.#resolveInside(folder, root);
      if (!(await this.#fs.stat(existing)).isDirectory()) {
        return `cannot be made because ${existing} is a file: rename one of them`;
      }
      await this.#fs.access(existing, this.#fs.constants.W_OK);
      return undefined;
    } catch (error) {
      return problemOf(error, root);
    }
  }

  async #exists(path: string): Promise<boolean> {
    try {
      // A link counts, whatever it leads to.
      await this.#fs.lstat(path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
      throw error;
    }
  }

  async #createInGroup(path: string, text: string, root: string): Promise<boolean> {
    const key = `${root}\0${dirname(path)}`;
    const group = this.#groups.get(key) ?? { folder: this.#prepare(dirname(path), root), writes: [] };
    this.#groups.set(key, group);
    const write = group.folder.then((folder) => this.#writeNew(join(folder, basename(path)), text));
    group.writes.push(write);
    try {
      if (!(await write)) return false;
    } finally {
      if (this.#groups.get(key) === group) this.#groups.delete(key);
    }
    group.flush ??= Promise.allSettled(group.writes).then(async () => this.#flushFolder(await group.folder));
    try {
      await group.flush;
    } catch (error) {
      await this.#fs.unlink(join(await group.folder, basename(path))).catch(() => undefined);
      throw error;
    }
    return true;
  }

  /**
   * Makes a folder if need be, never outside the root: a link may have come into its path since the plan.
   *
   * @returns the folder with links resolved
   */
  async #prepare(folder: string, root: string): Promise<string> {
    const planned = await this.#resolveInside(folder, root);
    if (planned.path !== planned.existing) {
      await this.#makeFolders(planned);
      // Folders above may have become links meanwhile.
      return (await this.#resolveInside(folder, root)).path;
    }
    if (!this.#swept.has(planned.path)) {
      this.#swept.add(planned.path);
      await this.#sweep(planned.path);
    }
    return planned.path;
  }

  async #resolveInside(folder: string, root: string): Promise<RealPlace> {
    const [place, base] = await Promise.all([this.#resolve(folder), this.#resolve(root)]);
    if (!isInside(base.path, place.path)) throw new FileStoreError('OUTSIDE_ROOT', folder);
    return place;
  }

  /** One by one: Node's recursive mkdir says ENOENT whatever is wrong. */
  async #makeFolders({ path, existing }: RealPlace): Promise<void> {
    if (path === existing) return;
    const parent = dirname(path);
    await this.#makeFolders({ path: parent, existing });
    try {
      await this.#fs.mkdir(path);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      // Put there just now: what is made below could be outside.
      if (await this.#isLink(path)) throw new FileStoreError('OUTSIDE_ROOT', path);
    }
    await this.#flushFolder(parent);
  }

  async #resolve(path: string): Promise<RealPlace> {
    for (let current = path; ; current = dirname(current)) {
      try {
        const existing = await this.#fs.realpath(current);
        return { path: join(existing, relative(current, path)), existing };
      } catch (error) {
        const isMissing = codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
        if (!isMissing || dirname(current) === current) throw error;
      }
      if (await this.#isLink(current)) throw new FileStoreError('BROKEN_LINK', current);
    }
  }

  async #isLink(path: string): Promise<boolean> {
    try {
      return (await this.#fs.lstat(path)).isSymbolicLink();
    } catch {
      return false;
    }
  }

  /** Removes what a process that was killed has left half written. */
  async #sweep(folder: string): Promise<void> {
    for (const name of await this.#fs.readdir(folder).catch(() => [])) {
      if (isLeftOver(name)) await this.#removeTemporary(join(folder, name));
    }
  }

  async #writeNew(target: string, text: string): Promise<boolean> {
    const temporary = join(dirname(target), newTemporaryName());
    let isLeft = true;
    try {
      await this.#fs.writeFile(temporary, text, { flag: 'wx', flush: true });
      failpoint('before-rename');
      const placed = await this.#moveIntoPlace(temporary, target);
      isLeft = placed !== 'renamed';
      if (placed !== 'taken') failpoint('after-rename');
      return placed !== 'taken';
    } finally {
      if (isLeft) await this.#removeTemporary(temporary);
    }
  }

  /**
   * Moves a finished temporary file to its place, never over a file that exists. A hard link does that in one step; file
   * systems without links reserve the name with an empty file first.
   */
  async #moveIntoPlace(temporary: string, target: string): Promise<'linked' | 'renamed' | 'taken'> {
    try {
      await this.#fs.link(temporary, target);
      return 'linked';
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return 'taken';
      if (!withoutLinks.has(codeOf(error))) throw error;
    }
    try {
      await (await this.#fs.open(target, 'wx')).close();
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return 'taken';
      throw error;
    }
    try {
      await this.#fs.rename(temporary, target);
      return 'renamed';
    } catch (error) {
      await this.#fs.unlink(target).catch(() => undefined);
      throw error;
    }
  }

  /** A virus scanner may hold it: then a later process removes it. */
  async #removeTemporary(path: string): Promise<void> {
    await this.#fs.unlink(path).catch(() => undefined);
  }

  /** Makes names that were added to a folder survive a power cut. */
  async #flushFolder(folder: string): Promise<void> {
    try {
      const handle = await this.#fs.open(folder, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (losses.has(codeOf(error))) throw error;
    }
  }
}

export const diskFiles = new DiskFiles();

function problemOf(error: unknown, root: string): string {
  switch (codeOf(error)) {
    case 'OUTSIDE_ROOT':
      return `is outside ${root}: choose a folder inside it`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'is not writable: change its permissions or choose another folder';
    case 'ENAMETOOLONG':
      return 'is too long a path: choose a shorter folder or shorter names';
    case 'ELOOP':
      return 'cannot be used because the links in its path lead in a circle: mend them';
    case 'BROKEN_LINK':
      return `cannot be made because ${(error as FileStoreError).path} is a link to nothing: mend or delete it`;
    default:
      return `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
}
