import assert from 'node:assert/strict';
import type { AttemptOutcome, FailureReason } from '../../../src/model/attempt.ts';
import type { ItemSpec } from '../../../src/engine/engine.ts';
import { completed, EngineHarness, items, type Work } from '../../support/engineHarness.ts';
import { delay, inVirtualTime } from '../../support/virtualTime.ts';

function failed(reason: FailureReason): AttemptOutcome<string> {
  return { kind: 'failed', failure: { reason, message: reason } };
}

const prefixed = (prefix: string, count: number) =>
  items(count).map((item) => ({ ...item, id: `${prefix}${item.id}` }));

describe('sharing a service', () => {
  it('divides it between runs by weight', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 4 }, async () => {
        await delay(100);
        return completed;
      });
      const light = harness.start({ id: 'light', weight: 1, items: prefixed('light', 60) });
      const heavy = harness.start({ id: 'heavy', weight: 3, items: prefixed('heavy', 60) });
      await Promise.all([light, heavy]);
      const whileBoth = harness.started.slice(4, 64);
      const share = whileBoth.filter((id) => id.startsWith('heavy')).length / whileBoth.length;
      assert.ok(Math.abs(share - 0.75) < 0.05, `the heavier run had ${share}`);
    }));

  it('does not let a run that comes later catch up on what it missed', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 2 }, async () => {
        await delay(100);
        return completed;
      });
      const first = harness.start({ id: 'first', items: prefixed('first', 60) });
      await delay(1000);
      const second = harness.start({ id: 'second', items: prefixed('second', 20) });
      const before = harness.started.length;
      await Promise.all([first, second]);
      const next = harness.started.slice(before, before + 20);
      assert.equal(next.filter((id) => id.startsWith('second')).length, 10);
    }));

  it('lets light items go on around a heavy one', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 10, tokensPerMinute: 60_000 }, async () => {
        await delay(10);
        return completed;
      });
      const [heavy] = items(1, { id: 'heavy', reservation: 10_000 });
      const light = items(20).map((item) => ({ ...item, id: `light${item.id}` }));
      const start = clock.now();
      await harness.start({ items: [heavy!, ...light] });
      // Its 10,000 tokens are ten seconds of 1,000 a second; it used 20, which come back.
      assert.ok(clock.now() - start < 12_000, `took ${clock.now() - start} ms`);
    }));

  it('tells who has which slot', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 3 }, async () => {
        await delay(100);
        return completed;
      });
      const finished = harness.start({ items: items(2) });
      await delay(50);
      const slots = harness.engine.slots();
      assert.deepEqual(
        slots.map(({ slot, busy }) => [slot, busy?.item]),
        [
          [0, 'item0'],
          [1, 'item1'],
        ],
      );
      await finished;
      assert.ok(harness.engine.slots().every(({ busy }) => busy === undefined));
    }));

  it('moves an item up or down while it waits', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 1 }, async () => {
        await delay(100);
        return completed;
      });
      const finished = harness.start({ items: items(4) });
      await delay(50);
      harness.engine.reprioritise('run', 'item3', 0);
      harness.engine.reprioritise('run', 'item1', 9);
      await finished;
      assert.deepEqual(harness.started, ['item0', 'item3', 'item2', 'item1']);
    }));
});

describe('stages', () => {
  it('push back: a full stage stops the one before it, and nothing is dropped', () =>
    inVirtualTime(async (clock) => {
      let waiting = 0;
      let mostWaiting = 0;
      const harness = new EngineHarness(clock, { maxConcurrent: 20 }, async ({ stage }) => {
        if (stage.name === 'slow') waiting--;
        await delay(stage.name === 'fast' ? 10 : 200);
        if (stage.name === 'fast') mostWaiting = Math.max(mostWaiting, ++waiting);
        return completed;
      });
      await harness.start({
        stages: [{ name: 'fast' }, { name: 'slow', workers: 2, queue: 5 }],
        items: items(40, { services: ['first', 'second'] }),
      });
      assert.equal(harness.committed.length, 80);
      assert.ok(mostWaiting <= 5, `${mostWaiting} waited`);
    }));

  it('fail with their name and reason, and the rest goes on', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, {}, async ({ stage, item }) => {
        await delay(10);
        return stage.name === 'second' && item.work.record === 'item1' ? failed('bad-request') : completed;
      });
      await harness.start({
        stages: [{ name: 'first' }, { name: 'second' }],
        items: items(3, { services: ['a', 'b'] }),
      });
      assert.deepEqual(
        ['item0/1', 'item1/1', 'item2/1'].map((id) => harness.stateOf(id)),
        ['written', 'failed', 'written'],
      );
      const report = harness.reports.find(({ outcome }) => outcome === 'bad-request');
      assert.equal(report?.stage, 'second');
      assert.equal(report.item.failure?.stage, 'second');
    }));

  it('give results in the order of the plan, whatever finishes first', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 10 }, async ({ item }) => {
        await delay(1000 - Number(item.id.slice(4)) * 50);
        return completed;
      });
      await harness.start({ items: items(10) });
      assert.equal(harness.committed[0], 'item9');
      assert.deepEqual(
        harness.endedInOrder,
        items(10).map(({ id }) => id),
      );
    }));
});

