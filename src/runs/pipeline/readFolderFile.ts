import { join } from 'node:path';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { whyUnread } from '../plan/readProblem.ts';

/** What a file in the folder of a pipeline holds. @param path relative to it @returns a failure is a sentence */
export async function readFolderFile(
  store: Pick<FileStore, 'readWithin'>,
  folder: string,
  path: string,
  mostBytes: number,
): Promise<Outcome<Uint8Array, string>> {
  try {
    return success(await store.readWithin(join(folder, path), mostBytes, folder));
  } catch (error) {
    return failed(`The file ${path} ${whyUnread(error, `${Math.floor(mostBytes / 1_000_000)} MB`)}`);
  }
}
