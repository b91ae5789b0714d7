/** What `{…}` in JSON or YAML comes to. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is neither a list nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether no more lists and objects than `levels` lie within each other. Asked of what a stranger has written. */
export function isNestedWithin(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => isNestedWithin(levels - 1, each));
}
