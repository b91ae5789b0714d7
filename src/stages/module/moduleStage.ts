import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { bytesHash } from '../../base/hash.ts';
import { isJsonObject } from '../../base/jsonObject.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { describeError } from '../../base/redact.ts';
import { brief } from '../../base/sentence.ts';
import type { RecordData } from '../../flow/flow.ts';
import type { ModuleStage } from '../../flow/pipeline.ts';
import { cancelledFailure, type Failure } from '../../model/attempt.ts';
import { completed, ended, failure, refused, type StageOutcome } from '../outcomes.ts';
import { renderAll } from '../pieces.ts';
import type { StageTask, StageWork } from '../stage.ts';
import { ocr, type OcrTools } from './builtIns/ocr.ts';
import type { ThreadEnd, Threads, ThreadTrouble } from './threads.ts';

export interface ModuleTools extends OcrTools {
  /**
   * Where a module of the workspace really is, absolute: through the gate for paths.
   *
   * @param module as the pipeline has it, such as `./stages/clean.mjs`
   * @returns one sentence when it is not there or may not be run
   */
  readonly resolveModule: (module: string) => Promise<Outcome<string, string>>;
  /**
   * Reads a file that a record names, through the same gate.
   *
   * @returns one sentence when it cannot be read or has more bytes
   */
  readonly readFile: (path: string, mostBytes: number) => Promise<Outcome<Uint8Array, string>>;
  readonly threads: Threads;
}

const defaultTimeoutMs = 300_000;
const mostFileBytes = 200_000_000;

/** Runs a function on a record, in a thread: a built-in, or a module of the workspace. */
export function moduleStage(stage: ModuleStage, tools: ModuleTools): StageWork {
  const timeoutMs = stage.timeoutMs ?? defaultTimeoutMs;
  return async (task) => {
    const options = renderAll(stage.with, task);
    if (!options.ok) return refused(`The stage "${stage.name}" cannot start: ${options.failure}`);
    const given = isJsonObject(options.value) ? options.value : {};
    switch (stage.module) {
      case 'pdf-text':
      case 'ocr':
        return builtIn(stage, { tools, task, options: given, timeoutMs });
      default:
        return userModule(stage, { tools, task, options: given, timeoutMs });
    }
  };
}

interface Call {
  readonly tools: ModuleTools;
  readonly task: StageTask;
  readonly options: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
}

async function builtIn(stage: ModuleStage, { tools, task, options, timeoutMs }: Call): Promise<StageOutcome> {
  const path = fileOf(task.record, options);
  if (path === undefined) {
    const remedy = 'say which with "with: { file: … }"';
    return refused(`The stage "${stage.name}" finds no file in the record: ${remedy}.`);
  }
  const bytes = await tools.readFile(path, mostFileBytes);
  if (!bytes.ok) return refused(bytes.failure);
  const { threads } = tools;
  const named = `"${brief(path, 200)}"`;
  const { signal } = task;
  const end =
    stage.module === 'ocr'
      ? await ocr({ bytes: bytes.value, language: options.language, named, timeoutMs, signal }, tools)
      : await threads.run({
          program: threads.programs.pdfText,
          data: { bytes: bytes.value, named },
          timeoutMs,
          signal,
          readFile: noFiles,
        });
  return outcomeOf(end, `Reading ${named}`, timeoutMs, (message) => message);
}

const noFiles = (): Promise<Outcome<Uint8Array, string>> => Promise.resolve(failed('No file is read here.'));

/** Where the file is that a built-in reads. */
function fileOf({ file, path }: RecordData, options: Readonly<Record<string, unknown>>): string | undefined {
  const candidates = [options.file, isJsonObject(file) ? file.path : file, path];
  return candidates.find((each): each is string => typeof each === 'string' && each.trim() !== '');
}

async function userModule(stage: ModuleStage, { tools, task, options, timeoutMs }: Call): Promise<StageOutcome> {
  const address = await moduleAddress(stage.module, tools);
  if (!address.ok) return refused(address.failure);
  const { threads } = tools;
  const end = await threads.run({
    program: threads.programs.moduleWorker,
    data: { module: address.value, record: task.record, with: options },
    timeoutMs,
    signal: task.signal,
    readFile: (path) => tools.readFile(path, mostFileBytes),
  });
  const named = `The module "${brief(stage.module, 100)}"`;
  return outcomeOf(end, named, timeoutMs, (message) => `${named} ${message}.`);
}

/** With its hash, because threads remember the modules that they have loaded. */
async function moduleAddress(module: string, { resolveModule }: ModuleTools): Promise<Outcome<string, string>> {
  const path = await resolveModule(module);
  if (!path.ok) return path;
  try {
    return success(`${pathToFileURL(path.value).href}?v=${bytesHash(await readFile(path.value)).slice(0, 16)}`);
  } catch (error) {
    return failed(`The module "${brief(module, 100)}" cannot be read (${describeError(error)}): correct its path.`);
  }
}

function outcomeOf(end: ThreadEnd, named: string, timeoutMs: number, told: (message: string) => string): StageOutcome {
  switch (end.kind) {
    case 'text':
    case 'json':
      return completed({ text: end.text, format: end.kind });
    case 'failed':
      return ended(failure(end.reason, told(end.message)));
    case 'cancelled':
      return ended(cancelledFailure);
    default:
      return ended(threadFailure(end, named, timeoutMs));
  }
}

function threadFailure(end: ThreadTrouble, named: string, timeoutMs: number): Failure {
  switch (end.kind) {
    case 'timeout':
      return failure(
        'timeout',
        `${named} did not end within ${timeoutMs / 1000} s and was ended: raise the stage's "timeout".`,
      );
    case 'memory':
      return failure(
        'too-long',
        `${named} took more memory than a thread may have, and was ended: give it less at once.`,
      );
    case 'died':
      return failure(
        'program-failed',
        `${named} ended its thread: ${brief(describeError(end.error), 200).replace(/[.\s]+$/, '')}.`,
      );
  }
}