describe('a service in trouble', () => {
  it('is probed by one attempt at a time, loses nothing, and is not overrun as it comes back', () =>
    inVirtualTime(async (clock) => {
      let down = false;
      let inFlight = 0;
      let mostWhileDown = 0;
      const harness = new EngineHarness(clock, { maxConcurrent: 20 }, async () => {
        inFlight++;
        if (down) mostWhileDown = Math.max(mostWhileDown, inFlight);
        await delay(100);
        inFlight--;
        return down ? failed('server-error') : completed;
      });
      const finished = harness.start({ items: items(100) });
      await delay(250);
      down = true;
      await delay(2000);
      mostWhileDown = 0;
      await delay(60_000);
      assert.equal(mostWhileDown, 1);
      down = false;
      await finished;
      assert.equal(harness.committed.length, 100);
    }));

  it('that never answered fails everything with one reason instead of waiting for ever', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 5 }, async () => {
        await delay(10);
        return failed('connection');
      });
      await harness.start({ items: items(100) });
      assert.equal(harness.committed.length, 0);
      assert.ok(harness.reports.length <= 20, `${harness.reports.length} attempts`);
      assert.ok([...harness.states.values()].every((states) => states.at(-1) === 'failed'));
    }));

  for (const reason of ['quota-exhausted', 'unauthorized'] as const) {
    it(`stops at once when no attempt can succeed (${reason}), and a new run tries again`, () =>
      inVirtualTime(async (clock) => {
        let mended = false;
        const harness = new EngineHarness(clock, { maxConcurrent: 5 }, async () => {
          await delay(10);
          return mended ? completed : failed(reason);
        });
        await harness.start({ items: items(100) });
        assert.ok(harness.reports.length <= 5);
        assert.equal(harness.states.size, 100);
        mended = true;
        await harness.start({ id: 'again', items: prefixed('again', 3) });
        assert.equal(harness.committed.length, 3);
      }));
  }

  describe('that does not know a model', () => {
    const asking = (model: string, each: ItemSpec<Work>): ItemSpec<Work> => ({ ...each, model });
    const mixed = items(200).map((each, place) => asking(place % 2 === 0 ? 'known' : 'unknown', each));

    it('fails what asks for it after what was in flight, and makes everything else', () =>
      inVirtualTime(async (clock) => {
        const harness = new EngineHarness(clock, { maxConcurrent: 6 }, async ({ item }) => {
          await delay(10);
          return item.model === 'known' ? completed : failed('unknown-model');
        });
        await harness.start({ items: mixed });
        assert.equal(harness.committed.length, 100);
        const refused = harness.reports.filter(({ outcome }) => outcome === 'unknown-model');
        assert.ok(refused.length <= 6, `${refused.length} calls`);
        const ends = [...harness.states.values()].map((states) => states.at(-1));
        assert.equal(ends.filter((state) => state === 'failed').length, 100);
      }));

    it('tries none of its items again that failed for another reason, and a new run asks for it again', () =>
      inVirtualTime(async (clock) => {
        let mended = false;
        const harness = new EngineHarness(clock, { maxConcurrent: 4 }, async ({ item }) => {
          await delay(item.position === 0 ? 10 : 20);
          if (mended) return completed;
          return failed(item.position === 0 ? 'unknown-model' : 'server-error');
        });
        await harness.start({ items: items(50).map((each) => asking('unknown', each)) });
        assert.equal(harness.reports.length, 4);
        assert.ok(harness.reports.every(({ retryInMs }) => retryInMs === undefined));
        mended = true;
        await harness.start({ id: 'again', items: prefixed('again', 3).map((each) => asking('unknown', each)) });
        assert.equal(harness.committed.length, 3);
      }));

    it('fails what follows later, and what waits for one that leads', () =>
      inVirtualTime(async (clock) => {
        const harness = new EngineHarness(clock, { maxConcurrent: 4 }, async () => {
          await delay(10);
          return failed('unknown-model');
        });
        const led = items(20).map((each) => ({ ...asking('unknown', each), prefix: 'p' }));
        await harness.start({ items: led });
        assert.equal(harness.reports.length, 1);
        assert.equal([...harness.states.values()].filter((states) => states.at(-1) === 'failed').length, 20);
      }));
  });
});

