import assert from 'node:assert/strict';
import fc from 'fast-check';
import { budgetText, isBounded, readBudget, type Budget } from '../../../src/model/budget.ts';

const whole = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const budgets: fc.Arbitrary<Budget> = fc
  .record(
    { requests: whole, tokens: whole, cost: fc.double({ min: 1e-6, max: 1e9, noNaN: true }) },
    { requiredKeys: [] },
  )
  .filter(isBounded);

describe('a budget', () => {
  it('is read as it is written', () => {
    fc.assert(fc.property(budgets, (budget) => assert.deepEqual(readBudget(budgetText(budget)), { ...budget })));
    assert.deepEqual(readBudget(' cost = 2.50 ,requests=200'), { requests: 200, cost: 2.5 });
  });

  it('is nothing else, whatever is written', () => {
    for (const text of [
      '',
      ' ',
      '200',
      'requests',
      'requests=',
      'requests=0',
      'requests=-1',
      'requests=1.5',
      'tokens=1e400',
    ]) {
      assert.equal(readBudget(text), undefined, text);
    }
    for (const text of ['requests=1,requests=2', 'requests=1,', 'calls=5', 'requests=1=2', 'cost=0', 'cost=NaN']) {
      assert.equal(readBudget(text), undefined, text);
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = readBudget(text);
        if (read) assert.ok(isBounded(read) && Object.values(read).every((amount) => (amount as number) > 0));
      }),
    );
  });
});
