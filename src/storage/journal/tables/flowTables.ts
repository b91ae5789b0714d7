import type { Flow, FlowStage } from '../../../flow/flow.ts';
import { variantOf, type Draft } from '../../../flow/follow.ts';
import type { Failure } from '../../../model/attempt.ts';
import { itemId } from '../../../model/identity.ts';
import type { Priority } from '../../../model/item.ts';
import { failpoint } from '../../failpoint.ts';
import { checksum } from '../checksum.ts';
import type { NewRow } from '../records.ts';
import { claim, placeBelow } from './claims.ts';
import { number, optionalNumber, optionalText, text, type Database, type Row } from './database.ts';
import { FlowRecords } from './flowRecords.ts';
import { madeStates, GatherSlots, type Ended, type EndedSlot } from './gatherSlots.ts';
import { isWatched, runOf, type ProgressColumns } from './rows.ts';
import { insertItem } from './runTables.ts';

/** What has happened to an item. */
export interface Ending {
  readonly followers: readonly Draft[];
  /** Whether nothing more will come of the item itself. */
  readonly hasEnded: boolean;
  /** Group that it has turned out to be part of. */
  readonly group?: string | undefined;
}

/** What has changed about the items of a run. */
export interface FlowChange {
  /** Positions of the new items. */
  readonly added: readonly number[];
  /** Ids of those that are there no more. */
  readonly removed: readonly string[];
}

/**
 * What follows what in one run: items that come into being, gathers that begin, and the records that items are the work
 * of. Everything here runs inside a transaction of its caller.
 */
export class FlowTables {
  readonly #database: Database;
  readonly #key: number;
  readonly #flow: Flow;
  readonly #slots: GatherSlots;
  readonly #wasWatched: boolean;
  /** What items are the work of. */
  readonly records: FlowRecords;

  private constructor(database: Database, key: number, flow: Flow, wasWatched: boolean) {
    this.#database = database;
    this.#key = key;
    this.#flow = flow;
    this.#wasWatched = wasWatched;
    this.#slots = new GatherSlots(database, key, flow);
    this.records = new FlowRecords(database, key, flow);
  }

  /**
   * @param key the run's in the tables
   * @returns undefined for a run without a flow
   */
  static of(database: Database, key: number): FlowTables | undefined {
    const row = database.get('SELECT * FROM runs WHERE run = ?', key);
    const flow = row && runOf(row).flow;
    if (!row || flow === null || flow === undefined) return undefined;
    return new FlowTables(database, key, JSON.parse(flow) as Flow, isWatched(row));
  }

  /**
   * Adds the items that follow one; of those that are there already, the first list in the order of the source has them.
   *
   * @returns positions of the new ones
   */
  addFollowers(parent: Row, drafts: readonly Draft[], now: number): number[] {
    const positions: number[] = [];
    const added: number[] = [];
    const above = text(parent, 'place');
    for (const each of drafts) {
      const draft = { ...each, place: placeBelow(above, each.place) };
      const known = this.#database.get('SELECT position FROM items WHERE run = ? AND id = ?', this.#key, draft.id);
      const position = known ? number(known, 'position') : this.#nextPosition();
      positions.push(position);
      const { element = null, group, state } = draft;
      const from = draft.parent === undefined ? number(parent, 'position') : (positions[draft.parent] ?? null);
      if (known) {
        claim(this.#database, this.#key, position, { place: draft.place, parent: from, element });
        continue;
      }
      this.#insert(
        sharedOf(parent),
        draft,
        {
          position,
          root: number(parent, 'root'),
          parent: from,
          element,
        },
        { state, finishedAt: state === 'queued' ? null : now, failure: null, file: null, group: group ?? null },
      );
      added.push(position);
    }
    return added;
  }

  /**
   * Begins every gather whose members have all ended. A group that was gathered without all of its members waits for rest.
   *
   * @param ended what has ended since the last call; absent: anything
   * @param isWatched more members may come at any time: only full gathers begin
   * @returns positions of the new items
   */
  beginGathers(now: number, ended?: readonly Ended[], isWatched = false): number[] {
    const added: number[] = [];
    const changes = ended && [...ended];
    for (const [index, stage] of this.#flow.stages.entries()) {
      const { input } = stage;
      if (input.kind !== 'gather' || (isWatched && input.size === undefined)) continue;
      for (const group of this.#slots.groupsToLookAt(index, changes)) {
        const begin = (): number[] => {
          const members = this.#slots.members(index, group, isWatched);
          return !members || this.#areForUnfilled(index, group, members)
            ? []
            : this.#insertGather(stage, index, group, members, now);
        };
        for (let begun = begin(); begun.length > 0; begun = begin()) {
          added.push(...begun);
          // One that has failed at once may be what the gather behind it waited for.
          changes?.push({ stage: index, group: undefined });
        }
      }
    }
    return added;
  }

