import type { JsonObject } from '../../base/jsonObject.ts';

/**
 * Values that only the workspace knows. `columns`: one of those of the rows; `expression`: an expression over them; `lists`:
 * what is a list in the record, and `modules` the files of functions, of a pipeline.
 */
export type ValueSource =
  | 'models'
  | 'dataFiles'
  | 'schemaFiles'
  | 'attachments'
  | 'columns'
  | 'expression'
  | 'services'
  | 'promptFiles'
  | 'modules'
  | 'lists';

/** What a text of a setting may have in it: Liquid, or the names of `candidates.output`. */
export type TemplateKind = 'liquid' | 'output';

/** What is known of a key of the front matter. */
export interface Key {
  /** One or two sentences for whoever writes it. */
  readonly description: string;
  /** JSON Schema of its value, but for the keys of a block in it. */
  readonly schema: JsonObject;
  /** As YAML. */
  readonly example: string;
  /** Values to choose from, as YAML; others may be right too. */
  readonly values?: readonly string[];
  readonly from?: ValueSource;
  readonly template?: TemplateKind;
  /** Of a block in its place. */
  readonly keys?: KeyTable | (() => KeyTable);
  /** Of each block in a list in its place. */
  readonly entries?: KeyTable;
  /** Of each block in a block whose names the person chooses. */
  readonly named?: KeyTable | (() => KeyTable);
  /** It belongs to somebody else, or to nobody. */
  readonly isLeftAlone?: true;
}

export type KeyTable = Readonly<Record<string, Key>>;

/** What stands for the place in a list in the path of a key. */
export const entry = '-';

function tableOf(table: KeyTable | (() => KeyTable) | undefined): KeyTable | undefined {
  return typeof table === 'function' ? table() : table;
}

/** The keys that a block may have. @param path of the block from the top level; empty: the top level itself */
export function keysAt(table: KeyTable, path: readonly string[]): KeyTable | undefined {
  let keys: KeyTable | undefined = table;
  let around: Key | undefined;
  for (const name of path) {
    if (name === entry) {
      keys = around?.entries;
      around = undefined;
    } else if (keys !== undefined) {
      around = Object.hasOwn(keys, name) ? keys[name] : undefined;
      keys = tableOf(around?.keys);
    } else {
      keys = tableOf(around?.named);
      around = undefined;
    }
    if (keys === undefined && around === undefined) return undefined;
  }
  return keys;
}

/** @param path of the key from the top level, its own name last; of a value in a list, that of the list's key */
export function keyAt(table: KeyTable, path: readonly string[]): Key | undefined {
  const name = path.at(-1);
  if (name === undefined || name === entry) return undefined;
  const keys = keysAt(table, path.slice(0, -1));
  return keys && Object.hasOwn(keys, name) ? keys[name] : undefined;
}

/** The innermost key that a table knows on the way to a place; in what lies deeper the person is free. */
export function knownKeyAbove(table: KeyTable, path: readonly string[]): Key | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const key = keyAt(table, path.slice(0, length));
    if (key) return key;
  }
  return undefined;
}
