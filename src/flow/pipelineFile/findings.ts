import { firstProblems, mostTold, type Problem } from '../../base/problem.ts';
import type { Span } from '../../base/yamlSettings.ts';

/** Problems of one file, by their lines. Only the first ones are looked at closely: somebody else's file may have thousands. */
export class Findings {
  readonly #file: string;
  readonly #told: Problem[] = [];
  #more = 0;

  constructor(file: string) {
    this.#file = file;
  }

  get isEmpty(): boolean {
    return this.#told.length === 0;
  }

  tell(span: () => Span, message: () => string): void {
    if (this.#told.length >= mostTold) this.#more += 1;
    else this.#told.push({ file: this.#file, ...span(), message: message() });
  }

  all(): readonly Problem[] {
    const byPlace = [...this.#told].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    const more = Array.from({ length: this.#more }, (): Problem => ({ file: this.#file, message: '' }));
    return firstProblems([...byPlace, ...more]);
  }
}
