import { grouped } from '../base/sentence.ts';
import { limits } from './limits.ts';

/** What is wrong with data, in one sentence that says what to do. */
export interface DataProblem {
  readonly file: string;
  /** 1-based. */
  readonly line?: number;
  readonly message: string;
}

/** At most so many are kept: nobody reads thousands. */
class FirstOnes {
  readonly #kept: DataProblem[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(problem: DataProblem): void {
    this.#count += 1;
    if (this.#kept.length < limits.told) this.#kept.push(problem);
  }

  all(what: string, mend: string): readonly DataProblem[] {
    const more = this.#count - limits.told;
    const last = this.#kept.at(-1);
    if (more <= 0 || last === undefined) return this.#kept;
    const message =
      more === 1 ? `There is 1 more ${what}: ${mend}.` : `There are ${grouped(more)} more ${what}s: ${mend}.`;
    return [...this.#kept, { file: last.file, message }];
  }
}

/** What reading data comes upon. */
export class Findings {
  readonly #problems = new FirstOnes();
  readonly #hints = new FirstOnes();
  #isStopped = false;
  /** Whether a file was no text. */
  isBinary = false;

  /** Whether what comes next could not be trusted: reading ends. */
  isStopped(): boolean {
    return this.#isStopped;
  }

  hasProblems(): boolean {
    return this.#problems.count > 0;
  }

  get problems(): readonly DataProblem[] {
    return this.#problems.all('problem', 'correct these first');
  }

  /** What nothing stops for. */
  get hints(): readonly DataProblem[] {
    return this.#hints.all('hint', 'look at these first');
  }

  problem(problem: DataProblem): void {
    this.#problems.add(problem);
  }

  hint(hint: DataProblem): void {
    this.#hints.add(hint);
  }

  /** Those of a part, in its place. */
  take({ problems, hints }: Findings): void {
    for (const problem of problems) this.problem(problem);
    for (const hint of hints) this.hint(hint);
  }

  stopHere(): void {
    this.#isStopped = true;
  }

  /** A problem behind which nothing can be read; what comes of that is none of its own. */
  stop(problem: DataProblem): void {
    if (this.#isStopped) return;
    this.#problems.add(problem);
    this.stopHere();
  }
}
