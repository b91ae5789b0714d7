import { access, lstat, mkdir, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { success } from '../base/outcome.ts';
import { describeFailure, failure, reasonOf, type JournalOutcome } from './journal/journalFailure.ts';
import { folderFile, journalPath, type JournalPlace } from './journal/settings.ts';
import { journalKey } from './stateFolder.ts';

const folderSchema = v.object({ folder: v.string() });

/** The journals of this person's folders: each has a folder in the state folder, named by a hash of what it is of. */
export class JournalFolders {
  readonly #findRoot: () => Promise<JournalOutcome<string>>;

  /** @param findRoot gives the state folder, absolute */
  constructor(findRoot: () => Promise<JournalOutcome<string>>) {
    this.#findRoot = findRoot;
  }

  /** Where the journal of a folder is, or would be. Asks no disk for the folder. @param folder see `JournalPlace` */
  async placeOf(folder: string): Promise<JournalOutcome<JournalPlace>> {
    const root = await this.#findRoot();
    return root.ok ? success({ directory: join(root.value, journalKey(folder)), folder }) : root;
  }

  /** Where the journal of a folder on a disk is, or would be, by whatever name the folder goes. */
  async placeOnDisk(path: string): Promise<JournalOutcome<JournalPlace>> {
    try {
      return await this.placeOf(await realpath(path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const problem =
        code === 'ENOENT' || code === 'ENOTDIR'
          ? 'is gone: bring it back'
          : `cannot be used (${error instanceof Error ? error.message : String(error)}): mend that`;
      return failure('no-folder', `The folder ${path} ${problem}, then try again.`);
    }
  }

  /** Every journal that there is, by the folder that it is of. */
  async list(): Promise<JournalOutcome<JournalPlace[]>> {
    const root = await this.#findRoot();
    if (!root.ok) return root;
    const names = await readdir(root.value).catch(() => []);
    const places = await Promise.all(names.map((name) => placeIn(join(root.value, name))));
    return success(places.filter((place) => place !== undefined).sort((a, b) => (a.folder < b.folder ? -1 : 1)));
  }
}

/** Whether something was generated in a folder before. */
export async function hasJournal({ directory }: JournalPlace): Promise<boolean> {
  return isThere(journalPath(directory));
}

/** Whether a path on a disk leads to something. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** The real path of something that may be gone: what is left of the way there is resolved. */
export async function lastRealPath(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(await lastRealPath(parent), basename(absolute));
  }
}

/** Makes the state folder, which nobody else can look into. */
export async function prepareStateFolder({ directory }: JournalPlace): Promise<JournalOutcome<undefined>> {
  try {
    await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
    return success(undefined);
  } catch (error) {
    return { ok: false, failure: describeFailure(reasonOf(error), journalPath(directory), error) };
  }
}

async function placeIn(directory: string): Promise<JournalPlace | undefined> {
  try {
    if (!(await lstat(directory)).isDirectory() || !(await hasJournal({ directory, folder: '' }))) return undefined;
    const { folder } = v.parse(folderSchema, JSON.parse(await readFile(join(directory, folderFile), 'utf8')));
    return basename(directory) === journalKey(folder) ? { directory, folder } : undefined;
  } catch {
    // Nothing of ours, or half made: whoever works in that folder puts it right.
    return undefined;
  }
}
