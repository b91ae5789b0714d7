import assert from 'node:assert/strict';
import fc from 'fast-check';
import { itemStates, type ItemState } from '../../../src/model/item.ts';
import { RunRows } from '../../../media/queue/runRows.ts';
import { item, run } from './samples.ts';

const names = ['text', 'references', 'download'];

const inStage = (stageIndex: number) => ({ stageIndex, stage: names[stageIndex] ?? '', stageCount: 3 });

function rowsOf(...items: readonly (readonly [stage: number, state: ItemState])[]): RunRows {
  const rows = new RunRows(run('r'));
  for (const [position, [stageIndex, state]] of items.entries()) {
    rows.upsert(item('r', position, state, inStage(stageIndex)));
  }
  return rows;
}

describe('the stages of a run', () => {
  it('are those that items have come to, in order, with what became of them', () => {
    const rows = rowsOf([1, 'running'], [0, 'written'], [1, 'queued'], [0, 'failed'], [0, 'skipped'], [1, 'retrying']);
    assert.deepEqual(rows.stages, [
      { name: 'text', total: 3, waiting: 0, running: 0, done: 2, failed: 1, reasons: [] },
      { name: 'references', total: 3, waiting: 2, running: 1, done: 0, failed: 0, reasons: [] },
    ]);
    assert.equal(rows.bottleneck?.name, 'references');
    rows.upsert(item('r', 0, 'written', inStage(1)));
    assert.equal(rows.stages[1]?.done, 1);
  });

  it('have no bottleneck when nothing is left, and are none in a run of one stage', () => {
    assert.equal(rowsOf([0, 'written'], [1, 'failed']).bottleneck, undefined);
    const rows = new RunRows(run('r'));
    rows.upsert(item('r', 0, 'running'));
    assert.deepEqual([rows.stages, rows.bottleneck], [[], undefined]);
  });

  it('count what waits in the journal too, which may be what holds the others up', () => {
    const rows = rowsOf([0, 'running'], [0, 'queued'], [1, 'queued']);
    const load = { name: 'references', held: 1, beyond: 40, queue: 10 };
    rows.run = run('r', { stages: [{ name: 'text', held: 1, beyond: 0 }, load] });
    const [, references] = rows.stages;
    assert.deepEqual([references?.waiting, references?.total, references?.load], [41, 41, load]);
    assert.equal(rows.bottleneck?.name, 'references');
  });

  it('say why items failed, the most frequent reason first, and forget it when they start again', () => {
    const rows = new RunRows(run('r'));
    const reasons = ['timeout', 'not-found', 'timeout'] as const;
    for (const [position, reason] of reasons.entries()) {
      rows.upsert(item('r', position, 'failed', { ...inStage(0), reason }));
    }
    assert.deepEqual(rows.stages.at(0)?.reasons, [
      ['timeout', 2],
      ['not-found', 1],
    ]);
    rows.upsert(item('r', 1, 'running', inStage(0)));
    assert.deepEqual(
      rows.stages.map(({ reasons: left }) => left),
      [[['timeout', 2]]],
    );
  });

  it('say how many items they get done in a minute', () => {
    const rows = new RunRows(run('r', { startedAt: 0 }));
    for (const [position, finishedAt] of [1_000, 20_000, 70_000].entries()) {
      rows.upsert(item('r', position, 'running', inStage(0)));
      rows.upsert(item('r', position, 'written', { ...inStage(0), finishedAt }));
    }
    assert.equal(rows.stagePerMinute('text', 71_000), 2);
    assert.equal(rows.stagePerMinute('text', 200_000), 0);
    assert.equal(rows.stagePerMinute('download', 71_000), 0);
  });

  it('count right whatever happens in whatever order', () => {
    const step = fc.record({ position: fc.nat(8), stage: fc.nat(2), state: fc.constantFrom(...itemStates) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const rows = new RunRows(run('r'));
        const last = new Map<number, { stage: number; state: ItemState }>();
        for (const { position, stage, state } of steps) {
          rows.upsert(item('r', position, state, inStage(stage)));
          last.set(position, { stage, state });
        }
        for (const tally of rows.stages) {
          const states = [...last.values()]
            .filter((each) => names[each.stage] === tally.name)
            .map((each) => each.state);
          const count = (...wanted: ItemState[]) => states.filter((state) => wanted.includes(state)).length;
          assert.deepEqual(
            [tally.total, tally.waiting, tally.running, tally.done, tally.failed],
            [
              states.length,
              count('queued', 'retrying'),
              count('running'),
              count('written', 'skipped'),
              count('failed', 'cancelled'),
            ],
          );
        }
      }),
    );
  });
});
