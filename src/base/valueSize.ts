/**
 * How much a value holds when everything in it is written out: characters, and 1 for every entry. What is there several
 * times is counted several times.
 *
 * @param most counting ends beyond it, however much there is
 */
export function sizeOf(value: unknown, most: number): number {
  let size = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && size <= most) {
    const next = waiting.pop();
    size += 1;
    if (typeof next === 'string') {
      size += next.length;
    } else if (Array.isArray(next)) {
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
