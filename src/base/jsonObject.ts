/** What `{…}` in JSON or YAML comes to. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is neither a list nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
