import type { Problem } from '../../prompts/promptFile.ts';

/** What a person has named for this run, in the place of what a prompt file says. */
interface Named {
  readonly dataFile?: string;
  readonly filter?: string;
}

/** Problems of data in the words of what the person typed: the prompt file is not what is wrong. */
export function asTyped(problems: readonly Problem[], prompt: string, { dataFile, filter }: Named): readonly Problem[] {
  return problems.map((problem) => {
    let { message } = problem;
    if (dataFile !== undefined) {
      message = message
        .replace(/ beside the prompt file: correct candidates\.data\.$/, ': correct --data.')
        .replace(/, or take out candidates\.data\.$/, ', or name another file with --data.');
    }
    if (filter !== undefined) message = message.replace(/: correct candidates\.data\.filter\.$/, ': correct --filter.');
    const isTyped = message !== problem.message || (filter !== undefined && message.startsWith('The filter '));
    return isTyped && problem.file === prompt ? { file: prompt, message } : { ...problem, message };
  });
}
