import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { limits } from '../../../src/data/limits.ts';
import { MemoryInput, neverCrashes, problemsIn, problemsOf, readFrom, rowsOf, valuesOf } from './support.ts';

describe('a YAML file', () => {
  it('is a list of rows, or a map with one list', async () => {
    const rows = [{ id: 1, tags: ['a'] }, { id: 2 }];
    for (const path of ['a.yml', 'a.yaml']) {
      assert.deepEqual(await valuesOf(path, '- id: 1\n  tags: [a]\n- id: 2\n'), rows);
      assert.deepEqual(await valuesOf(path, 'title: x\nrows:\n  - id: 1\n    tags: [a]\n  - id: 2\n'), rows);
    }
    assert.deepEqual(await valuesOf('a.yml', '# words\n- Haus\n- Baum\n'), [{ value: 'Haus' }, { value: 'Baum' }]);
  });

  it('tells of what is no list, and of two', async () => {
    for (const text of ['', 'a: 1', 'text']) {
      assert.deepEqual(await problemsIn('a.yml', text), ['p/a.yml:: The file has no list: begin each row with "- ".']);
    }
    assert.deepEqual(await problemsIn('a.yml', 'a: [1]\nb: [2]'), [
      'p/a.yml:: The file has two lists, "a" and "b": leave only the one with the rows.',
    ]);
  });

  it('keeps numbers as they are written that a number would make others of', async () => {
    assert.deepEqual(
      await valuesOf('a.yml', '- {sku: 007, ean: 12345678901234567890, n: 12, p: 0.5, z: 0, h: 0o17}\n'),
      [{ sku: '007', ean: '12345678901234567890', n: 12, p: 0.5, z: 0, h: 15 }],
    );
  });

  it('says on which line it is broken', async () => {
    assert.deepEqual(await problemsIn('a.yml', '- a: 1\n- b: 1\n  b: 2\n'), [
      'p/a.yml:3: The file is not valid YAML on line 3: a key is there twice.',
    ]);
  });

  for (const [what, text] of [
    ['nests', '['.repeat(5000)],
    ['has as many references', `a: &a 1\nb: [${'*a, '.repeat(limits.yamlReferences + 1)}]`],
    ['has as many entries', `[${'1,'.repeat(limits.yamlValues + 1)}]`],
    ['is as long', `- ${'x'.repeat(limits.yamlLength)}`],
    ['repeats as much', `- &a [${'x,'.repeat(900)}]\n- &b [${'*a,'.repeat(400)}]\n- [${'*b,'.repeat(400)}]\n`],
  ] as const) {
    it(`is refused when it ${what} as nobody's data does`, async () => {
      const [problem = '', ...others] = await problemsIn('a.yml', text);
      assert.match(problem, /^p\/a\.yml:\d*: .+ (?:has more than .+: save the rows as|repeat more text)/);
      assert.deepEqual(others, []);
    });
  }

  it('gives back what was written', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.dictionary(fc.string(), fc.string()), { minLength: 1 }), async (entries) => {
        const rows = entries.map((entry, id) => ({ ...entry, id: `n${id}` }));
        const input = new MemoryInput({ 'a.yml': stringify(rows, { lineWidth: 0 }) });
        const result = await readFrom(input, { kind: 'file', path: 'a.yml' }, { key: 'id' });
        // Zeros are no text, wherever they stand.
        if (JSON.stringify(rows).includes('\\u0000') && !result.ok) problemsOf(result);
        else assert.equal(JSON.stringify([...rowsOf(result).rows].map(({ values }) => values)), JSON.stringify(rows));
      }),
      { numRuns: 50 },
    ));

  it(
    'never makes reading crash, whatever bytes it has',
    neverCrashes('a.yml', '- a: 1\n', 'a:\n  - b\n', '- &a [1]\n'),
  );
});
