import { isJsonObject, type JsonObject } from '../../../base/jsonObject.ts';

/** What nobody writes by hand. */
const limits = { depth: 6, members: 200 } as const;

/**
 * What a value is like that has a JSON Schema, with words such as "text" in place of values; lists have one entry.
 *
 * @returns undefined where the schema does not say
 */
export function schemaSample(schema: unknown, depth = 0): unknown {
  if (!isJsonObject(schema) || depth > limits.depth) return undefined;
  if (isJsonObject(schema.properties)) {
    const members = Object.entries(schema.properties).slice(0, limits.members);
    return Object.fromEntries(members.map(([name, member]) => [name, schemaSample(member, depth + 1) ?? 'value']));
  }
  const type = typeOf(schema);
  if (type === 'array') return [schemaSample(schema.items, depth + 1) ?? 'value'];
  if (type === 'object') return {};
  return typeof type === 'string' ? (words[type] ?? undefined) : undefined;
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'true or false',
};

function typeOf({ type }: JsonObject): unknown {
  return Array.isArray(type) ? type.find((each) => each !== 'null') : type;
}
