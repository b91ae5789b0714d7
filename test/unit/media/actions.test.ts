import assert from 'node:assert/strict';
import { panel } from './samples.ts';

describe('panel actions', () => {
  it('need a row, except for generating', () => {
    const { posted, actions } = panel();
    actions.act('pause', undefined, undefined);
    actions.act('generate', undefined, undefined);
    actions.act('pause', { run: 'r' }, undefined);
    actions.act('run-item-again', { run: 'r', item: 'item-0' }, undefined);
    assert.deepEqual(posted, [
      { type: 'generate' },
      { type: 'pauseRun', run: 'r' },
      { type: 'runItemAgain', run: 'r', item: 'item-0' },
    ]);
  });

  it('filter without asking the host', () => {
    const { model, posted, actions } = panel();
    actions.act('filter', { run: 'r' }, 'written');
    assert.equal(model.run('r')?.shown.length, 1);
    actions.act('filter-all', { run: 'r' }, undefined);
    assert.equal(model.run('r')?.shown.length, 4);
    assert.deepEqual(posted, []);
  });
});
