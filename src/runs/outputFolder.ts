import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, sep } from 'node:path';

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`));
}

/** The nearest ancestor that exists, itself included. */
async function nearestExisting(path: string): Promise<string> {
  for (let current = path; ; current = dirname(current)) {
    try {
      return await realpath(current);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(current) === current) throw error;
    }
  }
}

/**
 * Why candidates cannot go to a folder, as the end of a sentence; undefined if they can. Looks at what is there and
 * creates nothing.
 *
 * @param root the folder that output must stay inside once symbolic links are resolved
 */
export async function outputFolderProblem(folder: string, root: string): Promise<string | undefined> {
  try {
    const existing = await nearestExisting(folder);
    if (!isInside(await nearestExisting(root), existing)) return `is outside ${root}: choose a folder inside it`;
    if (!(await stat(existing)).isDirectory()) return `cannot be made because ${existing} is a file: rename one of them`;
    await access(existing, constants.W_OK);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      return 'is not writable: change its permissions or choose another folder';
    }
    return `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
}
