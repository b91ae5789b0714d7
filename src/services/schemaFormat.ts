import { isJsonObject, type JsonObject } from '../base/jsonObject.ts';
import type { ChatMessage } from '../model/message.ts';

/** What a service that takes no schema is told of one, behind the prompt. */
export function schemaInWords(schema: JsonObject): string {
  return `Answer with JSON that matches this JSON Schema, and with nothing else:\n${JSON.stringify(schema)}`;
}

/** Messages for a service that can be told of a schema in no other way. */
export function messagesInWords(messages: readonly ChatMessage[], schema: JsonObject): readonly ChatMessage[] {
  const words = schemaInWords(schema);
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, { role: 'user', content: words }];
  return [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${words}` }];
}

/** Keywords under which schemas lie, by name, in a list, or alone. */
const byName = ['properties', '$defs', 'definitions'];
const inLists = ['anyOf', 'allOf', 'oneOf', 'prefixItems'];

function schemasIn(schema: JsonObject): JsonObject[] {
  const named = byName.flatMap((name) => (isJsonObject(schema[name]) ? Object.values(schema[name]) : []));
  const listed = inLists.flatMap((name) => (Array.isArray(schema[name]) ? (schema[name] as unknown[]) : []));
  return [...named, ...listed, schema.items].filter(isJsonObject);
}

/** What OpenAI's strict schemas must do without. */
const looseKeywords = [
  'allOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'patternProperties',
  'prefixItems',
  'contains',
  'propertyNames',
  'unevaluatedProperties',
  'default',
];

/** Whether a schema is one that OpenAI can hold a model to: all properties required, and no others allowed. */
export function isStrict(schema: JsonObject, isRoot = true): boolean {
  if (looseKeywords.some((keyword) => Object.hasOwn(schema, keyword))) return false;
  const { type, properties, required, additionalProperties } = schema;
  if (isRoot && (type !== 'object' || schema.anyOf !== undefined)) return false;
  if (type === 'object' || properties !== undefined) {
    const names = isJsonObject(properties) ? Object.keys(properties) : [];
    if (additionalProperties !== false) return false;
    if (!names.every((name) => Array.isArray(required) && required.includes(name))) return false;
  }
  return schemasIn(schema).every((each) => isStrict(each, false));
}

/** What Anthropic's schemas may hold; whether an answer matches the rest is found out here. */
const enforced: ReadonlySet<string> = new Set([
  '$ref',
  '$defs',
  'definitions',
  'additionalProperties',
  'anyOf',
  'allOf',
  'const',
  'description',
  'enum',
  'items',
  'properties',
  'required',
  'title',
  'type',
]);

/** Something that Anthropic enforces and that asks for no more than a schema; undefined where there is nothing such. */
export function enforceable(schema: JsonObject): JsonObject | undefined {
  try {
    return loosened(schema);
  } catch (error) {
    if (error instanceof NotEnforceable) return undefined;
    throw error;
  }
}

class NotEnforceable extends Error {}

function loosened(schema: unknown): JsonObject {
  if (!isJsonObject(schema)) throw new NotEnforceable();
  const kept: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const name = keyword === 'oneOf' ? 'anyOf' : keyword;
    if (!enforced.has(name)) continue;
    if (byName.includes(name) && isJsonObject(value)) {
      kept[name] = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, loosened(each)]));
    } else if (inLists.includes(name) && Array.isArray(value)) kept[name] = value.map(loosened);
    else kept[name] = name === 'items' ? loosened(value) : value;
  }
  const isObject = kept.type === 'object' || kept.properties !== undefined;
  // It allows no map of names that are not known.
  if (isObject && isJsonObject(schema.additionalProperties)) throw new NotEnforceable();
  if (isObject && kept.properties === undefined) throw new NotEnforceable();
  if (isObject) kept.additionalProperties = false;
  const says = ['type', 'enum', 'const', 'anyOf', 'allOf', '$ref'].some((keyword) => kept[keyword] !== undefined);
  if (!says) throw new NotEnforceable();
  return kept;
}
