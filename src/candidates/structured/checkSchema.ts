import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';

const mostCharacters = 200_000;
const mostLevels = 64;
const mostPatternCharacters = 1_000;
const mostProblems = 5;

const types: ReadonlySet<unknown> = new Set(['null', 'boolean', 'object', 'array', 'number', 'string', 'integer']);

/** Keywords that hold one schema, a list of them, or schemas by name. */
const single = [
  'additionalItems',
  'additionalProperties',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
];
const listed = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const named = ['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'];

/**
 * What is wrong with a JSON Schema that answers are to match: sentences; none when it can be used. One that passes refers
 * to nothing outside of itself.
 */
export function checkSchema(schema: unknown): string[] {
  if (!isJsonObject(schema)) return ['The schema must be a JSON object, such as {"type": "object"}.'];
  if (levelsOf(schema) > mostLevels) return [`The schema is nested more than ${mostLevels} deep: make it flatter.`];
  if (JSON.stringify(schema).length > mostCharacters) {
    return [`The schema has more than ${mostCharacters.toLocaleString('en')} characters: make it smaller.`];
  }
  const problems: string[] = [];
  for (const part of partsOf(schema)) {
    for (const problem of problemsOf(part, schema)) if (problems.length < mostProblems) problems.push(problem);
  }
  return problems;
}

/** Counts no further than to one level too many. */
function levelsOf(value: unknown, level = 1): number {
  if (typeof value !== 'object' || value === null || level > mostLevels) return level;
  return Object.values(value).reduce<number>((most, each) => Math.max(most, levelsOf(each, level + 1)), level);
}

interface Part {
  /** A JSON pointer, `#` for the whole. */
  readonly at: string;
  readonly schema: unknown;
}

/** The schema and every one within it. */
function* partsOf(schema: unknown, at = '#'): Iterable<Part> {
  yield { at, schema };
  if (!isJsonObject(schema)) return;
  for (const name of single) {
    const value = schema[name];
    if (Array.isArray(value))
      for (const [place, each] of value.entries()) yield* partsOf(each, `${at}/${name}/${place}`);
    else if (value !== undefined) yield* partsOf(value, `${at}/${name}`);
  }
  for (const name of listed) {
    const value = schema[name];
    if (Array.isArray(value))
      for (const [place, each] of value.entries()) yield* partsOf(each, `${at}/${name}/${place}`);
  }
  for (const name of named) {
    const value = schema[name];
    if (!isJsonObject(value)) continue;
    for (const [key, each] of Object.entries(value)) yield* partsOf(each, `${at}/${name}/${escaped(key)}`);
  }
}

function* problemsOf({ at, schema }: Part, whole: JsonObject): Iterable<string> {
  if (typeof schema === 'boolean') return;
  if (!isJsonObject(schema)) {
    yield `The schema has something at ${at} that is no schema: make it an object, or true or false.`;
    return;
  }
  const { type, pattern, $ref: reference, required } = schema;
  if (type !== undefined && ![type].flat().every((each) => types.has(each))) {
    yield `The schema has an unknown "type" at ${at}: use ${[...types].join(', ')}.`;
  }
  if (required !== undefined && !isListOfNames(required)) {
    yield `The schema has a "required" at ${at} that is no list of names: make it one.`;
  }
  if (schema.enum !== undefined && !Array.isArray(schema.enum)) {
    yield `The schema has an "enum" at ${at} that is no list: make it one.`;
  }
  for (const name of named) {
    if (schema[name] === undefined || isJsonObject(schema[name])) continue;
    yield `The schema has "${name}" at ${at} that is no object: make it one.`;
  }
  for (const name of listed) {
    if (schema[name] === undefined || Array.isArray(schema[name])) continue;
    yield `The schema has "${name}" at ${at} that is no list: make it one.`;
  }
  const patterns = isJsonObject(schema.patternProperties) ? Object.keys(schema.patternProperties) : [];
  for (const each of [...(pattern === undefined ? [] : [pattern]), ...patterns]) {
    if (isPattern(each)) continue;
    yield `The schema has a pattern at ${at} that is no regular expression of at most ${mostPatternCharacters} characters: mend it.`;
  }
  if (reference !== undefined && !isResolved(reference, whole)) {
    const shown = typeof reference === 'string' ? `"${reference.slice(0, 200)}"` : 'something';
    yield `The schema refers at ${at} to ${shown}, which is not inside it: put that part under "$defs" and refer to "#/$defs/…".`;
  }
  if (schema.$dynamicRef !== undefined || schema.$recursiveRef !== undefined) {
    yield `The schema has a dynamic reference at ${at}: use "$ref".`;
  }
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > mostPatternCharacters) return false;
  try {
    return new RegExp(value, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Whether a reference is a pointer to something within the schema. */
function isResolved(reference: unknown, whole: JsonObject): boolean {
  if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference)) return false;
  let found: unknown = whole;
  for (const name of reference.split('/').slice(1)) {
    const key = decoded(name).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return false;
    found = (found as JsonObject)[key];
  }
  return typeof found === 'boolean' || isJsonObject(found);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
