import type { UnwrittenResult, Page, PageRequest } from '../records.ts';
import { number, text, type Database, type Row } from './database.ts';
import { pageCharacters, pageRows } from './pages.ts';
import { resultOf } from './rows.ts';

/** A result while its file is not known to be there, in SQL on items and results. */
const isUnwritten = `state IN ('queued', 'failed')`;

const columns = 'items.id, items.position, text, format, results.checksum, results.model, input_tokens, output_tokens';
const rowsAtOnce = 20;

/** Reads the texts of one run that are complete while their file is not there. */
export class RunTexts {
  readonly #database: Database;
  readonly #key: number;

  /** @param key the run's in the tables */
  constructor(database: Database, key: number) {
    this.#database = database;
    this.#key = key;
  }

  /** Texts that are complete while their file is not known to be there, in the order of the plan. */
  unwritten(page: PageRequest): Page<UnwrittenResult> {
    return this.#page(page);
  }

  /** The text of one item that is complete while its file is not known to be there. */
  unwrittenOf(item: string): UnwrittenResult | undefined {
    const row = this.#database.get(
      `SELECT ${columns} FROM items JOIN results USING (run, position)
       WHERE items.run = ? AND items.id = ? AND ${isUnwritten}`,
      this.#key,
      item,
    );
    return row && unwritten(row);
  }

  countUnwritten(): number {
    const row = this.#database.get(
      `SELECT count(*) AS items FROM items JOIN results USING (run, position) WHERE items.run = ? AND ${isUnwritten}`,
      this.#key,
    );
    return row ? number(row, 'items') : 0;
  }

  #page(page: PageRequest): Page<UnwrittenResult> {
    const limit = pageRows(page);
    const rows: UnwrittenResult[] = [];
    let characters = 0;
    let after = page.after ?? -1;
    while (rows.length < limit && characters < pageCharacters) {
      // As many as fit, if they are as long as those before.
      const fitting = Math.ceil(((pageCharacters - characters) * rows.length) / Math.max(1, characters));
      const wanted = Math.max(1, Math.min(rowsAtOnce, limit - rows.length, fitting));
      const found = this.#database.all(
        `SELECT ${columns} FROM items JOIN results USING (run, position)
         WHERE items.run = ? AND items.position > ? AND ${isUnwritten} ORDER BY items.position LIMIT ?`,
        this.#key,
        after,
        wanted,
      );
      for (const result of found.map(unwritten)) {
        rows.push(result);
        characters += result.text.length;
        after = result.position;
      }
      if (found.length < wanted) return { rows };
    }
    return { rows, next: after };
  }
}

function unwritten(row: Row): UnwrittenResult {
  return { ...resultOf(row), item: text(row, 'id') };
}
