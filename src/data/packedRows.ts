import { isOneByte, PackedBytes, PackedNumbers, type PackedTexts } from '../base/packedTexts.ts';
import type { Row, RowName, Rows } from '../model/row.ts';
import type { SourceRow } from './sourceRow.ts';

type Values = SourceRow['values'];

/** How a value lies in its row: what follows the byte that says it. */
const kinds = {
  /** A byte with the length, then a byte for each unit. */
  short: 0,
  /** Four bytes with the length, then a byte for each unit. */
  narrow: 1,
  /** Four bytes with the length, then two bytes for each unit. */
  wide: 2,
  /** Four bytes with its place in a list. */
  kept: 3,
} as const;

const longestShort = 255;
/** Of the byte and the length before a value. */
const headBytes = 5;

/** Rows beyond so many sets of names are kept as they are. */
const mostShapes = 1_000;

/** Names of columns that rows have in common, in their order. */
interface Shape {
  readonly names: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  /** Has all names: objects that are copies of it take a fraction of what growing ones take. */
  readonly blank: Values;
}

/**
 * Rows of data as their file has them, in a list that grows. Their texts lie outside of the heap, and each row is made anew
 * when it is asked for; all other values are kept as they are.
 */
export class PackedRows {
  readonly #bytes = new PackedBytes();
  readonly #addresses = new PackedNumbers();
  readonly #shapesOf = new PackedNumbers();
  readonly #numbers = new PackedNumbers();
  /** 0 for rows without a line. */
  readonly #lines = new PackedNumbers();
  readonly #kept: unknown[] = [];
  readonly #shapes: Shape[] = [];
  readonly #shapePlaces = new Map<string, number>();
  readonly #names = new Set<string>();
  #lastShape = 0;

  get length(): number {
    return this.#addresses.length;
  }

  *places(): Iterable<number> {
    for (let place = 0; place < this.length; place += 1) yield place;
  }

  /** All names that values have. */
  get names(): readonly string[] {
    return [...this.#names];
  }

  push({ values, number, line = 0 }: SourceRow): void {
    const place = this.#shapeOf(values);
    this.#shapesOf.push(place);
    this.#numbers.push(number);
    this.#lines.push(line);
    const shape = this.#shapes[place];
    this.#addresses.push(shape ? this.#pack(values, shape) : this.#kept.push(values) - 1);
  }

  /** Empty beyond the end. */
  valuesAt(place: number): Values {
    if (place >= this.length) return {};
    const shape = this.#shapes[this.#shapesOf.at(place)];
    const address = this.#addresses.at(place);
    if (!shape) return this.#kept[address] as Values;
    const { names, blank } = shape;
    const block = this.#bytes.blockOf(address);
    let at = this.#bytes.within(address);
    const values: Record<string, unknown> = { ...blank };
    for (const name of names) {
      values[name] = this.#read(block, at);
      at += sizeAt(block, at);
    }
    return values;
  }

  /** The same as what a row has under a name, without making the row; undefined where it has none. */
  valueAt(place: number, name: string): unknown {
    const shape = this.#shapes[this.#shapesOf.at(place)];
    if (!shape) {
      const values = this.valuesAt(place);
      return Object.hasOwn(values, name) ? values[name] : undefined;
    }
    const target = shape.places.get(name);
    if (target === undefined || place >= this.length) return undefined;
    const address = this.#addresses.at(place);
    const block = this.#bytes.blockOf(address);
    let at = this.#bytes.within(address);
    for (let column = 0; column < target; column += 1) at += sizeAt(block, at);
    return this.#read(block, at);
  }

  numberAt(place: number): number {
    return this.#numbers.at(place);
  }

  lineAt(place: number): number | undefined {
    const line = this.#lines.at(place);
    return line === 0 ? undefined : line;
  }

  /** @param key that the row has */
  rowAt(place: number, key: string): Row {
    const line = this.#lines.at(place);
    const values = this.valuesAt(place);
    return line === 0 ? { key, label: key, values } : { key, label: key, values, line };
  }

  /** @returns its address */
  #pack(values: Values, { names }: Shape): number {
    let most = 0;
    for (const name of names) {
      const value = values[name];
      most += headBytes + (typeof value === 'string' ? value.length * 2 : 0);
    }
    const { block, at: start } = this.#bytes.room(most);
    let at = start;
    for (const name of names) at = this.#write(values[name], block, at);
    return this.#bytes.take(at - start);
  }

