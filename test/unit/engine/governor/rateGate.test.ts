import assert from 'node:assert/strict';
import { burstOf } from '../../../../src/engine/governor/rateGate.ts';

describe('burst', () => {
  it('is so many seconds of the rate', () => assert.equal(burstOf(3600, 0.25), 15));

  it('leaves one unit of a whole second out, for calls that overtake each other', () =>
    assert.equal(burstOf(3600, 1), 59));

  it('is one unit at least, however low the rate is', () => {
    assert.equal(burstOf(6, 0.25), 1);
    assert.equal(burstOf(60, 1), 1);
  });
});
