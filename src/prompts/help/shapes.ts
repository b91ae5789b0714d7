import type { JsonObject } from '../../base/jsonObject.ts';

// Shapes of values as JSON Schema: what the readers' kinds (valueKinds.ts) take, and nothing else.

export const text = { type: 'string' } as const;
export const word = { type: 'string', pattern: '\\S' } as const;
export const yesOrNo = { type: 'boolean' } as const;
export const block = { type: 'object' } as const;
export const list = { type: 'array' } as const;
export const texts = { anyOf: [text, { type: 'array', items: text }] } as const;
export const words = { anyOf: [word, { type: 'array', items: word }] } as const;
/** A path that stays below the folder of the prompt file. */
export const path = {
  type: 'string',
  maxLength: 1000,
  // As `pathFault` has it: no start of an absolute path or an address, no ".." between separators, braces and bars.
  pattern:
    '^(?!\\s*(?:[/\\\\]|~(?:[/\\\\]|$)|[A-Za-z][A-Za-z\\d+.-]*:))' +
    '(?![\\s\\S]*\\0)(?!(?:[\\s\\S]*[/\\\\,{}()|])?\\s*\\.[\\s.]*\\.\\s*(?:[/\\\\,{}()|]|$))[\\s\\S]*\\S',
} as const;

export function whole(minimum?: number, maximum?: number): JsonObject {
  return { ...number(minimum, maximum), type: 'integer' };
}

export function number(minimum?: number, maximum?: number): JsonObject {
  return {
    type: 'number',
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

export function anyOf(...shapes: readonly JsonObject[]): JsonObject {
  return { anyOf: shapes };
}
