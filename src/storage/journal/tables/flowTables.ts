import { type Flow, type FlowStage, type RecordData } from '../../../flow/flow.ts';
import { variantOf, type Draft } from '../../../flow/follow.ts';
import { elementRecord, gatheredRecord, recordAfter, type MissingMember } from '../../../flow/record.ts';
import type { Failure } from '../../../model/attempt.ts';
import { itemId } from '../../../model/identity.ts';
import type { Priority } from '../../../model/item.ts';
import { failpoint } from '../../failpoint.ts';
import { claim, placeBelow } from './claims.ts';
import { Contents } from './contents.ts';
import { DamageError, number, optionalNumber, optionalText, text, type Database, type Row } from './database.ts';
import { madeStates, GatherSlots, type Ended, type EndedSlot } from './gatherSlots.ts';
import { resultOf, runOf, stateOf, type ProgressColumns } from './rows.ts';
import { insertItem } from './runTables.ts';

/**
 * What follows what in one run: items that come into being, gathers that begin, and the records that items are the work
 * of. Everything here runs inside a transaction of its caller.
 */
export class FlowTables {
  readonly #database: Database;
  readonly #key: number;
  readonly #flow: Flow;
  readonly #slots: GatherSlots;

  private constructor(database: Database, key: number, flow: Flow) {
    this.#database = database;
    this.#key = key;
    this.#flow = flow;
    this.#slots = new GatherSlots(database, key, flow);
  }

  /**
   * @param key the run's in the tables
   * @returns undefined for a run without a flow
   */
  static of(database: Database, key: number): FlowTables | undefined {
    const row = database.get('SELECT * FROM runs WHERE run = ?', key);
    const flow = row && runOf(row).flow;
    return flow === null || flow === undefined ? undefined : new FlowTables(database, key, JSON.parse(flow) as Flow);
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
        parent,
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
   * Begins every gather whose members have all ended.
   *
   * @param ended what has ended since the last call; absent: anything
   * @returns positions of the new items
   */
  beginGathers(now: number, ended?: readonly Ended[]): number[] {
    const added: number[] = [];
    const changes = ended && [...ended];
    for (const [index, stage] of this.#flow.stages.entries()) {
      if (stage.input.kind !== 'gather') continue;
      for (const group of this.#slots.groupsToLookAt(index, changes)) {
        for (let begun = this.#beginGather(stage, index, group, now); begun.length > 0;) {
          added.push(...begun);
          // One that has failed at once may be what the gather behind it waited for.
          changes?.push({ stage: index, group: undefined });
          begun = this.#beginGather(stage, index, group, now);
        }
      }
    }
    return added;
  }

  /**
   * Takes out all that has come of items, because they are made again: what follows them, the gathers that they are
   * members of, and what follows those.
   */
  forgetFollowers(positions: readonly number[]): void {
    const queue = [...positions];
    const forgotten = new Set<number>();
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const position of this.#followersOf(at)) {
        if (forgotten.has(position)) continue;
        forgotten.add(position);
        queue.push(position);
      }
    }
    for (const position of forgotten) {
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

  /** What an item is the work of. */
  recordOf(item: Row): RecordData {
    const stage = this.#stage(number(item, 'stage'));
    if (stage.input.kind === 'gather') return this.#gathered(item);
    const parent = optionalNumber(item, 'parent');
    const base = parent === undefined ? this.#row(item) : this.recordAfter(this.#item(parent));
    const element = optionalNumber(item, 'element');
    return stage.input.kind === 'expand' && element !== undefined
      ? elementRecord(base, stage.input.list, element)
      : base;
  }

  #gathered(item: Row): RecordData {
    const members = this.#database.all(
      `SELECT items.* FROM members JOIN items ON items.run = members.run AND items.position = members.member
       WHERE members.run = ? AND members.gather = ? ORDER BY members.number`,
      this.#key,
      number(item, 'position'),
    );
    const isMade = (row: Row): boolean => madeStates.has(stateOf(row));
    const records = members.filter(isMade).map((row) => this.recordAfter(row));
    const missing = members.filter((row) => !isMade(row)).map((row) => this.#missing(row));
    const [first] = members;
    const group = (first && optionalText(first, 'gather_group')) ?? '';
    return gatheredRecord(group, optionalNumber(item, 'element') ?? 0, records, missing);
  }

  #missing(row: Row): MissingMember {
    const failure = optionalText(row, 'failure');
    const message = failure === undefined ? '' : (JSON.parse(failure) as Failure).message;
    return { key: text(row, 'record_key'), stage: this.#stage(number(row, 'stage')).name, message };
  }

  /** The same with the item's result, if there is one. */
  recordAfter(item: Row): RecordData {
    const record = this.recordOf(item);
    const found = this.#database.get(
      'SELECT * FROM results WHERE run = ? AND position = ?',
      this.#key,
      number(item, 'position'),
    );
    return found ? recordAfter(record, this.#stage(number(item, 'stage')).name, resultOf(found)) : record;
  }

  /** A row as the data had it. */
  #row(item: Row): RecordData {
    const variables = optionalNumber(item, 'variables');
    return variables === undefined ? {} : (new Contents(this.#database, this.#key).of(variables) as RecordData);
  }

  #item(position: number): Row {
    const row = this.#database.get('SELECT * FROM items WHERE run = ? AND position = ?', this.#key, position);
    if (!row) throw new DamageError('The item that another one follows is missing.');
    return row;
  }

  #stage(index: number): FlowStage {
    const stage = this.#flow.stages[index];
    if (!stage) throw new DamageError(`The flow has no stage ${index}.`);
    return stage;
  }

  /** @returns positions of the new items */
  #beginGather(stage: FlowStage, index: number, group: string, now: number): number[] {
    const members = this.#slots.members(index, group);
    return members ? this.#insertGather(stage, index, group, members, now) : [];
  }

  #insertGather(stage: FlowStage, index: number, group: string, members: readonly EndedSlot[], now: number): number[] {
    const { input } = stage;
    const [first] = members;
    if (input.kind !== 'gather' || !first) return [];
    const chunk = this.#chunks(index, group);
    const key = input.size === undefined ? group : `${group}/${chunk}`;
    const made = members.filter(({ state }) => madeStates.has(state)).length;
    const failure = missingMembers(stage, made, members.length, input.require);
    const firstRow = this.#item(first.position);
    return stage.variants.map((variant, place) => {
      const { name, priority, reservation } = stage;
      const id = itemId({ pipeline: this.#flow.pipeline, stage: name, key, ...variant });
      const position = this.#nextPosition();
      this.#insert(
        firstRow,
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

  /** How many gathers of a group have begun. */
  #chunks(index: number, group: string): number {
    const row = this.#database.get(
      `SELECT count(DISTINCT gathering.element) AS chunks
       FROM items AS gathering
       JOIN members ON members.run = gathering.run AND members.gather = gathering.position AND members.number = 0
       JOIN items AS member ON member.run = members.run AND member.position = members.member
       WHERE gathering.run = ? AND gathering.stage = ? AND coalesce(member.gather_group, '') = ?`,
      this.#key,
      index,
      group,
    );
    return row ? number(row, 'chunks') : 0;
  }

  #nextPosition(): number {
    const row = this.#database.get('SELECT max(position) AS last FROM items WHERE run = ?', this.#key);
    return row && row.last !== null ? number(row, 'last') + 1 : 0;
  }

  #insert(
    like: Row,
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
      ...[number(like, 'prompt'), text(like, 'row'), index, index, service, model, priority, reservation],
      ...[null, '{}', null, null, null, null],
    ];
    insertItem(this.#database, this.#key, values, progress);
  }
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
