import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DistinctCounter, diversityOf } from '../../../../src/candidates/likeness/diversity.ts';
import { likeness, sketchOf } from '../../../../src/candidates/likeness/likeness.ts';

const texts = (...all: readonly string[]) => all.map((text) => sketchOf(text));

describe('diversity', () => {
  it('is 0 where all say the same, and 1 where no two have anything in common', () => {
    const [one, other, third] = ['a cold brew coffee', 'zum Mitnehmen', '春眠不觉晓'];
    assert.equal(diversityOf([texts(one, one, one)]), 0);
    assert.equal(diversityOf([texts(one, other, third)]), 1);
    const mixed = diversityOf([texts(one, one, other)]);
    assert.ok(mixed !== undefined && Math.abs(mixed - 2 / 3) < 0.01, `${mixed}`);
  });

  it('is not known where there is nothing to compare', () => {
    assert.equal(diversityOf([]), undefined);
    assert.equal(diversityOf([texts('a'), texts('b')]), undefined, 'rows are not compared');
  });

  it('is what comparing each with each comes to', () => {
    const text = fc.lorem({ maxCount: 80 });
    fc.assert(
      fc.property(fc.array(fc.array(text, { maxLength: 8 }), { maxLength: 3 }), (groups) => {
        const sketches = groups.map((group) => texts(...group));
        const all = sketches.flatMap((group) =>
          group.flatMap((one, place) => group.slice(place + 1).map((other) => likeness(one, other))),
        );
        const found = diversityOf(sketches);
        if (all.length === 0) return assert.equal(found, undefined);
        const expected = 1 - all.reduce((sum, each) => sum + each, 0) / all.length;
        return assert.ok(found !== undefined && Math.abs(found - expected) < 0.001, `${found} is not ${expected}`);
      }),
    );
  });
});

describe('distinct-n', () => {
  const distinct = (...all: readonly string[]) => {
    const counter = new DistinctCounter();
    for (const text of all) counter.add(text);
    return counter.distinct;
  };

  it('counts different words, pairs and triples among all texts', () => {
    assert.deepEqual(distinct('a b a b'), [2 / 4, 2 / 3, 2 / 2]);
    assert.deepEqual(distinct('One two three.', 'one TWO three!'), [0.5, 0.5, 0.5]);
    assert.deepEqual(distinct('春眠不觉晓'), [1, 1, 1]);
  });

  it('is not known of texts that are too short', () => {
    assert.equal(distinct(), undefined);
    assert.equal(distinct('two words'), undefined);
  });
});
