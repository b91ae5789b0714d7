import { closeSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './fileSystem.ts';
import { readOwnFile } from './ownFiles.ts';
import type { GatedFolder } from './pathGate.ts';

/** What others do meanwhile takes some ms. */
const pauseMs = 20;
const mostTries = 500;
/** Nobody needs the lock for so long, ms: whoever had it is gone. */
const lockLifeMs = 10_000;

/**
 * Puts a text in the place of the one that is there, whole at every moment; what another process writes meanwhile is asked
 * for again.
 *
 * @param temporary a name in the folder that nobody else uses
 * @param mostBytes of the text that is there: a larger one is not read
 * @param change given the text that is there, if any; undefined: it stays
 * @throws the file system's error or a FileStoreError: NOT_A_FILE, TOO_LARGE, MOVED
 */
export async function replaceFile(
  folder: GatedFolder,
  name: string,
  temporary: string,
  mostBytes: number,
  change: (there: string | undefined) => string | undefined,
): Promise<void> {
  try {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const version = versionOf(folder.at(name));
      const there = version === undefined ? undefined : await readIfThere(folder.at(name), mostBytes);
      const text = change(there);
      if (text === undefined || text === there) return;
      await fs.rm(folder.at(temporary), { force: true });
      await fs.writeFile(folder.at(temporary), text, { flag: 'wx', flush: true });
      await folder.settle();
      if (moveIfUnchanged(folder, name, temporary, version)) {
        await folder.check();
        return;
      }
      await delay(pauseMs);
    }
    throw new Error('others write it all the time');
  } finally {
    await fs.rm(folder.at(temporary), { force: true });
  }
}

async function readIfThere(path: string, mostBytes: number): Promise<string | undefined> {
  try {
    return (await readOwnFile(path, mostBytes)).toString('utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Another one whenever somebody has written the file; undefined where there is none. */
function versionOf(path: string): string | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found && [found.ino, found.size, found.mtimeNs].join(' ');
}

/** In one go: nothing else of this process comes between, and other processes keep out while the lock is there. */
function moveIfUnchanged(folder: GatedFolder, name: string, temporary: string, version: string | undefined): boolean {
  const lock = folder.at(`.${name}.lock`);
  try {
    closeSync(openSync(lock, 'wx'));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const found = lstatSync(lock, { throwIfNoEntry: false });
    if (found && Math.abs(Date.now() - found.mtimeMs) > lockLifeMs) rmSync(lock, { force: true });
    return false;
  }
  try {
    if (versionOf(folder.at(name)) !== version) return false;
    renameSync(folder.at(temporary), folder.at(name));
    return true;
  } finally {
    rmSync(lock, { force: true });
  }
}
