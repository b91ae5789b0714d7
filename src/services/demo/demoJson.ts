import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import type { ChatMessage } from '../../model/message.ts';
import { knownAnswers } from './answers.ts';
import { subjectOf } from './demoText.ts';
import { fits } from './fits.ts';

type Random = () => number;

/** References that lead to themselves end somewhere. */
const mostLevels = 12;
const mostItems = 20;
const longestText = 10_000;
/** Beyond these nothing that matches is looked for. */
const mostValues = 5_000;

const sentences = [
  'Made with care and meant to last.',
  'Simple to use, and pleasant every day.',
  'A quiet favourite of those who know it.',
  'Small in size and generous in what it gives.',
] as const;

const formats: Readonly<Record<string, (random: Random) => string>> = {
  date: (random) => `2026-0${1 + below(random, 9)}-1${below(random, 10)}`,
  'date-time': (random) => `2026-0${1 + below(random, 9)}-1${below(random, 10)}T0${below(random, 10)}:30:00Z`,
  time: (random) => `0${below(random, 10)}:30:00Z`,
  duration: (random) => `P${1 + below(random, 30)}D`,
  email: (random) => `person${below(random, 100)}@example.com`,
  'idn-email': (random) => `person${below(random, 100)}@example.com`,
  hostname: (random) => `host${below(random, 100)}.example.com`,
  'idn-hostname': (random) => `host${below(random, 100)}.example.com`,
  ipv4: (random) => `192.0.2.${below(random, 255)}`,
  ipv6: (random) => `2001:db8::${below(random, 9999)}`,
  uri: (random) => `https://example.com/${below(random, 1000)}`,
  url: (random) => `https://example.com/${below(random, 1000)}`,
  iri: (random) => `https://example.com/${below(random, 1000)}`,
  'uri-reference': (random) => `/${below(random, 1000)}`,
  'iri-reference': (random) => `/${below(random, 1000)}`,
  'json-pointer': (random) => `/${below(random, 1000)}`,
  regex: () => '^a$',
  uuid: (random) => `00000000-0000-4000-8000-${String(below(random, 1_000_000)).padStart(12, '0')}`,
};

/** JSON that matches a schema, about the words of the prompt: sample data for what schemas usually ask for. */
export function demoJson(schema: JsonObject, messages: readonly ChatMessage[], random: Random): string {
  const known = knownAnswers(schema, messages, random);
  const about = { root: schema, subject: subjectOf(messages), known, random, values: 0 };
  return JSON.stringify(valueOf(schema, about, { name: '', level: 0 }), null, 2);
}

interface About {
  readonly root: JsonObject;
  readonly subject: string;
  /** Fields of the whole that the prompt gives what it takes to answer. */
  readonly known: JsonObject;
  readonly random: Random;
  /** Made so far. */
  values: number;
}

interface Place {
  /** Of the property that the value is for. */
  readonly name: string;
  readonly level: number;
}

