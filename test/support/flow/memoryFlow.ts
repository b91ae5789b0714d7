import { groupOf, reachOf, type Expressions, type Flow, type RecordData } from '../../../src/flow/flow.ts';
import { follow, variantOf, type Draft } from '../../../src/flow/follow.ts';
import { gathers } from '../../../src/flow/gather.ts';
import { elementRecord, gatheredRecord, recordAfter, type StageText } from '../../../src/flow/record.ts';
import { rowPlace } from '../../../src/flow/rowPlace.ts';
import { itemId } from '../../../src/model/identity.ts';
import type { ItemSpec, WaitingItems } from '../../../src/engine/engine.ts';
import type { FinalState } from '../../../src/model/item.ts';

export interface StoredItem extends Omit<Draft, 'state' | 'parent'> {
  readonly position: number;
  readonly root: number;
  readonly parent: number | undefined;
  readonly members: readonly number[] | undefined;
  readonly missing: readonly number[];
  state: 'queued' | FinalState;
  result: StageText | undefined;
}

/** `{{ name }}` and `{{ name.field }}`; undefined where a name has no value. */
export const namesOnly: Expressions = {
  text(template, record) {
    const missing = new Set<string>();
    const text = template.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, path: string) => {
      let value: unknown = record;
      for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
      if (value === undefined) missing.add(path);
      return String(value);
    });
    return missing.size > 0 ? undefined : text;
  },
  fill: (template, record) => namesOnly.text(template, record),
};

/** The journal's part of a flow, in memory and as plain as can be: what the real one is held against. */
export class MemoryFlow {
  readonly items: StoredItem[] = [];
  readonly #flow: Flow;
  readonly #byId = new Map<string, StoredItem>();
  readonly #rows: readonly RecordData[];

  constructor(flow: Flow, rows: readonly RecordData[]) {
    this.#flow = flow;
    this.#rows = rows;
    for (const [row, record] of rows.entries()) {
      const drafts = follow(flow, { stage: -1, key: `row${row}`, place: rowPlace(row), record }, namesOnly);
      if (drafts.ok) this.#insert(drafts.value, row, undefined);
    }
  }

  specs(states: readonly StoredItem['state'][] = ['queued']): ItemSpec<StoredItem>[] {
    return this.items.filter(({ state }) => states.includes(state)).map(specOf);
  }

  record(item: StoredItem): RecordData {
    if (item.members) {
      const members = item.members.map((position) => this.after(this.items[position]!));
      const missing = item.missing.map((position) => this.#missing(this.items[position]!));
      return gatheredRecord(item.gathered ?? '', item.chunk ?? 0, members, missing);
    }
    const base = item.parent === undefined ? this.#rows[item.root]! : this.after(this.items[item.parent]!);
    const input = this.#flow.stages[item.stage]!.input;
    return input.kind === 'expand' && item.element !== undefined ? elementRecord(base, input.list, item.element) : base;
  }

