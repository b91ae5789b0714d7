import { isJsonObject } from '../../base/jsonObject.ts';
import type { Expressions, RecordData } from '../../flow/flow.ts';
import type { StageDefinition } from '../../flow/pipeline.ts';
import type { StageText } from '../../flow/record.ts';
import { isHopeless, isRetryable, type AttemptOutcome, type FailureReason } from '../../model/attempt.ts';
import { outputPath } from '../../stages/outputPath.ts';
import type { StageFiles } from './stageFiles.ts';

/** Failures that are not of the record: it must not pass as if the stage had nothing for it. */
function isNotOfRecord(reason: FailureReason): boolean {
  return isHopeless(reason) || reason === 'cancelled' || reason === 'budget' || reason === 'write-failed';
}

/** What a stage that keeps its records comes to where it has nothing for one. */
export function keptOutcome<Result extends StageText>(
  { otherwise }: StageDefinition,
  outcome: AttemptOutcome<Result>,
  nothing: Result,
): AttemptOutcome<Result> {
  if (outcome.kind !== 'failed' || otherwise !== 'keep') return outcome;
  const { reason, isAskedAgain, isForLater } = outcome.failure;
  if (isAskedAgain || isForLater || isRetryable(reason) || isNotOfRecord(reason)) return outcome;
  const { failure: _failure, usage = { input: 0, output: 0 }, ...facts } = outcome;
  return { ...facts, kind: 'completed', result: nothing, usage };
}

/** What the file of a result holds. */
function contentOf({ text }: StageText): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** Writes the file of a result, and says in the result where it is. */
export async function withFile<Result extends StageText>(
  template: string,
  result: Result,
  where: {
    readonly record: RecordData;
    readonly expressions: Expressions;
    readonly files: StageFiles;
    readonly owner: string;
  },
): Promise<AttemptOutcome<Result>> {
  const path = outputPath(template, where);
  if (!path.ok) return { kind: 'failed', failure: { reason: 'bad-request', message: path.failure }, calls: 0 };
  const written = await where.files.writeFor(path.value, contentOf(result), where.owner);
  if (!written.ok) return { kind: 'failed', failure: written.failure };
  const value: unknown = result.format === 'json' ? JSON.parse(result.text) : { text: result.text };
  const fields = isJsonObject(value) ? value : { value };
  const { file, sha256 } = written.value;
  const text = JSON.stringify({ ...fields, file, sha256 });
  return { kind: 'completed', result: { ...result, text, format: 'json' }, usage: { input: 0, output: 0 } };
}

/** The file that a result names, with its hash; undefined for one without. */
export function fileOf({ text, format }: StageText): { readonly path: string; readonly hash: string } | undefined {
  if (format !== 'json') return undefined;
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value) || typeof value.file !== 'string') return undefined;
  const hash = value.sha256;
  return typeof hash === 'string' ? { path: value.file, hash } : undefined;
}
