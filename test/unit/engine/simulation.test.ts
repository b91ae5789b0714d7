import assert from 'node:assert/strict';
import { boundOf } from '../../support/simulation/bound.ts';
import { scenarios } from '../../support/simulation/scenarios.ts';
import { simulate } from '../../support/simulation/simulate.ts';

describe('engine in simulated services', function () {
  this.timeout(60_000);

  for (const scenario of scenarios) {
    it(scenario.name, async () => {
      const report = await simulate(scenario);
      const { expect } = scenario;
      assert.equal(report.lost, 0, 'lost');
      assert.equal(report.writtenTwice, 0, 'written twice');
      assert.equal(report.priorityInversions, 0, 'priority inversions');
      assert.equal(report.orderViolations, 0, 'order violations');
      assert.equal(report.lateRuns, 0, 'late runs');
      assertAtLeast(report.efficiency, expect.efficiency ?? 0, 'efficiency');
      assertAtMost(report.wasted, expect.wasted ?? Number.POSITIVE_INFINITY, 'share of wasted calls');
      assertAtMost(report.rejected429, expect.rejected ?? Number.POSITIVE_INFINITY, '429s');
    });
  }
});

describe('bound of a simulation', () => {
  it('is the closed form where nothing changes', () => {
    const [scenario] = scenarios;
    const latencyMs = 500;
    const bound = boundOf(
      {
        ...scenario!,
        service: {
          ...scenario!.service,
          latency: { kind: 'fixed', ms: latencyMs },
          quota: { requestsPerMinute: 600, tokensPerMinute: 150_000, burstSeconds: 60 },
        },
        runs: [{ items: 1000, priority: 5 }],
        maxConcurrent: 20,
        safetyFactor: 0.8,
      },
      'governed',
    );
    assert.equal(bound.slotsMs, (1000 * latencyMs) / 20);
    assert.equal(bound.longestMs, latencyMs);
    // 500 tokens each at 2000 a second bind before 8 requests a second do.
    const tokensMs = ((1000 * 500 - 2000) * 1000) / 2000 + latencyMs;
    assert.ok(Math.abs(bound.quotaMs - tokensMs) < 1, `${bound.quotaMs} is not ${tokensMs}`);
    assert.equal(bound.makespanMs, bound.quotaMs);
  });
});

function assertAtLeast(value: number, least: number, what: string): void {
  assert.ok(value >= least, `${what}: ${value.toFixed(3)}, should be at least ${least.toFixed(3)}`);
}

function assertAtMost(value: number, most: number, what: string): void {
  assert.ok(value <= most, `${what}: ${value.toFixed(3)}, should be at most ${most.toFixed(3)}`);
}