  after(item: StoredItem): RecordData {
    const record = this.record(item);
    return item.result ? recordAfter(record, this.#flow.stages[item.stage]!.name, item.result) : record;
  }

  /** @returns what came into being, by position */
  end(id: string, state: FinalState, result?: StageText): StoredItem[] {
    const item = this.#byId.get(id)!;
    if (item.state !== 'queued') throw new Error(`${id} ended twice.`);
    const from = this.items.length;
    item.state = state;
    item.result = result;
    const record = this.after(item);
    Object.assign(item, { group: groupOf(this.#flow, item.stage, record, namesOnly) ?? item.group });
    if (result) {
      const { stage, key, place } = item;
      const drafts = follow(this.#flow, { stage, key, place, record }, namesOnly);
      if (drafts.ok) this.#insert(drafts.value, item.root, item.position);
    }
    this.#gatherAll();
    return this.items.slice(from);
  }

  load({ stage, from, to }: WaitingItems, most: number): ItemSpec<StoredItem>[] {
    return this.items
      .slice(from, to + 1)
      .filter((item) => item.stage === stage && item.state === 'queued')
      .slice(0, most)
      .map(specOf);
  }

  /** What came of a run: everything that does not depend on when it happened. */
  outcome(): string[] {
    return this.items
      .map((item) => {
        const { id, stage, key, place, state } = item;
        return [stage, place, key, id, state, JSON.stringify(this.record(item))].join(' ');
      })
      .sort();
  }

  #insert(drafts: readonly Draft[], root: number, parent: number | undefined): void {
    const positions: number[] = [];
    for (const { parent: place, ...draft } of drafts) {
      const known = this.#byId.get(draft.id);
      positions.push(known?.position ?? this.items.length);
      if (known) continue;
      const item: StoredItem = {
        ...draft,
        position: this.items.length,
        root,
        parent: place === undefined ? parent : positions[place],
        members: undefined,
        missing: [],
        result: undefined,
      };
      this.items.push(item);
      this.#byId.set(item.id, item);
    }
  }

  #gatherAll(): void {
    const gather = (): boolean =>
      this.#flow.stages.some(
        ({ input }, index) => input.kind === 'gather' && this.#gather(index, input.size, input.require),
      );
    while (gather());
  }

  /** @returns whether one has begun */
  #gather(stage: number, size: number | undefined, require: 'any' | 'all'): boolean {
    const reach = reachOf(this.#flow, stage);
    const before = this.items.filter((item) => item.stage < stage);
    const slots = this.#slots(stage);
    // What waits for the gather before will come out of it at the place of its first member.
    const onTheirWay = reach > 0 ? this.#slots(reach) : [];
    for (const group of new Set(slots.map((item) => item.group ?? ''))) {
      const open = before.filter(
        (item) => item.state === 'queued' && (item.stage < reach || item.group === undefined || item.group === group),
      );
      const openFrom = [...open, ...onTheirWay].map(({ place }) => place).sort()[0];
      const ofGroup = slots.filter((item) => (item.group ?? '') === group).sort((a, b) => (a.place < b.place ? -1 : 1));
      const [members] = gathers(ofGroup, size, openFrom);
      if (!members) continue;
      this.#fire(stage, group, size, members, require);
      return true;
    }
    return false;
  }

  /** What has ended before a gather and is not part of it yet. */
  #slots(stage: number): StoredItem[] {
    const reach = reachOf(this.#flow, stage);
    const gathered = new Set(
      this.items
        .filter((item) => item.stage === stage)
        .flatMap(({ members = [], missing }) => [...members, ...missing]),
    );
    const isSlot = (item: StoredItem): boolean =>
      item.stage >= reach &&
      item.stage < stage &&
      (item.state === 'failed' || item.state === 'cancelled' || (item.stage === stage - 1 && item.state !== 'queued'));
    return this.items.filter((item) => isSlot(item) && !gathered.has(item.position));
  }

  #fire(stage: number, group: string, size: number | undefined, slots: StoredItem[], require: 'any' | 'all'): void {
    const chunk = new Set(
      this.items.filter((item) => item.stage === stage && item.gathered === group).map((item) => item.chunk),
    ).size;
    const key = size === undefined ? group : `${group}/${chunk}`;
    const made = slots.filter(({ state }) => state === 'written' || state === 'skipped');
    const missing = slots.filter(({ state }) => state === 'failed' || state === 'cancelled');
    const [first] = slots;
    const { variants } = this.#flow.stages[stage]!;
    for (const [number, variant] of variants.entries()) {
      const { name, priority, reservation } = this.#flow.stages[stage]!;
      const id = itemId({ pipeline: this.#flow.pipeline, stage: name, key, ...variant });
      const isDoomed = made.length === 0 || (require === 'all' && missing.length > 0);
      const item: StoredItem = {
        id,
        stage,
        ...variantOf({ key, place: first!.place }, variants, number),
        ...variant,
        priority,
        reservation,
        position: this.items.length,
        root: first!.root,
        parent: undefined,
        members: made.map(({ position }) => position),
        missing: missing.map(({ position }) => position),
        state: isDoomed ? 'failed' : 'queued',
        result: undefined,
        gathered: group,
        chunk,
      };
      this.items.push(item);
      this.#byId.set(id, item);
    }
  }

  #missing({ key, stage }: StoredItem): { key: string; stage: string; message: string } {
    return { key, stage: this.#flow.stages[stage]!.name, message: '' };
  }
}

export interface StoredItem {
  /** Of a gather's item: the group that it gathers. */
  readonly gathered?: string;
  /** Of a gather's item: which of its group. */
  readonly chunk?: number;
}

function specOf(item: StoredItem): ItemSpec<StoredItem> {
  const { id, position, root, stage, priority, service, reservation } = item;
  return { id, position, root, stage, priority, service, reservation, work: item };
}
