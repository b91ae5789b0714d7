import { setImmediate } from 'node:timers/promises';

/** Long lists give way to others after so long, ms. */
const sliceMs = 4;

/** Work that takes long, in parts that leave others their turn. */
export class Slices {
  #end = performance.now() + sliceMs;

  /** Whether others should get their turn: then wait for `next`. */
  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  async next(): Promise<void> {
    await setImmediate();
    this.#end = performance.now() + sliceMs;
  }
}

/** Does something with each value; others get their turn in between. */
export async function eachInSlices<Value>(values: Iterable<Value>, each: (value: Value) => void): Promise<void> {
  const slices = new Slices();
  for (const value of values) {
    each(value);
    if (slices.isOver) await slices.next();
  }
}

/** What comes of each value, in order; others get their turn in between. */
export async function inSlices<Value, Mapped>(
  values: Iterable<Value>,
  map: (value: Value, place: number) => Mapped,
): Promise<Mapped[]> {
  const mapped: Mapped[] = [];
  const slices = new Slices();
  for (const value of values) {
    mapped.push(map(value, mapped.length));
    if (slices.isOver) await slices.next();
  }
  return mapped;
}
