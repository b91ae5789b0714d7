import * as v from 'valibot';
import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { brief, grouped } from '../../base/sentence.ts';
import { isAmount, type Budget } from '../../model/budget.ts';

/** One value that a tool takes. Whoever calls it is a stranger: what offers tools to models checks nothing for us. */
export interface ToolField<Value> {
  readonly schema: v.GenericSchema<unknown, Value>;
  /** The same as JSON Schema, with what it means to a model. */
  readonly json: JsonObject;
  /** Ends the sentence `"…" must be …`. */
  readonly expected: string;
}

export type ToolFields = Readonly<Record<string, ToolField<unknown>>>;

type ValueOf<Field> = Field extends ToolField<infer Value> ? Value : never;

/** What is left of an input once it was read. */
export type ToolValues<Required extends ToolFields, Optional extends ToolFields> = {
  readonly [Name in keyof Required]: ValueOf<Required[Name]>;
} & { readonly [Name in keyof Optional]?: ValueOf<Optional[Name]> | undefined };

export interface ToolInput<Required extends ToolFields, Optional extends ToolFields> {
  readonly required: Required;
  readonly optional: Optional;
}

const longestText = 4_096;
const mostEntries = 100;
const longestValue = 100_000;

const shortText = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.maxLength(longestText),
  // No path and no name has one, and systems read no further than to it.
  v.check((value) => !value.includes('\0')),
);

/** A name or a path. */
export function textField(description: string): ToolField<string> {
  return {
    schema: shortText,
    json: { type: 'string', minLength: 1, maxLength: longestText, description },
    expected: `a text of 1 to ${grouped(longestText)} characters`,
  };
}

export function wholeField(description: string, from: number, to: number): ToolField<number> {
  return {
    schema: v.pipe(v.number(), v.integer(), v.minValue(from), v.maxValue(to)),
    json: { type: 'integer', minimum: from, maximum: to, description },
    expected: `a whole number from ${grouped(from)} to ${grouped(to)}`,
  };
}

export function wordField<const Word extends string>(description: string, words: readonly Word[]): ToolField<Word> {
  return {
    schema: v.picklist(words),
    json: { type: 'string', enum: [...words], description },
    expected: words.map((word) => `"${word}"`).join(' or '),
  };
}

export function textsField(description: string): ToolField<readonly string[]> {
  return {
    schema: v.pipe(v.array(shortText), v.minLength(1), v.maxLength(mostEntries)),
    json: {
      type: 'array',
      items: { type: 'string', minLength: 1, maxLength: longestText },
      minItems: 1,
      maxItems: mostEntries,
      description,
    },
    expected: `a list of 1 to ${mostEntries} texts`,
  };
}

/** Texts by name. */
export function valuesField(description: string): ToolField<Readonly<Record<string, string>>> {
  return {
    schema: v.pipe(
      v.custom<object>((value) => isJsonObject(value) && Object.keys(value).length <= mostEntries),
      v.record(v.pipe(v.string(), v.maxLength(longestText)), v.pipe(v.string(), v.maxLength(longestValue))),
    ),
    json: {
      type: 'object',
      maxProperties: mostEntries,
      additionalProperties: { type: 'string', maxLength: longestValue },
      description,
    },
    expected: `an object of at most ${mostEntries} texts by name`,
  };
}

/** What a run may spend at most. A budget of tokens alone says nothing to whoever pays. */
export type Cap = Pick<Budget, 'requests' | 'cost'>;

export function capField(description: string): ToolField<Cap> {
  return {
    schema: v.pipe(
      v.custom<object>((value) => isJsonObject(value)),
      v.strictObject({ requests: v.exactOptional(amountOf('requests')), cost: v.exactOptional(amountOf('cost')) }),
      v.check(({ requests, cost }) => requests !== undefined || cost !== undefined),
    ),
    json: {
      type: 'object',
      properties: {
        requests: { type: 'integer', minimum: 1, description: 'Calls of services, repeated ones too.' },
        cost: {
          type: 'number',
          exclusiveMinimum: 0,
          description: 'In the currency of the prices: US dollars as a rule.',
        },
      },
      minProperties: 1,
      additionalProperties: false,
      description,
    },
    expected: 'what the run may spend at most: {"requests": 20}, {"cost": 0.5} or both',
  };
}

function amountOf(unit: keyof Cap): v.GenericSchema<unknown, number> {
  return v.pipe(
    v.number(),
    v.check((value) => isAmount(value, unit)),
  );
}

/** An input as JSON Schema. Without alternatives at the top, which some services refuse. */
export function inputSchema({ required, optional }: ToolInput<ToolFields, ToolFields>): JsonObject {
  const fields = Object.entries({ ...required, ...optional });
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, { json }]) => [name, json])),
    required: Object.keys(required),
    additionalProperties: false,
  };
}

/** Reads what somebody calls a tool with. A failure is one sentence. */
export function readInput<Required extends ToolFields, Optional extends ToolFields>(
  { required, optional }: ToolInput<Required, Optional>,
  given: unknown,
): Outcome<ToolValues<Required, Optional>, string> {
  const fields: ToolFields = { ...required, ...optional };
  const names = Object.keys(fields).map((name) => `"${name}"`);
  const taken = names.length === 0 ? 'This takes nothing' : `This takes ${names.join(', ')}`;
  if (!isJsonObject(given)) return failed(`${taken}, as an object.`);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) return failed(`${taken}, and no ${JSON.stringify(brief(unknown, 50))}.`);
  const values: Record<string, unknown> = {};
  for (const [name, { schema, expected }] of Object.entries(fields)) {
    if (!Object.hasOwn(given, name)) {
      if (Object.hasOwn(required, name)) return failed(`"${name}" is missing: it must be ${expected}.`);
      continue;
    }
    const parsed = v.safeParse(schema, given[name]);
    if (!parsed.success) return failed(`"${name}" must be ${expected}.`);
    values[name] = parsed.output;
  }
  return success(values as ToolValues<Required, Optional>);
}
