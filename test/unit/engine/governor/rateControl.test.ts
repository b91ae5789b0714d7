import assert from 'node:assert/strict';
import type { Clock } from '../../../../src/base/clock.ts';
import { RateControl } from '../../../../src/engine/governor/rateControl.ts';
import { type RecordedRateGate, recordedGates } from '../../../support/recordedRateGate.ts';
import { delay, inVirtualTime } from '../../../support/virtualTime.ts';

interface Bench {
  readonly control: RateControl;
  readonly gates: readonly RecordedRateGate[];
  readonly clock: Clock;
}

function withControl(
  configured: number | undefined,
  action: (bench: Bench) => Promise<void> | void,
  safetyFactor = 1,
): Promise<void> {
  return inVirtualTime(async (clock) => {
    const gates: RecordedRateGate[] = [];
    const control = new RateControl(clock, configured, safetyFactor, recordedGates(gates));
    await action({ control, gates, clock });
  });
}

let calls = 0;
/** The answer to a call that began just now, and after which none did. */
const latest = () => ({ sequence: calls++, agoMs: 0, startedSince: 0 });

function assertRate({ control, gates }: Bench, perMinute: number): void {
  assert.ok(Math.abs((control.perMinute ?? Number.NaN) - perMinute) < 1e-6, `${control.perMinute} per minute`);
  assert.ok(Math.abs((gates[0]?.perMinute ?? Number.NaN) - perMinute) < 1e-6, `the gate has ${gates[0]?.perMinute}`);
}

/** So many units start within a second. */
async function startFor(control: RateControl, units: number): Promise<void> {
  control.countStart(units);
  await delay(1000);
}

