import assert from 'node:assert/strict';
import fc from 'fast-check';
import { safeKey } from '../../../src/data/rowKeys.ts';
import { keysOf, problemsIn, read, rowsOf } from './support.ts';

const csv = (...rows: string[]): string => `${rows.join('\n')}\n`;

async function hintsOf(text: string, settings = {}): Promise<string[]> {
  return rowsOf(await read('a.csv', text, settings)).hints.map(({ line, message }) => `${line ?? ''}: ${message}`);
}

describe('the key of a row', () => {
  it('is a column or a template', async () => {
    const text = csv('sku,size,Unit Price', 'A,1,3', 'A,2,4');
    assert.deepEqual(await keysOf('a.csv', text, { key: '{{ sku }}-{{ size }}' }), ['A-1', 'A-2']);
    assert.deepEqual(await keysOf('a.csv', text, { key: 'size' }), ['1', '2']);
    assert.deepEqual(await keysOf('a.csv', text, { key: 'Unit Price' }), ['3', '4']);
    assert.deepEqual(await keysOf('a.csv', text, { key: 'size | plus: 1' }), ['2', '3']);
    assert.deepEqual(await keysOf('a.json', '[{"a": {"b": 1}}, {"a": {"b": 2}}]', { key: 'a.b' }), ['1', '2']);
    assert.deepEqual(await keysOf('a.json', '[{"x y": "p"}, {"x y": "q"}]', { key: 'x y' }), ['p', 'q']);
  });

  it('is the first usual column that tells all rows apart', async () => {
    assert.deepEqual(await keysOf('a.csv', csv('name,ID,text', 'a,7,x', 'b,8,y')), ['7', '8']);
    assert.deepEqual(await keysOf('a.csv', csv('name,sku,id', 'a,7,1', 'b,8,1')), ['7', '8']);
    assert.deepEqual(await keysOf('a.csv', csv('name,sku,id', 'a,7,1', 'b,8,')), ['7', '8']);
    assert.deepEqual(await keysOf('a.csv', csv('slug,name', 'a,7', 'A,8')), ['7', '8']);
    assert.deepEqual(await keysOf('a.json', '[{"id": 1, "key": null}, {"id": 2}]'), ['1', '2']);
  });

  it('is the word itself in a list of words', async () => {
    assert.deepEqual(await keysOf('a.csv', csv('word', 'Haus', 'Baum')), ['Haus', 'Baum']);
    assert.deepEqual(await keysOf('a.yml', '- Haus\n- Baum\n'), ['Haus', 'Baum']);
    assert.match((await keysOf('a.json', JSON.stringify(['x'.repeat(81)])))[0] ?? '', /^[0-9a-f]{16}$/);
  });

  it('comes from the content otherwise, so that rows keep it when others come, go or move', async () => {
    const rows = ['x,1', 'y,2', 'z,3'];
    const keys = await keysOf('a.csv', csv('a,b', ...rows));
    assert.equal(new Set(keys).size, 3);
    assert.deepEqual(await keysOf('a.csv', csv('a,b', 'new,0', ...rows.toReversed())).then((all) => all.slice(1)), [
      ...keys.toReversed(),
    ]);
    assert.deepEqual(await keysOf('a.csv', csv('b,a', '1,x', '2,y', '3,z')), keys);
    assert.deepEqual(await hintsOf(csv('a,b', 'x,1')), [
      '3: No column is known to tell rows apart, so their content does: set candidates.data.key, or rows are new ones whenever a value or a column changes.',
    ]);
    assert.deepEqual(await hintsOf(csv('name,id', 'a,', 'a,2')), [
      '3: No column is known to tell rows apart ("id" does not, because row 1 has none that can be used; "name" does not, because rows 1 and 2 have the same), so their content does: set candidates.data.key, or rows are new ones whenever a value or a column changes.',
    ]);
  });

  it('stays that of a column that is mistaken in a few rows, which are told', async () => {
    const rows = Array.from({ length: 9 }, (_, place) => `s${place},Name ${place},x`);
    assert.deepEqual(await problemsIn('a.csv', csv('sku,name,text', ...rows, ',Name 9,x')), [
      'p/a.csv:11: Row 10 has an empty key: fill it in, or set candidates.data.key to a column that no row lacks.',
    ]);
    assert.deepEqual(await problemsIn('a.csv', csv('sku,name,text', ...rows, 's3,Name 9,x')), [
      'p/a.csv:11: Rows 4 and 10 have the same key "s3": correct one, or set candidates.data.key to what tells rows apart.',
    ]);
    // Many rows may have no article number, and names are often alike.
    const few = csv('sku,name', ...rows.map((_, place) => `${place < 4 ? place : ''},Name ${place}`));
    assert.equal((await keysOf('a.csv', few))[0], 'Name 0');
    assert.deepEqual(await hintsOf(few), [
      '3: Rows are told apart by "name" ("sku" does not, because row 5 has none that can be used): set candidates.data.key to say by what.',
    ]);
    assert.deepEqual(await problemsIn('a.csv', csv('name,text', ...rows.map(() => 'Mug,x'))), [
      'p/a.csv:3: Rows 1 and 2 are the same: delete one of them.',
      ...rows
        .slice(2)
        .map((_, place) => `p/a.csv:${place + 4}: Rows 1 and ${place + 3} are the same: delete one of them.`),
    ]);
  });

  it('may not be empty or there twice', async () => {
    assert.deepEqual(await problemsIn('a.csv', csv('k,v', 'a,1', ',2', 'b,3', 'a,4', '" ",5'), { key: 'k' }), [
      'p/a.csv:3: Row 2 has an empty key: fill it in, or set candidates.data.key to a column that no row lacks.',
      'p/a.csv:5: Rows 1 and 4 have the same key "a": correct one, or set candidates.data.key to what tells rows apart.',
      'p/a.csv:6: Row 5 has an empty key: fill it in, or set candidates.data.key to a column that no row lacks.',
    ]);
    assert.deepEqual(await problemsIn('a.jsonl', '{"k":1}\n\n{"v":2}', { key: '{{ k }}' }), [
      'p/a.jsonl:3: Row 2 has an empty key: fill it in, or set candidates.data.key to a column that no row lacks.',
    ]);
    assert.deepEqual(await problemsIn('a.csv', csv('a,b', 'x,1', 'x,1')), [
      'p/a.csv:3: Rows 1 and 2 are the same: delete one of them.',
    ]);
  });

  it('may not differ from another one only by what some file system overlooks', async () => {
    const problems = await problemsIn('a.csv', csv('k', 'Straße', 'STRASSE', 'a/b', 'a:b', 'c.', 'c'), { key: 'k' });
    assert.deepEqual(problems, [
      'p/a.csv:3: Rows 1 and 2 have keys that differ only by case, "Straße" and "STRASSE": correct one, or set candidates.data.key to what tells rows apart.',
      'p/a.csv:5: Rows 3 and 4 have keys that name the same folder, "a/b" and "a:b": correct one, or set candidates.data.key to what tells rows apart.',
      'p/a.csv:7: Rows 5 and 6 have keys that name the same folder, "c." and "c": correct one, or set candidates.data.key to what tells rows apart.',
    ]);
  });

  it('is made safe where it can be, and that is told', async () => {
    const text = csv('k', 'a/b', '../x', 'ok', 'Inc.');
    assert.deepEqual(await keysOf('a.csv', text, { key: 'k' }), ['a-b', '..-x', 'ok', 'Inc']);
    assert.deepEqual(await hintsOf(text, { key: 'k' }), [
      '2: Keys are changed where a folder cannot be named so ("a/b" of row 1 is "a-b", and 2 more): set candidates.data.key to have others.',
    ]);
    assert.deepEqual(await problemsIn('a.csv', csv('k', '..', '.'), { key: 'k' }), [
      'p/a.csv:2: Row 1 has the key "..", which cannot name a folder: choose another one.',
      'p/a.csv:3: Row 2 has the key ".", which cannot name a folder: choose another one.',
    ]);
  });

  it('may not be a whole text', async () => {
    assert.deepEqual(await problemsIn('a.csv', csv('k', 'x'.repeat(201)), { key: 'k' }), [
      'p/a.csv:2: Row 1 has a key of more than 200 characters: set candidates.data.key to a shorter column.',
    ]);
  });

  it('is told when it reads what is not there, or cannot be read', async () => {
    const text = csv('sku,Unit Price', 'a,1');
    for (const [key, name] of [
      ['skuu', 'skuu'],
      ['Unit price', 'Unit price'],
      ['{{ sku }}-{{ size }}', 'size'],
    ]) {
      assert.deepEqual(await problemsIn('a.csv', text, { key: key! }), [
        `p/a.prompt.md:3: The key reads the column "${name!}", which the data does not have: use "sku", "Unit Price".`,
      ]);
    }
    const [problem = ''] = await problemsIn('a.csv', text, { key: '{{ sku | foo }}' });
    assert.match(problem, /^p\/a\.prompt\.md:3: The key "\{\{ sku \| foo \}\}" cannot be read, because /);
  });

  it('is a safe name that stays as it is once it is safe', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const name = safeKey(text);
        assert.equal(safeKey(name), name);
        assert.doesNotMatch(name, /[/\\:*?"<>|\p{Cc}]|[\s.]$|^\s/u);
      }),
    ));
});
