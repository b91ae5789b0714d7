/** Cards of which something is kept though they are out of sight. */
const mostKept = 200;

/** Keeps a value, and forgets the oldest one once they are many. */
export function keepNewest<Value>(kept: Map<string, Value>, id: string, value: Value): void {
  kept.delete(id);
  kept.set(id, value);
  const [oldest] = kept.keys();
  if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
}
