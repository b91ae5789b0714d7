import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestNames } from '../../candidates/manifest.ts';

/** More folders than a person's workspace has below what is looked at. */
const mostFolders = 20_000;

/** The manifests beside candidates below a folder, absolute; hidden folders and packages are not looked at. */
export async function findManifests(base: string): Promise<string[]> {
  const found: string[] = [];
  const folders = [base];
  for (let looked = 0; looked < mostFolders; looked++) {
    const folder = folders.pop();
    if (folder === undefined) break;
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
        folders.push(join(folder, entry.name));
      else if (entry.isFile() && manifestNames.some((name) => name === entry.name))
        found.push(join(folder, entry.name));
    }
  }
  return found.sort();
}
