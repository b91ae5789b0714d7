import assert from 'node:assert/strict';
import { press, type Pressed } from '../../../media/queue/keyboard.ts';
import { item, panel } from './samples.ts';

function keyboard() {
  const given = panel();
  const { model, actions, selection } = given;
  const went: number[] = [];
  const goTo = (index: number) => {
    went.push(index);
    return model.rowAt(Math.max(0, Math.min(index, model.rowCount - 1)));
  };
  const pressOn = (key: string | Pressed, place: number) => {
    const pressed = typeof key === 'string' ? { key } : key;
    const keyboard = { model, actions, selection, rowsInPage: 10, goTo, changed: () => undefined };
    return press(pressed, model.rowAt(place)!, keyboard);
  };
  return { ...given, went, pressOn };
}

describe('panel keys', () => {
  it('go by row, by page, and to both ends', () => {
    const { went, pressOn } = keyboard();
    for (const key of ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'])
      assert.equal(pressOn(key, 2), true);
    assert.deepEqual(went, [3, 1, 12, -8, 0, 4]);
  });

  it('fold a run, unfold it, and go between a run and its items', () => {
    const { model, went, pressOn } = keyboard();
    pressOn('ArrowRight', 0);
    pressOn('ArrowLeft', 3);
    assert.deepEqual(went, [1, 0]);
    pressOn('ArrowLeft', 0);
    assert.equal(model.isExpanded('r'), false);
    pressOn('ArrowRight', 0);
    assert.equal(model.isExpanded('r'), true);
    pressOn('Enter', 0);
    assert.equal(model.isExpanded('r'), false);
  });

  it('open what is written and cancel what is not', () => {
    const { posted, pressOn } = keyboard();
    for (const place of [0, 1, 2]) pressOn('Delete', place);
    for (const place of [1, 2]) pressOn(' ', place);
    assert.deepEqual(posted, [
      { type: 'cancelItems', run: 'r', items: ['item-1'] },
      { type: 'openCandidate', run: 'r', item: 'item-0' },
      { type: 'showRecord', run: 'r', item: 'item-1' },
    ]);
  });

  it('select a range, single rows and all of them, and let go of them before the pane', () => {
    const { model, pane, selection, pressOn } = keyboard();
    const chosen = () => selection.items(model).map(({ position }) => position);
    pressOn('ArrowDown', 1);
    pressOn({ key: 'ArrowDown', shift: true }, 2);
    assert.deepEqual(chosen(), [1, 2]);
    pressOn({ key: 'ArrowUp', shift: true }, 3);
    assert.deepEqual(chosen(), [1]);
    pressOn({ key: ' ', ctrl: true }, 4);
    assert.deepEqual(chosen(), [1, 3]);
    pressOn({ key: ' ', ctrl: true }, 2);
    assert.deepEqual(chosen(), [3]);
    pressOn({ key: 'a', ctrl: true }, 2);
    assert.deepEqual(chosen(), [0, 1, 2, 3]);
    pressOn('ArrowRight', 2);
    assert.equal(pressOn('Escape', 2), true);
    assert.deepEqual([chosen(), pane.shown?.kind], [[], 'record']);
    assert.equal(pressOn('Escape', 2), true);
    assert.equal(pane.shown, undefined);
    assert.equal(pressOn('Escape', 2), false);
  });

  it('move what waits up and down among the others', () => {
    const { posted, pressOn, show } = keyboard();
    show([item('r', 0, 'queued'), item('r', 1, 'running')]);
    assert.equal(pressOn({ key: 'ArrowUp', alt: true }, 1), true);
    assert.equal(pressOn({ key: 'ArrowDown', alt: true }, 2), true);
    assert.equal(pressOn({ key: 'ArrowDown', alt: true }, 0), false);
    assert.deepEqual(posted, [{ type: 'prioritise', run: 'r', items: ['item-0'], by: -1 }]);
  });

  it('keep their meaning where the list has none for them', () => {
    const { posted, went, pressOn } = keyboard();
    assert.equal(pressOn('a', 1), false);
    assert.equal(pressOn('Tab', 1), false);
    assert.deepEqual([...posted, ...went], []);
  });
});
