import type { CallFacts, LearnedAdaptation } from '../../../model/adaptation.ts';
import { checksum, whole } from '../checksum.ts';
import type { ModelAdaptation } from '../records.ts';
import { DamageError, type Database, type Row } from './database.ts';
import { adaptationOf, limitOf, sentParametersOf } from './rows.ts';

/** Rows that are kept at most: what was learned last. */
const mostRows = 2000;

/** What was learned of the parameters that models take, and what single items were sent with because of that. */
export class AdaptationTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What was learned of one model, in place of what was kept of it. */
  put(endpoint: string, model: string, adaptations: readonly LearnedAdaptation[]): void {
    this.#database.run('DELETE FROM adaptations WHERE endpoint = ? AND model = ?', endpoint, model);
    for (const { parameter, name = null, learnedAt, atMost } of adaptations) {
      const values = [endpoint, model, parameter, name, whole(learnedAt)] as const;
      this.#database.run(
        `INSERT INTO adaptations (endpoint, model, parameter, name, learned_at, at_most, checksum)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        ...values,
        atMost ?? null,
        checksum(...values, ...limitOf(atMost)),
      );
    }
    this.#database.run(
      `DELETE FROM adaptations WHERE learned_at <
         (SELECT learned_at FROM adaptations ORDER BY learned_at DESC LIMIT 1 OFFSET ?)`,
      mostRows,
    );
  }

  /** By model and in the order of learning. A row that is not what was written counts as absent. */
  of(endpoint: string): ModelAdaptation[] {
    return this.#database
      .all('SELECT * FROM adaptations WHERE endpoint = ? ORDER BY model, learned_at, parameter', endpoint)
      .flatMap((row) => ifIntact(row, adaptationOf) ?? []);
  }

  /** @param run the run's key in the tables */
  putFacts(run: number, position: number, { adapted, cut, isRepaired, reasoning, verbalized }: CallFacts): void {
    const facts = {
      ...(adapted && { adapted }),
      ...(cut && { cut }),
      ...(isRepaired && { isRepaired }),
      ...(reasoning !== undefined && { reasoning }),
      ...(verbalized && { verbalized }),
    };
    if (Object.keys(facts).length === 0) return;
    const json = JSON.stringify(facts);
    this.#database.run(
      'INSERT OR REPLACE INTO sent_parameters VALUES (?, ?, ?, ?)',
      run,
      position,
      json,
      checksum(position, json),
    );
  }

  /** As `of`, and nothing of an item whose call went as it was planned. */
  factsOf(run: number, position: number): CallFacts {
    const row = this.#database.get('SELECT * FROM sent_parameters WHERE run = ? AND position = ?', run, position);
    const json = row && ifIntact(row, sentParametersOf);
    return json === undefined ? {} : (JSON.parse(json) as CallFacts);
  }

  forgetFacts(run: number, position: number): void {
    this.#database.run('DELETE FROM sent_parameters WHERE run = ? AND position = ?', run, position);
  }
}

/** Neither is worth more than a call or a line of a manifest: no run stops because one is damaged. */
function ifIntact<Value>(row: Row, read: (row: Row) => Value): Value | undefined {
  try {
    return read(row);
  } catch (error) {
    if (error instanceof DamageError) return undefined;
    throw error;
  }
}
