import { basename, dirname, extname, join } from 'node:path';
import type { FileStore } from './fileStore.ts';

/** Below the folder of candidates. */
export const archiveFolder = 'archive';
/** Files of one name that are kept. */
const mostOfOneName = 10_000;

export interface MovedFile {
  readonly from: string;
  readonly to: string;
}

/**
 * Moves candidates out of the way, each into the archive beside it; one that is gone is left out.
 *
 * @param paths absolute
 * @param root the folder that they must stay inside
 * @throws the store's error; what was moved until then is where it was before
 */
export async function archive(
  files: Pick<FileStore, 'move'>,
  paths: readonly string[],
  root: string,
): Promise<readonly MovedFile[]> {
  const moved: MovedFile[] = [];
  try {
    for (const from of paths) {
      const to = await moveToFreeName(files, from, root);
      if (to !== undefined) moved.push({ from, to });
    }
    return moved;
  } catch (error) {
    await restore(files, moved, root);
    throw error;
  }
}

/**
 * Takes files back out of the archive.
 *
 * @returns those whose place is taken, which stay there
 */
export async function restore(
  files: Pick<FileStore, 'move'>,
  moved: readonly MovedFile[],
  root: string,
): Promise<readonly MovedFile[]> {
  const left: MovedFile[] = [];
  for (const { from, to } of [...moved].reverse()) {
    const outcome = await files.move(to, from, root).catch(() => 'taken' as const);
    if (outcome === 'taken') left.push({ from, to });
  }
  return left.reverse();
}

/** @returns undefined when the file is gone */
async function moveToFreeName(files: Pick<FileStore, 'move'>, from: string, root: string): Promise<string | undefined> {
  const name = basename(from);
  const extension = extname(name);
  const stem = basename(name, extension);
  for (let number = 1; number <= mostOfOneName; number++) {
    const to = join(dirname(from), archiveFolder, number === 1 ? name : `${stem}-${number}${extension}`);
    switch (await files.move(from, to, root)) {
      case 'moved':
        return to;
      case 'gone':
        return undefined;
      case 'taken':
        continue;
    }
  }
  throw new Error(`The archive has no free name for ${name}.`);
}
