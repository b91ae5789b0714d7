export const formatNames = ['prompt', 'skill', 'prompty', 'github', 'text'] as const;
export type FormatName = (typeof formatNames)[number];

interface FormatFiles {
  readonly name: FormatName;
  /** Which files have it, by their names. */
  readonly files: RegExp;
  /** The same for a search; empty for files that a person has to name. */
  readonly globs: readonly string[];
}

/** The first whose files a name belongs to is the file's. */
export const formats: readonly FormatFiles[] = [
  { name: 'prompt', files: /\.prompt\.md$/i, globs: ['**/*.prompt.md'] },
  { name: 'skill', files: /(?:^|[/\\])SKILL\.md$/, globs: ['**/SKILL.md'] },
  { name: 'prompty', files: /\.prompty$/i, globs: ['**/*.prompty'] },
  { name: 'github', files: /\.prompt\.ya?ml$/i, globs: ['**/*.prompt.yml', '**/*.prompt.yaml'] },
  { name: 'text', files: /\.(?:md|txt)$/i, globs: [] },
];

/** What a search for prompt files finds. */
export const promptFileGlobs: readonly string[] = formats.flatMap(({ globs }) => globs);

/** The same as one pattern of the editor. */
export const promptFilePattern = `**/{${promptFileGlobs.map((glob) => glob.replace('**/', '')).join(',')}}`;

/** @param isExplicit whether a person has named the file: then it may be a plain text */
export function formatOf(path: string, isExplicit = false): FormatName | undefined {
  return formats.find(({ files, globs }) => files.test(path) && (isExplicit || globs.length > 0))?.name;
}
