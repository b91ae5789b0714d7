import assert from 'node:assert/strict';
import type { AttemptOutcome, FailureReason } from '../../../src/model/attempt.ts';
import { completed, EngineHarness, items, type Task } from '../../support/engineHarness.ts';
import { delay, inVirtualTime } from '../../support/virtualTime.ts';

function failed(reason: FailureReason, retryAfterMs?: number): AttemptOutcome<string> {
  return {
    kind: 'failed',
    failure: { reason, message: reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  };
}

async function take(ms: number, { signal }: Task): Promise<AttemptOutcome<string>> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  return signal.aborted ? failed('cancelled') : completed;
}

describe('engine', () => {
  it('keeps every slot busy and none more', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 5 }, (task) => take(500, task));
      const start = clock.now();
      await harness.start({ items: items(20) });
      assert.equal(harness.peak, 5);
      assert.equal(clock.now() - start, 2000);
      assert.equal(harness.committed.length, 20);
    }));

  it('tells when nothing is left but commits', () =>
    inVirtualTime(async (clock) => {
      const rest = (): Promise<void> => delay(30);
      const commit = { durable: () => delay(5), rest };
      const harness = new EngineHarness(clock, { maxConcurrent: 5 }, (task) => take(500, task), { commit });
      await harness.start({ items: items(12) });
      assert.deepEqual(harness.committedWhenLastWereTold, [11]);
    }));

  it('is not slowed down by a lone refusal that comes before the first answer', () =>
    inVirtualTime(async (clock) => {
      const refused = new Set(['item3', 'item45']);
      const harness = new EngineHarness(clock, { maxConcurrent: 20 }, (task) =>
        refused.delete(task.item.id) ? Promise.resolve(failed('rate-limited', 1000)) : take(300, task),
      );
      const start = clock.now();
      await harness.start({ items: items(200) });
      // The first wave is of ten, and the rest is nine more of twenty and what was refused.
      assert.ok(clock.now() - start <= 3600, `${clock.now() - start} ms`);
      assert.equal(harness.committed.length, 200);
    }));

  it('goes through an empty run', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, {}, (task) => take(1, task));
      await harness.start({ items: [] });
      assert.deepEqual(harness.started, []);
    }));

  it('keeps to requests per minute', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 50, requestsPerMinute: 600 }, (task) =>
        take(100, task),
      );
      const start = clock.now();
      await harness.start({ items: items(100) });
      const starts = harness.reports.map((report) => report.startedAt - start).sort((a, b) => a - b);
      assert.ok(starts.at(-1)! >= 9000, `the last started at ${starts.at(-1)} ms`);
      assert.ok(starts.at(-1)! <= 9600, `the last started at ${starts.at(-1)} ms`);
    }));

  it('keeps to tokens per minute, and settles what was reserved too much', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 50, tokensPerMinute: 6000 }, (task) => take(100, task));
      const start = clock.now();
      // Each reserves 50 and costs 20: at 100 a second, 100 items take about 20 s less the burst.
      await harness.start({ items: items(100, { reservation: 50 }) });
      const seconds = (clock.now() - start) / 1000;
      assert.ok(seconds > 18 && seconds < 22, `took ${seconds} s`);
    }));

  it('does not block for ever on a reservation larger than the bucket', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { tokensPerMinute: 600 }, (task) => take(10, task));
      await harness.start({ items: items(3, { reservation: 5000 }) });
      assert.equal(harness.committed.length, 3);
    }));

  it('retries what may pass and stops at what may not', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, {}, async (task) => {
        await delay(10);
        if (task.item.id === 'item0' && task.attempt < 3) return failed('server-error');
        if (task.item.id === 'item1') return failed('bad-request');
        if (task.item.id === 'item2') return failed('connection');
        return completed;
      });
      await harness.start({ items: items(4) });
      assert.deepEqual(harness.states.get('item0'), [
        'running',
        'retrying',
        'running',
        'retrying',
        'running',
        'written',
      ]);
      assert.deepEqual(harness.states.get('item1'), ['running', 'failed']);
      assert.equal(harness.stateOf('item2'), 'failed');
      assert.equal(harness.reports.filter((report) => report.item.spec.id === 'item2').length, 3);
      assert.equal(harness.stateOf('item3'), 'written');
    }));

  it('waits at least as long as Retry-After, and starts nothing else meanwhile', () =>
    inVirtualTime(async (clock) => {
      let limited = false;
      const harness = new EngineHarness(clock, { maxConcurrent: 1 }, async () => {
        await delay(10);
        if (limited) return completed;
        limited = true;
        return failed('rate-limited', 90_000);
      });
      await harness.start({ items: items(3) });
      const [first, second] = harness.reports;
      assert.ok(second!.startedAt - first!.startedAt >= 90_000);
      assert.equal(harness.committed.length, 3);
    }));

  it('turns a thrown error into one failed item and leaves the rest alone', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, {}, async (task) => {
        await delay(1);
        if (task.item.id === 'item1') throw new Error('a bug');
        return completed;
      });
      await harness.start({ items: items(3) });
      assert.deepEqual(
        ['item0', 'item1', 'item2'].map((id) => harness.stateOf(id)),
        ['written', 'failed', 'written'],
      );
    }));

  it('cancels the queued at once and the running by their signal', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 2 }, (task) => take(1000, task));
      const finished = harness.start({ items: items(6) });
      const start = clock.now();
      await delay(500);
      harness.engine.cancelItem('run', 'item0');
      harness.engine.cancelItem('run', 'item5');
      await delay(100);
      harness.engine.cancelRun('run');
      await finished;
      assert.equal(clock.now() - start, 600);
      assert.equal(harness.committed.length, 0);
      assert.ok([...harness.states.values()].every((states) => states.at(-1) === 'cancelled'));
      assert.ok(!harness.started.includes('item5'));
    }));

  it('starts nothing while it is paused and loses nothing', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 2 }, (task) => take(100, task));
      const finished = harness.start({ items: items(6) });
      await delay(50);
      harness.engine.pause('run');
      await delay(10_000);
      assert.equal(harness.started.length, 2);
      harness.engine.resume('run');
      await finished;
      assert.equal(harness.committed.length, 6);
    }));

  it('lets what is in flight finish when it stops gracefully', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 2 }, (task) => take(100, task));
      const finished = harness.start({ items: items(6) });
      await delay(50);
      harness.engine.cancelQueued('run');
      await finished;
      assert.deepEqual(harness.committed, ['item0', 'item1']);
    }));

  it('takes the most urgent item that is there when a slot is free, from any run', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 1 }, (task) => take(100, task));
      const first = harness.start({ items: items(3) });
      await delay(50);
      const urgent = harness.start({ id: 'urgent', items: items(1, { id: 'urgent', priority: 0 }) });
      await Promise.all([first, urgent]);
      assert.deepEqual(harness.started, ['item0', 'urgent', 'item1', 'item2']);
    }));

  it('runs one at a time, in order, in sequential mode', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 10 }, (task) => take(100, task));
      await harness.start({ items: items(5), maxInFlight: 1 });
      assert.equal(harness.peak, 1);
      assert.deepEqual(harness.started, ['item0', 'item1', 'item2', 'item3', 'item4']);
    }));

  it('takes items through their stages and hands each stage what the one before came to', () =>
    inVirtualTime(async (clock) => {
      const seen: string[] = [];
      const harness = new EngineHarness(clock, { maxConcurrent: 3 }, async (task) => {
        await delay(10);
        const { record, previous } = task.item.work;
        seen.push(`${record} ${task.stage.name} ${previous ?? '-'}`);
        return {
          kind: 'completed',
          result: `${previous ?? ''}${task.stage.name}`,
          usage: { input: 1, output: 1 },
        };
      });
      await harness.start({
        stages: [{ name: 'a', workers: 1 }, { name: 'b' }],
        items: items(2, { services: ['first', 'second'] }),
      });
      assert.deepEqual(seen.sort(), ['item0 a -', 'item0 b a', 'item1 a -', 'item1 b a']);
      assert.equal(harness.committed.length, 4);
    }));

  const twoStages = { stages: [{ name: 'a' }, { name: 'b' }] };
  const joined = async (task: Task) => {
    await delay(10);
    const result = `${task.item.work.previous ?? ''}${task.stage.name}`;
    return { kind: 'completed', result, usage: { input: 1, output: 1 } } as const;
  };

  it('hands out what each stage but the last came to, to be kept', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, {}, joined);
      await harness.start({ ...twoStages, items: items(2, { services: ['first', 'second'] }) });
      const unfinished = harness.results.filter((result) => !result.includes(' 1 '));
      assert.deepEqual(unfinished.sort(), ['item0 0 a', 'item1 0 a']);
      assert.equal(harness.results.length, 4);
    }));

  it('goes on with an item of a later stage, and only commits what is complete', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, {}, joined);
      await harness.start({
        ...twoStages,
        items: items(3, { services: ['first', 'second'] }).map((item) =>
          item.id === 'item2' ? item : { ...item, stage: 1, service: 'second' },
        ),
        results: new Map([['item1', 'complete']]),
      });
      assert.deepEqual(harness.started.sort(), ['item0', 'item2', 'item2/1']);
      assert.deepEqual(harness.committed.sort(), ['item0', 'item1', 'item2', 'item2/1']);
      assert.deepEqual(harness.states.get('item1'), ['written']);
    }));

  describe('with a result that is not durable yet', () => {
    const commit = { durable: () => delay(30), rest: () => delay(10_000) };
    const took = async (): Promise<AttemptOutcome<string>> => {
      await delay(100);
      return completed;
    };

    it('makes no other call in its slot, and does not wait for the rest', () =>
      inVirtualTime(async (clock) => {
        const harness = new EngineHarness(clock, { maxConcurrent: 2 }, took, { commit });
        const finished = harness.start({ items: items(6) });
        await delay(120);
        assert.equal(harness.started.length, 2);
        assert.equal(harness.engine.inFlight, 0);
        assert.ok(harness.engine.slots().every(({ busy }) => busy !== undefined));
        await delay(20);
        assert.equal(harness.started.length, 4);
        await delay(260);
        assert.deepEqual([harness.started.length, harness.stateOf('item0')], [6, 'running']);
        await finished;
      }));

    it('makes no other call in sequential mode, in whatever slot', () =>
      inVirtualTime(async (clock) => {
        const harness = new EngineHarness(clock, { maxConcurrent: 5 }, took, { commit });
        const finished = harness.start({ items: items(3), maxInFlight: 1 });
        const started: number[] = [];
        for (const ms of [120, 20, 110, 20, 110]) {
          await delay(ms);
          started.push(harness.started.length);
        }
        assert.deepEqual(started, [1, 2, 2, 3, 3]);
        await finished;
      }));

    it('counts it among the workers of its stage', () =>
      inVirtualTime(async (clock) => {
        const harness = new EngineHarness(clock, { maxConcurrent: 5 }, took, { commit });
        const finished = harness.start({ items: items(4), stages: [{ name: 'generate', workers: 2 }] });
        await delay(120);
        assert.equal(harness.started.length, 2);
        await delay(20);
        assert.equal(harness.started.length, 4);
        await finished;
      }));
  });

  it('finishes a run in which everything is complete without starting anything', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, { maxConcurrent: 1 }, joined);
      const complete = items(1000);
      await harness.start({
        items: complete,
        results: new Map(complete.map(({ id }) => [id, 'complete'])),
      });
      assert.equal(harness.started.length, 0);
      assert.equal(harness.committed.length, 1000);
    }));

  it('makes no attempt for an item whose result is known, and holds back nothing for it', () =>
    inVirtualTime(async (clock) => {
      const services = ['service', 'service'];
      const harness = new EngineHarness(clock, { maxConcurrent: 1 }, joined, {
        recall: async ({ id }) => {
          await delay(10);
          if (id === 'item2') throw new Error('nobody knows');
          return id === 'item1' || id === 'item1/1' ? 'known' : undefined;
        },
      });
      await harness.start({
        items: items(3, { services }),
        stages: [{ name: 'a' }, { name: 'b', queue: 3 }],
      });
      assert.deepEqual([...harness.started].sort(), ['item0', 'item0/1', 'item2', 'item2/1']);
      assert.deepEqual(harness.states.get('item1')?.at(-1), 'written');
      assert.equal(harness.committed.length, 6);
    }));

  it('cancels an item while it is asked whether its result is known', () =>
    inVirtualTime(async (clock) => {
      const harness = new EngineHarness(clock, {}, joined, { recall: () => delay(10).then(() => 'known') });
      const finished = harness.start({ items: items(2) });
      harness.engine.cancelItem('run', 'item0');
      await finished;
      assert.deepEqual([harness.stateOf('item0'), harness.stateOf('item1')], ['cancelled', 'written']);
      assert.deepEqual(harness.committed, ['item1']);
    }));

  it('starts an item again that has ended while its run goes on', () =>
    inVirtualTime(async (clock) => {
      let isDown = true;
      const harness = new EngineHarness(clock, {}, async (task) => {
        await delay(task.item.id === 'item0' ? 10 : 1000);
        return task.item.id === 'item0' && isDown ? failed('bad-request') : completed;
      });
      const specs = items(2);
      const finished = harness.start({ items: specs });
      await delay(100);
      assert.equal(harness.stateOf('item0'), 'failed');
      assert.equal(harness.engine.startAgain('run', specs[1]!), false);
      isDown = false;
      harness.restarted.add('item0');
      assert.equal(harness.engine.startAgain('run', specs[0]!), true);
      await finished;
      assert.deepEqual(harness.states.get('item0'), ['running', 'failed', 'queued', 'running', 'written']);
      assert.equal(harness.engine.startAgain('run', specs[0]!), false);
    }));
});
