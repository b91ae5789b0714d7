import assert from 'node:assert/strict';
import fc from 'fast-check';
import { combinationsOf, variantsOf } from '../../../src/prompts/vary.ts';

const lists = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 })
  .map((lengths) => Object.fromEntries(lengths.map((length, name) => [`v${name}`, [...Array(length).keys()]])));

describe('values that are spread over candidates', () => {
  it('come in the order in which they are given', () => {
    const vary = { angle: ['price', 'comfort', 'story'] };
    const angles = [0, 1, 2, 3].map((place) => variantsOf(vary, place));
    assert.deepEqual(angles, [{ angle: 'price' }, { angle: 'comfort' }, { angle: 'story' }, { angle: 'price' }]);
  });

  it('come in each combination once before any comes again', () => {
    fc.assert(
      fc.property(lists, (vary) => {
        const count = combinationsOf(vary);
        const seen = new Set(Array.from({ length: count }, (_, place) => JSON.stringify(variantsOf(vary, place))));
        assert.equal(seen.size, count);
        assert.deepEqual(variantsOf(vary, count), variantsOf(vary, 0));
      }),
    );
  });

  it('are balanced: no value of a list comes more than once more than another, however many candidates there are', () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 200 }), (vary, candidates) => {
        for (const [name, values] of Object.entries(vary)) {
          const counts = values.map(() => 0);
          for (let place = 0; place < candidates; place++) counts[variantsOf(vary, place)[name] as number]!++;
          assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${name}: ${counts.join()}`);
        }
      }),
    );
  });

  it('are told apart by name whatever the name is, and never overflow', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, name) => [`v${name}`, [1, 2, 3, 4, 5, 6, 7]]));
    assert.equal(combinationsOf(many), 1_000_000);
    assert.equal(typeof variantsOf(many, 999).v59, 'number');
    const named = variantsOf(JSON.parse('{"__proto__": [1]}') as Record<string, number[]>, 0);
    assert.deepEqual(Object.entries(named), [['__proto__', 1]]);
  });
});
