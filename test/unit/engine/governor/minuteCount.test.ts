import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MinuteCount } from '../../../../src/engine/governor/minuteCount.ts';

describe('what was used within a minute', () => {
  it('is what was added in the last sixty seconds, whatever came before', () => {
    const steps = fc.array(fc.tuple(fc.nat(200), fc.nat(90_000)), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.nat(2 ** 40), (given, start) => {
        const count = new MinuteCount();
        const added: { readonly amount: number; readonly second: number }[] = [];
        let now = start;
        for (const [amount, later] of given) {
          now += later;
          count.add(amount, now);
          const second = Math.floor(now / 1000);
          added.push({ amount, second });
          const expected = added
            .filter((each) => each.second > second - 60)
            .reduce((sum, each) => sum + each.amount, 0);
          assert.equal(count.sum(now), expected);
        }
        assert.equal(count.sum(now + 60_000), 0);
      }),
    );
  });

  it('never falls below nothing when something is taken back later', () => {
    const count = new MinuteCount();
    count.add(1, 5_000);
    count.add(-1, 70_000);
    assert.equal(count.sum(70_000), 0);
    count.add(3, 70_500);
    count.add(-1, 70_900);
    assert.equal(count.sum(70_900), 2);
  });
});
