import assert from 'node:assert/strict';
import fc from 'fast-check';
import { success } from '../../../src/base/outcome.ts';
import { UnreadableData, type DataInput } from '../../../src/model/dataInput.ts';
import { keysOf, MemoryInput, problemsIn, problemsOf, read, readFrom, rowsOf, type Settings } from './support.ts';

const shop = ['sku,type,price', 'A,brand,9', 'B,brand,10.5', 'C,category,20', 'D,brand,100', ''].join('\n');

/** `n` rows with the keys 1 to n. */
function manyRows(n: number): string {
  return `id,text\n${Array.from({ length: n }, (_, place) => `${place + 1},${'x'.repeat(90)}\n`).join('')}`;
}

describe('rows', () => {
  it('are those that pass the filter, numbers by their size', async () => {
    assert.deepEqual(await keysOf('a.csv', shop, { filter: 'type == "brand" and price > 10' }), ['B', 'D']);
    const { total, isComplete, columns } = rowsOf(await read('a.csv', shop, { filter: 'price < 10' }));
    assert.deepEqual({ total, isComplete, columns }, { total: 4, isComplete: true, columns: ['sku', 'type', 'price'] });
  });

  it('are none when the filter reads a column that is not there', async () => {
    const told =
      'p/a.prompt.md:3: The filter reads the column "colour", which the data does not have: use "sku", "type", "price".';
    assert.deepEqual(await problemsIn('a.csv', shop, { filter: 'colour == "red"' }), [told]);
    const input = new MemoryInput({ 'a.csv': manyRows(50_000) });
    problemsOf(await readFrom(input, { kind: 'file', path: 'a.csv' }, { filter: 'colour == "red"' }));
    assert.ok(input.bytesRead < 100_000, 'the header is enough to know');
    assert.deepEqual(await problemsIn('a.jsonl', '{"a": 1}\n{"b": 2}', { filter: 'c > 1 or a > 5', key: 'b' }), [
      'p/a.prompt.md:3: The filter reads the column "c", which the data does not have: use "a", "b".',
    ]);
  });

  it('may lack what other rows have', async () => {
    assert.deepEqual(await keysOf('a.jsonl', '{"id": 1}\n{"id": 2, "b": 5}', { filter: 'b > 1' }), ['2']);
  });

  it('are told of when none passes', async () => {
    assert.deepEqual(await problemsIn('a.csv', shop, { filter: 'price > 1000' }), [
      'p/a.prompt.md:3: None of the 4 rows passes the filter: correct candidates.data.filter.',
    ]);
  });

  it('are told of when the filter cannot be read', async () => {
    const [problem = ''] = await problemsIn('a.csv', shop, { filter: 'price >' });
    assert.match(problem, /^p\/a\.prompt\.md:3: The filter "price >" cannot be read, because ">" lacks a value: /);
  });

  it('are the first ones up to the limit, and no more is read', async () => {
    const input = new MemoryInput({ 'a.csv': manyRows(50_000) });
    const { rows, total, isComplete } = rowsOf(await readFrom(input, { kind: 'file', path: 'a.csv' }, { limit: 3 }));
    assert.deepEqual(
      [...rows].map(({ key }) => key),
      ['1', '2', '3'],
    );
    assert.deepEqual([total, isComplete], [3, false]);
    assert.ok(input.bytesRead < 100_000);
    assert.deepEqual(await keysOf('a.csv', shop, { filter: 'type == "brand"', limit: 2 }), ['A', 'B']);
    assert.equal(rowsOf(await read('a.csv', shop, { limit: 4 })).isComplete, true);
  });

  it('are sampled in the data’s order, the same ones every time', async () => {
    const text = manyRows(2000);
    const keys = await keysOf('a.csv', text, { sample: 100 });
    assert.equal(keys.length, 100);
    assert.deepEqual(await keysOf('a.csv', text, { sample: 100 }), keys);
    const numbers = keys.map(Number);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
    const inHalves = [numbers.filter((id) => id <= 1000).length, numbers.filter((id) => id > 1000).length];
    assert.ok(Math.min(...inHalves) > 25, `spread over both halves: ${inHalves.join()}`);
  });

  it('stay in the sample when others come, unless those take their place', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 30 }), async (count, more) => {
        const before = await keysOf('a.csv', manyRows(count), { sample: 20 });
        const after = new Set(await keysOf('a.csv', manyRows(count + more), { sample: 20 }));
        assert.ok(before.filter((key) => !after.has(key)).length <= more);
        assert.equal(after.size, Math.min(20, count + more));
        for (const key of after) assert.ok(before.includes(key) || Number(key) > count || count < 20);
      }),
      { numRuns: 30 },
    ));

  it('are sampled from those that the filter and the limit leave', async () => {
    const settings: Settings = { filter: 'id > 10', limit: 20, sample: 5 };
    const keys = (await keysOf('a.csv', manyRows(1000), settings)).map(Number);
    assert.equal(keys.length, 5);
    assert.ok(keys.every((id) => id > 10 && id <= 30));
  });

  it('may stand in the prompt file', async () => {
    const source = { kind: 'rows', rows: [{ id: 'a', n: 1 }, { id: 'b', n: 2 }, 'c'] } as const;
    const { rows } = rowsOf(await readFrom(new MemoryInput({}), source, { filter: 'n > 1' }));
    assert.deepEqual([...rows], [{ key: 'b', label: 'b', values: { id: 'b', n: 2 } }]);
    assert.deepEqual(problemsOf(await readFrom(new MemoryInput({}), { kind: 'rows', rows: [] })), [
      'p/a.prompt.md:: The data has no rows: add one, or take out candidates.data.',
    ]);
  });

  it('come from files of known kinds only', async () => {
    for (const path of ['a.xlsx', 'a', 'a.csv.gz', 'csv']) {
      assert.deepEqual(await problemsIn(path, ''), [
        `p/a.prompt.md:3: "${path}" is no data that can be read: use a file that ends in .csv, .tsv, .json, .jsonl, .ndjson, .yml, .yaml.`,
      ]);
    }
  });

  it('are told of when their file is not there, or cannot be read to its end', async () => {
    assert.deepEqual(problemsOf(await readFrom(new MemoryInput({}), { kind: 'file', path: 'a.csv' })), [
      'p/a.prompt.md:3: There is no file "a.csv": correct candidates.data.',
    ]);
    for (const path of ['a.csv', 'a.json', 'a.jsonl', 'a.yml']) {
      const failing: DataInput = {
        open: () => Promise.resolve(success(brokenDisk())),
        list: () => Promise.resolve(success([])),
      };
      assert.deepEqual(problemsOf(await readFrom(failing, { kind: 'file', path })), [
        `p/${path}:: The disk is broken: mend it.`,
      ]);
    }
  });

  it('have no more columns between them than anybody reads', async () => {
    const text = Array.from({ length: 1200 }, (_, place) => `{"c${place}": 1}`).join('\n');
    assert.deepEqual(await problemsIn('a.jsonl', text), [
      'p/a.jsonl:1001: Up to row 1,001, rows have more than 1,000 columns between them: take out those that no prompt needs.',
    ]);
  });
});

async function* brokenDisk(): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from('[1,'));
  throw new UnreadableData('The disk is broken: mend it.');
}
