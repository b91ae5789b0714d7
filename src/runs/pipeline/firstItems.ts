import { contentHash } from '../../base/hash.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import type { QueueOrder } from '../../engine/priorityQueue.ts';
import type { Expressions, Flow } from '../../flow/flow.ts';
import { follow } from '../../flow/follow.ts';
import { rowPlace } from '../../flow/rowPlace.ts';
import type { NewRow } from '../../storage/journal/records.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import { pipelineName } from './pipelineName.ts';
import type { PipelineRow } from './pipelineRows.ts';

/** A row that a run has, to tell whether it has changed. */
export interface KnownRow {
  readonly key: string;
  /** Of all that it says, the contents of its file too. */
  readonly hash: string;
  readonly place: string;
  /** Ids of the items that it began with. */
  readonly items: readonly string[];
}

export interface FirstItems {
  readonly items: readonly PlannedItem[];
  /** In the order of the source. */
  readonly rows: readonly KnownRow[];
}

/**
 * What the rows become in the first stage, and in those behind it that they pass by.
 *
 * @param order with `newest`, what changed last comes into being last, so that whoever takes the newest first begins with it
 */
export function firstItems(
  flow: Flow,
  rows: readonly PipelineRow[],
  expressions: Expressions,
  order: QueueOrder,
  keyOf: (service: string) => ServiceKey,
): Outcome<FirstItems, string> {
  const prompt = promptOf(flow);
  const known: KnownRow[] = [];
  /** Records with one key are made once, and the first row that has them has them. */
  const taken = new Set<string>();
  const own = new Map<PipelineRow, OwnItem[]>();
  for (const [place, row] of rows.entries()) {
    const begun = newRow(flow, row, rowPlace(place), expressions);
    if (!begun.ok) return begun;
    const { drafts } = begun.value.row;
    known.push(begun.value.known);
    const items = drafts.map(({ parent, state, ...draft }) => ({
      ...draft,
      ...(parent === undefined ? {} : { parentId: drafts[parent]?.id }),
      ...(state === 'skipped' ? { isSkipped: true as const } : {}),
    }));
    own.set(
      row,
      items.filter(({ id }) => !taken.has(id) && taken.add(id)),
    );
  }
  const items: PlannedItem[] = [];
  const positions = new Map<string, number>();
  for (const row of order === 'newest' ? newestLast(rows) : rows) {
    const root = items.length;
    for (const { parentId, ...draft } of own.get(row) ?? []) {
      positions.set(draft.id, items.length);
      items.push({
        ...draft,
        position: items.length,
        root,
        prompt,
        row: row.label,
        number: draft.index,
        messages: [],
        parameters: {},
        variables: row.values,
        siblings: 1,
        serviceKey: keyOf(draft.service),
        ...(parentId === undefined ? {} : { parent: positions.get(parentId) ?? root }),
      });
    }
  }
  return success({ items, rows: known });
}

/** A row as it comes to a run, and how it is known again. @param replaces the same row before */
export function newRow(
  flow: Flow,
  { key, label, values }: PipelineRow,
  place: string,
  expressions: Expressions,
  replaces?: KnownRow,
): Outcome<{ readonly row: NewRow; readonly known: KnownRow }, string> {
  const drafts = follow(flow, { stage: -1, key, place, record: values }, expressions);
  if (!drafts.ok) return failed(drafts.failure.message);
  const items = drafts.value.map(({ id }) => id);
  return success({
    row: { key, label, values, prompt: promptOf(flow), drafts: drafts.value, replaces: replaces?.items ?? [] },
    known: { key, hash: contentHash(JSON.stringify(values)), place, items },
  });
}

/** What changed last comes last; of what nobody knows when, the first of the source. */
export function newestLast<Each extends Pick<PipelineRow, 'changedAt'>>(rows: readonly Each[]): readonly Each[] {
  return [...rows].reverse().sort((a, b) => (a.changedAt ?? 0) - (b.changedAt ?? 0));
}

type OwnItem = Omit<
  PlannedItem,
  | 'position'
  | 'root'
  | 'prompt'
  | 'row'
  | 'number'
  | 'messages'
  | 'parameters'
  | 'variables'
  | 'siblings'
  | 'serviceKey'
  | 'parent'
> & {
  readonly parentId?: string | undefined;
};

function promptOf(flow: Flow): PlannedItem['prompt'] {
  return { path: flow.pipeline, name: pipelineName(flow.pipeline), hash: contentHash(JSON.stringify(flow)) };
}