  /** Where its shape is in the list, or beyond its end for a row that is kept as it is. */
  #shapeOf(values: Values): number {
    const names = Object.keys(values);
    const last = this.#shapes[this.#lastShape]?.names;
    // Rows of one file mostly have the same columns.
    if (last?.length === names.length && last.every((name, place) => name === names[place])) return this.#lastShape;
    const key = JSON.stringify(names);
    const known = this.#shapePlaces.get(key);
    if (known !== undefined) return (this.#lastShape = known);
    for (const name of names) this.#names.add(name);
    if (this.#shapes.length === mostShapes) return mostShapes;
    const blank = Object.fromEntries(names.map((name) => [name, '']));
    const places = new Map(names.map((name, place) => [name, place]));
    this.#lastShape = this.#shapes.push({ names, places, blank }) - 1;
    this.#shapePlaces.set(key, this.#lastShape);
    return this.#lastShape;
  }

  /** @returns behind it */
  #write(value: unknown, block: Buffer, at: number): number {
    if (typeof value !== 'string') {
      block[at] = kinds.kept;
      return block.writeUInt32LE(this.#kept.push(value) - 1, at + 1);
    }
    const { length } = value;
    if (!isOneByte(value)) {
      block[at] = kinds.wide;
      block.writeUInt32LE(length * 2, at + 1);
      return at + headBytes + block.write(value, at + headBytes, 'utf16le');
    }
    if (length > longestShort) {
      block[at] = kinds.narrow;
      block.writeUInt32LE(length, at + 1);
      return at + headBytes + block.write(value, at + headBytes, 'latin1');
    }
    block[at] = kinds.short;
    block[at + 1] = length;
    if (length > 0) block.write(value, at + 2, 'latin1');
    return at + 2 + length;
  }

  #read(block: Buffer, at: number): unknown {
    const length = block[at + 1] ?? 0;
    switch (block[at]) {
      case kinds.short:
        return length === 0 ? '' : block.toString('latin1', at + 2, at + 2 + length);
      case kinds.narrow:
        return block.toString('latin1', at + headBytes, at + headBytes + block.readUInt32LE(at + 1));
      case kinds.wide:
        return block.toString('utf16le', at + headBytes, at + headBytes + block.readUInt32LE(at + 1));
      default:
        return this.#kept[block.readUInt32LE(at + 1)];
    }
  }
}

/** Bytes that a value takes, with its head. */
function sizeAt(block: Buffer, at: number): number {
  switch (block[at]) {
    case kinds.short:
      return 2 + (block[at + 1] ?? 0);
    case kinds.kept:
      return headBytes;
    default:
      return headBytes + block.readUInt32LE(at + 1);
  }
}

/** Rows of data with their keys. */
export class KeyedRows implements Rows {
  readonly #rows: PackedRows;
  readonly #keys: PackedTexts;
  readonly names: readonly string[];
  readonly #areContents: boolean;

  /**
   * @param keys of the rows, none of them twice
   * @param areContents whether they tell only what is in the rows, so that nobody knows a row by its key
   */
  constructor(rows: PackedRows, keys: PackedTexts, areContents = false) {
    this.#rows = rows;
    this.#keys = keys;
    this.#areContents = areContents;
    this.names = rows.names;
  }

  get length(): number {
    return this.#keys.length;
  }

  at(place: number): Row | undefined {
    return place < 0 || place >= this.length ? undefined : this.#rowAt(place);
  }

  nameAt(place: number): RowName {
    const key = this.#keys.at(place);
    return { key, label: key };
  }

  *[Symbol.iterator](): Iterator<Row> {
    for (let place = 0; place < this.length; place += 1) yield this.#rowAt(place);
  }

  #rowAt(place: number): Row {
    const row = this.#rows.rowAt(place, this.#keys.at(place));
    return this.#areContents ? { ...row, number: this.#rows.numberAt(place) } : row;
  }
}
