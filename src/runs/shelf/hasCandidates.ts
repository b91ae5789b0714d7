import type { ChosenPrompt, Choosing } from './choosing.ts';
import { findFolders } from './findFolders.ts';
import { isNameOfCandidate } from './readFolder.ts';

/** Whether a prompt file has any candidate where it puts them. Reads none. */
export async function hasCandidates(prompt: ChosenPrompt, { files }: Pick<Choosing, 'files'>): Promise<boolean> {
  const folders = await findFolders(prompt, files);
  if (!folders.ok) return false;
  return folders.value.some(({ names, read }) =>
    names.some((name) => isNameOfCandidate(name) && read(name) !== undefined),
  );
}
