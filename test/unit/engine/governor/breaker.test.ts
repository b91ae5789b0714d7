import assert from 'node:assert/strict';
import type { Clock } from '../../../../src/base/clock.ts';
import { Breaker } from '../../../../src/engine/governor/breaker.ts';
import { delay, inVirtualTime } from '../../../support/virtualTime.ts';

interface Bench {
  readonly breaker: Breaker;
  /** How often it told that the service is back. */
  readonly closings: () => number;
  readonly fail: (times: number) => Promise<void>;
  readonly clock: Clock;
}

function withBreaker(inFlight: number, action: (bench: Bench) => Promise<void>): Promise<void> {
  return inVirtualTime(async (clock) => {
    let closings = 0;
    const breaker = new Breaker(
      clock,
      () => inFlight,
      () => closings++,
    );
    const fail = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) await breaker.record('service-failed');
    };
    await action({ breaker, closings: () => closings, fail, clock });
  });
}

describe('breaker', () => {
  it('opens after ten failures in a row', () =>
    withBreaker(1, async ({ breaker, fail }) => {
      await fail(9);
      assert.ok(breaker.isClosed);
      assert.equal(breaker.trips, 0);
      await fail(1);
      assert.ok(!breaker.isClosed);
      assert.equal(breaker.trips, 1);
    }));

  it('begins to count again with every success', () =>
    withBreaker(1, async ({ breaker, fail }) => {
      for (let time = 0; time < 5; time++) {
        await fail(9);
        await breaker.record('completed');
      }
      assert.ok(breaker.isClosed);
    }));

  it('stays closed when everything in flight fails at once', () =>
    withBreaker(50, async ({ breaker, fail }) => {
      await fail(50);
      assert.ok(breaker.isClosed);
      await fail(1);
      assert.ok(!breaker.isClosed);
    }));

  it('knows whether the service has ever answered', () =>
    withBreaker(1, async ({ breaker, fail }) => {
      await fail(3);
      assert.equal(breaker.everSucceeded, false);
      await breaker.record('completed');
      await fail(10);
      assert.equal(breaker.everSucceeded, true);
    }));

  it('probes after a second, then after twice as long each time, up to half a minute', () =>
    withBreaker(1, async ({ breaker, fail }) => {
      await fail(10);
      const intervals: number[] = [];
      for (let probe = 0; probe < 7; probe++) {
        intervals.push(Math.round(breaker.probeInMs));
        await delay(breaker.probeInMs);
        assert.equal(breaker.probeInMs, 0);
        await fail(1);
      }
      assert.deepEqual(intervals, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
      assert.equal(breaker.trips, 1);
    }));

  it('does not take attempts that began before for probes', () =>
    withBreaker(1, async ({ breaker, fail }) => {
      await fail(10);
      await delay(500);
      await fail(5);
      await breaker.record('completed');
      assert.equal(breaker.probeInMs, 500);
      assert.ok(!breaker.isClosed);
    }));

  it('closes with the first probe that succeeds, and tells', () =>
    withBreaker(1, async ({ breaker, closings, fail }) => {
      await fail(10);
      await delay(1000);
      await fail(1);
      await delay(2000);
      assert.equal(breaker.downForMs, 3000);
      assert.equal(closings(), 0);
      await breaker.record('completed');
      assert.ok(breaker.isClosed);
      assert.equal(closings(), 1);
      assert.equal(breaker.downForMs, 0);
      assert.equal(breaker.probeInMs, 0);
    }));

  it('counts each outage once, and probes soon in the next one', () =>
    withBreaker(1, async ({ breaker, closings, fail }) => {
      for (let outage = 1; outage <= 3; outage++) {
        await fail(9);
        assert.ok(breaker.isClosed);
        await fail(1);
        assert.equal(breaker.trips, outage);
        assert.equal(breaker.probeInMs, 1000);
        await delay(1000);
        await breaker.record('completed');
        assert.equal(closings(), outage);
      }
    }));
});
