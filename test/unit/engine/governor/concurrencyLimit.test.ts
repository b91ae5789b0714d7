import assert from 'node:assert/strict';
import type { Clock } from '../../../../src/base/clock.ts';
import { ConcurrencyLimit } from '../../../../src/engine/governor/concurrencyLimit.ts';

/** Time that passes only when told to. */
class ManualClock implements Clock {
  #now = 0;

  now(): number {
    return this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  schedule(): () => void {
    throw new Error('A limit needs no timer.');
  }
}

/** A limit, and a service that answers everything in flight together. */
class Bench {
  readonly clock = new ManualClock();
  readonly limit: ConcurrencyLimit;

  constructor(configured: number | 'auto', floor: (latencyMs: number) => number = () => 1) {
    this.limit = new ConcurrencyLimit(this.clock, configured, floor);
  }

  get current(): number {
    return this.limit.current;
  }

  /** As many attempts as may be in flight take `latencyMs` and end together; so many of them the service failed. */
  round(latencyMs: number, { failed = 0, inFlight = this.current } = {}): void {
    this.clock.pass(latencyMs);
    for (let attempt = 0; attempt < inFlight; attempt++) {
      this.limit.ended(attempt < failed ? 'service-failed' : 'completed', latencyMs, inFlight);
    }
  }

  rounds(count: number, latencyMs: number): void {
    for (let round = 0; round < count; round++) this.round(latencyMs);
  }
}

describe('concurrency limit', () => {
  it('starts where it is told to, and stays there', () => {
    const bench = new Bench(7);
    assert.equal(bench.current, 7);
    bench.rounds(20, 100);
    assert.equal(bench.current, 7);
  });

  it('starts low by itself, and doubles while answers come as fast as before', () => {
    const bench = new Bench('auto');
    const seen = [bench.current];
    for (let round = 0; round < 3; round++) {
      bench.round(100);
      seen.push(bench.current);
    }
    assert.deepEqual(seen, [5, 10, 20, 40]);
  });

  it('never passes 200 by itself', () => {
    const bench = new Bench('auto');
    bench.rounds(50, 100);
    assert.equal(bench.current, 200);
  });

  it('does not widen while slots are free', () => {
    const bench = new Bench('auto');
    for (let round = 0; round < 20; round++) bench.round(100, { inFlight: 4 });
    assert.equal(bench.current, 5);
  });

  it('learns nothing from attempts that failed for reasons of their own', () => {
    const bench = new Bench('auto');
    for (let attempt = 0; attempt < 100; attempt++) bench.limit.ended('other', 100, 5);
    assert.equal(bench.current, 5);
  });

  it('cuts when the service slows down', () => {
    const bench = new Bench(100);
    bench.rounds(5, 100);
    bench.round(250);
    assert.equal(bench.current, 70);
  });

  it('cuts when the service fails, before a window is full', () => {
    const bench = new Bench(100);
    bench.rounds(3, 100);
    bench.clock.pass(100);
    for (let attempt = 0; attempt < 25; attempt++) bench.limit.ended('service-failed', 100, 100);
    assert.equal(bench.current, 70);
  });

  it('does not mind few failures', () => {
    const bench = new Bench(100);
    for (let round = 0; round < 10; round++) bench.round(100, { failed: 3 });
    assert.equal(bench.current, 100);
  });

  it('does not cut again for what began before the cut', () => {
    const bench = new Bench(100);
    bench.rounds(3, 100);
    bench.clock.pass(100);
    for (let attempt = 0; attempt < 100; attempt++) bench.limit.ended('service-failed', 100, 100);
    assert.equal(bench.current, 70);
  });

  it('never cuts below one', () => {
    const bench = new Bench(5);
    bench.rounds(3, 100);
    for (let round = 0; round < 100; round++) bench.round(100, { failed: bench.current });
    assert.ok(bench.current >= 1);
  });

  it('takes a cut back when less is completed for it, and does not try again at once', () => {
    const bench = new Bench(100);
    bench.rounds(5, 100);
    bench.round(250);
    assert.equal(bench.current, 70);
    // What began before the cut is not counted; then fewer attempts are completed in the same time.
    bench.round(250, { inFlight: 99 });
    bench.round(250);
    assert.equal(bench.current, 100);
    bench.rounds(5, 250);
    assert.equal(bench.current, 100);
  });

  it('keeps a cut that helped, and comes near to where trouble began in small steps', () => {
    const bench = new Bench(100);
    bench.rounds(5, 100);
    bench.round(250);
    bench.round(120, { inFlight: 99 });
    const seen: number[] = [];
    for (let round = 0; round < 12; round++) {
      bench.round(120);
      seen.push(bench.current);
    }
    assert.ok(Math.min(...seen) >= 69);
    assert.ok(seen[2]! > 70 && seen[2]! <= 90, seen.join());
    const near = seen.filter((current) => current >= 90);
    assert.ok(near.length > 0 && Math.max(...near) <= 92, seen.join());
  });

  it('allows what the known rate needs at the latency there is', () => {
    const latencies: number[] = [];
    const bench = new Bench('auto', (latencyMs) => {
      latencies.push(latencyMs);
      return 60;
    });
    assert.equal(bench.current, 5);
    bench.round(400);
    assert.equal(bench.current, 60);
    assert.equal(latencies.at(-1), 400);
  });

  it('never lets what the rate needs pass the ceiling', () => {
    const bench = new Bench(8, () => 60);
    bench.round(400);
    assert.equal(bench.current, 8);
  });

  it('begins again with few after an outage, and widens up to where it was', () => {
    const bench = new Bench(100);
    bench.rounds(3, 100);
    bench.limit.startOver();
    assert.equal(bench.current, 5);
    bench.round(100);
    assert.equal(bench.current, 10);
    bench.rounds(4, 100);
    assert.equal(bench.current, 90);
  });

  it('begins again with no more than its ceiling', () => {
    const bench = new Bench(3);
    bench.limit.startOver();
    assert.equal(bench.current, 3);
  });
});
