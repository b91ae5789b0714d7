import assert from 'node:assert/strict';
import { Cursor } from '../../../media/queue/cursor.ts';
import { panel } from './samples.ts';

describe('panel cursor', () => {
  it('is on the first row until somebody puts it elsewhere', () => {
    const { model } = panel();
    const cursor = new Cursor();
    cursor.leaveLostRow(model);
    assert.deepEqual(cursor.key, { run: 'r' });
    assert.equal(cursor.selected, false);
    assert.equal(cursor.select({ run: 'r' }), true);
    assert.equal(cursor.select({ run: 'r' }), false);
    assert.equal(cursor.select({ run: 'r', item: 'item-1' }), true);
  });

  it('goes to the neighbour when its row disappears, and to the run when it has none', () => {
    const { model, items, show } = panel();
    const cursor = new Cursor();
    cursor.select({ run: 'r', item: 'item-2' });
    cursor.leaveLostRow(model);
    show(items.filter(({ id }) => id !== 'item-2'));
    cursor.leaveLostRow(model);
    assert.deepEqual(cursor.key, { run: 'r', item: 'item-3' });
    model.expand('r', false);
    cursor.leaveLostRow(model);
    assert.deepEqual(cursor.key, { run: 'r' });
  });
});
