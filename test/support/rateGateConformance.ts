import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Clock } from '../../src/base/clock.ts';
import { burstOf, type RateGate } from '../../src/engine/governor/rateGate.ts';
import { delay, inVirtualTime } from './virtualTime.ts';

const minuteMs = 60_000;
/** Sums of fractions are not exact. */
const epsilon = 1e-6;

export interface RateGateSubject {
  /** Makes a gate that has rested: its burst is whole. Its timers are the clock's or the process's. */
  readonly create: (clock: Clock, perMinute: number, burstSeconds: number) => RateGate;
  /** Units may come, and takers be told, so much earlier or later than at an even rate, ms. */
  readonly stepMs: number;
}

interface Taken {
  readonly taker: number;
  readonly units: number;
  /** Clock ms at which it was let through. */
  readonly at: number;
}

/** Who asked a gate for how much, and who was let through when. */
class Takers {
  readonly taken: Taken[] = [];
  readonly #gate: RateGate;
  readonly #clock: Clock;
  #asked = 0;

  constructor(gate: RateGate, clock: Clock) {
    this.#gate = gate;
    this.#clock = clock;
  }

  /** @returns how long it waited, ms */
  async take(units: number): Promise<number> {
    const taker = this.#asked++;
    const askedAt = this.#clock.now();
    await this.#gate.take(units);
    const at = this.#clock.now();
    this.taken.push({ taker, units, at });
    return at - askedAt;
  }
}

interface Scenario {
  readonly perMinute: number;
  readonly burstSeconds: number;
  readonly asks: readonly { readonly afterMs: number; readonly units: number }[];
}

const scenario: fc.Arbitrary<Scenario> = fc.record({
  perMinute: fc.integer({ min: 30, max: 6000 }),
  burstSeconds: fc.constantFrom(0.1, 0.25, 0.5, 1),
  asks: fc.array(
    fc.record({
      afterMs: fc.oneof(fc.constant(0), fc.nat({ max: 3000 })),
      units: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 200 })),
    }),
    { minLength: 1, maxLength: 25 },
  ),
});

/**
 * What every rate gate keeps to, in virtual time. A gate with a store of its own passes with a store that lives in the
 * clock's time.
 */