  /**
   * Begins what gathers have left waiting. Members that came to a group after it was gathered make it again; where a gather has
   * a size, only the last one that is not full. Nothing of the run may be open, so that nobody works on what is taken out.
   */
  gatherAtRest(now: number): FlowChange {
    const full = this.beginGathers(now, undefined, true);
    const removed: string[] = [];
    for (const [index, { input }] of this.#flow.stages.entries()) {
      if (input.kind !== 'gather') continue;
      for (const group of this.#slots.groupsToLookAt(index, undefined)) {
        if (!this.#slots.members(index, group, false)?.length) continue;
        const before = this.#unfilled(index, group);
        removed.push(...this.#remove([...before, ...this.#allFollowersOf(before)]));
      }
    }
    return { added: [...full, ...this.beginGathers(now)], removed };
  }

  /**
   * What comes of an item to which something has happened.
   *
   * @returns positions of the new items
   */
  end(row: Row, { followers, hasEnded, group }: Ending, now: number, isWatched: boolean): number[] {
    if (followers.length > 0) failpoint('mid-followers');
    const added = this.addFollowers(row, followers, now);
    const ended: Ended[] = passedBy(followers);
    // What it was known to be part of while it was open says what waited for it.
    const stage = number(row, 'stage');
    if (hasEnded) ended.push({ stage, group: optionalText(row, 'gather_group') });
    if (hasEnded && group !== undefined) ended.push({ stage, group });
    if (ended.length > 0) added.push(...this.beginGathers(now, ended, isWatched));
    return added;
  }

  /** Rows that have come or have changed. Keys of those that nothing was done about, as something of them is open, are `open`. */
  putRows(rows: readonly NewRow[], now: number, isWatched: boolean): FlowChange & { readonly open: readonly string[] } {
    const [added, removed, open, ended]: [number[], string[], string[], Ended[]] = [[], [], [], []];
    for (const row of rows) {
      const put = this.#putRow(row, now);
      if (!put) {
        open.push(row.key);
        continue;
      }
      added.push(...put.added);
      removed.push(...put.removed);
      ended.push(...passedBy(row.drafts));
    }
    if (ended.length > 0) added.push(...this.beginGathers(now, ended, isWatched));
    return { added, removed, open };
  }

  /**
   * A row that has come, or has changed: what has come of it before is taken out, and it begins anew.
   *
   * @returns undefined, and nothing is changed, while something of it is open
   */
  #putRow(row: NewRow, now: number): FlowChange | undefined {
    const before = row.replaces.flatMap((id) => {
      const known = this.#database.get('SELECT position FROM items WHERE run = ? AND id = ?', this.#key, id);
      return known ? [number(known, 'position')] : [];
    });
    const gone = [...new Set([...before, ...this.#allFollowersOf(before)])];
    if (gone.some((position) => this.records.itemAt(position).state === 'queued')) return undefined;
    const removed = this.#remove(gone);
    return { added: this.#insertRow(row, now), removed };
  }

  #insertRow({ label, values, prompt, drafts }: NewRow, now: number): number[] {
    const content = { prompt: this.#contentOf(prompt), variables: this.#contentOf(values) };
    const positions: number[] = [];
    const added: number[] = [];
    const root = this.#nextPosition();
    for (const draft of drafts) {
      const known = this.#database.get('SELECT position FROM items WHERE run = ? AND id = ?', this.#key, draft.id);
      const position = known ? number(known, 'position') : this.#nextPosition();
      positions.push(position);
      // Records with one key are made once.
      if (known) continue;
      const { element = null, group = null, state } = draft;
      const parent = draft.parent === undefined ? null : (positions[draft.parent] ?? null);
      this.#insert(
        { ...content, row: label },
        draft,
        { position, root, parent, element },
        { state, finishedAt: state === 'queued' ? null : now, failure: null, file: null, group },
      );
      added.push(position);
    }
    return added;
  }

  /** The number of a content of the run, which may be new. */
  #contentOf(content: unknown): number {
    const json = JSON.stringify(content);
    const known = this.#database.get('SELECT number FROM contents WHERE run = ? AND json = ?', this.#key, json);
    if (known) return number(known, 'number');
    const last = this.#database.get('SELECT max(number) AS last FROM contents WHERE run = ?', this.#key);
    const next = last && last.last !== null ? number(last, 'last') + 1 : 0;
    this.#database.run('INSERT INTO contents VALUES (?, ?, ?, ?)', this.#key, next, json, checksum(json));
    return next;
  }

  /**
   * Takes out all that has come of items, because they are made again: what follows them, the gathers that they are
   * members of, and what follows those.
   */
  forgetFollowers(positions: readonly number[]): void {
    this.#remove(this.#allFollowersOf(positions));
  }

  #allFollowersOf(positions: readonly number[]): number[] {
    const queue = [...positions];
    const found = new Set<number>();
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const position of this.#followersOf(at)) {
        if (found.has(position)) continue;
        found.add(position);
        queue.push(position);
      }
    }
    return [...found];
  }

