import { isJsonObject } from '../../base/jsonObject.ts';
import { done, failed, success, type Outcome } from '../../base/outcome.ts';
import type { Expressions, RecordData } from '../../flow/flow.ts';
import type { StageDefinition } from '../../flow/pipeline.ts';
import type { StageText } from '../../flow/record.ts';
import { isHopeless, isRetryable, type AttemptOutcome, type Failure, type FailureReason } from '../../model/attempt.ts';
import { outputPath } from '../../stages/outputPath.ts';
import type { ResultFile } from '../session/runFlow.ts';
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

/** What a result's file is, and where it goes. */
export function resultFile(
  { kind, output = '' }: StageDefinition,
  result: StageText,
  where: {
    readonly record: RecordData;
    readonly expressions: Expressions;
    readonly files: StageFiles;
    readonly owner: string;
  },
): Outcome<ResultFile, Failure> {
  const path = outputPath(output, where);
  if (!path.ok) return failed({ reason: 'bad-request', message: path.failure });
  const { files, owner } = where;
  if (kind === 'http') return success(fetchedFile(path.value, result, files, owner));
  const content = contentOf(result);
  const left = files.leftAt(path.value, content);
  const value: unknown = result.format === 'json' ? JSON.parse(result.text) : { text: result.text };
  const text = JSON.stringify({ ...(isJsonObject(value) ? value : { value }), ...left });
  return success({
    result: { text, format: 'json' },
    isAtHand: () => Promise.resolve(true),
    write: async () => {
      const written = await files.writeFor(path.value, content, owner);
      return written.ok ? done : written;
    },
  });
}

/** Requests name the file that they have fetched, which waits for its place. */
function fetchedFile(path: string, result: StageText, files: StageFiles, owner: string): ResultFile {
  const fetched = fileOf(result);
  const put = (): ReturnType<StageFiles['put']> =>
    files.put({ file: fetched?.path ?? path, sha256: fetched?.hash ?? '' }, owner);
  return {
    result,
    isAtHand: async () => {
      if (fetched?.path !== files.nameOf(path)) return false;
      const placed = await put();
      return !placed.ok || placed.value === 'placed';
    },
    write: async () => {
      const placed = await put();
      if (!placed.ok) return placed;
      if (placed.value === 'placed') return done;
      const message = `What was fetched for the file ${path} is gone: try the records again.`;
      return failed({ reason: 'write-failed', message });
    },
  };
}

/** The file that a result names, with its hash; undefined for one without. */
export function fileOf({ text, format }: StageText): { readonly path: string; readonly hash: string } | undefined {
  if (format !== 'json') return undefined;
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value) || typeof value.file !== 'string') return undefined;
  const hash = value.sha256;
  return typeof hash === 'string' ? { path: value.file, hash } : undefined;
}
