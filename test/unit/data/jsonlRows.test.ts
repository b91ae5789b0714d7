import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limits } from '../../../src/data/limits.ts';
import { MemoryInput, neverCrashes, problemsIn, readFrom, rowsOf, valuesOf } from './support.ts';

describe('a JSONL file', () => {
  it('has a row on each line', async () => {
    const text = '\ufeff{"id": 1}\r\n\n{"id": 2, "a": "x\u2028y"}\n  \n"Haus"';
    for (const path of ['a.jsonl', 'a.ndjson', 'A.JSONL']) {
      assert.deepEqual(await valuesOf(path, text), [{ id: 1 }, { id: 2, a: 'x\u2028y' }, { value: 'Haus' }]);
    }
  });

  it('tells of every line that is none, and where', async () => {
    assert.deepEqual(await problemsIn('a.jsonl', '{"a": 1}\n{"a" 1}\n\n{"a": 1}}\n{"a": \n'), [
      'p/a.jsonl:2: Line 2 is not valid JSON at character 6: there is "1" where something else belongs.',
      'p/a.jsonl:4: Line 4 is not valid JSON at character 9: there is "}" where something else belongs.',
      'p/a.jsonl:5: Line 5 is not valid JSON at character 7: it ends too early.',
    ]);
  });

  it('may not have a line that fills the memory', async () => {
    const input = new MemoryInput({ 'a.jsonl': `1\n"${'x'.repeat(3 * limits.rowLength)}"` }, 10_000);
    const result = await readFrom(input, { kind: 'file', path: 'a.jsonl' });
    assert.deepEqual(!result.ok && result.problems, [
      { file: 'p/a.jsonl', line: 2, message: 'Line 2 has more than 1,000,000 characters: put less into a row.' },
    ]);
    assert.ok(input.bytesRead < 1.1 * limits.rowLength, 'the rest is not read');
  });

  it('gives back what was written', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), { minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        async (entries, pieceBytes) => {
          const rows = entries.map((entry, id) => ({ ...entry, id: `n${id}` }));
          const input = new MemoryInput({ 'a.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') }, pieceBytes);
          const found = rowsOf(await readFrom(input, { kind: 'file', path: 'a.jsonl' }, { key: 'id' }));
          assert.equal(JSON.stringify([...found.rows].map(({ values }) => values)), JSON.stringify(rows));
        },
      ),
      { numRuns: 50 },
    ));

  it('never makes reading crash, whatever bytes it has', neverCrashes('a.jsonl', '{"a":1}\n', '1\n\n{'));
});
