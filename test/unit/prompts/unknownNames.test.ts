import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nearestName } from '../../../src/base/nearestName.ts';
import { liquidName, noProperty, noValue } from '../../../src/prompts/unknownNames.ts';

describe('a name that nobody knows', () => {
  for (const [name, known, expected] of [
    ['prodct', ['price', 'product'], 'product'],
    ['Product_Name', ['product name', 'product'], 'product name'],
    ['prodcut', ['product'], 'product'],
    ['tone', ['brand', 'price'], undefined],
    ['a', ['b'], undefined],
    ['x'.repeat(61), ['x'.repeat(61)], undefined],
  ] as const) {
    it(`${name.slice(0, 20)} is ${expected ?? 'like none'} of ${known.join(', ').slice(0, 30)}`, () => {
      assert.equal(nearestName(name, known), expected);
    });
  }

  it('is told in one sentence that stays short', () => {
    const name = fc.string({ minLength: 1, maxLength: 300 }).map((text) => text.replace(/\s/g, 'x'));
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 20 }), (unknown, names) => {
        const object = Object.fromEntries(names.map((each) => [each, 1]));
        for (const told of [
          noValue(unknown, names),
          noProperty(unknown, unknown, object),
          noProperty(unknown, 'a', 1),
        ]) {
          assert.match(told, /^The variable "[^\n]+\.$/);
          assert.ok(told.length < 500, told);
        }
      }),
    );
  });

  it('is written as Liquid says it', () => {
    assert.deepEqual(['größe', 'a-b', 'Product Name', 'a"b'].map(liquidName), [
      'größe',
      'a-b',
      '["Product Name"]',
      '["a\\"b"]',
    ]);
  });
});
