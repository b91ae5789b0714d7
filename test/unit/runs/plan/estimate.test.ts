import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Prices } from '../../../../src/model/prices.ts';
import { estimate, type EstimateFacts, type SharedLimits } from '../../../../src/runs/plan/estimate.ts';
import { expectedCall, type ExpectedCall } from '../../../../src/runs/plan/expectedCalls.ts';
import type { PlannedItem } from '../../../../src/runs/plan/plannedCandidate.ts';

const call: ExpectedCall = {
  output: { low: 50, mean: 100, high: 200 },
  latencyMs: { low: 1000, high: 4000 },
  isLearnt: true,
};
const prices: Prices = { input: 1, output: 4 };

function itemsOf(count: number, service = 's'): PlannedItem[] {
  return Array.from(
    { length: count },
    (_, place) => ({ id: `${service}${place}`, service, serviceKey: service, model: 'm', parameters: {} }) as never,
  );
}

function facts(limits: SharedLimits, more: Partial<EstimateFacts> = {}): EstimateFacts {
  return {
    cached: new Set(),
    inputTokens: () => 300,
    expectedCall: () => call,
    prices: () => prices,
    limits: () => limits,
    ...more,
  };
}

const slots = (concurrency: number, most = concurrency): SharedLimits => ({
  limits: { concurrency },
  mostConcurrent: most,
});

describe('an estimate', () => {
  it('adds up what the items take that are not in the cache', async () => {
    const found = await estimate(itemsOf(10), facts(slots(2), { cached: new Set(['s0', 's9']) }));
    assert.deepEqual(
      { ...found, eta: undefined },
      {
        items: 10,
        requests: 8,
        cached: 2,
        tokens: { input: 2400, output: 800 },
        cost: { low: (8 * (300 + 200)) / 1e6, high: (8 * (300 + 800)) / 1e6 },
        eta: undefined,
      },
    );
  });

  it('has no cost where one price is unknown, and nothing to wait for where all is cached', async () => {
    const items = [...itemsOf(3), ...itemsOf(1, 'other')];
    const pricesOf = ({ service }: PlannedItem): Prices | undefined => (service === 'other' ? undefined : prices);
    assert.equal((await estimate(items, facts(slots(1), { prices: pricesOf }))).cost, null);
    const all = await estimate(items, facts(slots(1), { cached: new Set(items.map(({ id }) => id)) }));
    assert.deepEqual([all.requests, all.cost, all.eta], [0, { low: 0, high: 0 }, { low: 0, high: 0 }]);
  });

  for (const [what, limits, eta] of [
    ['slots', slots(4), { low: 25, high: 100 }],
    ['slots that become more', slots(4, 50), { low: 2, high: 100 }],
    [
      'requests a minute',
      { limits: { concurrency: 100, requestsPerMinute: 10 }, mostConcurrent: 100 },
      { low: 595, high: 598 },
    ],
    [
      'tokens a minute',
      { limits: { concurrency: 100, tokensPerMinute: 5000 }, mostConcurrent: 100 },
      { low: (60 * 35_000) / 5000 + 1, high: (60 * 50_000) / 5000 + 4 },
    ],
  ] as const) {
    it(`takes as long as what binds: ${what}`, async () => {
      assert.deepEqual((await estimate(itemsOf(100), facts(limits))).eta, eta);
    });
  }

  it('of several services takes as long as the slowest, which work side by side', async () => {
    const [one, other] = [slots(10), slots(2)];
    const limits = ({ service }: PlannedItem): SharedLimits => (service === 's' ? one : other);
    const { eta } = await estimate([...itemsOf(100), ...itemsOf(100, 'other')], facts(one, { limits }));
    assert.deepEqual(eta, { low: 50, high: 200 });
  });

  it('is in order and finite, whatever is expected', async () => {
    const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
    const range = fc.tuple(amount, amount).map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }));
    await fc.assert(
      fc.asyncProperty(
        range,
        range,
        fc.integer({ min: 1, max: 50 }),
        fc.nat(200),
        async (output, latencyMs, n, count) => {
          const expected: ExpectedCall = { output: { ...output, mean: output.low }, latencyMs, isLearnt: false };
          const { cost, eta } = await estimate(
            itemsOf(count),
            facts(slots(n, n + 5), { expectedCall: () => expected }),
          );
          for (const each of [cost, eta])
            assert.ok(each && each.low >= 0 && each.low <= each.high && each.high < Infinity);
        },
      ),
    );
  });
});

describe('what a call is expected to come to', () => {
  const spread = { mean: 100, p10: 60, p90: 160 };

  it('is what earlier calls came to, the closer the more there are', () => {
    const of = (calls: number, planned: number) =>
      expectedCall({ of: 'prompt', calls, output: spread, durationMs: spread }, planned).output;
    assert.equal(of(100, 100).mean, 100);
    assert.ok(of(100, 100).low > of(100, 1).low && of(100, 1).low > of(2, 1).low);
    assert.ok(of(100, 100).high < of(2, 1).high);
    assert.ok(of(1, 1).low >= 0);
  });

  it('is never above the output limit, and depends on it where nothing was called before', () => {
    const history = { of: 'model', calls: 50, output: spread, durationMs: spread } as const;
    assert.deepEqual(expectedCall(history, 10, 20).output, { low: 20, mean: 20, high: 20 });
    const [small, large] = [100, 4000].map((most) => expectedCall(undefined, 1, most));
    assert.ok(small && large && small.output.high === 100 && large.output.high === 4000);
    assert.ok(small.latencyMs.high < large.latencyMs.high);
    assert.equal(expectedCall(undefined, 1).isLearnt, false);
  });
});
