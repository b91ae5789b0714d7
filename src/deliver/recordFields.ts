import { isJsonObject } from '../base/jsonObject.ts';
import type { RecordData } from '../flow/flow.ts';
import type { FieldPaths } from './optionReader.ts';

/** The value at a name, or down a path of names and of places in lists; undefined where there is none. */
export function valueAt(data: unknown, path: string): unknown {
  if (!isJsonObject(data)) return undefined;
  if (Object.hasOwn(data, path)) return data[path];
  let value: unknown = data;
  for (const name of path.split('.')) {
    if (Array.isArray(value) && /^\d{1,6}$/.test(name)) value = value[Number(name)];
    else if (isJsonObject(value) && Object.hasOwn(value, name)) value = value[name];
    else return undefined;
  }
  return value;
}

/** Whether there is nothing in a value that anybody could read. */
export function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  return Array.isArray(value) && value.every(isNothing);
}

/** A text, number, `true` or `false` in words; undefined for anything else and for nothing. */
export function wordsOf(value: unknown): string | undefined {
  if (isNothing(value)) return undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** What the stages added, the last one first, then the record itself. */
export function layersOf(data: RecordData, stages: readonly string[]): readonly RecordData[] {
  const added = stages.flatMap((stage) => {
    const value = Object.hasOwn(data, stage) ? data[stage] : undefined;
    return isJsonObject(value) ? [value] : [];
  });
  return [...added.reverse(), data];
}

/**
 * The value of a field.
 *
 * @param paths as a person has named them; undefined: the usual names are looked for in what the stages added, the last one
 * first, and then in the record itself
 */
export function fieldOf(
  data: RecordData,
  paths: FieldPaths | undefined,
  usual: readonly string[],
  stages: readonly string[],
): unknown {
  if (paths !== undefined) return paths.map((path) => valueAt(data, path)).find((value) => !isNothing(value));
  for (const layer of layersOf(data, stages)) {
    for (const name of usual) {
      const value = layer === data && stages.includes(name) ? undefined : valueAt(layer, name);
      if (!isNothing(value)) return value;
    }
  }
  return undefined;
}

/** As a sentence names a field that is missing. */
export function fieldName(paths: FieldPaths | undefined, usual: readonly string[]): string {
  return `"${(paths ?? usual.slice(0, 1)).join('" or "')}"`;
}
