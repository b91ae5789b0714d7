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

/** About how many UTF-16 units a value takes, written out; what is there several times is counted several times. */
export function sizeOf(value: unknown, most = Infinity): number {
  let size = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && size <= most) {
    const next = waiting.pop();
    size += 1;
    if (typeof next === 'string') size += next.length;
    else if (Array.isArray(next)) {
      if (next.length + waiting.length > most) return most + 1;
      for (const entry of next) waiting.push(entry);
    } else if (typeof next === 'object' && next !== null) {
      for (const [key, entry] of Object.entries(next)) {
        size += key.length;
        waiting.push(entry);
      }
    }
  }
  return size;
}
