import type { Database } from './database.ts';
import { FlowTables } from './flowTables.ts';

/** Runs whose flows are remembered at most. */
const mostFlows = 16;

/** The flows of runs at work, each read once: what a run follows never changes. */
export class RunFlows {
  readonly #database: Database;
  readonly #flows = new Map<string, FlowTables | undefined>();
  readonly #watched = new Set<string>();

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

  /** Rows may come to a run for as long as this process works on it. */
  watch(run: string): void {
    this.#watched.add(run);
  }

  isWatched(run: string): boolean {
    return this.#watched.has(run);
  }

  /** Nobody works on a run any more. */
  left(run: string): void {
    this.#watched.delete(run);
  }

  /** Runs were deleted: their keys may be given to others. */
  forget(): void {
    this.#flows.clear();
  }
}
