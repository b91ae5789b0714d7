import assert from 'node:assert/strict';
import { item, panel } from './samples.ts';

describe('panel actions', () => {
  it('need a row, except for generating', () => {
    const { posted, actions } = panel();
    actions.act('pause', undefined);
    actions.act('generate', undefined);
    actions.act('pause', { run: 'r' });
    actions.act('run-item-again', { run: 'r', item: 'item-0' });
    assert.deepEqual(posted, [
      { type: 'generate' },
      { type: 'pauseRun', run: 'r' },
      { type: 'runItemsAgain', run: 'r', items: ['item-0'] },
    ]);
  });

  it('filter without asking the host', () => {
    const { model, posted, actions } = panel();
    actions.act('filter', { run: 'r' }, { filter: 'written' });
    assert.equal(model.run('r')?.shown.length, 1);
    actions.act('filter-all', { run: 'r' });
    assert.equal(model.run('r')?.shown.length, 4);
    assert.deepEqual(posted, []);
  });

  it('filter by stage, by words and in another order, until that is taken back', () => {
    const { model, posted, actions, show } = panel();
    const at = { run: 'r' };
    show([
      item('r', 0, 'written', { stage: 'text', message: '', finishedAt: 5, startedAt: 4 }),
      item('r', 1, 'written', { stage: 'cards', finishedAt: 9, startedAt: 2 }),
      item('r', 2, 'queued', { stage: 'cards', priority: 3, row: 'espresso' }),
      item('r', 3, 'failed', { stage: 'cards', message: 'It timed out.' }),
    ]);
    const shown = () => model.run('r')?.shown.map(({ position }) => position);
    actions.act('filter-stage', at, { stage: 'cards' });
    assert.deepEqual(shown(), [1, 2, 3]);
    actions.act('filter-stage', at, { stage: 'cards' });
    actions.act('toggle-search', at);
    actions.act('search', at, { value: 'TIMED out' });
    assert.deepEqual(shown(), [3]);
    actions.act('search', at, { value: 'espr' });
    assert.deepEqual(shown(), [2]);
    actions.act('search', at, { value: '' });
    const inOrder = (order: string) => {
      actions.act('sort', at, { value: order });
      return shown();
    };
    assert.deepEqual(['recent', 'slowest', 'urgent', 'evil'].map(inOrder), [[1, 0], [1, 0], [2], [0, 1, 2, 3]]);
    inOrder('recent');
    actions.act('toggle-search', at);
    assert.deepEqual(shown(), [0, 1, 2, 3]);
    assert.deepEqual(posted, []);
  });

  it('do the same with all that are selected, as far as each allows it', () => {
    const { model, posted, actions, selection, show } = panel();
    show([item('r', 0, 'written'), item('r', 1, 'running'), item('r', 2, 'queued'), item('r', 3, 'failed')]);
    selection.selectAll('r', model);
    const kinds = ['cancel', 'retry', 'raise', 'lower'];
    for (const kind of kinds) actions.act(`${kind}-selected`, undefined);
    actions.act('run-selected-again', undefined);
    actions.act('cancel-item', { run: 'r', item: 'item-2' });
    selection.clear();
    actions.act('cancel-item', { run: 'r', item: 'item-2' });
    actions.act('lower', { run: 'r', item: 'item-2' });
    actions.act('lower', { run: 'r', item: 'item-1' });
    const both = ['item-1', 'item-2'];
    assert.deepEqual(posted, [
      { type: 'cancelItems', run: 'r', items: both },
      { type: 'retryItems', run: 'r', items: ['item-3'] },
      { type: 'prioritise', run: 'r', items: ['item-2'], by: -1 },
      { type: 'prioritise', run: 'r', items: ['item-2'], by: 1 },
      { type: 'runItemsAgain', run: 'r', items: ['item-0', 'item-3'] },
      { type: 'cancelItems', run: 'r', items: both },
      { type: 'cancelItems', run: 'r', items: ['item-2'] },
      { type: 'prioritise', run: 'r', items: ['item-2'], by: 1 },
    ]);
  });

  it('open a candidate and show the way of a record, where there is one', () => {
    const { pane, posted, actions, show } = panel();
    show([item('r', 0, 'written', { file: '01.md' }), item('r', 1, 'written', { record: 'mug', file: 'mug.md' })]);
    actions.click({ run: 'r', item: 'item-0' });
    assert.equal(pane.shown, undefined);
    actions.click({ run: 'r', item: 'item-1' });
    assert.deepEqual(pane.shown, { kind: 'record', run: 'r', item: 'item-1' });
    actions.open({ run: 'r', item: 'item-1' });
    actions.act('close-pane', undefined);
    assert.equal(pane.shown, undefined);
    assert.deepEqual(posted, [
      { type: 'openCandidate', run: 'r', item: 'item-0' },
      { type: 'showRecord', run: 'r', item: 'item-1' },
      { type: 'openCandidate', run: 'r', item: 'item-1' },
    ]);
  });
});
