import { reachOf, type Flow } from '../../../flow/flow.ts';
import { gathers, type Gatherable } from '../../../flow/gather.ts';
import type { JournalState } from '../records.ts';
import { number, optionalText, text, type Database } from './database.ts';

/** What has ended before a gather, and how. */
export interface EndedSlot extends Gatherable {
  readonly root: number;
  readonly state: JournalState;
}

/** An item that has ended. */
export interface Ended {
  readonly stage: number;
  /** The group of the next gather that it was known to be part of while it was open; undefined: of any. */
  readonly group: string | undefined;
}

export const madeStates: ReadonlySet<JournalState> = new Set<JournalState>(['written', 'skipped']);
const lostStates: readonly JournalState[] = ['failed', 'cancelled'];
const endedStates: readonly JournalState[] = [...madeStates, ...lostStates];

/** What gathers of one run take, and when: only reads. */
export class GatherSlots {
  readonly #database: Database;
  readonly #key: number;
  readonly #flow: Flow;

  /** @param key the run's in the tables */
  constructor(database: Database, key: number, flow: Flow) {
    this.#database = database;
    this.#key = key;
    this.#flow = flow;
  }

  /** The groups of a gather that what has ended may have completed. */
  groupsToLookAt(gather: number, ended: readonly Ended[] | undefined): Iterable<string> {
    const reach = reachOf(this.#flow, gather);
    const before = ended?.filter(({ stage }) => stage < gather);
    if (!this.#hasSlots(gather)) return [];
    if (before?.every(({ stage, group }) => stage >= reach && group !== undefined)) {
      return new Set(before.map(({ group = '' }) => group));
    }
    // Whatever is open and may be of any group keeps all of them from beginning.
    if (this.#sizeOf(gather) === undefined && this.#openOfAnyGroup(gather, 'SELECT place', 'LIMIT 1') !== undefined)
      return [];
    const groups = new Set<string>();
    for (const { stage, state } of slotsOf(this.#flow, gather)) {
      const rows = this.#database.all(
        `SELECT DISTINCT coalesce(gather_group, '') AS slot_group FROM items WHERE ${isUngathered}`,
        ...[this.#key, stage, state],
      );
      for (const row of rows) groups.add(text(row, 'slot_group'));
    }
    return groups;
  }

  /**
   * The members of a group that a gather takes now, by place; undefined when it does not begin.
   *
   * @param isWatched more of them may come, behind all that are there
   */
  members(gather: number, group: string, isWatched: boolean): EndedSlot[] | undefined {
    const size = this.#sizeOf(gather);
    const openFrom = this.#openFrom(gather, group) ?? (isWatched ? behindAll : undefined);
    if (size === undefined && openFrom !== undefined) return undefined;
    return gathers(this.#slots(gather, group, size), size, openFrom)[0];
  }

  #sizeOf(gather: number): number | undefined {
    const input = this.#flow.stages[gather]?.input;
    return input?.kind === 'gather' ? input.size : undefined;
  }

  #hasSlots(gather: number): boolean {
    return slotsOf(this.#flow, gather).some(
      ({ stage, state }) =>
        this.#database.get(`SELECT 1 FROM items WHERE ${isUngathered} LIMIT 1`, this.#key, stage, state) !== undefined,
    );
  }

  /** By place, and of a group with a size no more than one gather takes. */
  #slots(gather: number, group: string, size: number | undefined): EndedSlot[] {
    const slots: EndedSlot[] = [];
    for (const { stage, state } of slotsOf(this.#flow, gather)) {
      for (const each of group === '' ? [null, group] : [group]) {
        const rows = this.#database.all(
          `SELECT position, root, place FROM items WHERE ${isUngathered} AND gather_group IS ? ORDER BY place LIMIT ?`,
          ...[this.#key, stage, state, each, size ?? -1],
        );
        for (const row of rows) {
          slots.push({
            position: number(row, 'position'),
            root: number(row, 'root'),
            place: text(row, 'place'),
            state,
          });
        }
      }
    }
    slots.sort((a, b) => (a.place < b.place ? -1 : 1));
    return size === undefined ? slots : slots.slice(0, size);
  }

  /** Lowest place of what may still bring members; undefined when nothing does. */
  #openFrom(gather: number, group: string): string | undefined {
    const places: string[] = [];
    const anywhere = this.#openOfAnyGroup(gather, 'SELECT min(place) AS place', '');
    if (anywhere !== undefined) places.push(anywhere);
    for (let stage = reachOf(this.#flow, gather); stage < gather; stage++) {
      const place = this.#place(`SELECT min(place) AS place FROM items WHERE ${isUngathered} AND gather_group IS ?`, [
        ...[stage, 'queued', group],
      ]);
      if (place !== undefined) places.push(place);
    }
    return places.sort()[0];
  }

  /** A place of what may bring members of any group; undefined when nothing does. */
  #openOfAnyGroup(gather: number, select: string, limit: string): string | undefined {
    const reach = reachOf(this.#flow, gather);
    const places: (string | undefined)[] = [];
    for (let stage = 0; stage < gather; stage++) {
      const ofGroup = stage < reach ? '' : 'AND gather_group IS NULL';
      places.push(this.#place(`${select} FROM items WHERE ${isUngathered} ${ofGroup} ${limit}`, [stage, 'queued']));
    }
    // What waits for the gather before will come out of it at the place of its first member.
    for (const { stage, state } of reach === 0 ? [] : slotsOf(this.#flow, reach)) {
      places.push(this.#place(`${select} FROM items WHERE ${isUngathered} ${limit}`, [stage, state]));
    }
    return places.filter((place) => place !== undefined).sort()[0];
  }

  #place(sql: string, values: readonly (string | number)[]): string | undefined {
    const row = this.#database.get(sql, this.#key, ...values);
    return row ? optionalText(row, 'place') : undefined;
  }
}

/** Places begin with digits or what comes before them. */
const behindAll = '~';

/** Items of a run, a stage and a state that are part of no gather. */
const isUngathered = `run = ? AND stage = ? AND gathered = 0 AND state = ? AND place <> ''`;

/** Where what has ended before a gather is found. */
function slotsOf(flow: Flow, gather: number): { readonly stage: number; readonly state: JournalState }[] {
  const slots: { readonly stage: number; readonly state: JournalState }[] = [];
  for (let stage = reachOf(flow, gather); stage < gather; stage++) {
    for (const state of stage === gather - 1 ? endedStates : lostStates) slots.push({ stage, state });
  }
  return slots;
}
