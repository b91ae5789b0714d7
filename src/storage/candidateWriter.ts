import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PathLocks } from './pathLocks.ts';

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/**
 * Moves a finished temporary file to its place, never over a file that exists. A hard link does that in one step;
 * file systems without links reserve the name with an empty file first.
 *
 * @returns false if the name is taken
 */
async function moveIntoPlace(temporary: string, target: string): Promise<boolean> {
  try {
    await link(temporary, target);
    await rm(temporary);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'ENOTSUP' && codeOf(error) !== 'EOPNOTSUPP') throw error;
  }
  try {
    await (await open(target, 'wx')).close();
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await rename(temporary, target);
  return true;
}

/** Writes candidate files: whole or not at all, one at a time per path, and never over what is there. */
export class CandidateWriter {
  readonly #locks: PathLocks;

  constructor(locks: PathLocks) {
    this.#locks = locks;
  }

  /**
   * Writes `text` to the first of `paths` that is free and returns it.
   *
   * @param paths absolute, in order of preference; endless
   * @throws the file system's error when nothing could be written; nothing partial is left then
   */
  async write(paths: Iterable<string>, text: string): Promise<string> {
    for (const path of paths) {
      const written = await this.#locks.run(path, () => this.#writeNew(path, text));
      if (written) return path;
    }
    throw new Error('No free name was offered.');
  }

  async #writeNew(path: string, text: string): Promise<boolean> {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true });
    const temporary = join(folder, `.${basename(path).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`);
    try {
      await writeFile(temporary, text, { flag: 'wx', flush: true });
      return await moveIntoPlace(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }
}

/** Names of the files in a folder; empty when there is no such folder. */
export async function fileNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
