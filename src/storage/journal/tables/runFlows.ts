import type { Database } from './database.ts';
import { FlowTables } from './flowTables.ts';

/** Runs whose flows are remembered at most. */
const mostFlows = 16;

/** The flows of runs at work, each read once: what a run follows never changes. */
export class RunFlows {
  readonly #database: Database;
  readonly #flows = new Map<string, FlowTables | undefined>();

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @param key the run's in the tables
   * @returns undefined for a run without a flow
   */
  of(run: string, key: number): FlowTables | undefined {
    if (this.#flows.has(run)) return this.#flows.get(run);
    if (this.#flows.size >= mostFlows) this.forget();
    const flow = FlowTables.of(this.#database, key);
    this.#flows.set(run, flow);
    return flow;
  }

  /** Runs were deleted: their keys may be given to others. */
  forget(): void {
    this.#flows.clear();
  }
}
