import assert from 'node:assert/strict';
import { press } from '../../../media/queue/keyboard.ts';
import { panel } from './samples.ts';

function keyboard() {
  const given = panel();
  const { model, actions } = given;
  const went: number[] = [];
  const pressOn = (key: string, place: number) =>
    press(key, model.rowAt(place)!, { model, actions, rowsInPage: 10, goTo: (index) => went.push(index) });
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
      { type: 'cancelItem', run: 'r', item: 'item-1' },
      { type: 'openCandidate', run: 'r', item: 'item-0' },
    ]);
  });

  it('keep their meaning where the list has none for them', () => {
    const { posted, went, pressOn } = keyboard();
    assert.equal(pressOn('a', 1), false);
    assert.equal(pressOn('Tab', 1), false);
    assert.deepEqual([...posted, ...went], []);
  });
});
