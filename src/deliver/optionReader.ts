import { isJsonObject } from '../base/jsonObject.ts';
import { brief } from '../base/sentence.ts';

/** Where a value is in a record: names with dots between them. Several are tried in order. */
export type FieldPaths = readonly string[];

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && !value.includes('{{');
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isJsonObject(value)) return 'a block';
  return typeof value === 'string' ? `"${brief(value, 40)}"` : String(value);
}

/** Reads the options of a delivery, each once. What is absent or empty is undefined, what is wrong is undefined and told. */
export class OptionReader {
  readonly #kind: string;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();
  readonly #problems: string[] = [];

  constructor(kind: string, options: Readonly<Record<string, unknown>>) {
    this.#kind = kind;
    this.#options = options;
  }

  /** A text as it stands. */
  text(name: string): string | undefined {
    return this.#read(name, 'a text', isWord)?.trim();
  }

  /** A text, or a list of them. */
  texts(name: string): readonly string[] | undefined {
    const isTexts = (value: unknown): value is string | string[] =>
      isWord(value) || (Array.isArray(value) && value.every(isWord));
    const found = this.#read(name, 'a text or a list of texts', isTexts);
    return found === undefined ? undefined : [found].flat();
  }

  flag(name: string): boolean | undefined {
    return this.#read(name, 'true or false', (value): value is boolean => typeof value === 'boolean');
  }

  /** Whether something is wanted, or where it is in a record. */
  flagOrField(name: string): boolean | FieldPaths | undefined {
    const isEither = (value: unknown): value is boolean | string => typeof value === 'boolean' || isPath(value);
    const found = this.#read(name, 'true, false or the name of a field', isEither);
    return typeof found === 'string' ? [found.trim()] : found;
  }

  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const wanted = words.map((word) => `"${word}"`).join(' or ');
    return this.#read(name, wanted, (value): value is Word => words.some((word) => word === value));
  }

  /** Where a value is in a record. */
  field(name: string): FieldPaths | undefined {
    const isPaths = (value: unknown): value is string | string[] =>
      isPath(value) || (Array.isArray(value) && value.length > 0 && value.every(isPath));
    const wanted = 'the name of a field, such as "metadata.title", or a list of names';
    const found = this.#read(name, wanted, isPaths);
    return found === undefined ? undefined : [found].flat().map((path) => path.trim());
  }

  /** Where a list is in a record. */
  list(name: string): string | undefined {
    return this.#read(name, 'the name of a list in the record, such as "stage.items"', isPath)?.trim();
  }

  /** Fields by the names that they get: a list of fields, or a block of names with fields. */
  namedFields(name: string): ReadonlyMap<string, string> | undefined {
    const isFields = (value: unknown): value is string[] | Record<string, string> =>
      (Array.isArray(value) || isJsonObject(value)) &&
      Object.values(value).length > 0 &&
      Object.values(value).every(isPath);
    const wanted = 'a list of fields, or a block of "name: field" lines';
    const found = this.#read(name, wanted, isFields);
    if (found === undefined) return undefined;
    const pairs = Array.isArray(found) ? found.map((path): [string, string] => [path, path]) : Object.entries(found);
    const fields = new Map(pairs.map(([given, path]) => [given.trim(), path.trim()]));
    if (fields.size < pairs.length)
      this.problem(`"${name}" of "${this.#kind}" has a name twice: name each field once.`);
    return fields;
  }

  /** A list of blocks, as it is. */
  blocks(name: string): readonly Readonly<Record<string, unknown>>[] | undefined {
    const isBlocks = (value: unknown): value is Record<string, unknown>[] =>
      Array.isArray(value) && value.length > 0 && value.every(isJsonObject);
    return this.#read(name, 'a list of blocks', isBlocks);
  }

  problem(sentence: string): void {
    this.#problems.push(sentence);
  }

  /** All that is wrong, once everything has been read. */
  problems(): readonly string[] {
    const known = [...this.#asked];
    const unknown = Object.keys(this.#options)
      .filter((name) => !this.#asked.has(name))
      .map((name) => `"${this.#kind}" knows no "${brief(name, 40)}": it takes ${known.join(', ')}.`);
    return [...this.#problems, ...unknown];
  }

  #read<Value>(name: string, wanted: string, accepts: (value: unknown) => value is Value): Value | undefined {
    this.#asked.add(name);
    const value = Object.hasOwn(this.#options, name) ? this.#options[name] : undefined;
    if (value === undefined || value === null) return undefined;
    if (accepts(value)) return value;
    this.problem(`"${name}" of "${this.#kind}" must be ${wanted}, not ${shown(value)}.`);
    return undefined;
  }
}
