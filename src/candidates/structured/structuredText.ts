import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import { withinTime } from '../../base/timeLimit.ts';
import { jsonPlaces } from './jsonInText.ts';
import { schemaErrors } from './schemaErrors.ts';

/** What an answer comes to that was to match a schema. */
export type StructuredText =
  /** Written with two spaces; `isRepaired` when it was no JSON as it came. */
  | { readonly kind: 'valid'; readonly text: string; readonly isRepaired: boolean }
  /** What is wrong with it, such as `/price must be a number`; never empty. */
  | { readonly kind: 'invalid'; readonly errors: readonly string[] };

/** Longer texts are not repaired. */
const mostRepairedCharacters = 1_000_000;
const repairMs = 1_000;

type Repair = (text: string) => string;
let loading: Promise<{ readonly jsonrepair: Repair }> | undefined;

/**
 * Takes JSON out of an answer, mends small mistakes in how it is written, and checks it.
 *
 * @param answer one that its service has ended, and was not cut at the output limit: what is missing would be made up
 * @param schema one that `checkSchema` accepts
 */
export async function structuredText(answer: string, schema: JsonObject): Promise<StructuredText> {
  const { whole, broken } = jsonPlaces(answer);
  let told: readonly string[] | undefined;
  for (const place of whole) {
    const parsed = parse(place);
    if (!parsed) continue;
    const errors = await schemaErrors(parsed.value, schema);
    const text = errors.length === 0 ? written(parsed.value) : undefined;
    if (text !== undefined) return { kind: 'valid', text, isRepaired: false };
    const inner = await withinText(parsed.value, schema);
    if (inner !== undefined) return { kind: 'valid', text: inner, isRepaired: true };
    told ??= errors;
  }
  for (const place of broken) {
    if (place.length > mostRepairedCharacters || parse(place)) continue;
    const parsed = parse(await repaired(place));
    if (!parsed || (!isJsonObject(parsed.value) && !Array.isArray(parsed.value))) continue;
    const errors = await schemaErrors(parsed.value, schema);
    const text = errors.length === 0 ? written(parsed.value) : undefined;
    if (text !== undefined) return { kind: 'valid', text, isRepaired: true };
    told ??= errors;
  }
  return { kind: 'invalid', errors: told === undefined || told.length === 0 ? ['it holds no JSON'] : told };
}

/** Some models write their JSON as a text of JSON. */
async function withinText(value: unknown, schema: JsonObject): Promise<string | undefined> {
  const parsed = typeof value === 'string' ? parse(value) : undefined;
  if (!parsed || (!isJsonObject(parsed.value) && !Array.isArray(parsed.value))) return undefined;
  return (await schemaErrors(parsed.value, schema)).length === 0 ? written(parsed.value) : undefined;
}

/** Whether a text is JSON as it stands and matches a schema: such a text needs no second look. */
export async function isStructured(text: string, schema: JsonObject): Promise<boolean> {
  const parsed = parse(text);
  return parsed !== undefined && (await schemaErrors(parsed.value, schema)).length === 0;
}

/** What a person is told of an answer that does not match. */
export function describeMismatch(errors: readonly string[]): string {
  return `The answer does not match the schema: ${errors.join('; ')}.`;
}

function parse(text: string | undefined): { readonly value: unknown } | undefined {
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** Undefined for what is nested too deep to be written. */
function written(value: unknown): string | undefined {
  try {
    return `${JSON.stringify(value, null, 2)}\n`;
  } catch {
    return undefined;
  }
}

async function repaired(text: string): Promise<string | undefined> {
  const { jsonrepair } = await (loading ??= import('jsonrepair'));
  try {
    return withinTime(repairMs, () => jsonrepair(text))?.value;
  } catch {
    return undefined;
  }
}