function below(random: Random, most: number): number {
  return Math.floor(random() * most);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function valueOf(given: unknown, about: About, place: Place): unknown {
  about.values++;
  if (about.values > mostValues || place.level > 2 * mostLevels) return null;
  if (!isJsonObject(given)) return about.subject;
  const schema = resolved(given, about);
  const { random } = about;
  if (schema.const !== undefined) return schema.const;
  const values = listOf(schema.enum);
  if (values.length > 0) return values[below(random, values.length)];
  const choices = listOf(schema.anyOf ?? schema.oneOf);
  if (choices.length > 0) {
    // Deep down the simplest one ends it.
    const chosen =
      place.level >= mostLevels / 2 ? (choices.find(isSimple) ?? choices[0]) : choices[below(random, choices.length)];
    const { anyOf: _anyOf, oneOf: _oneOf, ...rest } = schema;
    return valueOf(isJsonObject(chosen) ? { ...rest, ...chosen } : rest, about, place);
  }
  switch (typeOf(schema, place)) {
    case 'object':
      return objectOf(schema, about, place);
    case 'array':
      return arrayOf(schema, about, place);
    case 'number':
      return roundNumber(schema, random, false);
    case 'integer':
      return roundNumber(schema, random, true);
    case 'boolean':
      return random() < 0.5;
    case 'null':
      return null;
    default:
      return textOf(schema, about, place);
  }
}

function isSimple(schema: unknown): boolean {
  return isJsonObject(schema) && ['null', 'string', 'number', 'integer', 'boolean'].includes(String(schema.type));
}

/** With what it refers to, and all that must hold at once, in one. */
function resolved(schema: JsonObject, { root }: About): JsonObject {
  let current = schema;
  for (let step = 0; step < mostLevels; step++) {
    const { $ref: reference, allOf, ...rest } = current;
    if (typeof reference === 'string')
      current = { ...pointedAt(root, reference), ...rest, ...(allOf === undefined ? {} : { allOf }) };
    else if (Array.isArray(allOf)) current = merged([...(allOf as unknown[]), rest]);
    else return current;
  }
  return current;
}

function merged(schemas: readonly unknown[]): JsonObject {
  return schemas.filter(isJsonObject).reduce<JsonObject>((all, each) => {
    const required = [...listOf(all.required), ...listOf(each.required)];
    const properties = {
      ...(isJsonObject(all.properties) ? all.properties : {}),
      ...(isJsonObject(each.properties) ? each.properties : {}),
    };
    return {
      ...all,
      ...each,
      ...(required.length > 0 ? { required } : {}),
      ...(Object.keys(properties).length > 0 ? { properties } : {}),
    };
  }, {});
}

function pointedAt(root: JsonObject, reference: string): JsonObject {
  let found: unknown = root;
  for (const name of reference.split('/').slice(1)) {
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~');
    found = typeof found === 'object' && found !== null ? (found as JsonObject)[key] : undefined;
  }
  return isJsonObject(found) ? found : {};
}

function typeOf(schema: JsonObject, { level }: Place): unknown {
  const types = Array.isArray(schema.type) ? (schema.type as unknown[]) : [schema.type];
  const [type] = level >= mostLevels && types.includes('null') ? ['null'] : types;
  if (type !== undefined) return type;
  if (schema.properties !== undefined || schema.required !== undefined) return 'object';
  if (schema.items !== undefined || schema.prefixItems !== undefined) return 'array';
  if (schema.minimum !== undefined || schema.maximum !== undefined) return 'number';
  return 'string';
}

function objectOf(schema: JsonObject, about: About, { level }: Place): JsonObject {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = listOf(schema.required).filter((name) => typeof name === 'string');
  const names = level >= mostLevels ? required : [...new Set([...Object.keys(properties), ...required])];
  const { known } = about;
  const made = names.map((name) => {
    const isKnown = level === 0 && Object.hasOwn(known, name) && fits(known[name], properties[name] ?? {});
    const value = isKnown ? known[name] : valueOf(properties[name] ?? {}, about, { name, level: level + 1 });
    return [name, value] as const;
  });
  return Object.fromEntries(made);
}

function arrayOf(schema: JsonObject, about: About, { name, level }: Place): unknown[] {
  const first = listOf(schema.prefixItems);
  const least = numberOf(schema.minItems) ?? 0;
  const most = numberOf(schema.maxItems) ?? Math.max(least, first.length, 3);
  const wanted = level >= mostLevels ? least : Math.max(least, first.length, 1 + below(about.random, 3));
  const count = Math.min(mostItems, Math.max(least, Math.min(wanted, most)));
  const values: unknown[] = [];
  const seen = new Set<string>();
  for (let attempt = 0; values.length < count && attempt < 10 * count; attempt++) {
    const value = valueOf(first[values.length] ?? schema.items ?? {}, about, { name, level: level + 1 });
    const unique =
      schema.uniqueItems === true && typeof value === 'string' && seen.has(JSON.stringify(value))
        ? `${value} ${attempt}`
        : value;
    const key = JSON.stringify(unique);
    if (schema.uniqueItems === true && seen.has(key)) continue;
    seen.add(key);
    values.push(unique);
  }
  return values;
}

function roundNumber(schema: JsonObject, random: Random, isWhole: boolean): number {
  const step = numberOf(schema.multipleOf) ?? (isWhole ? 1 : 0.5);
  const above = numberOf(schema.exclusiveMinimum);
  const under = numberOf(schema.exclusiveMaximum);
  const least = Math.max(numberOf(schema.minimum) ?? -Infinity, above === undefined ? -Infinity : above + step / 2);
  const most = Math.min(numberOf(schema.maximum) ?? Infinity, under === undefined ? Infinity : under - step / 2);
  const from = Number.isFinite(least) ? least : Number.isFinite(most) ? Math.min(0, most - 100) : 0;
  const to = Number.isFinite(most) ? most : from + 100;
  const low = Math.ceil(from / step);
  const high = Math.floor(to / step);
  // No whole step lies between limits that are close together.
  if (high < low) return isWhole ? Math.ceil(from) : (from + to) / 2;
  return Number(((low + below(random, high - low + 1)) * step).toPrecision(12));
}

function textOf(schema: JsonObject, { subject, random }: About, { name }: Place): string {
  const format = typeof schema.format === 'string' ? formats[schema.format] : undefined;
  if (format) return format(random);
  const least = Math.min(longestText, numberOf(schema.minLength) ?? 0);
  const most = Math.min(longestText, numberOf(schema.maxLength) ?? longestText);
  const isName = /(?:^|_)(?:name|title|product|brand|label|headline)$/i.test(name);
  const words =
    isName || name === '' ? subject : /id$|key$|code$|sku$/i.test(name) ? `${name}-${below(random, 10_000)}` : '';
  let text: string = words === '' ? (sentences[below(random, sentences.length)] ?? sentences[0]) : words;
  while (text.length < least) text += ` ${sentences[below(random, sentences.length)] ?? sentences[0]}`;
  return text.slice(0, most);
}
