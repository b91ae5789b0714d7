import { grouped } from './sentence.ts';
import type { TextEdit } from './textEdit.ts';

/** What is wrong with an input, in one sentence that says what to do. */
export interface Problem {
  readonly file: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based, in UTF-16 units; absent: the whole line. */
  readonly column?: number;
  /** 1-based, behind the last character. */
  readonly endColumn?: number;
  readonly message: string;
  /** What may be done about it, best first. */
  readonly mends?: readonly Mend[];
}

/** A change of the file that mends a problem. */
export interface Mend {
  readonly title: string;
  /** Of the whole text of the file; none overlaps another one. */
  readonly edits: readonly TextEdit[];
}

export type Result<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problems: readonly Problem[] };

/** A problem as a line of its own: `a.prompt.md:3: …`. */
export function placedMessage({ file, line, message }: Problem): string {
  if (file === '') return message;
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`;
}

/** Problems that are told one by one. */
export const mostTold = 50;

function first(problems: readonly Problem[], moreThan: (more: number) => string): readonly Problem[] {
  const more = problems.length - mostTold;
  const last = problems[mostTold - 1];
  if (more <= 0 || last === undefined) return problems;
  return [...problems.slice(0, mostTold), { ...last, message: moreThan(more) }];
}

/** The first problems, and how many more there are: nobody reads thousands. */
export function firstProblems(problems: readonly Problem[]): readonly Problem[] {
  return first(problems, (more) =>
    more === 1
      ? 'There is 1 more problem: correct these first.'
      : `There are ${grouped(more)} more problems: correct these first.`,
  );
}

/** The same of what is told and nothing need be done about. */
export function firstHints(hints: readonly Problem[]): readonly Problem[] {
  return first(hints, (more) =>
    more === 1
      ? 'There is 1 more hint: look at these first.'
      : `There are ${grouped(more)} more hints: look at these first.`,
  );
}
