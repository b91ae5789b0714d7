import { contentHash } from '../../base/hash.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import type { QueueOrder } from '../../engine/priorityQueue.ts';
import type { Expressions, Flow } from '../../flow/flow.ts';
import { follow, type Draft } from '../../flow/follow.ts';
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
  /** In the order of the source; empty where nobody watches that. */
  readonly rows: readonly KnownRow[];
}

/** What a row begins with that no row before it has. */
interface Begun {
  readonly row: PipelineRow;
  readonly changedAt: number | undefined;
  readonly drafts: readonly OwnDraft[];
}

type OwnDraft = Omit<Draft, 'parent'> & { readonly parentId: string | undefined };

/**
 * What the rows become in the first stage, and in those behind it that they pass by. Records with one key are made once, and
 * the first row that has them has them.
 *
 * @param order with `newest`, what changed last comes into being last, so that whoever takes the newest first begins with it
 */
export function firstItems(
  flow: Flow,
  rows: Iterable<PipelineRow>,
  expressions: Expressions,
  options: {
    readonly order: QueueOrder;
    readonly isWatched: boolean;
    readonly keyOf: (service: string) => ServiceKey;
  },
): Outcome<FirstItems, string> {
  const prompt = promptOf(flow);
  const known: KnownRow[] = [];
  const taken = new Set<string>();
  const waiting: Begun[] = [];
  const items: PlannedItem[] = [];
  const positions = new Map<string, number>();
  const add = ({ row, drafts }: Begun): void => {
    const root = items.length;
    for (const { parentId, state, ...draft } of drafts) {
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
        serviceKey: options.keyOf(draft.service),
        ...(parentId === undefined ? {} : { parent: positions.get(parentId) ?? root }),
        ...(state === 'skipped' ? { isSkipped: true } : {}),
      });
    }
  };
  let place = 0;
  for (const row of rows) {
    const source = { stage: -1, key: row.key, place: rowPlace(place), record: row.values };
    const drafts = follow(flow, source, expressions);
    if (!drafts.ok) return failed(drafts.failure.message);
    if (options.isWatched) known.push(knownRow(row, source.place, drafts.value));
    const own: OwnDraft[] = [];
    for (const { parent, ...draft } of drafts.value) {
      if (taken.has(draft.id)) continue;
      taken.add(draft.id);
      own.push({ ...draft, parentId: parent === undefined ? undefined : drafts.value[parent]?.id });
    }
    const begun = { row, changedAt: row.changedAt, drafts: own };
    if (options.order === 'newest') waiting.push(begun);
    else add(begun);
    place++;
  }
  for (const begun of newestLast(waiting)) add(begun);
  return success({ items, rows: known });
}

/** A row as it comes to a run, and how it is known again. @param before the same row as it was */
export function newRow(
  flow: Flow,
  row: PipelineRow,
  place: string,
  expressions: Expressions,
  before?: KnownRow,
): Outcome<{ readonly row: NewRow; readonly known: KnownRow }, string> {
  const { key, label, values } = row;
  const drafts = follow(flow, { stage: -1, key, place, record: values }, expressions);
  if (!drafts.ok) return failed(drafts.failure.message);
  const what = { prompt: promptOf(flow), drafts: drafts.value, replaces: before?.items ?? [] };
  return success({ row: { key, label, values, ...what }, known: knownRow(row, place, drafts.value) });
}

function knownRow({ key, values }: PipelineRow, place: string, drafts: readonly Draft[]): KnownRow {
  return { key, hash: contentHash(JSON.stringify(values)), place, items: drafts.map(({ id }) => id) };
}

/** What changed last comes last; of what nobody knows when, the first of the source. */
export function newestLast<Each extends Pick<PipelineRow, 'changedAt'>>(rows: readonly Each[]): readonly Each[] {
  return [...rows].reverse().sort((a, b) => (a.changedAt ?? 0) - (b.changedAt ?? 0));
}

function promptOf(flow: Flow): PlannedItem['prompt'] {
  return { path: flow.pipeline, name: pipelineName(flow.pipeline), hash: contentHash(JSON.stringify(flow)) };
}
