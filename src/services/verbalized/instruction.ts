import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import type { ChatMessage } from '../../model/message.ts';

/**
 * Verbalized sampling: asked for several responses with their probabilities at once, a model that was trained to give its
 * favourite gives different ones (Zhang et al., "Verbalized Sampling: How to Mitigate Mode Collapse and Unlock LLM
 * Diversity", 2025).
 */
function instruction(count: number): string {
  return (
    `Generate ${count} different responses to this, each within a separate <response> tag. Each <response> must include a ` +
    '<text> with the whole response, and a numeric <probability>. Randomly sample the responses from the full distribution. ' +
    'Write nothing outside of the tags.'
  );
}

const instructionStart =
  /(?:^|\n\n)Generate (\d{1,3}) different responses to this, each within a separate <response> tag\./;

function jsonInstruction(count: number): string {
  return (
    `Generate ${count} different responses to this, as "responses" of the JSON, each with the whole "response" and its ` +
    'numeric "probability". Randomly sample the responses from the full distribution.'
  );
}

/** Messages that ask for several responses at once, as texts or as JSON. */
export function verbalizedMessages(
  messages: readonly ChatMessage[],
  count: number,
  isStructured: boolean,
): readonly ChatMessage[] {
  const asked = isStructured ? jsonInstruction(count) : instruction(count);
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, { role: 'user', content: asked }];
  return [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${asked}` }];
}

/** How many texts such messages ask for, and what they asked for before; undefined for other messages. */
export function askedTexts(
  messages: readonly ChatMessage[],
): { readonly count: number; readonly messages: readonly ChatMessage[] } | undefined {
  const last = messages.at(-1);
  const found = last && instructionStart.exec(last.content);
  if (!found) return undefined;
  const before = last.content.slice(0, found.index);
  const rest = messages.slice(0, -1);
  return { count: Number(found[1]), messages: before === '' ? rest : [...rest, { ...last, content: before }] };
}

/** The schema of several responses that each match a schema. */
export function verbalizedSchema(schema: JsonObject, count: number): JsonObject {
  const response = '#/properties/responses/items/properties/response';
  const item = {
    type: 'object',
    properties: { response: movedTo(schema, response), probability: { type: 'number' } },
    required: ['response', 'probability'],
    additionalProperties: false,
  };
  return {
    type: 'object',
    properties: { responses: { type: 'array', items: item, minItems: count, maxItems: count } },
    required: ['responses'],
    additionalProperties: false,
  };
}

/** A schema that lies deeper in another one: what it refers to lies there too. */
function movedTo(schema: unknown, place: string): unknown {
  if (Array.isArray(schema)) return schema.map((each) => movedTo(each, place));
  if (!isJsonObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name, value]) => name !== '$schema' || typeof value !== 'string')
      .map(([name, value]) => {
        const isReference = name === '$ref' && typeof value === 'string' && value.startsWith('#');
        return [name, isReference ? `${place}${value.slice(1)}` : movedTo(value, place)];
      }),
  );
}
