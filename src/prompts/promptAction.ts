import { splitFrontMatter } from './frontMatter.ts';
import { longestWatched } from './watchedLength.ts';
import { formatOf } from './formats/formatNames.ts';
import { readPrompt } from './formats/formats.ts';

/** A "Generate" action in a prompt file. */
export interface PromptAction {
  /** 1-based line on which it belongs. */
  readonly line: number;
  /** How many candidates it makes; absent when the file has problems or is too long to look into. */
  readonly candidates?: number;
  /** Whether it makes so many of each row of its data. */
  readonly isOfEachRow?: true;
  /** Rows name prompt files, which say how many they make. */
  readonly isByRow?: true;
  /** Those that it names; absent like `candidates`. */
  readonly models?: readonly string[];
}

/** The same of a front matter: YAML takes far longer than text. */
const longestWatchedFrontMatter = 16_000;

/** Whether a text may be read again at every keystroke. */
export function isWatched(path: string, text: string): boolean {
  if (text.length > longestWatched) return false;
  // One of these is YAML from end to end.
  if (formatOf(path) === 'github') return text.length <= longestWatchedFrontMatter;
  return (splitFrontMatter(text)?.frontMatter?.length ?? 0) <= longestWatchedFrontMatter;
}

/** For texts that change under a person's hands: of those that are too long, nothing is read. */
export function promptAction(path: string, text: string): PromptAction {
  const parsed = isWatched(path, text) ? readPrompt(path, text, formatOf(path) ?? 'prompt') : undefined;
  if (!parsed?.ok) return { line: 1 };
  const { actionLine, count, models, data, promptBy } = parsed.value;
  const candidates = count * Math.max(1, models.length);
  return {
    line: actionLine,
    candidates,
    models,
    ...(data ? { isOfEachRow: true as const } : {}),
    ...(promptBy === undefined ? {} : { isByRow: true as const }),
  };
}
