import { randomBytes } from 'node:crypto';
import * as nodeFileSystem from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { failpoint } from './failpoint.ts';
import { FileStoreError, type FileStore } from './fileStore.ts';
import { codeOf, type FileSystem } from './fileSystem.ts';
import { readFileWithin, readOwnFile } from './ownFiles.ts';
import { PathGate, realPlace, type GatedFolder } from './pathGate.ts';
import { replaceFile } from './replaceFile.ts';

/** What file systems without hard links answer: FAT and exFAT, some network and FUSE file systems. */
const withoutLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EISDIR', 'EMLINK', 'UNKNOWN']);

/** A folder that was deleted or exchanged is looked up again, after so many ms each time; then it is given up. */
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

interface GroupedWrite {
  readonly name: string;
  readonly content: string | Uint8Array;
  /** False if the name is taken. */
  readonly written: Promise<boolean>;
}

/** Files that are written to one folder at the same time: they share its check before and its flush afterwards. */
interface FolderGroup {
  readonly folder: Promise<GatedFolder>;
  readonly writes: GroupedWrite[];
  end?: Promise<void>;
}

/** Candidates on a disk. */
export class DiskFiles implements FileStore {
  readonly #fs: FileSystem;
  readonly #gate: PathGate;
  /** Those that nobody has finished yet: whoever comes later checks the folder again. */
  readonly #groups = new Map<string, FolderGroup>();
  readonly #swept = new Set<string>();
  /** Folders that have taken a file, and whether a name in one of them was taken that was hoped to be free. */
  readonly #known = new Map<string, 'free' | 'contested'>();

  constructor(fileSystem: FileSystem = nodeFileSystem, gate = new PathGate(fileSystem)) {
    this.#fs = fileSystem;
    this.#gate = gate;
  }

  async names(folder: string): Promise<string[]> {
    try {
      return await this.#fs.readdir(folder);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
      throw error;
    }
  }

  async read(path: string, mostBytes = Infinity): Promise<string | undefined> {
    try {
      return (await readOwnFile(resolve(path), mostBytes, this.#fs)).toString('utf8');
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'NOT_A_FILE', 'TOO_LARGE'].includes(codeOf(error))) return undefined;
      throw error;
    }
  }

