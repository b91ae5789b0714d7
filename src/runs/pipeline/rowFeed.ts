import { failed, success, type Outcome } from '../../base/outcome.ts';
import { placedMessage } from '../../base/problem.ts';
import type { Expressions, Flow } from '../../flow/flow.ts';
import { placeBetween } from '../../flow/rowPlace.ts';
import type { Runs } from '../runs.ts';
import { firstRows } from './firstRows.ts';
import { newestLast, newRow, type KnownRow } from './firstItems.ts';
import { readPipelineRows, type PipelineRow, type PipelineRowsRequest } from './pipelineRows.ts';

export interface RowFeedRequest extends PipelineRowsRequest {
  readonly run: string;
  readonly flow: Flow;
  readonly expressions: Expressions;
  /** Those that the run has begun with. */
  readonly rows: readonly KnownRow[];
}

export interface FeedPass {
  /** Rows that came, or came anew. */
  readonly taken: number;
  /** Rows that have changed while something of them is at work: they come once that has ended. */
  readonly left: number;
  /** Files that are being written. */
  readonly unsettled: number;
}

/**
 * The way of a source into the open run: what is new, and what has changed by its content, becomes rows of it. A row that is
 * gone from the source stays in the run.
 */
export class RowFeed {
  readonly #request: RowFeedRequest;
  readonly #runs: Pick<Runs, 'putRows'>;
  readonly #known: Map<string, KnownRow>;

  constructor(request: RowFeedRequest, runs: Pick<Runs, 'putRows'>) {
    this.#request = request;
    this.#runs = runs;
    this.#known = new Map(request.rows.map((row) => [row.key, row]));
  }

  /** Reads the source once. A failure is a sentence; what was read before it stays. */
  async pass(): Promise<Outcome<FeedPass, string>> {
    const read = await readPipelineRows(this.#request);
    if (!read.ok) return failed(read.problems.map(placedMessage).join(' '));
    const { rows, unsettled } = read.value;
    const coming: Coming[] = [];
    for (const { row, place, before } of this.#placed(
      firstRows(this.#request.pipeline, rows, this.#request.expressions),
    )) {
      const made = newRow(this.#request.flow, row, place, this.#request.expressions, before);
      if (!made.ok) return made;
      if (made.value.known.hash !== before?.hash) coming.push({ ...made.value, changedAt: row.changedAt });
    }
    if (coming.length === 0) return success({ taken: 0, left: 0, unsettled });
    // The newest comes into being last, and is taken first.
    const inOrder = newestLast(coming);
    const put = await this.#runs.putRows(
      this.#request.run,
      inOrder.map(({ row }) => row),
    );
    if (!put.ok) return failed(put.failure.message);
    // A run that has ended takes none.
    if (!put.value) return success({ taken: 0, left: 0, unsettled: 0 });
    const open = new Set(put.value);
    const taken = inOrder.filter(({ known }) => !open.has(known.key));
    for (const { known } of taken) this.#known.set(known.key, known);
    return success({ taken: taken.length, left: open.size, unsettled });
  }

  /** Rows in the order of the source: those that are known keep their places, and the others come between them. */
  #placed(rows: Iterable<PipelineRow>): readonly PlacedRow[] {
    const known = [...this.#known.values()].map(({ place }) => place).sort();
    const placed: PlacedRow[] = [];
    let last: string | undefined;
    let next = 0;
    for (const row of rows) {
      const before = this.#known.get(row.key);
      // Rows that are gone from the source have their places still.
      while (last !== undefined && next < known.length && (known[next] ?? '') <= last) next++;
      const place = before?.place ?? placeBetween(last, known[next]);
      placed.push({ row, place, before });
      // A row may have moved in the source since it came.
      if (last === undefined || place > last) last = place;
    }
    return placed;
  }
}

type Coming = Extract<ReturnType<typeof newRow>, { readonly ok: true }>['value'] & Pick<PipelineRow, 'changedAt'>;

interface PlacedRow {
  readonly row: PipelineRow;
  readonly place: string;
  /** Undefined for a new one. */
  readonly before: KnownRow | undefined;
}
