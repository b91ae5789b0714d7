import { createHash } from 'node:crypto';
import { contentHash } from '../base/hash.ts';
import type { ReceivedFile } from './fileStore.ts';
import { codeOf, type FileSystem } from './fileSystem.ts';
import type { GatedFolder } from './pathGate.ts';

const receivedName = /^\.[0-9a-f]{32}\.received\.tmp$/;

/** Nobody goes on after so long with what they have received, ms. */
const lifeMs = 7 * 24 * 60 * 60 * 1000;

/** The same for whoever receives the same bytes for the same file. */
export function nameOfReceived(name: string, sha256: string): string {
  return `.${contentHash(`${name}\0${sha256}`).slice(0, 32)}.received.tmp`;
}

/**
 * Writes bytes to a file as they come, and gives it the name of what was received once it is whole.
 *
 * @param temporary a name in the folder that nobody else uses
 * @throws what `pieces` throws, or the file system's error; whoever calls removes the temporary file then
 */
export async function receiveInto(
  folder: GatedFolder,
  name: string,
  temporary: string,
  pieces: AsyncIterable<Uint8Array>,
  fs: FileSystem,
): Promise<ReceivedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await fs.open(folder.at(temporary), 'wx');
  try {
    for await (const piece of pieces) {
      hash.update(piece);
      bytes += piece.byteLength;
      await file.appendFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const sha256 = hash.digest('hex');
  await folder.settle();
  await fs.rename(folder.at(temporary), folder.at(nameOfReceived(name, sha256)));
  await folder.flush();
  return { bytes, sha256 };
}

/** Whether a name in a folder is that of something received that nobody will ask for any more. */
export async function isForgotten(folder: GatedFolder, name: string, fs: FileSystem): Promise<boolean> {
  if (!receivedName.test(name)) return false;
  try {
    return Date.now() - (await fs.lstat(folder.at(name))).mtimeMs > lifeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
