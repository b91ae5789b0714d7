import { contentHash } from '../base/hash.ts';
import { quoteSentences, readFrontMatter, splitFrontMatter, type FrontMatter, type SplitText } from './frontMatter.ts';
import { SettingsReader } from './settingsReader.ts';
import { promptName } from '../candidates/promptName.ts';
import { type MessageTemplate, type Problem, type PromptFile, type Result } from './promptFile.ts';
import { emptyRow } from '../model/row.ts';
import { firstHints, firstProblems, grouped, limits, tooLong } from './limits.ts';
import { readSettings } from './promptSettings.ts';
import { splitRoles } from './roles.ts';
/** What a format has found in a file, in the words of our own. */
export interface FoundPrompt {
  /** The settings, as a front matter of ours would have them. */
  readonly settings: FrontMatter;
  readonly messages: readonly MessageTemplate[];
  /** 1-based: where something is said about messages as such. */
  readonly textLine: number;
  /** 1-based line on which a "Generate" action belongs. */
  readonly actionLine: number;
  readonly hints?: readonly Problem[];
  /** In place of what the settings say. */
  readonly more?: Partial<PromptFile>;
}

/** Puts a prompt file together, or tells all that is wrong at once, by line. @param text the whole of the file */
export function promptFileOf(path: string, text: string, found: FoundPrompt): Result<PromptFile> {
  const problem = (line: number, message: string): Problem => ({ file: path, line, message });
  const { messages, textLine } = found;
  const reader = new SettingsReader(path, found.settings);
  const settings = readSettings(reader);
  const problems = [...reader.problems];
  if (messages.length === 0) {
    const place = textLine === 1 ? '' : ' below the front matter';
    problems.push(problem(textLine, `The prompt has no text: write${place} what should be generated.`));
  }
  const surplus = messages[limits.messages];
  if (surplus) {
    const message = `The prompt has more than ${grouped(limits.messages)} messages: make it shorter.`;
    problems.push(problem(surplus.line, message));
  }
  if (problems.length > 0) {
    return { ok: false, problems: firstProblems(problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0))) };
  }
  const value: PromptFile = {
    path,
    name: promptName(path),
    ...settings,
    hints: firstHints([...settings.hints, ...(found.hints ?? [])]),
    rows: [emptyRow],
    messages,
    hash: contentHash(text),
    actionLine: found.actionLine,
    ...found.more,
  };
  return { ok: true, value };
}

interface SplitPrompt extends SplitText {
  readonly settings: FrontMatter;
  readonly hints: readonly Problem[];
}

/** A text that is front matter and a body, or the problem with that. */
export function splitPrompt(path: string, text: string): Result<SplitPrompt> {
  const problem = (line: number, message: string): Result<never> => ({
    ok: false,
    problems: [{ file: path, line, message }],
  });
  if (text.length > limits.fileLength) return problem(1, tooLong());
  const split = splitFrontMatter(text);
  if (!split) return problem(1, 'The front matter has no end: put a line "---" below its last setting.');
  const yaml = split.frontMatter ?? '';
  const settings = readFrontMatter(yaml);
  if ('values' in settings) return { ok: true, value: { ...split, settings, hints: [] } };
  const quoted = quoteSentences(yaml);
  const read = quoted && readFrontMatter(quoted.yaml);
  if (!read || !('values' in read)) return problem(settings.line, settings.message);
  const message = 'This line is read as it stands, which strict YAML forbids: put its text in quotes.';
  const hints = quoted.lines.map((line) => ({ file: path, line: line + 1, message }));
  return { ok: true, value: { ...split, settings: read, hints } };
}

/**
 * Reads a prompt file of the editor: YAML front matter between `---` lines, if any, and a body with roles and variables.
 * Keys that are not ours are left alone.
 *
 * @param path as the caller wants it in problems and ids
 */
export function parsePromptFile(path: string, text: string): Result<PromptFile> {
  const split = splitPrompt(path, text);
  if (!split.ok) return split;
  const { frontMatter, body, bodyLine, settings, hints } = split.value;
  const firstText = body.split('\n').findIndex((line) => line.trim() !== '');
  return promptFileOf(path, text, {
    settings,
    messages: splitRoles(body, bodyLine),
    textLine: bodyLine,
    actionLine: frontMatter === undefined ? firstText + 1 : 1,
    hints,
  });
}
