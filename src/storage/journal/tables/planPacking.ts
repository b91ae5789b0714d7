import { contentHash } from '../../../base/hash.ts';
import type { JsonObject } from '../../../base/jsonObject.ts';
import { TextPlaces } from '../../../base/textPlaces.ts';
import type { ChatMessage, Parameters } from '../../../model/message.ts';
import type { NewItem, OutputNames } from '../../../candidates/plannedItem.ts';
import { fromStored, toStored } from './storedPaths.ts';

/** An item whose long or shared parts are numbers into a list of contents. */
export interface PackedItem extends Omit<
  NewItem,
  'prompt' | 'messages' | 'parameters' | 'variables' | 'schema' | 'vary' | 'output'
> {
  readonly prompt: number;
  readonly messages?: number;
  /** JSON. */
  readonly parameters: string;
  readonly variables?: number;
  readonly schema?: number;
  readonly vary?: number;
  readonly output?: number;
}

/** A plan, or a part of one: contents are numbered over all parts, each comes with the first item that needs it. */
export interface PackedPlan {
  /** JSON. */
  readonly contents: readonly string[];
  readonly items: readonly PackedItem[];
}

/** Digits of a hash that tell contents apart: nobody finds two that are the same. */
const hashLength = 32;

/** Packs the items of one plan, so that each distinct content is stored once. */
export class PlanPacker {
  readonly #base: string;
  /** What items share by reference; what an item looks up anew each time is gone with it. */
  readonly #byReference = new WeakMap<object, number>();
  /** Hashes of the contents: the contents themselves are long, and go to the journal's thread. */
  readonly #byHash = new TextPlaces();
  #contents: string[] = [];
  #items: PackedItem[] = [];
  #characters = 0;

  /** @param base what stored paths are relative to */
  constructor(base: string) {
    this.#base = base;
  }

  add(item: NewItem): void {
    // Named one by one: an item may come with more than the journal keeps, or may look up what it says when it is asked.
    const { prompt, messages, variables, schema, vary, output, parameters } = item;
    this.#items.push({
      id: item.id,
      position: item.position,
      stage: item.stage,
      key: item.key,
      root: item.root,
      place: item.place,
      ...(item.parent === undefined ? {} : { parent: item.parent }),
      ...(item.element === undefined ? {} : { element: item.element }),
      ...(item.group === undefined ? {} : { group: item.group }),
      ...(item.isSkipped === true ? { isSkipped: true } : {}),
      prompt: this.#content(prompt, ({ path, name, hash }) => ({ path, name, hash })),
      row: item.row,
      index: item.index,
      number: item.number,
      service: item.service,
      model: item.model,
      priority: item.priority,
      reservation: item.reservation,
      messages: this.#content(messages),
      parameters: JSON.stringify(parameters),
      variables: this.#content(variables),
      ...(schema && { schema: this.#content(schema) }),
      ...(vary && { vary: this.#content(vary) }),
      ...(output && {
        output: this.#content(output, ({ folder, series, firstNumbered }) => ({
          folder: toStored(this.#base, folder),
          series,
          firstNumbered,
        })),
      }),
    });
  }

  /** Characters of content and items in the part so far. */
  get size(): number {
    return this.#characters + 200 * this.#items.length;
  }

  /** What was added since the last call. */
  take(): PackedPlan {
    const part = { contents: this.#contents, items: this.#items };
    this.#contents = [];
    this.#items = [];
    this.#characters = 0;
    return part;
  }

  #content<Value extends object>(value: Value, pick: (value: Value) => object = (all) => all): number {
    let number = this.#byReference.get(value);
    if (number !== undefined) return number;
    const json = JSON.stringify(pick(value));
    const known = this.#byHash.size;
    number = this.#byHash.add(contentHash(json).slice(0, hashLength));
    if (number === known) {
      this.#contents.push(json);
      this.#characters += json.length;
    }
    this.#byReference.set(value, number);
    return number;
  }
}

/**
 * The inverse of packing.
 *
 * @param contentOf the parsed content of a number; the same object for the same number
 */
export function unpackItem(item: PackedItem, contentOf: (number: number) => unknown, base: string): NewItem {
  const { messages, variables, schema, vary, output, ...rest } = item;
  return {
    ...rest,
    prompt: contentOf(item.prompt) as NewItem['prompt'],
    messages: messages === undefined ? [] : (contentOf(messages) as readonly ChatMessage[]),
    parameters: JSON.parse(item.parameters) as Parameters,
    variables: variables === undefined ? {} : (contentOf(variables) as Readonly<Record<string, unknown>>),
    ...(schema === undefined ? {} : { schema: contentOf(schema) as JsonObject }),
    ...(vary === undefined ? {} : { vary: contentOf(vary) as Readonly<Record<string, unknown>> }),
    ...(output === undefined ? {} : { output: unpackOutput(contentOf(output), base) }),
  };
}

/** @param content parsed */
export function unpackOutput(content: unknown, base: string): OutputNames {
  const output = content as OutputNames;
  return { ...output, folder: fromStored(base, output.folder) };
}
