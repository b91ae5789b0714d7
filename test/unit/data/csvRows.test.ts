import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limits } from '../../../src/data/limits.ts';
import { neverCrashes, problemsIn, read, rowsOf, valuesOf } from './support.ts';

const twoRows = [
  { id: '1', name: 'Lamp' },
  { id: '2', name: 'Desk' },
];

function csvOf(rows: readonly (readonly string[])[], delimiter: string, newline: string): string {
  const field = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  return rows.map((row) => row.map(field).join(delimiter) + newline).join('');
}

describe('a CSV file', () => {
  for (const [habit, text] of [
    ['commas', 'id,name\n1,Lamp\n2,Desk\n'],
    ['semicolons', 'id;name\n1;Lamp\n2;Desk\n'],
    ['tabs', 'id\tname\n1\tLamp\n2\tDesk\n'],
    ['pipes', 'id|name\n1|Lamp\n2|Desk\n'],
    ['lines of Windows', 'id,name\r\n1,Lamp\r\n2,Desk\r\n'],
    ['lines of old Macs', 'id,name\r1,Lamp\r2,Desk\r'],
    ['no line break at the end', 'id,name\n1,Lamp\n2,Desk'],
    ['a byte order mark', '\ufeffid,name\n1,Lamp\n2,Desk\n'],
    ['everything in quotes', '"id","name"\n"1","Lamp"\n"2","Desk"\n'],
    ['spaces around its names', ' id , name\n1,Lamp\n2,Desk\n'],
    ['empty lines', '\n\nid,name\n\n1,Lamp\n\n2,Desk\n\n'],
    ['lines of empty cells', 'id,name\n1,Lamp\n,\n2,Desk\n,\n ,\n'],
    ['a delimiter at the end of rows', 'id,name\n1,Lamp,\n2,Desk,\n'],
    ['a delimiter at the end of all lines', 'id,name,\n1,Lamp,\n2,Desk,\n'],
    ['a line that names the delimiter', 'sep=;\r\nid;name\r\n1;Lamp\r\n2;Desk\r\n'],
  ] as const) {
    it(`may have ${habit}`, async () => assert.deepEqual(await valuesOf('a.csv', text), twoRows));
  }

  it('may have a line break, a delimiter and quotes in a value', async () => {
    assert.deepEqual(await valuesOf('a.csv', 'id,text\n1,"a, ""b""\nc"\n2,5" pipe\n3,"x" y\n'), [
      { id: '1', text: 'a, "b"\nc' },
      { id: '2', text: '5" pipe' },
      { id: '3', text: '"x" y' },
    ]);
  });

  it('has the delimiter that its settings say', async () => {
    assert.deepEqual(await valuesOf('a.csv', 'a,b;c\n1,2;3\n', { delimiter: ';' }), [{ 'a,b': '1,2', c: '3' }]);
    assert.deepEqual(await valuesOf('a.csv', 'a~b\n1~2\n', { delimiter: '~' }), [{ a: '1', b: '2' }]);
  });

  it('finds the delimiter by rows that agree, not by what there is most of', async () => {
    assert.deepEqual(await valuesOf('a.csv', 'name;price\na, b, c;1,5\nd, e;2,0\n'), [
      { name: 'a, b, c', price: '1,5' },
      { name: 'd, e', price: '2,0' },
    ]);
    assert.deepEqual(await valuesOf('a.csv', 'word\nHaus\nBaum\n'), [{ word: 'Haus' }, { word: 'Baum' }]);
    assert.deepEqual(await valuesOf('a.tsv', 'a,b\tc\n1,2\t3\n'), [{ 'a,b': '1,2', c: '3' }]);
  });

  it('tells of rows that have too many or too few values, with number and line', async () => {
    assert.deepEqual(await problemsIn('a.csv', 'a,b\n1,2\n"x\ny",2\n\n3\n4,5,6\n'), [
      'p/a.csv:6: Row 3 has 1 value for 2 columns: put values that hold the delimiter or a line break in quotes, and quotes in pairs.',
      'p/a.csv:7: Row 4 has 3 values for 2 columns: put values that hold the delimiter or a line break in quotes, and quotes in pairs.',
    ]);
  });

  it('tells of columns that have one name', async () => {
    assert.deepEqual(await problemsIn('a.csv', 'a,b, a\n1,2,3\n'), [
      'p/a.csv:1: Columns 1 and 3 are both named "a": rename one of them.',
    ]);
  });

  it('tells of columns without a name: a hint, but a problem where they hold something', async () => {
    const { hints, columns } = rowsOf(await read('a.csv', 'id,,b\n1,,2\n'));
    assert.deepEqual(columns, ['id', 'b']);
    assert.deepEqual(hints, [
      { file: 'p/a.csv', line: 1, message: 'Column 2 has no name and is left out: give it one in the first row.' },
    ]);
    assert.deepEqual(await problemsIn('a.csv', ',a\n0,1\n'), [
      'p/a.csv:2: Row 1 has a value in column 1, which has no name: give it one in the first row.',
    ]);
  });

  it('has no rows when it has a header only, or nothing', async () => {
    for (const text of ['', '\n', 'a,b\n', 'a,b']) {
      assert.deepEqual(await problemsIn('a.csv', text), [
        'p/a.csv:: The data has no rows: add one, or take out candidates.data.',
      ]);
    }
  });

  it('says where a quote begins that is never closed', async () => {
    assert.deepEqual(await problemsIn('a.csv', 'a,b\n1,2\n3,"x\n4,5\n'), [
      'p/a.csv:3: A quote in the row that begins on line 3 is never closed: close it.',
    ]);
    const long = `a,b\n1,2\n\n3,"x\n${'4,5\n'.repeat(limits.rowLength / 4)}`;
    assert.deepEqual(await problemsIn('a.csv', long), [
      'p/a.csv:3: The row that begins on line 3 has more than 1,000,000 characters: close its quotes, or put less into it.',
    ]);
  });

  it('cannot have a column that would change what rows are', async () => {
    assert.deepEqual(await problemsIn('a.csv', 'a,__proto__\n1,2\n'), [
      'p/a.csv:1: No column can be named "__proto__": rename column 2.',
    ]);
  });

  it('may not have more columns than anybody reads', async () => {
    const header = Array.from({ length: limits.columns + 1 }, (_, place) => `c${place}`).join(',');
    assert.deepEqual(await problemsIn('a.csv', `${header}\n`), [
      'p/a.csv:1: The file has more than 1,000 columns: take out those that no prompt needs.',
    ]);
  });

  it('tells the first problems of many', async () => {
    const problems = await problemsIn('a.csv', `a,b\n${'1\n'.repeat(70)}`);
    assert.equal(problems.length, 51);
    assert.equal(problems[50], 'p/a.csv:: There are 20 more problems: correct these first.');
  });

  it('gives back what was written', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 5, maxLength: 5 }), { minLength: 1 }),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        async (width, texts, delimiter, newline) => {
          const names = Array.from({ length: width }, (_, place) => `column ${place}`);
          const clean = (text: string): string => text.replaceAll('\0', '');
          const rows = texts.map((row, number) => [`n${number}`, ...row.slice(0, width).map(clean)]);
          const text = csvOf([['id', ...names], ...rows], delimiter, newline);
          const expected = rows.map(([id, ...fields]) => ({
            id,
            ...Object.fromEntries(names.map((name, place) => [name, fields[place]])),
          }));
          assert.deepEqual(await valuesOf('a.csv', text, { delimiter }), expected);
        },
      ),
    ));

  it('never makes reading crash, whatever bytes it has', neverCrashes('a.csv', 'a,b\n1,2\n', 'a;b\n"', 'sep=,\n'));
});
