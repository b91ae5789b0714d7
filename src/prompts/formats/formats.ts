import { parsePromptFile } from '../parse.ts';
import type { PromptFile, Result } from '../promptFile.ts';
import { formatOf, promptFileGlobs, type FormatName } from './formatNames.ts';
import { readGitHubPrompt } from './github.ts';
import { readPrompty } from './prompty.ts';
import { readSkill } from './skill.ts';
import { readText } from './text.ts';

const readers: Readonly<Record<FormatName, (path: string, text: string) => Result<PromptFile>>> = {
  prompt: parsePromptFile,
  skill: readSkill,
  prompty: readPrompty,
  github: readGitHubPrompt,
  text: readText,
};

/** Reads a prompt file in a format, or in that of its name. One that has none is refused. */
export function readPrompt(path: string, text: string, format = formatOf(path)): Result<PromptFile> {
  if (format) return readers[format](path, text);
  const read = promptFileGlobs.map((glob) => glob.replace('**/', ''));
  const message = `This is no prompt file that can be read: prompt files are ${read.join(', ')}, and .md and .txt where they are named.`;
  return { ok: false, problems: [{ file: path, message }] };
}
