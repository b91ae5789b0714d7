import type * as JsonSchema from '@cfworker/json-schema';
import type { OutputUnit, SchemaDraft, Validator } from '@cfworker/json-schema';
import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import { withinTime } from '../../base/timeLimit.ts';

/** What runs away in one answer would take as long in each: a schema gets no more than a few tries, ms each. */
const mostMs = 250;
const mostTries = 2;
const mostErrors = 5;
const mostErrorCharacters = 200;

interface Compiled {
  readonly all: Validator;
  readonly first: Validator;
  ranAway: number;
}

let loading: Promise<typeof JsonSchema> | undefined;
const compiled = new WeakMap<JsonObject, Promise<Compiled>>();

/** What is told of a schema that takes too long to check. */
export const tooSlow =
  'cannot be checked against the schema, whose patterns or references take too long: simplify them';

/**
 * Where a value does not match a schema: `/price must be a number`, the first few; none when it matches.
 *
 * @param schema one that `checkSchema` accepts
 */
export async function schemaErrors(value: unknown, schema: JsonObject): Promise<string[]> {
  const known = compiled.get(schema) ?? compile(schema);
  compiled.set(schema, known);
  const validators = await known;
  if (validators.ranAway >= mostTries) return [tooSlow];
  let units: readonly OutputUnit[];
  try {
    const checked = withinTime(mostMs, () => unitsOf(validators, value));
    if (!checked) validators.ranAway++;
    if (!checked) return [tooSlow];
    units = checked.value;
  } catch {
    // What it cannot work with: a reference that leads to itself, values nested too deep.
    return ['cannot be checked against the schema: simplify it'];
  }
  const leaves = units.filter(({ keyword }) => !containers.has(keyword));
  return [...new Set((leaves.length > 0 ? leaves : units).map(sentenceOf))].slice(0, mostErrors);
}

function unitsOf({ all, first }: Compiled, value: unknown): readonly OutputUnit[] {
  const quick = first.validate(value);
  if (quick.valid) return [];
  try {
    return all.validate(value).errors;
  } catch {
    // More errors than it can tell at once.
    return quick.errors;
  }
}

async function compile(schema: JsonObject): Promise<Compiled> {
  const { Validator } = await (loading ??= import('@cfworker/json-schema'));
  // The library writes on what it is given.
  const own = withoutIds(schema) as JsonObject;
  const draft = draftOf(schema);
  return { all: new Validator(own, draft, false), first: new Validator(own, draft, true), ranAway: 0 };
}

function draftOf({ $schema }: JsonObject): SchemaDraft {
  const named = typeof $schema === 'string' ? $schema : '';
  if (named.includes('draft-04')) return '4';
  if (named.includes('draft-06') || named.includes('draft-07')) return '7';
  return named.includes('2019-09') ? '2019-09' : '2020-12';
}

const values: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);

/** References are pointers, which names of schemas would turn elsewhere. */
function withoutIds(schema: unknown, isMap = false): unknown {
  if (Array.isArray(schema)) return schema.map((each) => withoutIds(each));
  if (!isJsonObject(schema)) return schema;
  const kept = Object.entries(schema).filter(
    ([name, value]) => isMap || !((name === '$id' || name === 'id') && typeof value === 'string'),
  );
  return Object.fromEntries(
    kept.map(([name, value]) => [
      name,
      !isMap && values.has(name) ? value : withoutIds(value, !isMap && maps.has(name)),
    ]),
  );
}

const maps: ReadonlySet<string> = new Set([
  '$defs',
  'definitions',
  'dependentSchemas',
  'patternProperties',
  'properties',
]);

/** They only say that something inside of them is wrong. */
const containers: ReadonlySet<string> = new Set([
  '$ref',
  'additionalItems',
  'additionalProperties',
  'allOf',
  'anyOf',
  'dependentSchemas',
  'else',
  'if',
  'items',
  'oneOf',
  'patternProperties',
  'prefixItems',
  'properties',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);

function sentenceOf({ instanceLocation, keyword, error }: OutputUnit): string {
  const at = instanceLocation.replace(/^#/, '');
  const said = (words: string, place = at): string => {
    const text = `${place === '' ? 'the whole' : place} ${words}`;
    return text.length > mostErrorCharacters ? `${text.slice(0, mostErrorCharacters - 1)}…` : text;
  };
  const named = /"(.*)"\.$/s.exec(error)?.[1] ?? '';
  switch (keyword) {
    case 'type':
      return said(`must be ${named.split('", "').map(withArticle).join(' or ')}`, at);
    case 'required':
      return said('is missing', `${at}/${named}`);
    case 'false':
      return said('is not allowed');
    case 'enum':
      return said(`must be one of ${error.replace(/^.*? any of /s, '').replace(/\.$/, '')}`);
    case 'const':
      return said(`must be ${error.replace(/^.*? match /s, '').replace(/\.$/, '')}`);
    default:
      return said(`is wrong: ${error.charAt(0).toLowerCase()}${error.slice(1).replace(/\.$/, '')}`);
  }
}

function withArticle(type: string): string {
  const [last = type] = type.split('"').slice(-1);
  if (last === 'null') return 'null';
  return `${/^[aio]/.test(last) ? 'an' : 'a'} ${last}`;
}
