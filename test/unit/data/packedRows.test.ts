import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PackedTexts } from '../../../src/base/packedTexts.ts';
import { KeyedRows, PackedRows } from '../../../src/data/packedRows.ts';
import type { SourceRow } from '../../../src/data/sourceRow.ts';

const name = fc.oneof(fc.constantFrom('sku', 'name', '__proto__', '1', '0', ''), fc.string({ maxLength: 4 }));
const text = fc.oneof(
  fc.string({ maxLength: 10 }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('x'.repeat(255), 'x'.repeat(256), '茶'.repeat(300), 'y'.repeat(600_000)),
);
const value = fc.oneof(text, fc.jsonValue(), fc.constantFrom(Number.NaN, Infinity, undefined, -0));
/** Of few sets of names mostly, as rows of a file are. */
const values = fc.oneof(
  fc.dictionary(name, value, { noNullPrototype: true, maxKeys: 5 }),
  fc.record({ sku: value, name: value, text: value }, { noNullPrototype: true }),
);
const rows = fc.array(values).map((all) =>
  all.map((each, place): SourceRow => {
    const row = { values: each, number: place + 1, size: 1 };
    return place % 3 === 0 ? row : { ...row, line: place * 2 + 1 };
  }),
);

function packed(all: readonly SourceRow[]): PackedRows {
  const pack = new PackedRows();
  for (const row of all) pack.push(row);
  return pack;
}

describe('packed rows', () => {
  it('are what came in: names in their order, and values of any kind', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const pack = packed(all);
        assert.equal(pack.length, all.length);
        for (const [place, { values: own, number, line }] of all.entries()) {
          assert.deepEqual(pack.valuesAt(place), own);
          assert.deepEqual(Object.keys(pack.valuesAt(place)), Object.keys(own));
          for (const key of Object.keys(own)) assert.deepEqual(pack.valueAt(place, key), own[key]);
          assert.equal(pack.valueAt(place, 'no such name'), undefined);
          assert.deepEqual([pack.numberAt(place), pack.lineAt(place)], [number, line]);
        }
        assert.deepEqual(pack.names, [...new Set(all.flatMap((row) => Object.keys(row.values)))]);
        assert.deepEqual(pack.valuesAt(all.length), {});
      }),
    );
  });

  it('with their keys are rows, by their places and one after the other', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const keys = new PackedTexts();
        for (const { number } of all) keys.push(`k${number}`);
        const keyed = new KeyedRows(packed(all), keys);
        const expected = all.map(({ values: own, number, line }) => {
          const key = `k${number}`;
          return line === undefined ? { key, label: key, values: own } : { key, label: key, values: own, line };
        });
        assert.deepEqual([...keyed], expected);
        assert.deepEqual(
          all.map((_, place) => keyed.at(place)),
          expected,
        );
        assert.deepEqual(
          all.map((_, place) => keyed.nameAt(place)),
          expected.map(({ key, label }) => ({ key, label })),
        );
        assert.deepEqual([keyed.at(-1), keyed.at(all.length)], [undefined, undefined]);
      }),
    );
  });

  it('may have more sets of names than anybody expects', () => {
    const all = Array.from({ length: 2_500 }, (_, place): SourceRow => {
      return { values: { id: `${place}`, [`c${place % 1_250}`]: 'x' }, number: place + 1, size: 1 };
    });
    const pack = packed(all);
    for (const [place, row] of all.entries()) {
      assert.deepEqual(pack.valuesAt(place), row.values);
      assert.equal(pack.valueAt(place, 'id'), `${place}`);
      assert.equal(pack.valueAt(place, 'other'), undefined);
    }
    assert.equal(pack.names.length, 1_251);
  });
});
