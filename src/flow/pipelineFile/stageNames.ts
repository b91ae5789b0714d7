import { limits } from './limits.ts';

/** What records have besides what stages add, and what templates take for something else. */
const takenNames: ReadonlySet<string> = new Set([
  ...['records', 'missing', 'group', 'index', 'row', 'file', 'key', 'value', 'item', 'source', 'stage'],
  ...['true', 'false', 'nil', 'null', 'empty', 'blank', 'and', 'or', 'not', 'contains', 'forloop', 'tablerowloop'],
]);

/** As templates write it, so that `{{ name.field }}` needs no quotes. */
const form = /^[\p{L}_][\p{L}\p{N}_-]*$/u;

/** A JSON Schema's pattern for the same. */
export const stageNamePattern = '^[\\p{L}_][\\p{L}\\p{N}_-]*$';

/**
 * What is wrong with the name of a stage, which becomes a key of the record.
 *
 * @returns the end of a sentence about the name
 */
export function nameProblem(name: string): string | undefined {
  if (name.length > limits.nameLength) return `has more than ${limits.nameLength} characters: make it shorter`;
  if (!form.test(name)) return 'must begin with a letter and have only letters, digits, "-" and "_"';
  if (takenNames.has(name.toLowerCase()) || name in Object.prototype) {
    return 'means something else in the record: choose another name';
  }
  return undefined;
}
