import assert from 'node:assert/strict';
import fc from 'fast-check';
import { placeBetween, rowPlace } from '../../../src/flow/rowPlace.ts';

describe('the place of a row', () => {
  it('is found between any two, with what stands below them on its side', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60 }), fc.integer({ min: 0, max: 3 }), (inserts, begun) => {
        const places = Array.from({ length: begun }, (_, at) => rowPlace(at));
        for (const number of inserts) {
          const at = number % (places.length + 1);
          places.splice(at, 0, placeBetween(places[at - 1], places[at]));
        }
        const all = places.flatMap((place) => [place, `${place}.00000000`, `${place}.00000001.99999999`]);
        assert.deepEqual([...all].sort(), all);
        assert.equal(new Set(all).size, all.length);
      }),
      { seed: Number(process.env.SEED ?? 1) },
    );
  });

  it('stays short for rows that come before the first or behind the last', () => {
    let [first, last] = [rowPlace(0), rowPlace(0)];
    for (let count = 0; count < 1_000; count++) {
      first = placeBetween(undefined, first);
      last = placeBetween(last, undefined);
    }
    assert.deepEqual([first, last], ['!99999000', '00001000']);
  });
});
