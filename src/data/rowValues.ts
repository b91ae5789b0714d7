import { isJsonObject, type JsonObject } from '../base/jsonObject.ts';
import { limits } from './limits.ts';

function isWithin(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => isWithin(levels - 1, each));
}

export const tooDeep = `has more than ${limits.depth} objects or lists within each other: make it flatter`;

/** What a list's entry is as a row: `{ value: … }` unless it is an object. Undefined for one that nests too deep. */
export function rowValues(entry: unknown): JsonObject | undefined {
  if (!isWithin(limits.depth, entry)) return undefined;
  return isJsonObject(entry) ? entry : { value: entry };
}
