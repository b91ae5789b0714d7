import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import {
  wholeNumber as wholeNumberKind,
  word as wordKind,
  yesOrNo as yesOrNoKind,
  type Kind,
} from '../../base/valueKinds.ts';

/** How the value of a key is read, and how a JSON Schema says the same. */
export interface Reading<Value> {
  /** Completes the sentence: it must be … */
  readonly wanted: string;
  readonly schema: JsonObject;
  /** Undefined for a value that is none. */
  read(value: unknown): Value | undefined;
}

function asItIs<Value>(kind: Kind<Value>, schema: JsonObject): Reading<Value> {
  return { wanted: kind.wanted, schema, read: (value) => (kind.accepts(value) ? value : undefined) };
}

export function wholeNumber(low: number, high: number): Reading<number> {
  return asItIs(wholeNumberKind(low, high), { type: 'integer', minimum: low, maximum: high });
}

export const yesOrNo = asItIs(yesOrNoKind, { type: 'boolean' });

/** A text that is not empty. */
export const word = asItIs(wordKind, { type: 'string', pattern: '\\S' });

/** The same, where it may be more than a word. */
export const filledText: Reading<string> = { ...word, wanted: 'a text that is not empty' };

/** As a path in a program's arguments or a value of a query may be one. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

const plainValue: JsonObject = { type: ['string', 'number', 'boolean'] };

export const text: Reading<string> = { wanted: 'a text', schema: plainValue, read: textOf };

export function oneOf<Word extends string>(...words: readonly Word[]): Reading<Word> {
  const quoted = words.map((each) => `"${each}"`);
  const last = quoted.pop() ?? '';
  return {
    wanted: quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`,
    schema: { enum: words },
    read: (value) => words.find((each) => each === value),
  };
}

/** @param entries of the sentence: "names of models" */
export function listOf<Value>(each: Reading<Value>, entries: string, most: number): Reading<readonly Value[]> {
  return {
    wanted: `a list of ${entries}`,
    schema: { type: 'array', items: each.schema, minItems: 1, maxItems: most },
    read: (value) => {
      if (!Array.isArray(value) || value.length === 0 || value.length > most) return undefined;
      const read = value.map((entry) => each.read(entry)).filter((entry) => entry !== undefined);
      return read.length === value.length ? read : undefined;
    },
  };
}

/** Texts by name. */
export const namedTexts: Reading<Readonly<Record<string, string>>> = {
  wanted: 'a block of "name: text" lines, indented below it',
  schema: { type: 'object', additionalProperties: plainValue },
  read: (value) => {
    if (!isJsonObject(value)) return undefined;
    const read = Object.entries(value).map(([name, each]) => [name, textOf(each)] as const);
    return read.every(([, each]) => each !== undefined)
      ? (Object.fromEntries(read) as Record<string, string>)
      : undefined;
  },
};

export const anyBlock: Reading<JsonObject> = {
  wanted: 'a block of "name: value" lines, indented below it',
  schema: { type: 'object' },
  read: (value) => (isJsonObject(value) ? value : undefined),
};

export const anyList: Reading<readonly unknown[]> = {
  wanted: 'a list',
  schema: { type: 'array' },
  read: (value) => (Array.isArray(value) ? (value as readonly unknown[]) : undefined),
};

export const anything: Reading<unknown> = { wanted: 'a value', schema: {}, read: (value) => value };

export function either<A, B>(
  first: Reading<A>,
  second: Reading<B>,
  wanted = `${first.wanted} or ${second.wanted}`,
): Reading<A | B> {
  return {
    wanted,
    schema: { anyOf: [first.schema, second.schema] },
    read: (value) => first.read(value) ?? second.read(value),
  };
}
