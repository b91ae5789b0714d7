import assert from 'node:assert/strict';
import fc from 'fast-check';
import { areaPath, domainOf, linePath, roundAbove } from '../../../media/queue/chartGeometry.ts';

const box = { width: 100, height: 50 };

describe('geometry of charts', () => {
  it('goes from the first moment to the last, and from nothing to a round number', () => {
    const points = [
      { at: 1000, value: 0 },
      { at: 1500, value: undefined },
      { at: 2000, value: 37 },
    ];
    const domain = domainOf([points]);
    assert.deepEqual(domain, { from: 1000, to: 2000, most: 50 });
    assert.equal(linePath(points, domain, box), 'M0 50M100 13');
    assert.equal(areaPath(points, domain, box), 'M0 50L0 50L100 13L100 50Z');
  });

  it('finds a round number that is not smaller and not much larger', () => {
    assert.deepEqual([0, 1, 1.2, 4, 6, 0.03, Number.NaN].map(roundAbove), [1, 1, 2, 5, 10, 0.05, 1]);
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (value) => {
        const round = roundAbove(value);
        assert.ok(round >= value * 0.999_999 && round <= value * 2.51, `${value} ${round}`);
      }),
    );
  });

  it('stays within the picture', () => {
    const point = fc.record({
      at: fc.nat(1000),
      value: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1 }), (points) => {
        const inOrder = [...points].sort((a, b) => a.at - b.at);
        const path = linePath(inOrder, domainOf([inOrder]), box);
        for (const [, x, y] of path.matchAll(/([\d.-]+) ([\d.-]+)/g)) {
          assert.ok(Number(x) >= 0 && Number(x) <= 100 && Number(y) >= 0 && Number(y) <= 50, path);
        }
      }),
    );
  });
});
