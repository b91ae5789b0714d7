import { brief, grouped } from './limits.ts';
import type { Row } from '../model/row.ts';
import type { Problem } from './promptFile.ts';

interface Found {
  readonly problem: Problem;
  /** The first row that has it, as a sentence calls it. */
  readonly row: string;
  rows: number;
}

/** What is wrong when rows are filled in: each place is told once, with the row where it is not that of all rows. */
export class RowProblems {
  readonly #found = new Map<string, Found>();
  #rows = 0;

  /** @param problems none for a row that is well */
  add({ label, number }: Pick<Row, 'label' | 'number'>, problems: readonly Problem[]): void {
    this.#rows += 1;
    for (const problem of problems) {
      const { line, column, message } = problem;
      // What follows is what else the row has.
      const place = [line, column, message.split(':', 1)[0]].join(' ');
      const known = this.#found.get(place);
      if (known) known.rows += 1;
      else {
        const row = number === undefined ? `"${brief(label, 80)}"` : grouped(number);
        this.#found.set(place, { problem, row, rows: 1 });
      }
    }
  }

  get problems(): readonly Problem[] {
    return [...this.#found.values()].map(({ problem, row, rows }) => {
      if (rows === this.#rows) return problem;
      const others = rows === 1 ? '' : ` and ${grouped(rows - 1)} more`;
      const message = problem.message.replace(/^[A-Z](?=[a-z]* )/, (letter) => letter.toLowerCase());
      return { ...problem, message: `In row ${row}${others}, ${message}` };
    });
  }
}