describe('rate control', () => {
  it('lets everything through as long as no limit is known', () =>
    withControl(undefined, ({ control, gates }) => {
      assert.equal(control.perMinute, undefined);
      assert.equal(control.take(1000), undefined);
      control.giveBack(1);
      control.settle(2, 1);
      assert.equal(gates.length, 0);
    }));

  it('uses the configured limit times the safety factor', () =>
    withControl(600, (bench) => assertRate(bench, 480), 0.8));

  for (const [safetyFactor, burstSeconds] of [
    [1, 1],
    [0.8, 0.25],
    [0.5, 1],
    [0.2, 1],
  ] as const) {
    it(`bursts ${burstSeconds} s with a safety factor of ${safetyFactor}`, () =>
      withControl(
        600,
        ({ gates }) => assert.ok(Math.abs((gates[0]?.burstSeconds ?? 0) - burstSeconds) < 1e-9),
        safetyFactor,
      ));
  }

  it('passes what is taken, given back and settled on to its gate', () =>
    withControl(600, async ({ control, gates }) => {
      await control.take(3);
      control.giveBack(1);
      control.settle(2, 5);
      await control.dispose();
      assert.deepEqual(gates[0]?.calls, ['take 3', 'giveBack 1', 'settle 2 5', 'dispose']);
    }));

  describe('hears the service', () => {
    it('and takes its limit when it is lower than the configured one', () =>
      withControl(600, (bench) => {
        bench.control.hear({ limit: 300 }, latest());
        assertRate(bench, 300);
        bench.control.hear({ limit: 900 }, latest());
        assertRate(bench, 600);
        assert.equal(bench.gates.length, 1);
      }));

    it('and makes a gate when it tells its limit for the first time', () =>
      withControl(
        undefined,
        (bench) => {
          bench.control.hear({ limit: 300 }, latest());
          assertRate(bench, 240);
          bench.control.hear({ limit: 600 }, latest());
          assertRate(bench, 480);
        },
        0.8,
      ));

    it('and takes a limit of 0 for none', () =>
      withControl(undefined, ({ control }) => {
        control.hear({ limit: 0 }, latest());
        assert.equal(control.perMinute, undefined);
      }));

    it('and ignores an answer that was overtaken', () =>
      withControl(600, (bench) => {
        bench.control.hear({ limit: 300 }, { sequence: 1e6 + 7, agoMs: 0, startedSince: 0 });
        bench.control.hear({ limit: 60 }, { sequence: 1e6 + 6, agoMs: 0, startedSince: 0 });
        assertRate(bench, 300);
      }));

    it('and gives up what others have used, but not what the service was given since', () =>
      withControl(600, ({ control, gates }) => {
        control.hear({ limit: 600, remaining: 4 }, { ...latest(), agoMs: 500, startedSince: 3 });
        control.hear({ remaining: 0 }, { ...latest(), startedSince: 9 });
        assert.deepEqual(gates[0]?.calls, ['limitTo 7', 'limitTo 0']);
      }));
  });

  describe('is refused', () => {
    it('and comes down to what was accepted', () =>
      withControl(600, async (bench) => {
        await startFor(bench.control, 8);
        bench.control.refused(1);
        // 7 in a second are 420 a minute.
        assertRate(bench, 0.95 * 420);
      }));

    it('and comes down by a tenth at least', () =>
      withControl(600, async (bench) => {
        await startFor(bench.control, 50);
        bench.control.refused(1);
        assertRate(bench, 540);
      }));

    it('and comes down to a half at most', () =>
      withControl(600, async (bench) => {
        await startFor(bench.control, 1);
        bench.control.refused(1);
        assertRate(bench, 300);
      }));

    it('and comes down once for all refusals of a second', () =>
      withControl(600, async (bench) => {
        await startFor(bench.control, 50);
        bench.control.refused(1);
        await delay(500);
        bench.control.refused(1);
        assertRate(bench, 540);
        await delay(500);
        bench.control.refused(1);
        assert.ok((bench.control.perMinute ?? 0) < 540);
      }));

    it('and counts only what was accepted since the time before', () =>
      withControl(600, async (bench) => {
        await startFor(bench.control, 10_000);
        bench.control.refused(1);
        assertRate(bench, 540);
        await startFor(bench.control, 9);
        bench.control.refused(1);
        assertRate(bench, 0.95 * 480);
      }));

    it('and leaves a limit alone that the same answer brought', () =>
      withControl(600, async (bench) => {
        await startFor(bench.control, 8);
        bench.control.hear({ limit: 300, remaining: 0 }, latest());
        bench.control.refused(1);
        assertRate(bench, 300);
      }));

    it('and comes back by a fiftieth of the limit a second, no further than the limit', () =>
      withControl(600, async (bench) => {
        await startFor(bench.control, 1);
        bench.control.refused(1);
        await delay(5000);
        await bench.control.take(1);
        assertRate(bench, 360);
        await delay(60_000);
        await bench.control.take(1);
        assertRate(bench, 600);
      }));

    it('and comes back with every answer that tells of plenty', () =>
      withControl(600, async (bench) => {
        await startFor(bench.control, 1);
        bench.control.refused(1);
        bench.control.hear({ remaining: 49 }, latest());
        assertRate(bench, 300);
        bench.control.hear({ remaining: 50 }, latest());
        assertRate(bench, 330);
      }));

    it('and forgets that when the service tells another limit', () =>
      withControl(600, async (bench) => {
        await startFor(bench.control, 1);
        bench.control.refused(1);
        bench.control.hear({ limit: 500 }, latest());
        assertRate(bench, 500);
      }));
  });

  describe('guesses', () => {
    it('what a service allows that tells nothing, at the first refusal', () =>
      withControl(undefined, async (bench) => {
        await startFor(bench.control, 11);
        bench.control.refused(1);
        assertRate(bench, 600);
      }));

    it('no higher for the time in which no limit was known', () =>
      withControl(undefined, async (bench) => {
        await delay(600_000);
        await startFor(bench.control, 11);
        bench.control.refused(1);
        assertRate(bench, 600);
      }));

    it('nothing before anything was accepted', () =>
      withControl(undefined, ({ control }) => {
        control.countStart(1);
        control.refused(1);
        assert.equal(control.perMinute, undefined);
      }));

    it('nothing wild from the first moments', () =>
      withControl(undefined, async (bench) => {
        bench.control.countStart(11);
        await delay(1);
        bench.control.refused(1);
        assertRate(bench, 2400);
      }));

    it('low, when the first guess was far off', () =>
      withControl(undefined, async (bench) => {
        await startFor(bench.control, 1001);
        bench.control.refused(1);
        assertRate(bench, 60_000);
        await startFor(bench.control, 51);
        bench.control.refused(1);
        assertRate(bench, 0.95 * 3000);
      }));

    it('higher, as long as nothing is refused', () =>
      withControl(undefined, async (bench) => {
        await startFor(bench.control, 11);
        bench.control.refused(1);
        const first = bench.control.perMinute ?? 0;
        for (let second = 0; second < 60; second++) {
          await delay(1000);
          await bench.control.take(1);
        }
        assert.ok((bench.control.perMinute ?? 0) > 3 * first);
      }));

    it('no more once the service tells its limit', () =>
      withControl(undefined, async (bench) => {
        await startFor(bench.control, 11);
        bench.control.refused(1);
        bench.control.hear({ limit: 1200 }, latest());
        assertRate(bench, 1200);
      }));
  });
});
