import type { Row } from '../model/row.ts';
import type { Expressions, Flow, FlowStage } from './flow.ts';
import { gatheredRecord } from './record.ts';

type Gather = Extract<FlowStage['input'], { kind: 'gather' }>;

/**
 * Rows that the first stage gathers: nothing has to be waited for, so each group is a row of its own from the beginning. It
 * has the record and the key that a gather behind a stage would have.
 *
 * @returns in the order of the first row of each
 */
export function gatherRows(rows: Iterable<Row>, { by, size }: Gather, expressions: Expressions): readonly Row[] {
  const gathered: { readonly first: Row; readonly group: string; readonly index: number; readonly rows: Row[] }[] = [];
  const open = new Map<string, (typeof gathered)[number]>();
  for (const row of rows) {
    const group = by === undefined ? '' : (expressions.text(by, row.values) ?? '');
    const last = open.get(group);
    if (last && (size === undefined || last.rows.length < size)) {
      last.rows.push(row);
      continue;
    }
    const next = { first: row, group, index: last ? last.index + 1 : 0, rows: [row] };
    open.set(group, next);
    gathered.push(next);
  }
  return gathered.map(({ first, group, index, rows: members }) => ({
    key: size === undefined ? group : `${group}/${index}`,
    label: first.label,
    values: gatheredRecord(
      group,
      index,
      members.map(({ values }) => values),
      [],
    ),
  }));
}

/** A flow for rows that are gathered already. */
export function withGatheredRows(flow: Flow): Flow {
  const [first, ...others] = flow.stages;
  if (first?.input.kind !== 'gather') return flow;
  return { ...flow, stages: [{ ...first, input: { kind: 'pass' } }, ...others] };
}