describe('concurrency', () => {
  it('widens by itself from five to what the service takes', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 'auto' }, async () => {
        await delay(500);
        return completed;
      });
      const start = clock.now();
      await harness.start({ items: items(1000) });
      assert.ok(harness.peak >= 50, `at most ${harness.peak} at once`);
      assert.ok(clock.now() - start < 12_000, `took ${clock.now() - start} ms`);
      const early = harness.reports.filter(({ startedAt }) => startedAt - start < 400).length;
      assert.equal(early, 5);
    }));

  it('never passes an explicit ceiling', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 7 }, async () => {
        await delay(50);
        return completed;
      });
      await harness.start({ items: items(200) });
      assert.equal(harness.peak, 7);
    }));

  it('stays within what a service can take before it collapses', () =>
    inVirtualTime(async (clock) => {
      let inFlight = 0;
      const harness = new EngineHarness(clock, { maxConcurrent: 'auto' }, async () => {
        inFlight++;
        const overload = inFlight > 30;
        await delay(300);
        inFlight--;
        return overload ? failed('server-error') : completed;
      });
      await harness.start({ items: items(1000), retry: { attempts: 10, baseMs: 250 } });
      assert.equal(harness.committed.length, 1000);
      const wasted = harness.reports.length - 1000;
      assert.ok(wasted < 150, `${wasted} attempts were wasted`);
    }));
});

describe('the process', () => {
  it('gets fewer attempts while it cannot keep up', () =>
    inVirtualTime(async (clock) => {
      let capacity = 0.5;
      const work = async () => {
        await delay(100);
        return completed;
      };
      const harness = new EngineHarness(clock, { maxConcurrent: 10 }, work, { capacity: () => capacity });
      const finished = harness.start({ items: items(60) });
      await delay(350);
      assert.equal(harness.peak, 5);
      capacity = 1;
      await finished;
      assert.equal(harness.peak, 10);
    }));

  it('uses the slots that a busy process left unused as soon as it keeps up, though no attempt ends', () =>
    inVirtualTime(async (clock) => {
      let capacity = 0.1;
      let most = 0;
      const { promise: held, resolve: release } = Promise.withResolvers<undefined>();
      const work = async (): Promise<AttemptOutcome<string>> => {
        most++;
        await held;
        return completed;
      };
      const harness = new EngineHarness(clock, { maxConcurrent: 5 }, work, { capacity: () => capacity });
      const finished = harness.start({ items: items(10) });
      await delay(5000);
      assert.equal(most, 1);
      capacity = 1;
      await delay(1000);
      assert.equal(most, 5);
      release(undefined);
      await finished;
    }));

  it('uses them also when another run that waited for the service has ended meanwhile', () =>
    inVirtualTime(async (clock) => {
      let capacity = 0.1;
      let most = 0;
      const { promise: held, resolve: release } = Promise.withResolvers<undefined>();
      const work = async (): Promise<AttemptOutcome<string>> => {
        most++;
        await held;
        return completed;
      };
      const harness = new EngineHarness(clock, { maxConcurrent: 5 }, work, { capacity: () => capacity });
      const finished = harness.start({ items: items(10) });
      const other = harness.start({ id: 'other', items: prefixed('other', 1) });
      await delay(100);
      harness.engine.cancelRun('other');
      await other;
      capacity = 1;
      await delay(1000);
      assert.equal(most, 5);
      release(undefined);
      await finished;
    }));

  it('holds so much text between stages at most, and finishes what it holds', () =>
    inVirtualTime(async (clock) => {
      let held = 0;
      let mostHeld = 0;
      const harness = new EngineHarness(
        clock,
        { maxConcurrent: 50 },
        async ({ stage }) => {
          if (stage.name === 'second') held--;
          await delay(stage.name === 'first' ? 10 : 100);
          if (stage.name === 'first') mostHeld = Math.max(mostHeld, ++held);
          return completed;
        },
        { sizeOf: () => 16 * 1024 * 1024 },
      );
      await harness.start({
        stages: [
          { name: 'first', workers: 2 },
          { name: 'second', workers: 1, queue: 4 },
        ],
        items: items(20, { services: ['a', 'b'] }),
      });
      assert.equal(harness.committed.length, 40);
      assert.ok(mostHeld <= 6, `held ${mostHeld} texts of 16 MB`);
    }));
});
