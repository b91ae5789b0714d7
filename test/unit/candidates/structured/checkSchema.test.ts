import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkSchema } from '../../../../src/candidates/structured/checkSchema.ts';
import { schemaErrors } from '../../../../src/candidates/structured/schemaErrors.ts';

describe('a schema', () => {
  it('can be used with references into itself, and properties that are named like keywords', async () => {
    const schema = {
      $id: 'https://example.com/product.json',
      type: 'object',
      properties: { id: { type: 'string' }, $ref: { type: 'string' }, 'a/b': { $ref: '#/$defs/part~1one' } },
      $defs: { 'part/one': { type: ['array', 'null'], items: { $ref: '#' } } },
    };
    assert.deepEqual(checkSchema(schema), []);
    assert.deepEqual(await schemaErrors({ id: 'a', $ref: 'b', 'a/b': [{ id: 'c' }] }, schema), []);
    assert.deepEqual(await schemaErrors({ 'a/b': [{ id: 1 }] }, schema), ['/a~1b/0/id must be a string']);
  });

  for (const [what, schema] of Object.entries({
    'no object': 'text',
    'a list': [],
    'a reference to an address': { $ref: 'https://example.com/a.json' },
    'a reference to a file': { properties: { a: { $ref: 'other.json#/a' } } },
    'a reference to nothing': { items: { $ref: '#/$defs/missing' } },
    'a reference to what everything inherits': { $ref: '#/constructor' },
    'a reference that is no text': { allOf: [{ $ref: 5 }] },
    'a pattern that is none': { properties: { a: { pattern: '(' } } },
    'a name of properties that is no pattern': { patternProperties: { '[': {} } },
    'a type that is none': { type: 'text' },
    'a part that is no schema': { properties: { a: 'string' } },
    'names that are none': { required: 'name' },
    'properties that are a list': { properties: ['a'] },
  })) {
    it(`is refused with a sentence: ${what}`, () => {
      const problems = checkSchema(schema);
      assert.ok(problems.length > 0);
      for (const problem of problems) assert.match(problem, /^The schema .*: .*\.$/);
    });
  }

  it('is refused when it is too large or too deep, however deep', () => {
    let deep: object = {};
    for (let level = 0; level < 100_000; level++) deep = { not: deep };
    assert.match(checkSchema(deep)[0] ?? '', /nested/);
    assert.match(checkSchema({ description: 'a'.repeat(300_000) })[0] ?? '', /200,000/);
  });

  it('that is let through checks any value without throwing', async () => {
    const keyword = fc.constantFrom(
      'type',
      'items',
      'properties',
      'enum',
      'required',
      'pattern',
      'anyOf',
      'minimum',
      '$ref',
    );
    const schemas = fc.dictionary(keyword, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(schemas, fc.jsonValue(), async (schema, value) => {
        if (checkSchema(schema).length === 0) assert.ok(Array.isArray(await schemaErrors(value, schema)));
      }),
      { numRuns: 300 },
    );
  });
});
