import type { Checkpoint, Page, PageRequest } from '../records.ts';
import { number, type Database } from './database.ts';
import { pageCharacters, pageRows } from './pages.ts';
import { checkpointOf } from './rows.ts';

/** Number of a run's last stage, in SQL on items. */
const lastStage = '(SELECT max(stage) FROM stages WHERE stages.run = items.run)';
/** A result that is a whole text while its file is not known to be there, in SQL on items and results. */
const isUnwritten = `state IN ('queued', 'failed') AND stage = ${lastStage}`;
/** The latest result of an item that is on its way, in SQL on items and results. */
const isReached = `state = 'queued' AND stage < ${lastStage}
  AND stage = (SELECT max(stage) FROM results AS r WHERE r.run = items.run AND r.position = items.position)`;

const columns = 'items.id, items.position, stage, text, results.checksum, results.model, input_tokens, output_tokens';
const rowsAtOnce = 20;

/** Reads the texts of one run that are not through: complete ones whose file is not there, and those of earlier stages. */
export class RunTexts {
  readonly #database: Database;
  readonly #key: number;

  /** @param key the run's in the tables */
  constructor(database: Database, key: number) {
    this.#database = database;
    this.#key = key;
  }

  /** Texts that are complete while their file is not known to be there, in the order of the plan. */
  unwritten(page: PageRequest): Page<Checkpoint> {
    return this.#page(page, isUnwritten);
  }

  /** The text of one item that is complete while its file is not known to be there. */
  unwrittenOf(item: string): Checkpoint | undefined {
    const row = this.#database.get(
      `SELECT ${columns} FROM items JOIN results USING (run, position)
       WHERE items.run = ? AND items.id = ? AND ${isUnwritten}`,
      this.#key,
      item,
    );
    return row && checkpointOf(row);
  }

  countUnwritten(): number {
    const row = this.#database.get(
      `SELECT count(*) AS items FROM items JOIN results USING (run, position) WHERE items.run = ? AND ${isUnwritten}`,
      this.#key,
    );
    return row ? number(row, 'items') : 0;
  }

  /** The stage that each unfinished item has reached, in the order of the plan; items that have reached none are absent. */
  reached(page: PageRequest): Page<Checkpoint> {
    return this.#page(page, isReached);
  }

  /** @param condition SQL on items and results */
  #page(page: PageRequest, condition: string): Page<Checkpoint> {
    const limit = pageRows(page);
    const rows: Checkpoint[] = [];
    let characters = 0;
    let after = page.after ?? -1;
    while (rows.length < limit && characters < pageCharacters) {
      // As many as fit, if they are as long as those before.
      const fitting = Math.ceil(((pageCharacters - characters) * rows.length) / Math.max(1, characters));
      const wanted = Math.max(1, Math.min(rowsAtOnce, limit - rows.length, fitting));
      const found = this.#database.all(
        `SELECT ${columns} FROM items JOIN results USING (run, position)
         WHERE items.run = ? AND items.position > ? AND ${condition} ORDER BY items.position LIMIT ?`,
        this.#key,
        after,
        wanted,
      );
      for (const checkpoint of found.map(checkpointOf)) {
        rows.push(checkpoint);
        characters += checkpoint.text.length;
        after = checkpoint.position;
      }
      if (found.length < wanted) return { rows };
    }
    return { rows, next: after };
  }
}
