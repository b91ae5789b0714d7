import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limits } from '../../../src/data/limits.ts';
import { MemoryInput, neverCrashes, problemsIn, read, readFrom, rowsOf, valuesOf } from './support.ts';

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('a JSON file', () => {
  it('is a list of objects', async () => {
    assert.deepEqual(await valuesOf('a.json', '\ufeff [ {"id": 1, "a": {"b": [1, "]"]}},\r\n {"id": 2} ]\n'), [
      { id: 1, a: { b: [1, ']'] } },
      { id: 2 },
    ]);
  });

  it('may be an object with one list', async () => {
    const text = '{"version": 2, "meta": {"a": [1]}, "products": [{"id": 1}, {"id": 2}], "next": null}';
    assert.deepEqual(await valuesOf('a.json', text), [{ id: 1 }, { id: 2 }]);
  });

  it('may be a list of values', async () => {
    assert.deepEqual(await valuesOf('a.json', '["Haus", "Ba\\"um", 3, true]'), [
      { value: 'Haus' },
      { value: 'Ba"um' },
      { value: 3 },
      { value: true },
    ]);
  });

  it('tells of two lists, and of none', async () => {
    assert.deepEqual(await problemsIn('a.json', '{"a": [1],\n"b": [2]}'), [
      'p/a.json:2: The file has two lists, "a" and "b": leave only the one with the rows.',
    ]);
    assert.deepEqual(await problemsIn('a.json', '{"a": 1}'), [
      'p/a.json:: The file has no list: write the rows as [{ … }, { … }].',
    ]);
    assert.deepEqual(await problemsIn('a.json', ' \n'), [
      'p/a.json:: The file is empty: write the rows as [{ … }, { … }].',
    ]);
    assert.deepEqual(await problemsIn('a.json', '[]'), [
      'p/a.json:: The data has no rows: add one, or take out candidates.data.',
    ]);
  });

  for (const [text, problem] of [
    ['[{"a": 1}\n{"b": 2}]', 'line 2: there is "{" where something else belongs'],
    ['[{"a": 1},\n]', 'line 2: there is "]" where something else belongs'],
    ['[{"a": 1,\n "b" 2}]', 'line 2: there is "2" where something else belongs'],
    ['[1] x', 'line 1: there is "x" where something else belongs'],
    ['[1,\n2', 'line 2: it ends too early'],
    ['[1,\n{"a": "', 'line 2: what begins there has no end'],
    ['{"a" [1]}', 'line 1: there is "[" where something else belongs'],
    ['{"a": [1],}', 'line 1: there is "}" where something else belongs'],
    ['[1, nul]', 'line 1: there is "]" where something else belongs'],
    ['[{"name":\n NaN}]', 'line 2: there is "N" where something else belongs'],
    ['[{"a": [1,\n2, ]}]', 'line 2: there is "]" where something else belongs'],
    ["[{'a': 1}]", `line 1: there is "'" where something else belongs`],
    ['[{"a": undefined}]', 'line 1: there is "u" where something else belongs'],
    ['rows', 'line 1: there is "r" where something else belongs'],
  ] as const) {
    it(`says where ${JSON.stringify(text)} is broken`, async () => {
      const [found = ''] = await problemsIn('a.json', text);
      if (text.includes('nul]')) assert.match(found, /on line 1: /);
      else assert.ok(found.endsWith(`The file is not valid JSON on ${problem}.`), found);
    });
  }

  it('may not nest deeper than anything can be walked through', async () => {
    assert.deepEqual(await problemsIn('a.json', `[1,\n${deep(limits.depth + 1)}]`), [
      'p/a.json:2: Row 2 has more than 100 objects or lists within each other: make it flatter.',
    ]);
    rowsOf(await read('a.json', `[${deep(limits.depth)}]`));
    await problemsIn('a.json', `[${deep(200_000)}]`);
  });

  it('may not have a row that fills the memory', async () => {
    const input = new MemoryInput({ 'a.json': `[1,\n"${'x'.repeat(3 * limits.rowLength)}"]` }, 10_000);
    const result = await readFrom(input, { kind: 'file', path: 'a.json' });
    assert.deepEqual(result.ok || result.problems.map(({ line, message }) => `${line ?? ''}: ${message}`), [
      '2: What begins on line 2 has more than 1,000,000 characters: put less into a row.',
    ]);
    assert.ok(input.bytesRead < 1.1 * limits.rowLength, 'the rest is not read');
  });

  it('keeps numbers as they are written that a number would make others of', async () => {
    const text =
      '[{"id": 12345678901234567890, "n": [-9007199254740993, 9007199254740991, 1e400, 0.5, 1e-400, "1e400"]}]';
    const values = [
      { id: '12345678901234567890', n: ['-9007199254740993', 9007199254740991, '1e400', 0.5, 0, '1e400'] },
    ];
    assert.deepEqual(await valuesOf('a.json', text), values);
    assert.deepEqual(await valuesOf('a.jsonl', text.slice(1, -1)), values);
  });

  it('takes "__proto__" for a column like any other', async () => {
    const [row] = await valuesOf('a.json', '[{"__proto__": {"admin": true}, "id": 1}]');
    assert.deepEqual(Object.keys(row as object), ['__proto__', 'id']);
    assert.equal((row as { admin?: unknown }).admin, undefined);
  });

  it('gives back what was written', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), { minLength: 1 }),
        fc.constantFrom(undefined, 1, '\t'),
        fc.integer({ min: 1, max: 50 }),
        async (entries, indent, pieceBytes) => {
          const rows = entries.map((entry, id) => ({ ...entry, id: `n${id}` }));
          for (const document of [rows, { a: { b: [1] }, rows, c: '[' }]) {
            const input = new MemoryInput({ 'a.json': JSON.stringify(document, undefined, indent) }, pieceBytes);
            const found = rowsOf(await readFrom(input, { kind: 'file', path: 'a.json' }, { key: 'id' }));
            assert.equal(JSON.stringify([...found.rows].map(({ values }) => values)), JSON.stringify(rows));
          }
        },
      ),
      { numRuns: 50 },
    ));

  it('never makes reading crash, whatever bytes it has', neverCrashes('a.json', '[{"a":1},', '{"a":[', '[1,2'));
});
