import { contentHash } from '../base/hash.ts';
import { failed, success, type Outcome } from '../base/outcome.ts';
import { wellFormed } from '../base/wellFormed.ts';
import { itemId } from '../model/identity.ts';
import type { Priority } from '../model/item.ts';
import { groupOf, takesPart, type Expressions, type Flow, type FlowStage, type RecordData } from './flow.ts';
import { elementRecord, listAt } from './record.ts';
import { stepDigits } from './rowPlace.ts';

/** Items that follow one: lists may come from anybody, and more of them are nobody's wish. */
const mostFollowers = 100_000;
/** UTF-16 units of a key that a record gives; the rest of a longer one is a hash. */
const longestKey = 200;
const keyHashDigits = 16;

/** An item that comes into being. */
export interface Draft {
  readonly id: string;
  readonly stage: number;
  readonly key: string;
  /** Where it belongs among the items of its stage, whenever it came into being. */
  readonly place: string;
  /** `skipped`: its record passes without this stage. */
  readonly state: 'queued' | 'skipped';
  readonly service: string;
  readonly model: string;
  readonly index: number;
  readonly priority: Priority;
  readonly reservation: number;
  /** Place in the list of drafts of the item whose record it goes on with; absent: the one that they all follow. */
  readonly parent?: number;
  /** Which element of the list in the parent's record, from 0; absent: the record as it is. */
  readonly element?: number;
  /** Group of the next gather; absent: not known yet. */
  readonly group?: string;
}

/** Key and place of one of a record's variants: where there are several, each is a record of its own from here on. */
export function variantOf(
  { key, place }: Pick<Draft, 'key' | 'place'>,
  variants: readonly unknown[],
  number: number,
): Pick<Draft, 'key' | 'place'> {
  return variants.length > 1 ? { key: `${key}/${number + 1}`, place: `${place}.${step(number)}` } : { key, place };
}

/** A record on its way into the next stage. */
export interface Source {
  /** The stage that it has come through, -1 for a row. */
  readonly stage: number;
  readonly key: string;
  readonly place: string;
  readonly record: RecordData;
}

/** A stage finds no list where it should expand one, or far too long a one. */
export interface NoList {
  /** One sentence. */
  readonly message: string;
}

/**
 * The items that follow when a record has come through a stage: none at the end of the flow and before a gather, whose
 * item comes into being when its last member has ended. An item whose record passes a stage by comes with those that
 * follow it.
 */
export function follow(flow: Flow, source: Source, expressions: Expressions): Outcome<readonly Draft[], NoList> {
  const drafts: Draft[] = [];
  const problem = new Follower(flow, expressions, drafts).add(source, undefined);
  return problem === undefined ? success(drafts) : failed({ message: problem });
}

class Follower {
  readonly #flow: Flow;
  readonly #expressions: Expressions;
  readonly #drafts: Draft[];

  constructor(flow: Flow, expressions: Expressions, drafts: Draft[]) {
    this.#flow = flow;
    this.#expressions = expressions;
    this.#drafts = drafts;
  }

  /** @returns what is wrong */
  add(source: Source, parent: number | undefined): string | undefined {
    const { key, place, record } = source;
    const index = source.stage + 1;
    const stage = this.#flow.stages[index];
    if (!stage) return undefined;
    switch (stage.input.kind) {
      case 'gather':
        return undefined;
      case 'pass':
        return this.#items(stage, index, source, parent, undefined);
      case 'expand': {
        const { list, key: keyTemplate } = stage.input;
        const elements = listAt(record, list);
        if (!elements) return `The stage "${stage.name}" finds no list at "${list}" in the record ${shownKey(key)}.`;
        for (const element of elements.keys()) {
          const own = elementRecord(record, list, element);
          const named = keyTemplate === undefined ? undefined : this.#expressions.text(keyTemplate, own)?.trim();
          const ownKey = named === undefined || named === '' ? `${key}/${element}` : keyOf(named);
          const at = { stage: source.stage, key: ownKey, place: `${place}.${step(element)}`, record: own };
          const problem = this.#items(stage, index, at, parent, element);
          if (problem !== undefined) return problem;
        }
        return undefined;
      }
    }
  }

  #items(
    stage: FlowStage,
    index: number,
    { key, place, record }: Source,
    parent: number | undefined,
    element: number | undefined,
  ): string | undefined {
    const isTaking = takesPart(stage, record, this.#expressions);
    const group = groupOf(this.#flow, index, record, this.#expressions);
    const variants = isTaking ? stage.variants : stage.variants.slice(0, 1);
    for (const [number, variant] of variants.entries()) {
      if (this.#drafts.length >= mostFollowers) return tooMany(stage);
      this.#drafts.push({
        id: itemId({ pipeline: this.#flow.pipeline, stage: stage.name, key, ...variant }),
        stage: index,
        ...variantOf({ key, place }, variants, number),
        state: isTaking ? 'queued' : 'skipped',
        ...variant,
        priority: stage.priority,
        reservation: stage.reservation,
        ...(parent === undefined ? {} : { parent }),
        ...(element === undefined ? {} : { element }),
        ...(group === undefined ? {} : { group }),
      });
    }
    return isTaking ? undefined : this.add({ stage: index, key, place, record }, this.#drafts.length - 1);
  }
}

function step(number: number): string {
  return String(number).padStart(stepDigits, '0');
}

/** Long keys that differ anywhere stay different. */
function keyOf(text: string): string {
  if (text.length <= longestKey) return text;
  const digits = contentHash(text).slice(0, keyHashDigits);
  return `${wellFormed(text.slice(0, longestKey - keyHashDigits - 1))}-${digits}`;
}

function tooMany({ name }: FlowStage): string {
  const most = mostFollowers.toLocaleString('en');
  return `The stage "${name}" would have more than ${most} items of one record: select fewer, or take a shorter list.`;
}

function shownKey(key: string): string {
  return key === '' ? 'of the prompt' : `"${key}"`;
}
