import pLimit from 'p-limit';
import { success } from '../../base/outcome.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { ChangedItems, NewRow } from '../../storage/journal/records.ts';
import type { ReadyRun } from './readyRun.ts';
import type { SessionItems } from './sessionItems.ts';
import type { SessionParts } from './sessionTools.ts';

/** Whether a run has something to do when all of its items have ended. */
export function isLookedAtAtRest({ flow, options, isPart }: ReadyRun): boolean {
  if (!flow || isPart) return false;
  return options.watch === true || flow.flow.stages.some(({ input }) => input.kind === 'gather');
}

/**
 * A run whose items have all ended is not always through: gathers may have waited for just that, and rows may come for as long
 * as its source is watched.
 */
export class SessionRows {
  readonly #parts: SessionParts;
  readonly #items: SessionItems;
  readonly #inTurn = pLimit(1);
  readonly #hasGathers: boolean;
  #isWatching: boolean;
  /** Whether a look at the run at rest is to come. */
  #isToLook = false;

  constructor(parts: SessionParts, items: SessionItems) {
    const { flow, options } = parts.ready;
    this.#parts = parts;
    this.#items = items;
    this.#hasGathers = flow?.flow.stages.some(({ input }) => input.kind === 'gather') === true;
    this.#isWatching = options.watch === true;
  }

  get isWatching(): boolean {
    return this.#isWatching;
  }

  /** Every item of the run has ended. */
  rested(): void {
    if (this.#isToLook) return;
    this.#isToLook = true;
    void this.#inTurn(async () => {
      this.#isToLook = false;
      await this.#look();
    });
  }

  /** No row comes any more: what is there is brought to its end. */
  end(): void {
    this.#isWatching = false;
    if (this.#parts.tools.engine.rests(this.#run)) this.rested();
  }

  /**
   * Rows that have come or have changed become items of the run: they are in the journal before anything is called for them.
   *
   * @returns keys of those that must come again later, as something of them is open; undefined when the run takes none any more
   */
  put(rows: readonly NewRow[]): Promise<JournalOutcome<readonly string[] | undefined>> {
    return this.#inTurn(async () => {
      if (!this.#isWatching) return success(undefined);
      const { owned, troubled } = this.#parts;
      const put = await owned.persist(() => owned.workspace.journal.putRows(owned.lease, rows));
      if (!put.ok) {
        troubled(put.failure);
        return put;
      }
      this.#take(put.value);
      return success(put.value.open);
    });
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#inTurn(() => undefined);
  }

  get #run(): string {
    return this.#parts.ready.run.id;
  }

  async #look(): Promise<void> {
    const { tools, owned, troubled } = this.#parts;
    if (!tools.engine.rests(this.#run)) return;
    if (this.#hasGathers) {
      const gathered = await owned.persist(() => owned.workspace.journal.gatherAtRest(owned.lease));
      if (!gathered.ok) {
        troubled(gathered.failure);
        return;
      }
      this.#take(gathered.value);
    }
    if (!tools.engine.rests(this.#run)) return;
    if (this.#isWatching) tools.board.setState(this.#run, 'watching');
    else tools.engine.close(this.#run);
  }

  #take({ added, removed }: ChangedItems): void {
    if (added.length + removed.length === 0) return;
    const { engine, board } = this.#parts.tools;
    if (removed.length > 0) board.itemsRemoved(this.#run, removed);
    const specs = this.#items.adopt(added);
    if (this.#parts.ready.run.state === 'watching') board.setState(this.#run, 'running');
    // Whoever resumes the run goes on with what came too late.
    if (!engine.add(this.#run, specs)) this.#items.leave(specs);
    board.recount(this.#run);
    // Records may pass by all that there is.
    if (specs.length === 0 && engine.rests(this.#run)) this.rested();
  }
}
