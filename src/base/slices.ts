import { setImmediate } from 'node:timers/promises';

/** Long lists give way to others after so long, ms. */
const sliceMs = 4;

/** What comes of each value, in order; others get their turn in between. */
export async function inSlices<Value, Mapped>(
  values: Iterable<Value>,
  map: (value: Value, place: number) => Mapped,
): Promise<Mapped[]> {
  const mapped: Mapped[] = [];
  let sliceEnd = performance.now() + sliceMs;
  for (const value of values) {
    mapped.push(map(value, mapped.length));
    if (performance.now() < sliceEnd) continue;
    await setImmediate();
    sliceEnd = performance.now() + sliceMs;
  }
  return mapped;
}
