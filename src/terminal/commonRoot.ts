import { dirname } from 'node:path';
import { isInside } from '../base/paths.ts';

/** The folder one works in if it holds every file, else the nearest folder that does. @param files absolute */
export function commonRoot(files: readonly string[]): string {
  const holdsAll = (folder: string): boolean => files.every((file) => isInside(folder, file));
  let folder = process.cwd();
  if (holdsAll(folder)) return folder;
  for (folder = dirname(files[0] ?? folder); !holdsAll(folder) && dirname(folder) !== folder;) folder = dirname(folder);
  return folder;
}
