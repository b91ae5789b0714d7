import assert from 'node:assert/strict';
import { withinTime } from '../../../src/base/timeLimit.ts';

describe('work within a time', () => {
  it('comes to what it comes to, within other such work too', () => {
    assert.deepEqual(
      withinTime(60_000, () => [withinTime(60_000, () => 1)?.value, 2]),
      { value: [1, 2] },
    );
    assert.deepEqual(
      withinTime(60_000, () => undefined),
      { value: undefined },
    );
  });

  it('throws what it throws', () => {
    const bug = new RangeError('bug');
    assert.throws(
      () =>
        withinTime(60_000, () => {
          throw bug;
        }),
      (error) => error === bug,
    );
  });

  it('ends, also inside a regular expression', () => {
    assert.equal(
      withinTime(10, () => /^(a+)+$/.test(`${'a'.repeat(100)}!`)),
      undefined,
    );
    assert.equal(
      withinTime(10, () => {
        for (;;);
      }),
      undefined,
    );
    assert.deepEqual(
      withinTime(60_000, () => 'after'),
      { value: 'after' },
    );
  });
});
