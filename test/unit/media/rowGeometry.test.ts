import assert from 'node:assert/strict';
import {
  isInView,
  placesToRender,
  rangeToRender,
  rowHeight,
  scrollToFollow,
  scrollToReveal,
} from '../../../media/queue/rowGeometry.ts';

const height = 10 * rowHeight;

describe('panel rows', () => {
  it('renders little more than what is seen', () => {
    const range = rangeToRender(22, 2000, { scrollTop: 22 + 1000 * rowHeight, height });
    assert.ok(range.first > 980 && range.first <= 1000);
    assert.ok(range.end >= 1010 && range.end < 1030);
  });

  it('stays within the list', () => {
    assert.equal(rangeToRender(22, 3, { scrollTop: 0, height }).end, 3);
    const { first, end } = rangeToRender(22, 3, { scrollTop: 100_000, height });
    assert.equal(first, end);
    const below = rangeToRender(100_000, 50, { scrollTop: 0, height });
    assert.equal(below.first, below.end);
  });

  it('keeps the focused row however far away, in order', () => {
    assert.deepEqual(placesToRender({ first: 5, end: 8 }, -1), [5, 6, 7]);
    assert.deepEqual(placesToRender({ first: 5, end: 8 }, 6), [5, 6, 7]);
    assert.deepEqual(placesToRender({ first: 5, end: 8 }, 1), [1, 5, 6, 7]);
    assert.deepEqual(placesToRender({ first: 5, end: 8 }, 90), [5, 6, 7, 90]);
  });

  it('scrolls no more than needed to show a row below the header', () => {
    assert.equal(scrollToReveal(500, 22, { scrollTop: 400, height }), 400);
    assert.equal(scrollToReveal(410, 22, { scrollTop: 400, height }), 388);
    assert.equal(scrollToReveal(700, 22, { scrollTop: 400, height }), 700 + rowHeight - height);
    assert.equal(scrollToReveal(0, 22, { scrollTop: 400, height }), 0);
  });

  it('follows the work forwards only', () => {
    assert.equal(scrollToFollow(100, { scrollTop: 0, height }), 0);
    assert.equal(scrollToFollow(100, { scrollTop: 90, height }), 90);
    const followed = scrollToFollow(5000, { scrollTop: 90, height });
    assert.ok(isInView(5000, { scrollTop: followed, height }));
  });

  it('knows what is in view', () => {
    assert.equal(isInView(0, { scrollTop: rowHeight, height }), false);
    assert.equal(isInView(1, { scrollTop: rowHeight, height }), true);
    assert.equal(isInView(height, { scrollTop: 0, height }), false);
  });
});
