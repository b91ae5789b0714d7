import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { JsonObject } from '../../../../src/base/jsonObject.ts';
import { tooSlow } from '../../../../src/candidates/structured/schemaErrors.ts';
import { isStructured, structuredText } from '../../../../src/candidates/structured/structuredText.ts';

const product: JsonObject = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1 },
    price: { type: 'number', minimum: 0 },
    tags: { type: 'array', items: { type: 'string' } },
    kind: { enum: ['tea', 'coffee'] },
  },
  required: ['name', 'price'],
  additionalProperties: false,
};

async function errorsOf(text: string, schema: JsonObject = product): Promise<readonly string[]> {
  const read = await structuredText(text, schema);
  return read.kind === 'invalid' ? read.errors : [];
}

describe('an answer that is to match a schema', () => {
  const tea = { name: 'Tea', price: 3, tags: ['a {b}'] };
  const json = JSON.stringify(tea);
  const pretty = `${JSON.stringify(tea, null, 2)}\n`;

  for (const [habit, text] of Object.entries({
    'as it stands': json,
    'with space around': `\n\n  ${json} \n`,
    'in a fence': `Here you are:\n\n\`\`\`json\n${json}\n\`\`\`\nAnything else?`,
    'in a fence that is not closed': `\`\`\`json\n${json}`,
    'in a sentence': `Sure! The product [see below] is {as asked}: ${json}. Enjoy.`,
    'after a smaller one': `An example is {"name":"x","price":1}. Mine: ${json}`,
    'after thinking': `<think>\nMaybe {"name": 1}?\n</think>\n${json}`,
  })) {
    it(`is taken ${habit}`, async () => {
      assert.deepEqual(await structuredText(text, product), { kind: 'valid', text: pretty, isRepaired: false });
    });
  }

  for (const [mistake, text] of Object.entries({
    'single quotes': `{'name': 'Tea', 'price': 3, 'tags': ['a {b}']}`,
    'a trailing comma': `{"name": "Tea", "price": 3, "tags": ["a {b}",],}`,
    'names without quotes': `{name: "Tea", price: 3, tags: ["a {b}"]}`,
    'a comment': `{"name": "Tea", /* cheap */ "price": 3, "tags": ["a {b}"]}`,
    'JSON as a text of JSON': JSON.stringify(json),
    'a bracket too few': `The answer: {"name": "Tea", "price": 3, "tags": ["a {b}"]`,
    'a fence around it': `\`\`\`\n{"name": "Tea", "price": 3, "tags": ["a {b}"],}\n\`\`\``,
  })) {
    it(`is repaired: ${mistake}`, async () => {
      assert.deepEqual(await structuredText(text, product), { kind: 'valid', text: pretty, isRepaired: true });
    });
  }

  it('is told where it is wrong, once and with its path', async () => {
    const wrong = { name: '', price: 'three', tags: [1, 'b'], kind: 'cocoa', more: true };
    assert.deepEqual(await errorsOf(JSON.stringify(wrong)), [
      '/name is wrong: string is too short (0 < 1)',
      '/price must be a number',
      '/tags/0 must be a string',
      '/kind must be one of ["tea","coffee"]',
      '/more is not allowed',
    ]);
    assert.deepEqual(await errorsOf('{"name": "Tea"}'), ['/price is missing']);
    assert.deepEqual(await errorsOf('[]'), ['the whole must be an object']);
    assert.deepEqual(await errorsOf('{"a":1}', { properties: { a: { type: ['string', 'null'] } } }), [
      '/a must be a string or null',
    ]);
  });

  it('is no JSON when it only says something', async () => {
    for (const text of ['', 'I cannot do that.', '{ see above }', 'a [1', '```\n```', '<think>']) {
      assert.equal((await structuredText(text, { type: 'object', required: ['a'] })).kind, 'invalid', text);
    }
    // Repairing would make a text of it, which a schema for texts takes.
    assert.deepEqual(await errorsOf('I cannot do that.', { type: 'string' }), ['it holds no JSON']);
  });

  it('does not take a part for a whole that is broken', async () => {
    const anything: JsonObject = { type: 'object' };
    const read = await structuredText('{"outer": {"a": 1}, "b": "c', anything);
    assert.equal(read.kind, 'invalid');
  });

  it('is never made whole where it was cut, whatever its service says', async () => {
    const anything: JsonObject = { type: 'object' };
    const whole = '{"name": "Tea", "price": 12, "tags": ["a", "b"], "note": {"x": "y z"}, "last": true}';
    for (let length = 1; length < whole.length - 1; length += 1) {
      const read = await structuredText(whole.slice(0, length), anything);
      const values = read.kind === 'valid' ? (JSON.parse(read.text) as Record<string, unknown>) : {};
      for (const [name, value] of Object.entries(values)) {
        const own = (JSON.parse(whole) as Record<string, unknown>)[name];
        assert.deepEqual(value, own, whole.slice(0, length));
      }
    }
  });

  it('gives up on patterns and references that run away', async () => {
    const schemas: JsonObject[] = [
      { type: 'string', pattern: '^(a+)+$' },
      { type: 'object', patternProperties: { '^(a+)+$': {} } },
    ];
    const long = `${'a'.repeat(60)}!`;
    for (const schema of schemas) {
      const text = schema.type === 'string' ? JSON.stringify(long) : JSON.stringify({ [long]: 1 });
      for (let time = 0; time < 4; time++) assert.deepEqual(await errorsOf(text, schema), [tooSlow]);
    }
    assert.equal((await errorsOf('1', { $ref: '#' })).length, 1);
    assert.equal((await errorsOf('1', { $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' })).length, 1);
  });

  it('is bounded in what is nested', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    assert.equal((await structuredText(deep, { items: { $ref: '#' } })).kind, 'invalid');
  });

  it('is left as it means: any JSON, whatever stands around it', async () => {
    const around = fc.stringMatching(/^[\w .,\n]*$/);
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(object, around, around, async (value, before, after) => {
        const read = await structuredText(`${before}${JSON.stringify(value)}${after}`, { type: 'object' });
        assert.ok(read.kind === 'valid' && !read.isRepaired);
        assert.deepEqual(JSON.parse(read.text), JSON.parse(JSON.stringify(value)));
        assert.ok(await isStructured(read.text, { type: 'object' }));
      }),
    );
  });

  it('never throws, and what is valid is valid again, whatever text it is', async () => {
    const pieces = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'a', '1', ' ', '\n', '```', 'null', "'");
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 30 }).map((all) => all.join('')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (answer) => {
        const schema: JsonObject = { type: ['object', 'array'] };
        const read = await structuredText(answer, schema);
        if (read.kind === 'invalid') assert.ok(read.errors.length > 0);
        else {
          assert.ok(await isStructured(read.text, schema));
          assert.deepEqual(await structuredText(read.text, schema), { ...read, isRepaired: false });
        }
      }),
      { numRuns: 500 },
    );
  });
});
