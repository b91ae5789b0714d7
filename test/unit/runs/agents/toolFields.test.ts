import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Validator } from '@cfworker/json-schema';
import { isJsonObject } from '../../../../src/base/jsonObject.ts';
import { inputSchema, readInput } from '../../../../src/runs/agents/toolFields.ts';
import { agentTools, generationInput, pickInput } from '../../../../src/runs/agents/tools.ts';

const promptFile = 'a.prompt.md';
const cap = { requests: 5 };

describe('the input of a tool', () => {
  function sentence(given: unknown): string {
    const read = readInput(generationInput, given);
    return read.ok ? '' : read.failure;
  }

  it('is taken as it is where it is right', () => {
    const given = {
      promptFile,
      cap: { requests: 5, cost: 0.5 },
      candidates: 1_000,
      models: ['m', 'service/n'],
      inputs: { topic: 'tea', empty: '' },
      existing: 'missing',
      waitSeconds: 0,
    };
    assert.deepEqual(readInput(generationInput, given), { ok: true, value: given });
    assert.deepEqual(readInput(pickInput, { candidate: 'a.md' }), { ok: true, value: { candidate: 'a.md' } });
  });

  it('is refused in one sentence that names what is wrong', () => {
    assert.match(sentence(undefined), /^This takes "promptFile", "cap", .+, as an object\.$/);
    assert.match(sentence([]), /as an object\.$/);
    assert.match(
      sentence({ promptFile }),
      /^"cap" is missing: it must be what the run may spend at most: \{"requests"/,
    );
    assert.match(sentence({ cap }), /^"promptFile" is missing: it must be a text of 1 to 4,096 characters\.$/);
    assert.match(sentence({ promptFile, cap, out: '/tmp' }), /^This takes .+, and no "out"\.$/);
    const hidden = JSON.parse(`{"promptFile":"a","cap":{"requests":5},"__proto__":{"candidates":9}}`) as unknown;
    assert.match(sentence(hidden), /and no "__proto__"\.$/);
    assert.match(sentence(Object.create({ promptFile, cap })), /^"promptFile" is missing/);
    for (const wrong of ['', 'a\0b', 'x'.repeat(4_097), 5, null, ['a'], {}]) {
      assert.match(sentence({ promptFile: wrong, cap }), /^"promptFile" must be a text/);
    }
    for (const wrong of [0, -1, 1_001, 1.5, Number.NaN, Infinity, '5', null, [5]]) {
      assert.match(sentence({ promptFile, cap, candidates: wrong }), /^"candidates" must be a whole number/);
    }
    for (const wrong of [[], [''], [5], 'm', Array.from({ length: 101 }, () => 'm')]) {
      assert.match(sentence({ promptFile, cap, models: wrong }), /^"models" must be a list of 1 to 100 texts\.$/);
    }
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, place) => [`v${place}`, '']));
    for (const wrong of [{ a: 1 }, { a: {} }, ['a'], 'a', { a: 'x'.repeat(100_001) }, many]) {
      assert.match(sentence({ promptFile, cap, inputs: wrong }), /^"inputs" must be an object of at most 100 texts/);
    }
    assert.match(sentence({ promptFile, cap, existing: 'replace' }), /^"existing" must be "add" or "missing"\.$/);
    const caps = [
      {},
      { requests: 0 },
      { requests: 1.5 },
      { cost: 0 },
      { cost: Infinity },
      { tokens: 9 },
      { ...cap, x: 1 },
    ];
    for (const wrong of [...caps, [], null, 5, 'requests=5', { requests: Number.MAX_VALUE }]) {
      assert.match(sentence({ promptFile, cap: wrong }), /^"cap" must be what the run may spend at most/);
    }
  });

  it('never throws, and what is taken is what its JSON Schema allows', () => {
    const field = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<unknown>(promptFile, cap, 3, ['m'], { a: 'b' }),
    );
    const names = [...Object.keys(generationInput.required), ...Object.keys(generationInput.optional), 'other'];
    const validator = new Validator(inputSchema(generationInput), '2020-12');
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), field)), (given) => {
        const read = readInput(generationInput, given);
        if (!read.ok) assert.match(read.failure, /^[^\n]+\.$/);
        else assert.equal(validator.validate(JSON.parse(JSON.stringify(given))).valid, true);
      }),
    );
    assert.equal(validator.validate({ promptFile, cap }).valid, true);
  });
});

describe('tools for agents', () => {
  it('have names, texts and schemas that every service of models takes', () => {
    for (const { name, title, description, inputSchema: schema } of agentTools) {
      assert.match(name, /^[a-z_]{1,50}$/);
      assert.ok(title.length > 0 && description.length < 1_000);
      assert.deepEqual([schema.type, schema.additionalProperties], ['object', false]);
      // Some refuse alternatives at the top of a schema.
      for (const keyword of ['anyOf', 'oneOf', 'allOf']) assert.equal(keyword in schema, false);
      assert.ok(isJsonObject(schema.properties));
      for (const property of Object.values(schema.properties)) {
        assert.ok(isJsonObject(property) && typeof property.description === 'string');
      }
    }
  });

  it('say of what spends or writes that it does', () => {
    assert.deepEqual(
      agentTools.filter(({ isReadOnly }) => !isReadOnly).map(({ name }) => name),
      ['start_generation', 'pick_candidate', 'resume_generation'],
    );
  });
});
