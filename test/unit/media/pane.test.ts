import assert from 'node:assert/strict';
import { Pane, readShown } from '../../../media/queue/pane.ts';
import { plain, readArrangement } from '../../../media/queue/arrangement.ts';
import { watchOf } from '../../../media/queue/watch.ts';
import type { PanelMessage, QueueWay } from '../../../src/protocol.ts';
import { item, panel } from './samples.ts';

const way: QueueWay = {
  steps: [{ item: 'a', stage: 'text', label: 'mug', state: 'running', attempts: [] }],
  further: 0,
};

function pane() {
  const posted: PanelMessage[] = [];
  return { posted, pane: new Pane((message) => posted.push(message)) };
}

describe('what is shown beside the list', () => {
  it('is asked for once, and takes only the answer that it waits for', () => {
    const { posted, pane: shown } = pane();
    const record = { kind: 'record', run: 'r', item: 'a' } as const;
    shown.show(record);
    shown.show(record);
    assert.deepEqual(posted, [{ type: 'showRecord', run: 'r', item: 'a' }]);
    assert.equal(shown.apply({ type: 'record', run: 'r', item: 'b', way }), false);
    assert.equal(shown.way, undefined);
    assert.equal(shown.apply({ type: 'record', run: 'r', item: 'a', way }), true);
    assert.deepEqual([shown.way, shown.isGone], [way, false]);
    shown.show({ ...record, item: 'b' });
    assert.equal(shown.way, undefined);
    shown.apply({ type: 'record', run: 'r', item: 'b' });
    assert.equal(shown.isGone, true);
  });

  it('asks for the texts of a stage when they are unfolded', () => {
    const { posted, pane: shown } = pane();
    shown.show({ kind: 'record', run: 'r', item: 'a' });
    shown.toggle('a');
    assert.deepEqual(posted.at(-1), { type: 'showTexts', run: 'r', item: 'a' });
    shown.apply({ type: 'texts', run: 'r', item: 'a', input: 'in' });
    assert.deepEqual([shown.isOpen('a'), shown.texts('a')], [true, { input: 'in' }]);
    shown.toggle('a');
    assert.equal(shown.isOpen('a'), false);
  });

  it('is asked for again when something on the way changes, and only then', async () => {
    const { posted, pane: shown } = pane();
    shown.show({ kind: 'record', run: 'r', item: 'a' });
    shown.apply({ type: 'record', run: 'r', item: 'a', way });
    shown.changed([item('r', 1, 'written', { id: 'b' }), item('x', 1, 'written', { id: 'a' })]);
    shown.changed([item('r', 1, 'running', { id: 'a', attempts: 0 })]);
    assert.equal(posted.length, 1);
    shown.changed([item('r', 1, 'written', { id: 'a' })]);
    await new Promise<void>((resolve) => {
      const push = posted.push.bind(posted);
      posted.push = (...messages) => {
        resolve();
        return push(...messages);
      };
    });
    assert.deepEqual(posted.at(-1), { type: 'showRecord', run: 'r', item: 'a' });
  });

  it('is what was remembered, if that is anything', () => {
    assert.deepEqual(readShown({ kind: 'charts', run: 'r', item: 4 }), { kind: 'charts', run: 'r' });
    for (const nonsense of [undefined, null, 4, {}, { kind: 'record', run: 'r' }, { kind: 'evil', run: 'r' }]) {
      assert.equal(readShown(nonsense), undefined);
    }
    assert.deepEqual(readArrangement({ state: 'evil', stage: 3, text: null, order: 'up' }), plain);
    assert.deepEqual(readArrangement(null), plain);
  });

  it('and what is seen of the list are all that the host has to send', () => {
    const { model, pane: shown } = panel();
    const ranges = new Map([['r', { first: 0, end: 2 }]]);
    const previews = [{ run: 'r', item: 'item-1' }];
    assert.deepEqual(watchOf(model, shown, ranges), { type: 'watch', services: false, previews });
    shown.show({ kind: 'charts', run: 'r' });
    assert.deepEqual(watchOf(model, shown, ranges), { type: 'watch', services: false, samples: 'r', previews });
  });
});
