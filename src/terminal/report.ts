import { once } from 'node:events';
import { relative } from 'node:path';
import { visible, visibleJson, visibleLines } from '../base/visible.ts';
import type { ItemSnapshot, RunSummary } from '../model/run.ts';

export const exitWritten = 0;
export const exitSomeFailed = 1;
export const exitBadInput = 2;
export const exitInterrupted = 130;

/** What `--json` prints; other tools depend on it. */
export interface JsonReport {
  /** Null when there was nothing to resume. */
  readonly run: string | null;
  /** Why the run stopped before its end, as a sentence: what it did not come to can be resumed. Null: it did not. */
  readonly problem: string | null;
  /** What stopped it, where a program may do something about it. */
  readonly stopped: 'budget' | null;
  readonly items: number;
  readonly written: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  /** Written, but cut at the output limit. */
  readonly cut: number;
  readonly attempts: number;
  readonly retries: number;
  readonly rateLimited: number;
  readonly durationMs: number;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly cost: number | null;
  readonly files: readonly string[];
  /** Of the candidates of each prompt file, by its path: 0 (all say the same) to 1; without those that have no two. */
  readonly diversity: Readonly<Record<string, number>>;
  /** Tables of results; absent for none. */
  readonly tables?: readonly string[];
  /** Why a table was not written, as a sentence; absent: they were. */
  readonly tableProblem?: string;
  readonly errors: readonly {
    readonly item: string;
    readonly stage: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

/** Counts and files are of the whole run; attempts, tokens, cost and time are what this call of the program took. */
export function jsonReport(
  summary: RunSummary | undefined,
  items: readonly ItemSnapshot[],
  diversity: JsonReport['diversity'] = {},
): JsonReport {
  return {
    run: summary?.run ?? null,
    problem: summary?.problem ?? null,
    stopped: summary?.stopped ?? null,
    items: items.length,
    written: summary?.counts.written ?? 0,
    failed: summary?.counts.failed ?? 0,
    cancelled: summary?.counts.cancelled ?? 0,
    skipped: summary?.counts.skipped ?? 0,
    cut: summary?.cut ?? 0,
    attempts: summary?.attempts ?? 0,
    retries: summary?.retries ?? 0,
    rateLimited: summary?.rateLimited ?? 0,
    durationMs: Math.round(summary?.durationMs ?? 0),
    tokens: summary?.tokens ?? { input: 0, output: 0 },
    cost: summary?.cost ?? null,
    files: items.flatMap((item) => (item.file === undefined ? [] : [item.file])),
    diversity,
    ...(summary?.tables ? { tables: summary.tables } : {}),
    ...(summary?.tableProblem === undefined ? {} : { tableProblem: summary.tableProblem }),
    errors: items.flatMap((item) =>
      item.state === 'failed' && item.failure
        ? [{ item: item.id, stage: item.failure.stage, reason: item.failure.reason, message: item.failure.message }]
        : [],
    ),
  };
}

/** Standard output takes no more: a full disk, as a rule. */
export function cutShort(error: Error): string {
  return `Standard output could not be written, which does not affect candidates: ${error.message}.`;
}

export function printJson(value: unknown): void {
  process.stdout.write(`${visibleJson(JSON.stringify(value))}\n`);
}

/**
 * Prints an object as `printJson` does, one of whose members is a list that is made while it is printed: no one text holds
 * all of it.
 *
 * @param name of the member; what it has in the object itself does not matter
 */
export async function printJsonWith(value: object, name: string, list: Iterable<unknown>): Promise<void> {
  const write = async (json: string, end = ''): Promise<void> => {
    if (!process.stdout.write(visibleJson(json) + end)) await once(process.stdout, 'drain');
  };
  let text = '{';
  const members = Object.entries({ ...value, [name]: [] as unknown }).filter(([, member]) => member !== undefined);
  for (const [place, [key, member]] of members.entries()) {
    text += `${place === 0 ? '' : ','}${JSON.stringify(key)}:`;
    if (key !== name) {
      text += JSON.stringify(member);
      continue;
    }
    let separator = '[';
    for (const each of list) {
      text += separator + JSON.stringify(each);
      separator = ',';
      if (text.length < pieceLength) continue;
      await write(text);
      text = '';
    }
    text += separator === '[' ? '[]' : ']';
  }
  await write(`${text}}`, '\n');
}

/** Characters that are printed at once. */
const pieceLength = 64 * 1024;

/** Prints a whole text: as it is for another program, and made visible where a terminal shows it. */
export function printText(text: string): void {
  process.stdout.write(process.stdout.isTTY ? visibleLines(text) : text);
}

/** Prints one line for a person. */
export function printLine(text: string): void {
  process.stdout.write(`${visible(text)}\n`);
}

export function printFiles(items: readonly ItemSnapshot[]): void {
  for (const { file } of items) {
    if (file !== undefined) printLine(relative(process.cwd(), file));
  }
}

export function exitStatus({ counts, problem }: RunSummary, items: number, wasInterrupted: boolean): number {
  if (wasInterrupted) return exitInterrupted;
  if (problem !== undefined) return exitSomeFailed;
  return counts.written + counts.skipped === items ? exitWritten : exitSomeFailed;
}
