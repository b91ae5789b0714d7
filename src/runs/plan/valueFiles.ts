import { dirname, join } from 'node:path';
import { isJsonObject } from '../../base/jsonObject.ts';
import type { Problem, PromptFile } from '../../prompts/promptFile.ts';
import type { PromptSurroundings } from './promptInputs.ts';
import { readTextWithin } from './textWithin.ts';

/**
 * A prompt file with the values of inputs that stand in other files of the folder. What a `.json` file holds is a value of
 * any kind, what another one holds is a text. What cannot be read is a hint: the person may give the values in another way.
 */
export async function withValueFiles(
  prompt: PromptFile,
  { files, root }: Pick<PromptSurroundings, 'files' | 'root'>,
): Promise<PromptFile> {
  const { path: file, valueFiles = [] } = prompt;
  const values: Record<string, unknown> = {};
  const hints: Problem[] = [];
  for (const { path, name, line } of valueFiles) {
    const read = await readTextWithin(join(dirname(join(root, file)), path), root, files);
    const tell = (end: string): void => void hints.push({ file, line, message: `The file "${path}" ${end}.` });
    if (!read.ok) {
      tell(`gives no values, because it ${read.failure}: correct its path, or give them with --var`);
      continue;
    }
    const value = /\.json$/i.test(path) || name === undefined ? parsed(read.value) : read.value;
    if (value === undefined) tell('is no JSON: mend it');
    else if (name !== undefined) values[name] = value;
    else if (isJsonObject(value)) Object.assign(values, value);
    else tell('has no values of inputs: write a JSON object with their names');
  }
  if (valueFiles.length === 0) return prompt;
  return { ...prompt, inputs: { ...prompt.inputs, ...values }, hints: [...prompt.hints, ...hints] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}
