import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SheetEstimate } from '../../../src/planProtocol.ts';
import {
  describeAction,
  describeForecast,
  describeCostBasis,
  describeItems,
  describeNotes,
  describePlan,
  formatCost,
  formatCostBriefly,
  formatSpan,
  formatSpanBriefly,
} from '../../../src/wording/planText.ts';

const estimate: SheetEstimate = {
  items: 600,
  cached: 0,
  tokens: { input: 400_000, output: 300_000 },
  cost: { low: 1.3, high: 1.5 },
  isInDollars: true,
  eta: { low: 300, high: 420 },
  inputBasis: 'count',
  isLearnt: true,
  attachedBytes: 0,
  ofOtherPlan: 0,
  there: 0,
  replaced: 0,
};

describe('the words of a plan', () => {
  it('tell money with as many digits as it is worth, and a currency only where it is known', () => {
    assert.equal(formatCost({ low: 0.2, high: 1.4 }, true), '$0.20 to $1.40');
    assert.equal(formatCost({ low: 1.4, high: 1.401 }, true), 'about $1.40');
    assert.equal(formatCost({ low: 0.0012, high: 0.0012 }, true), 'about $0.0012');
    assert.equal(formatCost({ low: 0, high: 0 }, true), 'about $0.00');
    assert.equal(formatCost({ low: 0.2, high: 1.4 }, false), '0.20 to 1.40');
    assert.equal(formatCostBriefly({ low: 1.3, high: 1.5 }, true), 'about $1.40');
    assert.equal(formatCostBriefly({ low: 0.2, high: 1.4 }, true), 'up to $1.40');
  });

  it('tell time in one unit', () => {
    assert.equal(formatSpan({ low: 240, high: 540 }), '4 to 9 min');
    assert.equal(formatSpan({ low: 0.3, high: 4 }), 'up to 4 s');
    assert.equal(formatSpan({ low: 20, high: 20.2 }), 'about 20 s');
    assert.equal(formatSpan({ low: 3600, high: 9000 }), '1 to 2.5 h');
    assert.equal(formatSpanBriefly({ low: 300, high: 420 }), '6 min');
    assert.equal(formatSpanBriefly({ low: 60, high: 420 }), 'up to 7 min');
    assert.equal(formatSpanBriefly({ low: 0, high: 0 }), '1 s');
  });

  it('fit on the line above a prompt, where nothing that comes later moves the action', () => {
    assert.equal(describeAction(5, true), 'Generate 5 candidates of each row');
    assert.equal(describeAction(1, true), 'Generate 1 candidate of each row');
    assert.equal(describeAction(1, false), 'Generate 1 candidate');
    assert.equal(describeAction(8, false), 'Generate 8 candidates');
    assert.equal(describeAction(undefined, false), 'Generate candidates');
    assert.equal(describeAction(5, 'by row'), 'Generate candidates of each row');
    const rows = { count: 120, hasMore: false };
    assert.equal(describeForecast(5, true, { rows, estimate }), '5 × 120 rows · about $1.40 · 6 min');
    const inAnyCurrency = { ...estimate, isInDollars: false };
    assert.equal(
      describeForecast(5, true, { rows, estimate: inAnyCurrency }),
      '5 × 120 rows · cost about 1.40 · 6 min',
    );
    assert.equal(describeForecast(5, true, { rows: { count: 10_000, hasMore: true } }), '5 × more than 10,000 rows');
    assert.equal(describeForecast(2, true, { rows: { count: 1, hasMore: false } }), '2 × 1 row');
    assert.equal(describeForecast(8, false, { estimate: { ...estimate, cost: null } }), '6 min');
    assert.equal(describeForecast(5, 'by row', { rows, estimate }), '600 candidates of 120 rows · about $1.40 · 6 min');
    assert.equal(describeForecast(5, 'by row', { rows }), '120 rows');
    assert.equal(describeForecast(5, 'by row', { rows: { count: 10_000, hasMore: true } }), 'more than 10,000 rows');
    assert.equal(describeForecast(5, true, {}), '');
  });

  it('tell the rows that the calls are for', () => {
    assert.equal(describeItems({ items: 60, cached: 0, rows: 24 }), '60 calls, 24 rows');
    assert.equal(describeItems({ items: 1, cached: 0, rows: 1 }), '1 call, 1 row');
    assert.equal(describeItems({ items: 60, cached: 0 }), '60 calls');
  });

  it('say what a person should know besides, and nothing else', () => {
    assert.deepEqual(describeNotes(estimate), []);
    assert.deepEqual(
      describeNotes({ ...estimate, cost: null, replaced: 3, there: 1, ofOtherPlan: 2, attachedBytes: 2.5e6 }),
      [
        '3 candidates that are there go to the archive beside them.',
        'One candidate is there and is not made again.',
        '2.5 MB of files go with the calls.',
        "This makes 2 requests of your plan for the editor's models.",
      ],
    );
    assert.deepEqual(describeNotes({ ...estimate, items: 0, cost: null }), ['There is nothing to generate.']);
    assert.equal(describeCostBasis({ isLearnt: true, cost: null }), 'a model has no price');
    assert.equal(describeItems({ items: 600, cached: 150 }), '450 calls, 25% from the cache');
    assert.equal(describePlan(estimate), '600 candidates · $1.30 to $1.50 · 5 to 7 min');
  });

  it('are whole sentences whatever the range', () => {
    const bound = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(bound, bound, (a, b) => {
        const range = { low: Math.min(a, b), high: Math.max(a, b) };
        for (const text of [formatSpan(range), formatSpanBriefly(range), formatCost(range, true)]) {
          assert.doesNotMatch(text, /NaN|undefined|\{\d\}/);
        }
      }),
    );
  });
});