  readWithin(path: string, mostBytes: number, within: string): Promise<Uint8Array> {
    return readFileWithin(resolve(path), mostBytes, within, this.#fs);
  }

  async create(given: string, content: string | Uint8Array, root: string): Promise<boolean> {
    const path = resolve(given);
    this.#gate.checkName(path, root);
    for (const pauseMs of pausesMs) {
      try {
        return await this.#createIfFree(path, content, root);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'MOVED') throw error;
        // Somebody deleted or exchanged the folder in between, or is still at it.
        await delay(pauseMs);
      }
    }
    return await this.#createIfFree(path, content, root);
  }

  async #createIfFree(path: string, content: string | Uint8Array, root: string): Promise<boolean> {
    const folder = dirname(path);
    // Names are chosen where nothing is: once a folder has taken one, it is not asked about each of them before.
    const isUsual = this.#known.get(folder) === 'free';
    if (!isUsual && (await this.#exists(path))) return await this.#turnedAway(path, root);
    try {
      if (await this.#createInGroup(path, content, root)) {
        if (!this.#known.has(folder)) this.#known.set(folder, 'free');
        return true;
      }
    } catch (error) {
      if (!isUsual || error instanceof FileStoreError || !(await this.#exists(path))) throw error;
    }
    this.#known.set(folder, 'contested');
    return false;
  }

  /** The name is taken. @returns false */
  async #turnedAway(path: string, root: string): Promise<boolean> {
    try {
      // A process that was killed when its file was in place may have left the temporary one: nobody else may come by.
      await (await this.#enter(dirname(path), root)).close();
    } catch (error) {
      // What is there is not to be taken for the candidate either.
      if (error instanceof FileStoreError) throw error;
    }
    return false;
  }

  async replace(given: string, content: string | Uint8Array, root: string): Promise<void> {
    const path = resolve(given);
    this.#gate.checkName(path, root);
    const folder = await this.#enter(dirname(path), root);
    const temporary = folder.at(newTemporaryName());
    try {
      await this.#fs.writeFile(temporary, content, { flag: 'wx', flush: true });
      await folder.settle();
      await this.#fs.rename(temporary, folder.at(basename(path)));
      await folder.flush();
    } catch (error) {
      await this.#removeTemporary(temporary);
      throw error;
    } finally {
      await folder.close();
    }
  }

  async update(
    given: string,
    root: string,
    mostBytes: number,
    change: (there: string | undefined) => string | undefined,
  ): Promise<void> {
    const path = resolve(given);
    this.#gate.checkName(path, root);
    const folder = await this.#enter(dirname(path), root);
    try {
      await replaceFile(folder, basename(path), newTemporaryName(), mostBytes, change);
    } finally {
      await folder.close();
    }
  }

  async move(from: string, to: string, root: string): Promise<'moved' | 'taken' | 'gone'> {
    for (const path of [from, to]) this.#gate.checkName(path, root);
    const source = await this.#gate.enter(dirname(resolve(from)), root, false);
    if (!source) return 'gone';
    try {
      const file = source.at(basename(from));
      if (!(await this.#exists(file))) return 'gone';
      const target = await this.#enter(dirname(resolve(to)), root);
      try {
        await Promise.all([source.settle(), target.settle()]);
        const placed = await this.#moveIntoPlace(file, target.at(basename(to)));
        if (placed === 'taken') return 'taken';
        if (placed === 'linked') await this.#fs.unlink(file);
        await target.flush();
        await source.flush();
        return 'moved';
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
  }

  async removeCopy(path: string, text: string, root: string): Promise<boolean> {
    this.#gate.checkName(path, root);
    const folder = await this.#gate.enter(dirname(resolve(path)), root, false);
    if (!folder) return false;
    try {
      const file = folder.at(basename(path));
      await folder.settle();
      if ((await this.read(file, Buffer.byteLength(text))) !== text) return false;
      await this.#fs.unlink(file);
      await folder.flush();
      return true;
    } finally {
      await folder.close();
    }
  }

  async realFolder(folder: string): Promise<string> {
    return (await realPlace(folder, this.#fs)).path;
  }

  async folderProblem(folder: string, root: string): Promise<string | undefined> {
    this.#gate.forget(root);
    try {
      // Says when the path is too long for files in the folder.
      await this.#exists(join(folder, newTemporaryName()));
      const { existing } = await this.#gate.placeOf(folder, root);
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

  async #createInGroup(path: string, content: string | Uint8Array, root: string): Promise<boolean> {
    const key = `${root}\0${dirname(path)}`;
    const name = basename(path);
    const group = this.#groups.get(key) ?? { folder: this.#enter(dirname(path), root), writes: [] };
    this.#groups.set(key, group);
    const written = group.folder.then((folder) => this.#writeNew(folder, name, content));
    group.writes.push({ name, content, written });
    try {
      if (!(await written)) return false;
    } finally {
      if (this.#groups.get(key) === group) this.#groups.delete(key);
      group.end ??= this.#end(group);
      // What went wrong at the end concerns those that were written.
      group.end.catch(() => undefined);
    }
    await group.end;
    return true;
  }

  async #enter(path: string, root: string): Promise<GatedFolder> {
    const folder = await this.#gate.enter(path, root);
    if (!folder.isNew && !this.#swept.has(folder.path)) {
      this.#swept.add(folder.path);
      await this.#sweep(folder);
    }
    return folder;
  }

  /** Whoever exchanged the folder meanwhile, or moved it away, gets nothing of it. */
  async #end(group: FolderGroup): Promise<void> {
    const results = await Promise.allSettled(group.writes.map(({ written }) => written));
    const folder = await group.folder.catch(() => undefined);
    if (!folder) return;
    const written = group.writes.filter((_, place) => {
      const result = results[place];
      return result?.status === 'fulfilled' && result.value;
    });
    try {
      if (written.length === 0) return;
      try {
        await folder.flush();
        await folder.check();
      } catch (error) {
        for (const { name, content } of written) await this.#takeBack(folder, name, content);
        throw error;
      }
    } finally {
      await folder.close();
    }
  }

  /** Somebody else's file may have come under the name. */
  async #takeBack(folder: GatedFolder, name: string, content: string | Uint8Array): Promise<void> {
    const path = folder.at(name);
    const bytes = Buffer.from(content);
    const found = await readOwnFile(path, bytes.byteLength, this.#fs).catch(() => undefined);
    if (found?.equals(bytes) !== true) return;
    await this.#fs.unlink(path).catch(() => undefined);
  }

  /** Removes what a process that was killed has left half written. */
  async #sweep(folder: GatedFolder): Promise<void> {
    for (const name of await this.#fs.readdir(folder.here).catch(() => [])) {
      if (isLeftOver(name)) await this.#removeTemporary(folder.at(name));
    }
  }

  async #writeNew(folder: GatedFolder, name: string, content: string | Uint8Array): Promise<boolean> {
    const target = folder.at(name);
    const temporary = folder.at(newTemporaryName());
    let isLeft = true;
    try {
      await this.#fs.writeFile(temporary, content, { flag: 'wx', flush: true });
      failpoint('before-rename');
      await folder.settle();
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
}

function problemOf(error: unknown, root: string): string {
  switch (codeOf(error)) {
    case 'OUTSIDE_ROOT':
      return `is outside ${root}: choose a folder inside it`;
    case 'GUARDED':
      return `leads to "${(error as FileStoreError).path}", which programs run or read as configuration: choose another folder`;
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