  /** @returns the ids of the items that were there */
  #remove(positions: readonly number[]): string[] {
    const ids = positions.map((position) => text(this.records.itemAt(position), 'id'));
    for (const position of positions) {
      for (const table of ['results', 'sent_parameters', 'items']) {
        this.#database.run(`DELETE FROM ${table} WHERE run = ? AND position = ?`, this.#key, position);
      }
      this.#database.run(
        `UPDATE items SET gathered = 0 WHERE run = ? AND position IN (
           SELECT member FROM members WHERE run = ? AND gather = ?)`,
        ...[this.#key, this.#key, position],
      );
      this.#database.run('DELETE FROM members WHERE run = ? AND gather = ?', this.#key, position);
      this.#database.run('UPDATE attempts SET superseded = 1 WHERE run = ? AND position = ?', this.#key, position);
    }
    return ids;
  }

  /** Whether others have come of an item. */
  isFollowed(position: number): boolean {
    return this.#followersOf(position).length > 0;
  }

  #followersOf(position: number): number[] {
    return [
      ...this.#database.all('SELECT position FROM items WHERE run = ? AND parent = ?', this.#key, position),
      ...this.#database.all('SELECT gather AS position FROM members WHERE run = ? AND member = ?', this.#key, position),
    ].map((row) => number(row, 'position'));
  }

  /** @returns positions of the new items */
  #insertGather(stage: FlowStage, index: number, group: string, members: readonly EndedSlot[], now: number): number[] {
    const { input } = stage;
    const [first] = members;
    if (input.kind !== 'gather' || !first) return [];
    const chunk = this.#nextChunk(index, group);
    const key = input.size === undefined ? group : `${group}/${chunk}`;
    const made = members.filter(({ state }) => madeStates.has(state)).length;
    const failure = missingMembers(stage, made, members.length, input.require);
    const firstRow = this.records.itemAt(first.position);
    return stage.variants.map((variant, place) => {
      const { name, priority, reservation } = stage;
      const id = itemId({ pipeline: this.#flow.pipeline, stage: name, key, ...variant });
      const position = this.#nextPosition();
      this.#insert(
        sharedOf(firstRow),
        {
          id,
          stage: index,
          ...variantOf({ key, place: first.place }, stage.variants, place),
          ...variant,
          priority,
          reservation,
        },
        { position, root: first.root, parent: null, element: chunk },
        {
          state: failure ? 'failed' : 'queued',
          finishedAt: failure ? now : null,
          failure: failure ? JSON.stringify({ ...failure, stage: name }) : null,
          file: null,
          group: null,
        },
      );
      failpoint('mid-gather');
      for (const [order, member] of members.entries()) {
        this.#database.run('INSERT INTO members VALUES (?, ?, ?, ?)', this.#key, position, order, member.position);
        this.#database.run(
          'UPDATE items SET gathered = 1 WHERE run = ? AND position = ?',
          ...[this.#key, member.position],
        );
      }
      return position;
    });
  }

  /** The gathers of a group that have begun, by their numbers, each with the items that it makes. */
  #gathersOf(index: number, group: string): ReadonlyMap<number, Gathering> {
    const rows = this.#database.all(
      `SELECT gathering.position, gathering.element,
         (SELECT count(*) FROM members AS own WHERE own.run = gathering.run AND own.gather = gathering.position) AS size
       ${gathersOfGroup}`,
      ...[this.#key, index, group],
    );
    const gathers = new Map<number, Gathering>();
    for (const row of rows) {
      const chunk = optionalNumber(row, 'element') ?? 0;
      const { positions = [] } = gathers.get(chunk) ?? {};
      gathers.set(chunk, { size: number(row, 'size'), positions: [...positions, number(row, 'position')] });
    }
    return gathers;
  }

  /** The items of gathers of a group that would take more members. */
  #unfilled(index: number, group: string): readonly number[] {
    const { input } = this.records.stageAt(index);
    // Where no row comes late, what has a size is full, or there is nothing left for it.
    if (input.kind === 'gather' && input.size !== undefined && !this.#wasWatched) return [];
    const most = (input.kind === 'gather' ? input.size : undefined) ?? Number.POSITIVE_INFINITY;
    return [...this.#gathersOf(index, group).values()]
      .filter(({ size }) => size < most)
      .flatMap(({ positions }) => positions);
  }

  /** Whether members belong to a gather that is not full: those that fill one before it do not. */
  #areForUnfilled(index: number, group: string, members: readonly EndedSlot[]): boolean {
    const { input } = this.records.stageAt(index);
    const isFull = input.kind === 'gather' && members.length === input.size;
    const last = members.at(-1)?.place ?? '';
    return this.#unfilled(index, group).some(
      (position) => !isFull || text(this.records.itemAt(position), 'place') < last,
    );
  }

  /** The first number that no gather of the group has: one in the middle may have been taken out. */
  #nextChunk(index: number, group: string): number {
    const row = this.#database.get(
      `SELECT count(DISTINCT gathering.element) AS chunks, max(gathering.element) AS last ${gathersOfGroup}`,
      ...[this.#key, index, group],
    );
    const chunks = row ? number(row, 'chunks') : 0;
    if (row === undefined || (optionalNumber(row, 'last') ?? -1) + 1 === chunks) return chunks;
    const taken = this.#gathersOf(index, group);
    let chunk = 0;
    while (taken.has(chunk)) chunk++;
    return chunk;
  }

  #nextPosition(): number {
    const row = this.#database.get('SELECT max(position) AS last FROM items WHERE run = ?', this.#key);
    return row && row.last !== null ? number(row, 'last') + 1 : 0;
  }

  #insert(
    like: Shared,
    item: {
      readonly id: string;
      readonly stage: number;
      readonly key: string;
      readonly place: string;
      readonly service: string;
      readonly model: string;
      readonly index: number;
      readonly priority: Priority;
      readonly reservation: number;
    },
    at: {
      readonly position: number;
      readonly root: number;
      readonly parent: number | null;
      readonly element: number | null;
    },
    progress: ProgressColumns,
  ): void {
    const { id, stage, key, place, service, model, index, priority, reservation } = item;
    const values = [
      ...[id, at.position, stage, key, at.root, place, at.parent, at.element],
      ...[like.prompt, like.row, index, index, service, model, priority, reservation],
      ...[null, '{}', like.variables, null, null, null],
    ];
    insertItem(this.#database, this.#key, values, progress);
  }
}

