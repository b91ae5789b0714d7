import type { JsonObject } from '../../base/jsonObject.ts';
import { parse } from 'yaml';
import type { FormatName } from '../formats/formatNames.ts';
import { formatKeys } from './formatKeys.ts';
import type { Key, KeyTable } from './key.ts';

/** Formats whose front matter has a schema of its own. */
export const schemaFormats = ['prompt', 'skill', 'prompty', 'github'] as const satisfies readonly FormatName[];

function membersOf(keys: KeyTable): JsonObject {
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, schemaOf(key)]));
}

/** What a block says of its members holds for a value that is one, and says nothing of other values. */
function schemaOf({ description, schema, example, values, keys, entries, named }: Key): JsonObject {
  return {
    description,
    ...schema,
    ...(typeof keys === 'object' ? { properties: membersOf(keys) } : {}),
    ...(entries ? { items: { ...itemsOf(schema), properties: membersOf(entries) } } : {}),
    ...(typeof named === 'object' ? { additionalProperties: { properties: declared(named) } } : {}),
    examples: (values ?? [example]).map((each) => parse(each) as unknown),
  };
}

function itemsOf({ items }: JsonObject): JsonObject {
  return typeof items === 'object' && items !== null ? (items as JsonObject) : {};
}

/** A block that looks like a declaration may be a value: only what each key is for is said. */
function declared(named: KeyTable): JsonObject {
  return Object.fromEntries(Object.entries(named).map(([name, { description }]) => [name, { description }]));
}

/** The JSON Schema of a format's front matter. Unknown keys are left alone, so that it allows them. */
export function frontMatterSchema(format: (typeof schemaFormats)[number]): JsonObject {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `Front matter of a prompt file (${format})`,
    type: 'object',
    properties: membersOf(formatKeys[format]),
    ...(format === 'github' ? { required: ['messages'] } : {}),
  };
}
