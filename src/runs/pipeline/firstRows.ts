import type { Expressions } from '../../flow/flow.ts';
import { gatherRows } from '../../flow/gatherRows.ts';
import type { Pipeline } from '../../flow/pipeline.ts';
import type { Row } from '../../model/row.ts';

/** The rows that a pipeline's first stage begins with: those of the source, or many as one where it gathers. */
export function firstRows<Each extends Row>(
  { stages: [first] }: Pick<Pipeline, 'stages'>,
  rows: Iterable<Each>,
  expressions: Expressions,
): Iterable<Each | Row> {
  return first?.input.kind === 'gather' ? gatherRows(rows, first.input, expressions) : rows;
}
