import * as fs from 'node:fs/promises';
import { chooseBesideFile, type BesideState } from '../candidates/besideNames.ts';
import { unreadableName } from '../candidates/manifest.ts';
import { codeOf } from './fileSystem.ts';
import { readOwnFile } from './ownFiles.ts';
import type { GatedFolder } from './pathGate.ts';

/** A kind of file of ours beside candidates. */
export interface BesideFile {
  /** The second is for where the first is somebody else's file. */
  readonly names: readonly [string, string];
  /** A larger one is told, and stays as it is. */
  readonly mostBytes: number;
  readonly stateOf: (text: string | undefined) => BesideState;
}

/** A link, a pipe or a device: never opened. */
const isNoFile = Symbol('no file');

/**
 * Changes a file of ours, whole or not at all; a broken one is set aside first. A lock keeps other processes away meanwhile.
 *
 * @param update of the text that is there, undefined when there is none; the same text where nothing is new
 * @param tellAside told of a broken one, and of the name that it has now
 * @returns false when both names are somebody else's
 * @throws the file system's error, or what the gate and `readOwnFile` refuse
 */
export async function updateBesideFile(
  folder: GatedFolder,
  kind: BesideFile,
  update: (current: string | undefined) => string | undefined,
  tellAside?: (name: string, aside: string) => void,
): Promise<boolean> {
  const found = await find(folder, kind);
  if (!found) return false;
  const { name, state, text: current } = found;
  if (state === 'broken') {
    const aside = unreadableName(name);
    await fs.rename(folder.at(name), folder.at(aside));
    tellAside?.(name, aside);
  }
  const text = update(current);
  if (text !== undefined && text !== current) await replace(folder, name, text, current === undefined);
  return true;
}

/**
 * The text of a file of ours; undefined where there is none that can be read.
 *
 * @param tellBroken told of one that is there and broken
 * @throws as `updateBesideFile` does
 */
export async function readBesideFile(
  folder: GatedFolder,
  kind: BesideFile,
  tellBroken?: (name: string) => void,
): Promise<string | undefined> {
  const found = await find(folder, kind);
  if (found?.state === 'broken') tellBroken?.(found.name);
  return found?.text;
}

async function find(folder: GatedFolder, { names, mostBytes, stateOf }: BesideFile) {
  const [first, second] = await Promise.all([
    read(folder.at(names[0]), mostBytes),
    read(folder.at(names[1]), mostBytes),
  ]);
  const state = (text: string | typeof isNoFile | undefined): BesideState =>
    text === isNoFile ? 'foreign' : stateOf(text);
  const chosen = chooseBesideFile(names, [state(first), state(second)]);
  if (!chosen) return undefined;
  const text = chosen.name === names[0] ? first : second;
  return { ...chosen, text: chosen.state === 'ours' && typeof text === 'string' ? text : undefined };
}

async function read(path: string, mostBytes: number): Promise<string | typeof isNoFile | undefined> {
  try {
    return (await readOwnFile(path, mostBytes)).toString('utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) !== 'NOT_A_FILE') throw error;
    if ((await fs.lstat(path)).isDirectory()) throw Object.assign(new Error('EISDIR: a folder'), { code: 'EISDIR' });
    return isNoFile;
  }
}

async function replace(folder: GatedFolder, name: string, text: string, isNew: boolean): Promise<void> {
  // Always the same name: the lock keeps others away, and what a killed process left is cleared by the next one.
  const temporary = folder.at(`.${name}.tmp`);
  await fs.rm(temporary, { force: true });
  try {
    await fs.writeFile(temporary, text, { flag: 'wx', flush: true });
    await folder.settle();
    await fs.rename(temporary, folder.at(name));
    try {
      await folder.check();
    } catch (error) {
      if (isNew) await fs.rm(folder.at(name), { force: true });
      throw error;
    }
  } finally {
    await fs.rm(temporary, { force: true });
  }
}
