import assert from 'node:assert/strict';
import type { Problem, PromptFile, Result } from '../../../src/prompts/promptFile.ts';
import { parsePromptFile } from '../../../src/prompts/parse.ts';

export const path = 'prompts/tagline.prompt.md';

export function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) assert.fail(result.problems.map((problem) => problem.message).join('\n'));
  return result.value;
}

export function problemsOf(result: Result<unknown>): readonly Problem[] {
  if (result.ok) assert.fail('There is no problem.');
  for (const { message } of result.problems) {
    assert.match(message, /^[^\n]+\.$/, 'a problem is one line that ends like a sentence');
  }
  return result.problems;
}

export function parse(text: string): PromptFile {
  return valueOf(parsePromptFile(path, text));
}

/** The one problem of a text, as `line: message`. */
export function problemIn(text: string): string {
  const problems = problemsOf(parsePromptFile(path, text));
  assert.equal(problems.length, 1, problems.map((problem) => problem.message).join('\n'));
  return `${problems[0]!.line ?? '?'}: ${problems[0]!.message}`;
}
