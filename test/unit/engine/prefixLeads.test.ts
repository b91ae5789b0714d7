import assert from 'node:assert/strict';
import type { Clock } from '../../../src/base/clock.ts';
import type { ItemSpec } from '../../../src/engine/engine.ts';
import { completed, EngineHarness, items, type Perform, type Work } from '../../support/engineHarness.ts';
import { delay, inVirtualTime } from '../../support/virtualTime.ts';

const firstTokenMs = 800;
const textMs = 3000;

/** A service that has a prefix in its cache from the moment on at which it first answers one. */
class CachingService {
  readonly #cached = new Set<string>();
  hits = 0;
  calls = 0;

  readonly perform: Perform = async ({ item, reportProgress }) => {
    const prefix = prefixOf(item);
    this.calls++;
    if (this.#cached.has(prefix)) this.hits++;
    await delay(firstTokenMs);
    this.#cached.add(prefix);
    reportProgress(0.1);
    await delay(textMs - firstTokenMs);
    return completed;
  };
}

/** The same for items that are not led: what their prompt begins with is in their id. */
function prefixOf({ id }: ItemSpec<Work>): string {
  return id.split('/')[0] ?? '';
}

function siblings(prompts: number, each: number, isLed: boolean): ItemSpec<Work>[] {
  return items(prompts * each).map((item) => {
    const prompt = `prompt${Math.floor(item.position / each)}`;
    return { ...item, id: `${prompt}/${item.position}`, ...(isLed ? { prefix: prompt } : {}) };
  });
}

async function makeAll(clock: Clock, isLed: boolean): Promise<{ readonly service: CachingService; tookMs: number }> {
  const service = new CachingService();
  const harness = new EngineHarness(clock, { maxConcurrent: 200 }, service.perform);
  const startedAt = clock.now();
  await harness.start({ items: siblings(6, 30, isLed) });
  return { service, tookMs: clock.now() - startedAt };
}

describe('items that begin alike', () => {
  it('find their prefix in the cache of the service, for one time to first token more', () =>
    inVirtualTime(async (clock) => {
      const alone = await makeAll(clock, false);
      const led = await makeAll(clock, true);
      assert.equal(led.service.calls, 180);
      assert.ok(alone.service.hits < 30, `${alone.service.hits} hits without a leader`);
      assert.equal(led.service.hits, 6 * 29);
      assert.ok(led.tookMs <= alone.tookMs + firstTokenMs + 1, `${led.tookMs} ms instead of ${alone.tookMs}`);
    }));

  it('go on when the one that leads them fails, and it may try again', () =>
    inVirtualTime(async (clock) => {
      let calls = 0;
      const harness = new EngineHarness(clock, { maxConcurrent: 10 }, async () => {
        const isFirst = calls++ === 0;
        await delay(100);
        return isFirst ? { kind: 'failed', failure: { reason: 'server-error', message: 'Down.' } } : completed;
      });
      await harness.start({ items: items(5, { prefix: 'a' }) });
      assert.equal(harness.committed.length, 5);
      assert.equal(calls, 6);
    }));

  it('are led by another one when the first is cancelled before it starts', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 10 }, async () => {
        await delay(100);
        return completed;
      });
      const finished = harness.start({ items: items(4, { prefix: 'a' }) });
      harness.engine.pause('run');
      harness.engine.cancelItem('run', 'item0');
      harness.engine.cancelItem('run', 'item2');
      harness.engine.resume('run');
      await finished;
      assert.deepEqual(harness.committed, ['item1', 'item3']);
      assert.equal(harness.stateOf('item0'), 'cancelled');
      assert.equal(harness.stateOf('item2'), 'cancelled');
    }));

  it('do not wait for those that begin otherwise', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 10 }, async () => {
        await delay(100);
        return completed;
      });
      const startedAt = clock.now();
      const all = items(4).map((item, index) => ({ ...item, prefix: `prefix${index}` }));
      await harness.start({ items: all });
      assert.equal(clock.now() - startedAt, 100);
    }));
});
