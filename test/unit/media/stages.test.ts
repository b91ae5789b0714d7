import assert from 'node:assert/strict';
import type { ItemState } from '../../../src/model/item.ts';
import { RunRows } from '../../../media/queue/runRows.ts';
import { item, run } from './samples.ts';

const names = ['text', 'references', 'download'];

function rowsOf(...items: readonly (readonly [stage: number, state: ItemState])[]): RunRows {
  const rows = new RunRows(run('r'));
  for (const [position, [stageIndex, state]] of items.entries()) {
    rows.upsert(item('r', position, state, { stageIndex, stage: names[stageIndex] ?? '', stageCount: 3 }));
  }
  return rows;
}

describe('the stages of a run', () => {
  it('are those that items have come to, in order, with what became of them', () => {
    const rows = rowsOf([1, 'running'], [0, 'written'], [1, 'queued'], [0, 'failed'], [0, 'skipped'], [1, 'retrying']);
    assert.deepEqual(rows.stages, [
      { name: 'text', total: 3, waiting: 0, running: 0, done: 2, failed: 1 },
      { name: 'references', total: 3, waiting: 2, running: 1, done: 0, failed: 0 },
    ]);
    assert.equal(rows.bottleneck?.name, 'references');
    rows.upsert(item('r', 0, 'written', { stageIndex: 1, stage: 'references', stageCount: 3 }));
    assert.equal(rows.stages[1]?.done, 1);
  });

  it('have no bottleneck when nothing is left, and are none in a run of one stage', () => {
    assert.equal(rowsOf([0, 'written'], [1, 'failed']).bottleneck, undefined);
    const rows = new RunRows(run('r'));
    rows.upsert(item('r', 0, 'running'));
    assert.deepEqual([rows.stages, rows.bottleneck], [[], undefined]);
  });
});
