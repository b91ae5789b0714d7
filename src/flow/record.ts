import { isJsonObject } from '../base/jsonObject.ts';
import type { RecordData } from './flow.ts';

/** What a stage came to: a text, or an object as JSON. */
export interface StageText {
  readonly text: string;
  readonly format: 'text' | 'json';
}

/** What a stage adds to the record, under its name. */
function stageValue({ text, format }: StageText): RecordData {
  if (format === 'text') return { text };
  const value: unknown = JSON.parse(text);
  return isJsonObject(value) ? value : { value };
}

/** The record as the next stage reads it. */
export function recordAfter(record: RecordData, stage: string, result: StageText): RecordData {
  return { ...record, [stage]: stageValue(result) };
}

/** The value at a path of names with dots between them; undefined where there is none. */
function valueAt(record: RecordData, path: string): unknown {
  let value: unknown = record;
  for (const name of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** Undefined when there is no list. */
export function listAt(record: RecordData, path: string): readonly unknown[] | undefined {
  const value = valueAt(record, path);
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}

/** A record of its own for one element of a list: its fields win over those of the record. */
export function elementRecord(record: RecordData, list: string, index: number): RecordData {
  const element = listAt(record, list)?.[index];
  return { ...record, ...(isJsonObject(element) ? element : { value: element }), index };
}

/** One record for many. */
export function gatheredRecord(
  group: string,
  index: number,
  records: readonly RecordData[],
  missing: readonly MissingMember[],
): RecordData {
  return { group, index, records, missing };
}

/** A record that a gather goes on without. */
export interface MissingMember {
  readonly key: string;
  /** The stage in which it failed. */
  readonly stage: string;
  readonly message: string;
}
