import type { JsonObject } from '../../base/jsonObject.ts';
import { nearestName } from '../../base/nearestName.ts';
import { brief } from '../../base/sentence.ts';
import { shown } from '../../base/valueKinds.ts';
import type { Span, YamlSettings } from '../../base/yamlSettings.ts';
import type { Findings } from './findings.ts';
import type { Key, KeyTable, ValueOf } from './keys.ts';

/** Characters of a key in a sentence. */
const longestKey = 40;

/** A file that is being read, and what is said about it. */
export interface ReadFile {
  readonly settings: YamlSettings;
  readonly problems: Findings;
  /** What nothing stops for. */
  readonly hints: Findings;
}

/** Where a block is, and how sentences say that a key is in it. */
export interface BlockPlace {
  /** From the top of the file. */
  readonly path: readonly string[];
  /** In front of a key: `http.`. */
  readonly prefix: string;
  /** Behind a key: ` of the stage "metadata"`. */
  readonly owner: string;
}

/** A block of the file with the keys that it may have. Keys without a value, and wrong ones, are undefined and told. */
export class Block<Table extends KeyTable> {
  readonly values: JsonObject;
  readonly place: BlockPlace;
  readonly #file: ReadFile;
  readonly #table: Table;

  constructor(file: ReadFile, values: JsonObject, table: Table, place: BlockPlace) {
    this.#file = file;
    this.values = values;
    this.#table = table;
    this.place = place;
  }

  /** Whether a key is there, whatever its value is. */
  has(key: keyof Table & string): boolean {
    return Object.hasOwn(this.values, key);
  }

  /** 1-based. */
  lineOf(key?: string): number {
    return this.#file.settings.lineOf(...this.place.path, ...(key === undefined ? [] : [key]));
  }

  /** As a sentence calls a key: `"http.url" of the stage "metadata"`. */
  nameOf(key: string): string {
    return `"${this.place.prefix}${brief(key.replace(/\s+/g, ' '), longestKey)}"${this.place.owner}`;
  }

  /** @param message what follows the name of the key */
  report(key: keyof Table & string, message: string): void {
    this.#tell(key, () => `${this.nameOf(key)} ${message}`);
  }

  /** @param message a whole sentence @param key that is marked; absent: the block */
  complain(message: string, key?: string): void {
    const path = [...this.place.path, ...(key === undefined ? [] : [key])];
    this.#file.problems.tell(
      () => this.#file.settings.keySpanOf(path),
      () => message,
    );
  }

  read<Name extends keyof Table & string>(key: Name): ValueOf<Table[Name]> | undefined {
    const { reading } = this.#key(key);
    if (!this.has(key)) return undefined;
    const value = this.values[key];
    if (value === null || value === undefined) {
      this.report(key, `has no value: it must be ${reading.wanted}, or be left out.`);
      return undefined;
    }
    const read = reading.read(value);
    if (read === undefined) this.#tell(key, () => this.#wrong(key, value, reading.wanted));
    return read as ValueOf<Table[Name]> | undefined;
  }

  /** The block under a key, with the keys that the table of this one has for it. */
  inner<Inner extends KeyTable>(key: keyof Table & string, table: Inner, values: JsonObject): Block<Inner> {
    const { path, prefix, owner } = this.place;
    const inner = new Block(this.#file, values, table, { path: [...path, key], prefix: `${prefix}${key}.`, owner });
    for (const needed of this.#key(key).inner?.needs ?? []) {
      if (!inner.has(needed)) inner.complain(`${this.nameOf(key)} needs "${needed}".`);
    }
    inner.hintUnknown();
    return inner;
  }

  /** An entry of the list under a key. */
  entry<Inner extends KeyTable>(
    key: keyof Table & string,
    index: number,
    table: Inner,
    { values, owner }: { readonly values: JsonObject; readonly owner: string },
  ): Block<Inner> {
    const path = [...this.place.path, key, String(index)];
    return new Block(this.#file, values, table, { path, prefix: '', owner });
  }

  /** Tells of keys that nobody reads. @param elsewhere other keys, by the block that they belong into */
  hintUnknown(elsewhere: Readonly<Record<string, KeyTable>> = {}): void {
    const known = Object.keys(this.#table);
    for (const key of Object.keys(this.values)) {
      if (Object.hasOwn(this.#table, key)) continue;
      this.#file.hints.tell(
        () => this.#file.settings.keySpanOf([...this.place.path, key]),
        () => {
          const home = Object.entries(elsewhere).find(([, table]) => Object.hasOwn(table, key))?.[0];
          if (home !== undefined) return `${this.nameOf(key)} is left alone: it belongs into the block "${home}".`;
          const nearest = nearestName(key, known);
          const meant = nearest === undefined ? 'check its name' : `write "${nearest}" if that is meant`;
          return `${this.nameOf(key)} is not known and left alone: ${meant}.`;
        },
      );
    }
  }

  #key(key: string): Key<unknown> {
    const found = this.#table[key];
    if (!found) throw new Error(`There is no key ${key}.`);
    return found;
  }

  #tell(key: string, message: () => string): void {
    const span = (): Span => this.#file.settings.spanOf([...this.place.path, key]);
    this.#file.problems.tell(span, message);
  }

  #wrong(key: string, value: unknown, wanted: string): string {
    const source = this.#file.settings.sourceOf([...this.place.path, key]);
    if (typeof value === 'object' && source?.startsWith('{{') === true) {
      return `${this.nameOf(key)} must stand in quotes, because it begins with "{{".`;
    }
    const form = Array.isArray(value) ? 'list' : typeof value === 'object' ? 'block' : undefined;
    const isForm = form !== undefined && wanted.includes(form);
    return `${this.nameOf(key)} must be ${wanted}${isForm ? ': correct its entries' : `, not ${shown(value)}`}.`;
  }
}
