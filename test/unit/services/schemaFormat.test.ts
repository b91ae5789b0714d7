import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/base/jsonObject.ts';
import { enforceable, isStrict } from '../../../src/services/schemaFormat.ts';

const text = { type: 'string' };

function object(properties: JsonObject, more: JsonObject = {}): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false, ...more };
}

describe('a schema that a service is held to', () => {
  it('is strict when all of its properties are required, and no others allowed', () => {
    assert.ok(isStrict(object({ a: text, b: { type: 'array', items: object({ c: { $ref: '#/$defs/d' } }) } })));
    assert.ok(isStrict(object({ a: { anyOf: [text, { type: 'null' }] } }, { $defs: { d: object({}) } })));
    for (const schema of [
      text,
      { type: 'object' },
      object({ a: text }, { required: [] }),
      object({ a: text }, { additionalProperties: true }),
      object({ a: { type: 'object' } }),
      object({ a: { type: 'array', items: { properties: {} } } }),
      object({ a: text }, { patternProperties: {} }),
      { anyOf: [object({})] },
      { $defs: { a: { oneOf: [] } }, ...object({}) },
    ]) {
      assert.ok(!isStrict(schema), JSON.stringify(schema));
    }
  });

  it('is loosened to what Anthropic enforces, and never asks for more', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { price: { type: 'number', minimum: 0 }, all: { type: 'array', items: text, minItems: 3 } },
      required: ['price'],
    };
    assert.deepEqual(enforceable(schema), {
      type: 'object',
      properties: { price: { type: 'number' }, all: { type: 'array', items: text } },
      required: ['price'],
      additionalProperties: false,
    });
    assert.deepEqual(enforceable({ oneOf: [text, { const: 1 }] }), { anyOf: [text, { const: 1 }] });
  });

  it('is not enforced where it allows what Anthropic cannot', () => {
    for (const schema of [
      {},
      { type: 'object' },
      { type: 'object', additionalProperties: text },
      { type: 'array', items: {} },
      object({ a: { not: text } }),
    ]) {
      assert.equal(enforceable(schema), undefined, JSON.stringify(schema));
    }
  });
});
