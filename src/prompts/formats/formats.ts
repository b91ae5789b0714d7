import { parsePromptFile } from '../parse.ts';
import type { PromptFile, Result } from '../promptFile.ts';
import { readGitHubPrompt } from './github.ts';
import { readPrompty } from './prompty.ts';
import { readSkill } from './skill.ts';
import { readText } from './text.ts';

export const formatNames = ['prompt', 'skill', 'prompty', 'github', 'text'] as const;
export type FormatName = (typeof formatNames)[number];

interface Format {
  readonly name: FormatName;
  /** Which files have it, by their names. */
  readonly files: RegExp;
  /** The same for a search; empty for files that a person has to name. */
  readonly globs: readonly string[];
  readonly read: (path: string, text: string) => Result<PromptFile>;
}

/** The first whose files a name belongs to is the file's. */
export const formats: readonly Format[] = [
  { name: 'prompt', files: /\.prompt\.md$/i, globs: ['**/*.prompt.md'], read: parsePromptFile },
  { name: 'skill', files: /(?:^|[/\\])SKILL\.md$/, globs: ['**/SKILL.md'], read: readSkill },
  { name: 'prompty', files: /\.prompty$/i, globs: ['**/*.prompty'], read: readPrompty },
  {
    name: 'github',
    files: /\.prompt\.ya?ml$/i,
    globs: ['**/*.prompt.yml', '**/*.prompt.yaml'],
    read: readGitHubPrompt,
  },
  { name: 'text', files: /\.(?:md|txt)$/i, globs: [], read: readText },
];

/** What a search for prompt files finds. */
export const promptFileGlobs: readonly string[] = formats.flatMap(({ globs }) => globs);

/** The same as one pattern of the editor. */
export const promptFilePattern = `**/{${promptFileGlobs.map((glob) => glob.replace('**/', '')).join(',')}}`;

/** @param isExplicit whether a person has named the file: then it may be a plain text */
export function formatOf(path: string, isExplicit = false): FormatName | undefined {
  return formats.find(({ files, globs }) => files.test(path) && (isExplicit || globs.length > 0))?.name;
}

/** Reads a prompt file in a format, or in that of its name. One that has none is refused. */
export function readPrompt(path: string, text: string, format = formatOf(path)): Result<PromptFile> {
  const found = formats.find(({ name }) => name === format);
  if (found) return found.read(path, text);
  const read = formats.flatMap(({ globs }) => globs.map((glob) => glob.replace('**/', '')));
  const message = `This is no prompt file that can be read: prompt files are ${read.join(', ')}, and .md and .txt where they are named.`;
  return { ok: false, problems: [{ file: path, message }] };
}
