import type { Priority } from '../model/item.ts';

/** What flows through the stages: a row, and what each stage has added to it under the stage's name. */
export type RecordData = Readonly<Record<string, unknown>>;

/** What a stage makes its items of: each record as it comes, each element of a list in it, or many records at once. */
export type StageInput =
  | { readonly kind: 'pass' }
  | {
      readonly kind: 'expand';
      /** Where the list is in the record: names with dots between them. */
      readonly list: string;
      /** Template of the new records' keys; records of one stage with the same key are made once. */
      readonly key?: string;
    }
  | {
      readonly kind: 'gather';
      /** Template: records that it gives the same text belong together. Absent: all do. */
      readonly by?: string;
      /** So many at once, in order; absent: all of a group. */
      readonly size?: number;
      /** `any` goes on without members that have failed, `all` fails then. */
      readonly require: 'any' | 'all';
    };

/** One of the items that a record becomes in a stage: a prompt's candidates, for example. */
export interface Variant {
  /** Name of the service that answers. */
  readonly service: string;
  readonly model: string;
  /** 1-based, within the model. */
  readonly index: number;
}

export interface FlowStage {
  readonly name: string;
  readonly input: StageInput;
  /** Template: where it gives nothing, `false` or `0`, the record passes without this stage. Not with `gather`. */
  readonly when?: string;
  /** At least one; with several, each of them is a record of its own from here on. */
  readonly variants: readonly Variant[];
  readonly priority: Priority;
  /** Tokens that one attempt may cost. */
  readonly reservation: number;
  /** Attempts in flight at once; absent: only the services limit it. */
  readonly workers?: number;
  /** Items that wait in memory at most; while more wait, the stage before starts nothing. */
  readonly queue?: number;
  /** In place of the run's; the wait in ms. */
  readonly retry?: { readonly attempts: number; readonly baseMs: number };
}

/** What follows what. It is plain data, so that the journal keeps it with the run. */
export interface Flow {
  /** Path of the pipeline file, relative to its root and with `/`: part of every item's identity. */
  readonly pipeline: string;
  readonly stages: readonly FlowStage[];
}

/** Reads the templates of a flow. */
export interface Expressions {
  /** Of a key or condition: undefined when a name in the template has no value, empty when all that it puts in is. */
  text(template: string, record: RecordData): string | undefined;
  /** The template with every value in its place, empty ones too; undefined when a name in it has no value. */
  fill(template: string, record: RecordData): string | undefined;
}

/** Whether a record takes part in a stage. */
export function takesPart({ when }: FlowStage, record: RecordData, expressions: Expressions): boolean {
  if (when === undefined) return true;
  const said = expressions.text(when, record)?.trim() ?? '';
  return said !== '' && said !== 'false' && said !== '0';
}

/** The first gather behind a stage, 0-based; undefined when there is none. */
function gatherBehind({ stages }: Flow, stage: number): number | undefined {
  const found = stages.findIndex(({ input }, index) => index > stage && input.kind === 'gather');
  return found === -1 ? undefined : found;
}

/** Where the records of a gather begin to be its own: the stage of the gather before it, or the first. */
export function reachOf({ stages }: Flow, gather: number): number {
  const before = stages.slice(0, gather).findLastIndex(({ input }) => input.kind === 'gather');
  return Math.max(0, before);
}

/** The group of the next gather that a record will be part of; undefined while that cannot be told. */
export function groupOf(flow: Flow, stage: number, record: RecordData, expressions: Expressions): string | undefined {
  const gather = gatherBehind(flow, stage);
  const input = gather === undefined ? undefined : flow.stages[gather]?.input;
  if (input?.kind !== 'gather' || input.by === undefined) return '';
  return expressions.text(input.by, record);
}
