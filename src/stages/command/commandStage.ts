import { failed, success, type Outcome } from '../../base/outcome.ts';
import { describeError, redact } from '../../base/redact.ts';
import { brief } from '../../base/sentence.ts';
import type { CommandStage } from '../../flow/pipeline.ts';
import type { StageText } from '../../flow/record.ts';
import { cancelledFailure, type Failure } from '../../model/attempt.ts';
import { completed, ended, failure, parsedJson, refused } from '../outcomes.ts';
import { render, type Scope } from '../pieces.ts';
import type { StageWork } from '../stage.ts';
import { programEnvironment } from './environment.ts';
import { programCall, type ProgramCall } from './programArguments.ts';
import { runProgram, type ProgramEnd } from './runProgram.ts';
import { shellCall } from './shellLine.ts';

export interface CommandTools {
  /** The pipeline's, absolute: where the program starts. */
  readonly folder: string;
  /** Only what programs need of it gets through; default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** No sentence holds them; those that the process remembers are left out anyway. */
  readonly secrets?: readonly string[];
  readonly graceMs?: number;
  /** Most bytes of output; default 20 MB. */
  readonly mostBytes?: number;
}

const defaultTimeoutMs = 600_000;
const defaultMostBytes = 20_000_000;

/** Runs a program for a record: arguments and standard input are its, what the program writes is the result. */
export function commandStage(stage: CommandStage, tools: CommandTools): StageWork {
  const environment = programEnvironment(tools.environment ?? process.env);
  const mostBytes = tools.mostBytes ?? defaultMostBytes;
  const timeoutMs = stage.timeoutMs ?? defaultTimeoutMs;
  return async ({ record, expressions, signal }) => {
    const scope = { record, expressions };
    const call = callOf(stage, scope);
    if (!call.ok) return refused(`The stage "${stage.name}" cannot start: ${call.failure}`);
    const stdin = stage.stdin === undefined ? undefined : render(stage.stdin, scope);
    if (stdin?.ok === false) return refused(`The stage "${stage.name}" cannot start: ${stdin.failure}`);
    const end = await runProgram(call.value, {
      folder: tools.folder,
      environment,
      timeoutMs,
      mostBytes,
      signal,
      ...(stdin === undefined ? {} : { stdin: stdin.value }),
      ...(tools.graceMs === undefined ? {} : { graceMs: tools.graceMs }),
    });
    const named = stage.command.kind === 'shell' ? 'The shell line' : `The command "${brief(call.value.program, 100)}"`;
    const said = resultOf(end, { named, stage, timeoutMs, mostBytes, secrets: tools.secrets ?? [] });
    return said.ok ? completed(said.value) : ended(said.failure);
  };
}

function callOf({ command }: CommandStage, scope: Scope): Outcome<ProgramCall, string> {
  return command.kind === 'shell' ? shellCall(command.line, scope) : programCall(command.arguments, scope);
}

interface Telling {
  /** How a sentence begins that tells of it. */
  readonly named: string;
  readonly stage: CommandStage;
  readonly timeoutMs: number;
  readonly mostBytes: number;
  readonly secrets: readonly string[];
}

function resultOf(end: ProgramEnd, telling: Telling): Outcome<StageText, Failure> {
  const { named, stage, timeoutMs, mostBytes, secrets } = telling;
  switch (end.kind) {
    case 'cancelled':
      return failed(cancelledFailure);
    case 'timeout':
      return failed(
        failure(
          'timeout',
          `${named} did not end within ${timeoutMs / 1000} s and was ended: raise the stage's "timeout".`,
        ),
      );
    case 'too-long':
      return failed(
        failure('too-long', `${named} wrote more than ${mostBytes} bytes and was ended: let it write less.`),
      );
    case 'not-found':
      return failed(
        failure(
          'bad-request',
          `${named} cannot be started, because there is no such program: install it, or correct its name.`,
        ),
      );
    case 'not-started':
      return failed(failure('bad-request', `${named} cannot be started: ${whyNotStarted(end.error)}`));
    case 'exited': {
      if (end.code === 0) return textOf(end.stdout, stage, named);
      const last = end.stderr.trimEnd().split('\n').at(-1)?.trim() ?? '';
      const words = brief(describeError(redact(last, secrets)), 300).replace(/[.\s]+$/, '');
      const how = end.code === undefined ? `was ended by ${end.signal ?? 'a signal'}` : `failed (${end.code})`;
      return failed(failure('program-failed', `${named} ${how}${words === '' ? ', and said nothing' : `: ${words}`}.`));
    }
  }
}

function whyNotStarted(error: unknown): string {
  const { code, originalMessage } = (error ?? {}) as { readonly code?: string; readonly originalMessage?: string };
  switch (code) {
    case 'E2BIG':
      return 'its arguments are too long: hand long texts over with "stdin".';
    case 'EACCES':
      return 'it is not executable: change its mode, or name the program that reads it.';
    default:
      return `${brief(describeError(originalMessage ?? code ?? 'the system refused')).replace(/[.\s]+$/, '')}.`;
  }
}

function textOf(stdout: Buffer, stage: CommandStage, named: string): Outcome<StageText, Failure> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(stdout);
  } catch {
    return failed(failure('invalid-output', `${named} wrote something that is no UTF-8: let it write text.`));
  }
  if (stage.result === 'text') return success({ text: text.replace(/\r?\n$/, ''), format: 'text' });
  if (parsedJson(text)) return success({ text: text.trim(), format: 'json' });
  const sample = text.trim() === '' ? 'nothing' : `"${brief(describeError(text.trim()).replace(/\s+/g, ' '), 80)}"`;
  return failed(
    failure(
      'invalid-output',
      `${named} wrote ${sample}, which is no JSON: let it write JSON, or leave "result: json" out.`,
    ),
  );
}
