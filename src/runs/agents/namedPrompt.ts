import { relative, sep } from 'node:path';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { placedMessage } from '../../base/problem.ts';
import { brief } from '../../base/sentence.ts';
import { decodePrompt } from '../../prompts/decode.ts';
import { formatOf, type FormatName } from '../../prompts/formats/formatNames.ts';
import { limits, tooLong } from '../../prompts/limits.ts';
import type { PromptFile } from '../../prompts/promptFile.ts';
import type { PromptSource } from '../plan/plan.ts';
import type { Choosing } from '../shelf/choosing.ts';

type Place = Pick<Choosing, 'files' | 'root'>;

/**
 * The text of a prompt file that an agent has named. A failure is one sentence.
 *
 * @param path absolute
 * @param usual as `AgentFolder.usualFormat`
 */
export async function sourceIn(
  path: string,
  { files, root }: Place,
  usual?: FormatName,
): Promise<Outcome<PromptSource, string>> {
  const name = brief(relative(root, path).split(sep).join('/'));
  let bytes: Uint8Array;
  try {
    bytes = await files.readWithin(path, limits.fileBytes, root);
  } catch (error) {
    return failed(whyUnread(name, root, error));
  }
  const text = decodePrompt(bytes);
  if (!text.ok) return failed(`${name} ${text.failure}`);
  // Whoever names a plain text means it.
  const format = usual === undefined ? formatOf(path, true) : (formatOf(path) ?? usual);
  return success({ path, text: text.value, ...(format === undefined ? {} : { format }) });
}

/** The same as a prompt file; its path is relative to the root. */
export async function readPromptIn(
  path: string,
  place: Place,
  usual?: FormatName,
): Promise<Outcome<PromptFile, string>> {
  const source = await sourceIn(path, place, usual);
  if (!source.ok) return source;
  const { text, format } = source.value;
  const { readPrompt } = await import('../../prompts/formats/formats.ts');
  const read = readPrompt(relative(place.root, path).split(sep).join('/'), text, format);
  if (read.ok) return success(read.value);
  const [problem] = read.problems;
  return failed(problem ? placedMessage(problem) : `${brief(path)} is no prompt file.`);
}

function whyUnread(name: string, root: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'FileNotFound':
      return `There is no file ${name}: ask for the prompt files that there are.`;
    case 'OUTSIDE_ROOT':
      return `A link leads from ${name} out of ${root}: name a prompt file in there.`;
    case 'NOT_A_FILE':
    case 'EISDIR':
    case 'FileIsADirectory':
      return `${name} is no file: name a prompt file.`;
    case 'TOO_LARGE':
      return `${name}: ${tooLong()}`;
    default:
      return `${name} cannot be read (${code ?? 'unknown'}): name another prompt file, or mend that.`;
  }
}
