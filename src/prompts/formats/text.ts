import { promptFileOf, splitPrompt } from '../parse.ts';
import type { MessageTemplate, PromptFile, Result } from '../promptFile.ts';

/** Reads a plain text: all of it but its front matter is one message of the user. */
export function readText(path: string, text: string): Result<PromptFile> {
  const split = splitPrompt(path, text);
  if (!split.ok) return split;
  const { body, bodyLine, settings } = split.value;
  const lines = body.split('\n');
  const first = lines.findIndex((line) => line.trim() !== '');
  const messages: MessageTemplate[] =
    first === -1 ? [] : [{ role: 'user', template: lines.slice(first).join('\n').trimEnd(), line: bodyLine + first }];
  return promptFileOf(path, text, { settings, messages, textLine: bodyLine, actionLine: 1 });
}
