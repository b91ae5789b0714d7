import { failed, type Outcome } from '../../base/outcome.ts';
import { decodePrompt } from '../../prompts/decode.ts';
import { limits } from '../../prompts/limits.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { whyUnread } from './readProblem.ts';

/** A failure is the end of a sentence. */
export async function readTextWithin(path: string, root: string, files: FileStore): Promise<Outcome<string, string>> {
  let bytes: Uint8Array;
  try {
    bytes = await files.readWithin(path, limits.fileBytes, root);
  } catch (error) {
    return failed(whyUnread(error, '3 MB').replace(/:.*$/s, ''));
  }
  return decodePrompt(bytes);
}
