import assert from 'node:assert/strict';
import fc from 'fast-check';
import { occurrencesOf } from '../../../src/base/occurrences.ts';

describe('occurrences', () => {
  it('are found in whatever case, and as they are written', () => {
    const text = 'Brew (cold) BREW. Élan';
    const found = (query: string) => occurrencesOf(text, query).map(({ start, end }) => text.slice(start, end));
    assert.deepEqual(found('brew'), ['Brew', 'BREW']);
    assert.deepEqual(found('(cold)'), ['(cold)']);
    assert.deepEqual(found('élan'), ['Élan']);
    assert.deepEqual(found('.'), ['.']);
    assert.deepEqual(found(''), []);
  });

  it('are as many as are wanted at most', () => {
    assert.equal(occurrencesOf('a'.repeat(100), 'a', 10).length, 10);
  });

  it('are found for whatever anybody types', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 1 }), (around, query) => {
        const [first] = occurrencesOf(`${query} ${around}`, query);
        assert.equal(first?.start, 0);
      }),
      { numRuns: 20 },
    );
  });
});
