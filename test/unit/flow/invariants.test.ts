import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Clock } from '../../../src/base/clock.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { Governor } from '../../../src/engine/governor/governor.ts';
import type { StageText } from '../../../src/flow/record.ts';
import { isFinal, type FinalState, type ItemState } from '../../../src/model/item.ts';
import { flowOf, resultOf, rowsOf, scenario, type Scenario } from '../../support/flow/scenarios.ts';
import { MemoryFlow, type StoredItem } from '../../support/flow/memoryFlow.ts';
import { chanceOf } from '../../support/simulation/chance.ts';
import { delay, inVirtualTime } from '../../support/virtualTime.ts';

async function play(
  played: Scenario,
  clock: Clock,
  isOrdered: boolean,
): Promise<{ outcome: string[]; wrong: string[] }> {
  const wrong: string[] = [];
  const store = new MemoryFlow(flowOf(played), rowsOf(played));
  const states = new Map<string, ItemState>();
  const waiting = new Map<number, number>();
  const governor = new Governor({ maxConcurrent: played.maxConcurrent, safetyFactor: 1 }, clock, () => 0.5);
  const { promise: finished, resolve } = Promise.withResolvers<true>();
  const latency = (...key: readonly string[]): number => (isOrdered ? 1 : chanceOf(played.seed, ...key)() * 50);
  const engine = new Engine<StoredItem, StageText>(
    {
      perform: async ({ item }) => {
        await delay(latency('perform', item.id));
        const result = resultOf(played, item.work);
        return result === undefined
          ? { kind: 'failed', failure: { reason: 'bad-request', message: 'No.' } }
          : { kind: 'completed', result, usage: { input: 1, output: 1 } };
      },
      commit: async (_run, item, result) => {
        const followers = queued(store.end(item.id, 'written', result));
        await delay(latency('commit', item.id));
        return { kind: 'written', followers };
      },
      ended: async ({ spec: { id }, state }) => {
        const followers = queued(store.end(id, state as FinalState));
        await delay(latency('ended', id));
        return followers;
      },
      load: async (_run, range, most) => {
        await delay(latency('load', String(range.from)));
        return store.load(range, most);
      },
      governor: () => governor,
    },
    {
      itemChanged: ({ spec, state }) => {
        const before = states.get(spec.id);
        if (before !== undefined && isFinal(before)) wrong.push(`${spec.id} changed after it had ended`);
        states.set(spec.id, state);
        const change = Number(isWaiting(state)) - Number(before !== undefined && isWaiting(before));
        const now = (waiting.get(spec.stage) ?? 0) + change;
        waiting.set(spec.stage, now);
        const { queue = Infinity } = played.stages[spec.stage]!;
        if (spec.stage > 0 && now > queue) wrong.push(`${now} wait for stage ${spec.stage}, at most ${queue} may`);
      },
      itemProgressed: () => undefined,
      attemptFinished: () => undefined,
      runFinished: () => resolve(true),
    },
    { clock, random: () => 0.5 },
  );
  engine.start({
    id: 'run',
    retry: { attempts: 1, baseMs: 1 },
    stages: played.stages.map(({ workers, queue }, index) => ({
      name: `s${index}`,
      ...(workers === undefined ? {} : { workers }),
      ...(queue === undefined ? {} : { queue }),
    })),
    items: store.specs(),
    ...(isOrdered ? { maxInFlight: 1 } : {}),
  });
  if (!(await Promise.race([finished, delay(3_600_000).then(() => false)]))) wrong.push('the run never finished');
  for (const { id, state } of store.items) if (!isFinal(state)) wrong.push(`${id} ended as ${state}`);
  const ids = store.items.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) wrong.push('an item came into being twice');
  await governor.dispose();
  return { outcome: store.outcome(), wrong };
}

const isWaiting = (state: ItemState): boolean => state === 'queued' || state === 'retrying';

function queued(items: readonly StoredItem[]) {
  return items
    .filter(({ state }) => state === 'queued')
    .map((item) => {
      const { id, position, root, stage: index, priority, service, reservation } = item;
      return { id, position, root, stage: index, priority, service, reservation, work: item };
    });
}

describe('flow, whatever happens', function () {
  this.timeout(120_000);

  it('ends every record once, keeps its bounds, and comes to the same in any order', () =>
    fc.assert(
      fc.asyncProperty(scenario, async (played) => {
        await inVirtualTime(async (clock) => {
          const ordered = await play(played, clock, true);
          const shuffled = await play(played, clock, false);
          assert.deepEqual([ordered.wrong, shuffled.wrong], [[], []]);
          assert.deepEqual(shuffled.outcome, ordered.outcome);
        });
      }),
      { numRuns: 300, seed: Number(process.env.SEED ?? 1) },
    ));

  it('keeps the bound of every queue with 1,000 records in four stages, of which any may be the slow one', async () => {
    const stage = { by: false, size: undefined, require: 'any', when: false, variants: 1, queue: 10 } as const;
    for (const slow of [0, 1, 2, 3]) {
      const stages = Array.from({ length: 4 }, (_, at) => ({
        ...stage,
        kind: at === 1 ? ('expand' as const) : ('pass' as const),
        workers: at === slow ? 1 : 20,
      }));
      const played: Scenario = { seed: slow, rows: 1000, maxConcurrent: 60, failing: 0.01, stages };
      await inVirtualTime(async (clock) => {
        const { wrong, outcome } = await play(played, clock, false);
        assert.deepEqual(wrong, []);
        assert.ok(outcome.length > 4000, String(outcome.length));
      });
    }
  });
});
