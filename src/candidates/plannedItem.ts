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

/** An item of a plan: all that its call and its file need, without the prompt file. */
export interface NewItem {
  readonly id: string;
  /** 0-based place in the plan. */
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
  readonly messages: readonly ChatMessage[];
  readonly parameters: Parameters;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly output: OutputNames;
}