const gathersOfGroup = `FROM items AS gathering
   JOIN members ON members.run = gathering.run AND members.gather = gathering.position AND members.number = 0
   JOIN items AS member ON member.run = members.run AND member.position = members.member
   WHERE gathering.run = ? AND gathering.stage = ? AND coalesce(member.gather_group, '') = ?`;

interface Gathering {
  /** How many members it has. */
  readonly size: number;
  readonly positions: readonly number[];
}

/** What an item has in common with others of its row. */
interface Shared {
  /** Numbers of contents. */
  readonly prompt: number;
  readonly variables: number | null;
  readonly row: string;
}

/** What follows an item needs no row: it has the record. */
function sharedOf(row: Row): Shared {
  return { prompt: number(row, 'prompt'), variables: null, row: text(row, 'row') };
}

/** Items that pass a stage by have ended. */
function passedBy(drafts: readonly Draft[]): Ended[] {
  return drafts.filter(({ state }) => state === 'skipped').map(({ stage, group }) => ({ stage, group }));
}

/** Why a gather cannot be made. */
function missingMembers(
  { name }: FlowStage,
  made: number,
  members: number,
  require: 'any' | 'all',
): Failure | undefined {
  if (made === members || (require === 'any' && made > 0)) return undefined;
  return {
    reason: 'missing-members',
    message: `The stage "${name}" lacks ${members - made} of ${members} records: retry what has failed before it.`,
  };
}
