import type { JsonObject } from '../base/jsonObject.ts';
import type { Priority } from '../model/item.ts';
import type { ChatMessage, Parameters } from '../model/message.ts';

/** Where a candidate goes, but for its number. */
export interface OutputNames {
  /** Absolute. */
  readonly folder: string;
  /** Relative to `folder`, with `/`, and `*` where the number goes. */
  readonly series: string;
  /** Whether candidate 1 carries its number too. */
  readonly firstNumbered: boolean;
}

/** Where an item stands in the flow of its run. */
export interface FlowPlace {
  /** 0-based. */
  readonly stage: number;
  /** Key of its record; empty for a prompt without data. */
  readonly key: string;
  /** Position of the first item that it comes from; its own for one that the run began with. */
  readonly root: number;
  /** Where it belongs among the items of its stage, as a text to sort by; empty in a run without a flow. */
  readonly place: string;
  /** Position of the item whose record it goes on with; absent for a row and for what a gather makes. */
  readonly parent?: number;
  /** Which element of the list in that record, from 0; absent: the record as it is. */
  readonly element?: number;
  /** Group of the next gather; absent: not known yet. */
  readonly group?: string;
  /** Whether its record passes the stage by. */
  readonly isSkipped?: boolean;
}

/** An item of a plan: all that its call and its file need, without the prompt file. */
export interface NewItem extends FlowPlace {
  readonly id: string;
  /** 0-based place in the plan; what follows takes the next. */
  readonly position: number;
  readonly prompt: { readonly path: string; readonly name: string; readonly hash: string };
  readonly row: string;
  /** 1-based, within prompt, row and model. */
  readonly index: number;
  /** Number in its file name. */
  readonly number: number;
  readonly service: string;
  readonly model: string;
  readonly priority: Priority;
  /** Tokens that one attempt may cost. */
  readonly reservation: number;
  /** Empty for an item that reads its record when it starts. */
  readonly messages: readonly ChatMessage[];
  readonly parameters: Parameters;
  /** What the messages were rendered with; the row's own values in a run with a flow. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The JSON Schema that its text must match: one that `checkSchema` accepts. */
  readonly schema?: JsonObject | undefined;
  /** The values among its variables that are spread over the candidates. */
  readonly vary?: Readonly<Record<string, unknown>> | undefined;
  /** Absent for an item that leaves no file. */
  readonly output?: OutputNames;
}

/** An item that leaves a file: a candidate. */
export type NewCandidate = NewItem & { readonly output: OutputNames };

export function isCandidate<Item extends Pick<NewItem, 'output'>>(
  item: Item,
): item is Item & { readonly output: OutputNames } {
  return item.output !== undefined;
}