export function rateGateConformance(name: string, { create, stepMs }: RateGateSubject): void {
  function withGate(
    perMinute: number,
    burstSeconds: number,
    action: (gate: RateGate, takers: Takers) => Promise<void>,
  ): Promise<void> {
    return inVirtualTime(async (clock) => {
      const gate = create(clock, perMinute, burstSeconds);
      await action(gate, new Takers(gate, clock));
      await gate.dispose();
    });
  }

  /** 60 units a second, of which `taken` are taken already. */
  function withTaken(taken: number, action: (gate: RateGate, takers: Takers) => Promise<void>): Promise<void> {
    return withGate(3600, 0.5, async (gate, takers) => {
      await takers.take(taken);
      await action(gate, takers);
    });
  }

  function assertAbout(measuredMs: number, expectedMs: number): void {
    assert.ok(
      Math.abs(measuredMs - expectedMs) <= stepMs + 1,
      `waited ${measuredMs} ms, ${expectedMs} ms were to be expected`,
    );
  }

  describe(`${name} as a rate gate`, () => {
    it('never lets through more than the rate over any time, beyond one burst', () =>
      fc.assert(
        fc.asyncProperty(scenario, ({ perMinute, burstSeconds, asks }) =>
          withGate(perMinute, burstSeconds, async (_gate, takers) => {
            const waiting: Promise<number>[] = [];
            for (const { afterMs, units } of asks) {
              if (afterMs > 0) await delay(afterMs);
              waiting.push(takers.take(units));
            }
            await Promise.all(waiting);
            const burst = burstOf(perMinute, burstSeconds);
            const { taken } = takers;
            for (const [first, { at: from }] of taken.entries()) {
              let sum = 0;
              for (const { at, units } of taken.slice(first)) {
                // What the last one takes beyond the burst is debt, which those after it pay.
                const most = burst + (perMinute * (at - from + stepMs)) / minuteMs;
                const counted = sum + Math.min(units, burst);
                assert.ok(counted <= most + epsilon, `${counted} within ${at - from} ms, at most ${most} are allowed`);
                sum += units;
              }
            }
          }),
        ),
        { numRuns: 40 },
      ));

    it('lets nobody wait longer than the rate asks for', () =>
      fc.assert(
        fc.asyncProperty(scenario, ({ perMinute, burstSeconds, asks }) =>
          withGate(perMinute, burstSeconds, async (_gate, takers) => {
            const waits = await Promise.all(asks.map(({ units }) => takers.take(units)));
            const burst = burstOf(perMinute, burstSeconds);
            let before = 0;
            for (const [taker, { units }] of asks.entries()) {
              const longest = ((before + Math.min(units, burst) - burst) * minuteMs) / perMinute;
              assert.ok(
                waits[taker]! <= Math.max(0, longest) + stepMs + 1,
                `${waits[taker]} ms, at most ${longest} were to be expected`,
              );
              before += units;
            }
          }),
        ),
        { numRuns: 40 },
      ));

    it('lets everybody through in the order in which they asked', () =>
      fc.assert(
        fc.asyncProperty(scenario, ({ perMinute, burstSeconds, asks }) =>
          withGate(perMinute, burstSeconds, async (_gate, takers) => {
            await Promise.all(asks.map(({ units }) => takers.take(units)));
            assert.deepEqual(
              takers.taken.map(({ taker }) => taker),
              asks.map((_ask, taker) => taker),
            );
          }),
        ),
        { numRuns: 20 },
      ));

    it('does not let who wants little pass who wants much', () =>
      withTaken(60, async (_gate, takers) => {
        const much = takers.take(20);
        const little = takers.take(1);
        assert.ok((await little) >= (await much));
      }));

    it('lets a rested burst through at once, and no more', () =>
      withGate(3600, 0.5, async (_gate, takers) => {
        await delay(10_000);
        assert.equal(await takers.take(30), 0);
        assertAbout(await takers.take(6), 100);
      }));

    it('lets more than the burst through as debt, which the next ones pay', () =>
      withGate(3600, 0.5, async (_gate, takers) => {
        assert.equal(await takers.take(330), 0);
        assertAbout(await takers.take(6), 5100);
      }));

    it('lets one who wants nothing wait for debt, too, and not for ever', () =>
      withTaken(90, async (_gate, takers) => {
        assertAbout(await takers.take(0), 1000);
      }));

    it('lets one in that wants more than the burst however often it comes', () =>
      withGate(60, 0.25, async (_gate, takers) => {
        for (let turn = 0; turn < 3; turn++) await takers.take(10);
        assertAbout(takers.taken[2]!.at - takers.taken[0]!.at, 20_000);
      }));

    it('hands on at once what is given back', () =>
      withTaken(90, async (gate, takers) => {
        const waited = takers.take(10);
        await delay(200);
        gate.giveBack(60);
        assertAbout(await waited, 200);
      }));

    it('hands on what was reserved and not used', () =>
      withTaken(630, async (gate, takers) => {
        const waited = takers.take(10);
        await delay(200);
        gate.settle(630, 30);
        assertAbout(await waited, 200);
      }));

    it('owes what was used beyond what was reserved', () =>
      withTaken(30, async (gate, takers) => {
        gate.settle(30, 90);
        assertAbout(await takers.take(6), 1100);
      }));

    it('lets those who wait go on at a higher rate', () =>
      withTaken(630, async (gate, takers) => {
        const waited = takers.take(30);
        await delay(500);
        gate.setRate(36_000);
        // Half a second at 60 a second, the other 600 at 600 a second.
        assertAbout(await waited, 1500);
      }));

    it('lets those who wait go on at a lower rate', () =>
      withTaken(90, async (gate, takers) => {
        const waited = takers.take(6);
        await delay(500);
        gate.setRate(360);
        // 30 of the debt of 60 are paid; the rest and the 6 at 6 a second.
        assertAbout(await waited, 6500);
      }));

    it('lets one through who began to wait with a larger burst than there is', () =>
      withTaken(60, async (gate, takers) => {
        const waited = takers.take(30);
        await delay(100);
        gate.setRate(360);
        // 24 of the debt of 30 and what it wants, or what is a burst now, at 6 a second.
        assert.ok((await waited) <= 100 + 9000 + stepMs + 1);
      }));

    it('gives no more than the burst of a lower rate at once', () =>
      withGate(3600, 0.5, async (gate, takers) => {
        gate.setRate(360);
        assert.equal(await takers.take(3), 0);
        assertAbout(await takers.take(3), 500);
      }));

    it('lets nothing pass at a rate of nothing, and goes on with the next one', () =>
      withTaken(30, async (gate, takers) => {
        gate.setRate(0);
        const waited = takers.take(1);
        await delay(60_000);
        assert.equal(takers.taken.length, 1);
        gate.setRate(3600);
        assertAbout(await waited, 60_000);
      }));

    it('forgets what others have used up', () =>
      withGate(3600, 0.5, async (gate, takers) => {
        gate.limitTo(6);
        assert.equal(await takers.take(6), 0);
        assertAbout(await takers.take(6), 100);
      }));

    it('never gains by being limited', () =>
      withTaken(90, async (gate, takers) => {
        gate.limitTo(1000);
        assertAbout(await takers.take(6), 1100);
      }));

    it('leaves no timer when it is disposed, and lets nobody through any more', () =>
      inVirtualTime(async (clock, pendingTimers) => {
        const gate = create(clock, 3600, 0.5);
        const takers = new Takers(gate, clock);
        await takers.take(90);
        void takers.take(10);
        await delay(stepMs / 2);
        await gate.dispose();
        assert.equal(pendingTimers(), 0);
        gate.setRate(7200);
        gate.settle(10, 20);
        gate.giveBack(5);
        gate.limitTo(0);
        await delay(minuteMs);
        assert.equal(takers.taken.length, 1);
        assert.equal(pendingTimers(), 0);
      }));
  });
}
