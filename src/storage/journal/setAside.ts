import { readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash } from '../../base/hash.ts';
import type { NewResult } from './records.ts';

/** Results that the journal did not take when their process had to leave: a file each, beside the journal. */
const folderName = 'aside';
const extension = '.json';

interface Aside {
  readonly run: string;
  readonly result: NewResult;
}

/** Keeps a result for whoever takes the run. @returns whether that was possible */
export async function setAside(directory: string, run: string, result: NewResult): Promise<boolean> {
  const folder = join(directory, folderName);
  const path = join(folder, `${contentHash(`${run}\0${result.item}`)}${extension}`);
  try {
    await mkdir(folder, { mode: 0o700 }).catch(ignoring('EEXIST'));
    await writeFile(`${path}.tmp`, JSON.stringify({ run, result } satisfies Aside), { mode: 0o600, flush: true });
    await rename(`${path}.tmp`, path);
    return true;
  } catch {
    await rm(`${path}.tmp`, { force: true }).catch(() => undefined);
    return false;
  }
}

/**
 * Hands over what was set aside for a run.
 *
 * @param take whether it is the journal's now; what is not stays
 */
export function takeBack(directory: string, run: string, take: (result: NewResult) => boolean): void {
  for (const path of pathsIn(directory)) {
    const aside = read(path);
    if (aside?.run === run && take(aside.result)) rmSync(path, { force: true });
  }
  removeEmpty(directory);
}

/** Forgets what nobody has asked for since a moment, epoch ms. */
export function forgetAside(directory: string, before: number): void {
  for (const path of pathsIn(directory)) {
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before) < before) rmSync(path, { force: true });
  }
  removeEmpty(directory);
}

function pathsIn(directory: string): string[] {
  const folder = join(directory, folderName);
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(extension))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function read(path: string): Aside | undefined {
  try {
    const { run, result } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Aside>;
    const isWhole = typeof run === 'string' && typeof result?.item === 'string' && typeof result.text === 'string';
    return isWhole ? { run, result } : undefined;
  } catch {
    return undefined;
  }
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(join(directory, folderName));
  } catch {
    // Not empty, or not there.
  }
}

function ignoring(expected: string): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (error.code !== expected) throw error;
  };
}
