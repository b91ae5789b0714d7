import type { NewItem } from '../../../src/candidates/plannedItem.ts';
import type { Flow, RecordData } from '../../../src/flow/flow.ts';
import { follow } from '../../../src/flow/follow.ts';
import { rowPlace } from '../../../src/flow/rowPlace.ts';
import type { Plan } from '../../../src/runs/plan/plan.ts';
import type { PlannedItem } from '../../../src/runs/plan/plannedCandidate.ts';
import type { RunFlow } from '../../../src/runs/session/runFlow.ts';
import type { Journal } from '../../../src/storage/journal/journal.ts';
import type { JournalItem } from '../../../src/storage/journal/records.ts';
import { value } from '../journal/support.ts';
import { namesOnly } from './memoryFlow.ts';

/** What the items of a row are beside what the flow says of them. */
export type RowItem = Partial<Pick<NewItem, 'output' | 'number'>>;

/** The items that the rows of a flow start with, keyed `row0`, `row1` and so on. */
export function rowItems(
  flow: Flow,
  rows: readonly RecordData[],
  more: (row: number) => RowItem = () => ({}),
): NewItem[] {
  const items: NewItem[] = [];
  for (const [row, record] of rows.entries()) {
    const first = items.length;
    const drafts = follow(flow, { stage: -1, key: `row${row}`, place: rowPlace(row), record }, namesOnly);
    for (const { parent, state, ...draft } of drafts.ok ? drafts.value : []) {
      items.push({
        ...draft,
        position: items.length,
        root: first,
        prompt: { path: flow.pipeline, name: 'flow', hash: '' },
        row: `row${row}`,
        number: draft.index,
        messages: [],
        parameters: {},
        variables: record,
        ...(parent === undefined ? {} : { parent: first + parent }),
        ...(state === 'skipped' ? { isSkipped: true } : {}),
        ...more(row),
      });
    }
  }
  return items;
}

/** A plan of a flow whose stages are all one service's. */
export function flowPlan(root: string, flow: RunFlow, items: readonly NewItem[], serviceKey: string): Plan {
  return {
    label: 'flow',
    root,
    items: items.map((item): PlannedItem => ({ ...item, serviceKey, siblings: 1 })),
    serviceKeys: [serviceKey],
    stages: flow.flow.stages.map(({ name }) => name),
    flow,
  };
}

/** What came of a run: everything that does not depend on when it happened, a line for each item. */
export function flowOutcome(journal: Journal, run: string): string[] {
  return itemsOf(journal, run)
    .map(({ id, stage, key, place, state }) =>
      [stage, place, key, id, state, JSON.stringify(value(journal.read('record', run, id)))].join(' '),
    )
    .sort();
}

export function itemsOf(journal: Journal, run: string): JournalItem[] {
  const items: JournalItem[] = [];
  for (let after: number | undefined; ;) {
    const page = value(journal.read('items', run, [], after === undefined ? {} : { after }));
    items.push(...page.rows);
    if (page.next === undefined) return items;
    after = page.next;
  }
}
