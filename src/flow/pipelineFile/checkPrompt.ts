import type { Problem } from '../../base/problem.ts';
import type { Span, YamlSettings } from '../../base/yamlSettings.ts';
import type { PromptStage } from '../pipeline.ts';
import type { PipelineChecks } from './checks.ts';
import { Findings } from './findings.ts';
import type { RecordNames } from './recordNames.ts';

/** What checking a prompt needs of the pipeline around it. */
export interface PromptCheck {
  readonly checks: PipelineChecks;
  readonly names: RecordNames;
  /** 0-based. */
  readonly stage: number;
  readonly settings: YamlSettings;
  /** Of `prompt`. */
  readonly path: readonly string[];
  /** Of the pipeline file. */
  readonly tell: (span: () => Span, message: () => string) => void;
}

/**
 * Checks the names that a prompt asks the record for.
 *
 * @returns what is wrong in a prompt file; what is wrong in an inline prompt is told
 */
export async function checkPrompt(
  { name: stageName, prompt }: PromptStage,
  { checks, names, stage, settings, path, tell }: PromptCheck,
): Promise<readonly Problem[]> {
  const moment = { stage, isInside: true };
  const read = await checks.promptNames(prompt, names.knownAt(moment));
  const isInline = prompt.kind === 'inline';
  const at = isInline && settings.textOf(path) === undefined ? [...path, 'text'] : path;
  // Other tools look at prompt files.
  if (!read.ok && !isInline) return [];
  const elsewhere = new Findings(isInline ? '' : prompt.path);
  const found = (place: Span, message: () => string): void => {
    if (isInline) tell(() => inlineSpan(prompt.text, place, settings, at), message);
    else elsewhere.tell(() => place, message);
  };
  if (read.ok) {
    for (const { name, ...place } of read.value) {
      const problem = names.problemOf(name, moment);
      if (problem) found(place, () => `The prompt of the stage "${stageName}" ${problem.message()}.`);
    }
  } else {
    for (const { message, line = 1, column = 1, endColumn } of read.problems) {
      const place = { line, column, ...(endColumn === undefined ? {} : { endColumn }) };
      found(place, () => `In the prompt of the stage "${stageName}": ${message}`);
    }
  }
  return elsewhere.all();
}

/** A part of an inline prompt, in the pipeline file. */
function inlineSpan(text: string, place: Span, settings: YamlSettings, at: readonly string[]): Span {
  const lines = text.split('\n');
  const before = lines.slice(0, place.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
  const begin = before + place.column - 1;
  const lineEnd = before + (lines[place.line - 1]?.length ?? 0);
  const end = place.endColumn === undefined ? lineEnd : before + place.endColumn - 1;
  return settings.partSpanOf(at, begin, end);
}
