import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { JsonObject } from '../../../../src/base/jsonObject.ts';
import { checkSchema } from '../../../../src/candidates/structured/checkSchema.ts';
import { schemaErrors } from '../../../../src/candidates/structured/schemaErrors.ts';
import { demoJson } from '../../../../src/services/demo/demoJson.ts';
import { seededRandom } from '../../../../src/services/demo/seededRandom.ts';

async function made(schema: JsonObject, seed = 1): Promise<unknown> {
  assert.deepEqual(checkSchema(schema), []);
  const text = demoJson(schema, [{ role: 'user', content: 'Write about the Blue Kettle.' }], seededRandom(seed));
  const value: unknown = JSON.parse(text);
  assert.deepEqual(await schemaErrors(value, schema), [], text);
  return value;
}

const leaf = fc.oneof(
  fc
    .constantFrom('date', 'date-time', 'time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid')
    .map((format) => ({ type: 'string', format })),
  fc
    .tuple(fc.nat(50), fc.nat(50))
    .map(([least, more]) => ({ type: 'string', minLength: least, maxLength: least + more })),
  fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.nat(100))
    .map(([minimum, more]) => ({ type: 'integer', minimum, maximum: minimum + more })),
  fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.nat(100))
    .map(([minimum, more]) => ({ type: 'number', exclusiveMinimum: minimum, maximum: minimum + 1 + more })),
  fc.integer({ min: 1, max: 30 }).map((multipleOf) => ({ type: 'integer', multipleOf })),
  fc.uniqueArray(fc.string(), { minLength: 1 }).map((values) => ({ enum: values })),
  fc.constantFrom({ type: 'boolean' }, { type: 'null' }, { type: ['string', 'null'] }, { const: 5 }),
);
const { schema: schemas } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc
      .tuple(tie('schema'), fc.nat(4), fc.nat(3))
      .map(([items, least, more]) => ({ type: 'array', items, minItems: least, maxItems: least + more })),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('schema')).map((properties) => ({
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
  ),
}));

describe('sample data of the demo service', () => {
  it('matches any schema of the usual kinds', async () => {
    await fc.assert(
      fc.asyncProperty(schemas, fc.nat(), async (schema, seed) => {
        await made(schema, seed);
      }),
    );
  });

  it('is about the prompt, and differs', async () => {
    const schema = {
      type: 'object',
      properties: { name: { type: 'string' }, price: { type: 'number', minimum: 1 } },
      required: ['name'],
    };
    assert.equal(((await made(schema)) as { name: string }).name, 'Blue Kettle');
    assert.notDeepEqual(await made(schema, 1), await made(schema, 2));
  });

  it('follows references, and ends where they lead to themselves', async () => {
    await made({
      $defs: {
        tree: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            left: { anyOf: [{ $ref: '#/$defs/tree' }, { type: 'null' }] },
            all: { type: 'array', items: { $ref: '#/$defs/tree' } },
          },
          required: ['name', 'left'],
        },
      },
      allOf: [{ $ref: '#/$defs/tree' }, { required: ['all'] }],
    });
    await made({ type: 'array', items: { type: 'string' }, uniqueItems: true, minItems: 12 });
  });

  it('ends, whatever a schema asks for', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const endless = {
      type: 'object',
      required: names,
      properties: Object.fromEntries(names.map((name) => [name, { $ref: '#' }])),
    };
    for (const schema of [
      endless,
      { $ref: '#' },
      { anyOf: [{ $ref: '#' }] },
      { type: 'array', minItems: 1e9, items: { $ref: '#' } },
      { type: 'string', minLength: 1e12 },
    ]) {
      assert.ok(demoJson(schema, [], seededRandom(1)).length < 10_000_000);
    }
  });
});
