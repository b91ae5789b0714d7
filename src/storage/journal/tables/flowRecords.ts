import type { Flow, FlowStage, RecordData } from '../../../flow/flow.ts';
import { elementRecord, gatheredRecord, recordAfter, type MissingMember } from '../../../flow/record.ts';
import type { Failure } from '../../../model/attempt.ts';
import { Contents } from './contents.ts';
import { DamageError, number, optionalNumber, optionalText, text, type Database, type Row } from './database.ts';
import { madeStates } from './gatherSlots.ts';
import { resultOf, stateOf } from './rows.ts';

/** The records that the items of one run are the work of: only reads. */
export class FlowRecords {
  readonly #database: Database;
  readonly #key: number;
  readonly #flow: Flow;

  /** @param key the run's in the tables */
  constructor(database: Database, key: number, flow: Flow) {
    this.#database = database;
    this.#key = key;
    this.#flow = flow;
  }

  /** What an item is the work of. */
  recordOf(item: Row): RecordData {
    const stage = this.stageAt(number(item, 'stage'));
    if (stage.input.kind === 'gather') return this.#gathered(item);
    const parent = optionalNumber(item, 'parent');
    const base = parent === undefined ? this.#row(item) : this.recordAfter(this.itemAt(parent));
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
    return { key: text(row, 'record_key'), stage: this.stageAt(number(row, 'stage')).name, message };
  }

  /** The same with the item's result, if there is one. */
  recordAfter(item: Row): RecordData {
    const record = this.recordOf(item);
    const found = this.#database.get(
      'SELECT * FROM results WHERE run = ? AND position = ?',
      this.#key,
      number(item, 'position'),
    );
    return found ? recordAfter(record, this.stageAt(number(item, 'stage')).name, resultOf(found)) : record;
  }

  /** A row as the data had it. */
  #row(item: Row): RecordData {
    const variables = optionalNumber(item, 'variables');
    return variables === undefined ? {} : (new Contents(this.#database, this.#key).of(variables) as RecordData);
  }

  itemAt(position: number): Row {
    const row = this.#database.get('SELECT * FROM items WHERE run = ? AND position = ?', this.#key, position);
    if (!row) throw new DamageError('The item that another one follows is missing.');
    return row;
  }

  stageAt(index: number): FlowStage {
    const stage = this.#flow.stages[index];
    if (!stage) throw new DamageError(`The flow has no stage ${index}.`);
    return stage;
  }
}
