import { brief } from '../../base/sentence.ts';
import type { IncludedFiles } from '../../prompts/includes.ts';
import type { Problem, PromptFile } from '../../prompts/promptFile.ts';

/**
 * Values that somebody typed and that stand nowhere in the prompts, as hints: mostly a name is misspelt, and the prompt's own
 * value would be used without a word.
 *
 * @param names of the values
 * @param sources the prompt files as they are
 * @param prompts those that are planned, with what was read beside them
 */
export function unusedValues(
  names: readonly string[],
  sources: readonly string[],
  prompts: readonly PromptFile[],
  includes: ReadonlyMap<string, IncludedFiles>,
): readonly Problem[] {
  const texts = [
    ...sources,
    ...prompts.flatMap(({ messages }) => messages.map(({ template }) => template)),
    ...[...includes.values()].flatMap((files) => [...files.values()].map((file) => (file.ok ? file.value : ''))),
  ];
  return names
    .filter((name) => !texts.some((text) => text.includes(name)))
    .map((name) => ({
      file: '',
      message: `A value was given for "${brief(name, 40)}", which no prompt asks for: correct the name, or leave it out.`,
    }));
}
