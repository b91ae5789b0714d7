import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import {
  isResultTable,
  resultTable,
  resultTableFormat,
  type ResultItem,
  type ResultTableContents,
} from '../../../src/candidates/resultTable.ts';
import { itemStates } from '../../../src/model/item.ts';
import type { Row } from '../../../src/model/row.ts';

const rowOf = (key: string, values: Row['values'] = {}): Row => ({ key, label: key, values });

const shop: ResultTableContents = {
  rows: [rowOf('B', { sku: 'B', price: '9' }), rowOf('A', { sku: 'A', price: '10' })],
  columns: ['sku', 'price'],
  isStructured: false,
  items: [
    { row: 'A', index: 1, model: 'm', state: 'queued' },
    { row: 'B', index: 2, model: 'm', state: 'failed' },
    { row: 'B', index: 1, model: 'n', state: 'written', file: 'candidates/p/B/01.n.md', cost: 0.002, text: 'Nice' },
    {
      row: 'B',
      index: 1,
      model: 'm',
      state: 'written',
      file: 'candidates/p/B/01.m.md',
      cost: 0.001,
      text: 'A, "b"\nc',
    },
  ],
};

/** As a program reads it. */
function readCsv(text: string): Record<string, string>[] {
  return parse(text, { columns: true, record_delimiter: '\r\n', relax_column_count: false });
}

const linesOf = (text: string): unknown[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

describe('a table of results', () => {
  it('has a line for each item, in the order of the data, then of index and model', () => {
    assert.equal(
      resultTable('csv', shop),
      [
        'row,sku,price,text,file,model,index,state,cost',
        'B,B,9,"A, ""b""\nc",candidates/p/B/01.m.md,m,1,written,0.001',
        'B,B,9,Nice,candidates/p/B/01.n.md,n,1,written,0.002',
        'B,B,9,,,m,2,failed,',
        'A,A,10,,,m,1,queued,',
        '',
      ].join('\r\n'),
    );
    assert.deepEqual(linesOf(resultTable('jsonl', shop)).at(-1), {
      row: 'A',
      sku: 'A',
      price: '10',
      model: 'm',
      index: 1,
      state: 'queued',
    });
  });

  const structured = {
    rows: [rowOf('A', { title: 'Lamp', file: 'x' })],
    columns: ['title', 'file'],
    isStructured: true,
    items: [
      {
        row: 'A',
        index: 1,
        model: 'm',
        state: 'written',
        json: { title: 'Light', author: { name: 'Jo' }, tags: ['a', 'b'], state: 'on', 'a.b': 1, n: 5 },
      },
    ],
  } as const satisfies ResultTableContents;

  it('has the wanted fields of JSON, and gives way where names are taken', () => {
    const fields = ['title', 'author.name', 'a.b', 'tags', 'n', 'missing', 'title.x'];
    assert.deepEqual(readCsv(resultTable('csv', { ...structured, fields })), [
      {
        row: 'A',
        'row.title': 'Lamp',
        'row.file': 'x',
        title: 'Light',
        'author.name': 'Jo',
        'a.b': '1',
        tags: '["a","b"]',
        n: '5',
        missing: '',
        'title.x': '',
        file: '',
        model: 'm',
        index: '1',
        state: 'written',
        cost: '',
      },
    ]);
  });

  it('has all fields that a candidate has when none are chosen', () => {
    assert.deepEqual(
      Object.keys(readCsv(resultTable('csv', structured))[0]!),
      'row,row.title,row.file,title,author,tags,json.state,a.b,n,file,model,index,state,cost'.split(','),
    );
  });

  it('never has a name twice', () => {
    const names = ['row', 'state', 'json.state', 'row.state', 'text', 'title', 'row.row'];
    for (const contents of [
      { ...structured, columns: names, fields: names },
      { ...shop, columns: names },
    ]) {
      const [header = ''] = resultTable('csv', contents).split('\r\n', 1);
      const found = header.split(',');
      assert.equal(new Set(found).size, found.length, header);
    }
  });

  it('has one line for a prompt without data', () => {
    const contents = { rows: [rowOf('')], columns: [], items: [{ row: '', index: 1, model: 'm', state: 'written' }] };
    assert.equal(
      resultTable('csv', { ...contents, isStructured: false } as ResultTableContents),
      'row,text,file,model,index,state,cost\r\n,,,m,1,written,\r\n',
    );
  });

  for (const [value, field] of [
    ['=1+1', "'=1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['+cmd|x', "'+cmd|x"],
    ['-2+3', "'-2+3"],
    ['\t=1', "'\t=1"],
    ['\uff1d1', "'\uff1d1"],
    ['-5', '-5'],
    ['+49 1', "'+49 1"],
    ['-1.5e3', '-1.5e3'],
    ['a=1', 'a=1'],
    ["'=1", "'=1"],
  ] as const) {
    it(`keeps spreadsheets from computing ${JSON.stringify(value)}`, () => {
      const items: ResultItem[] = [{ row: value, index: 1, model: value, state: 'written', text: value }];
      const contents = { rows: [rowOf(value, { [value]: value })], columns: [value], items, isStructured: false };
      const [line] = readCsv(resultTable('csv', contents));
      assert.deepEqual([line?.row, line?.model, line?.text, line?.[field]], [field, field, field, field]);
      assert.equal((linesOf(resultTable('jsonl', contents))[0] as { text: string }).text, value);
    });
  }

  it('is read back as it was, whatever is in it', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 5 }),
        fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(4), fc.nat(3), fc.constantFrom(...itemStates), fc.string({ unit: 'grapheme' }))),
        (keys, columns, made) => {
          const rows = keys.map((key) =>
            rowOf(key, Object.fromEntries(columns.map((column) => [column, `${column}${key}`]))),
          );
          const items = made.map(([row, model, state, text], index): ResultItem => {
            return { row: keys[row % keys.length]!, index, model: `m${model}`, state, text };
          });
          const contents = { rows, columns, items, isStructured: false };
          const records = linesOf(resultTable('jsonl', contents)) as Record<string, unknown>[];
          assert.deepEqual(
            records.map(({ row, index, text }) => [row, index, text]),
            keys.flatMap((key) =>
              items.filter(({ row }) => row === key).map(({ row, index, text }) => [row, index, text]),
            ),
          );
          const lines: string[][] = parse(resultTable('csv', contents), { record_delimiter: '\r\n' });
          const plain = (text: string): string => text.replace(/^'/, '');
          assert.equal(lines.length, items.length + 1);
          assert.ok(lines.every((line) => line.length === columns.length + 7));
          assert.equal(new Set(lines[0]).size, columns.length + 7, 'no name twice');
          lines.slice(1).forEach((line, place) => {
            assert.equal(plain(line[columns.length + 1]!), plain(String(records[place]?.text)));
            assert.equal(plain(line[0]!), plain(String(records[place]?.row)));
          });
        },
      ),
    ));

  it('is known by its start', () => {
    for (const contents of [shop, structured]) {
      for (const format of ['csv', 'jsonl'] as const) {
        const text = resultTable(format, contents);
        assert.equal(isResultTable(format, text), true);
        assert.equal(isResultTable(format, `\ufeff${text.slice(0, 200)}`), true);
      }
    }
    assert.equal(isResultTable('csv', 'sku,name\r\n1,2\r\n'), false);
    assert.equal(isResultTable('csv', ''), false);
    assert.equal(isResultTable('jsonl', '{"sku": 1}\n'), false);
    assert.equal(isResultTable('jsonl', 'row\n'), false);
  });

  it('is CSV or JSONL by its name', () => {
    assert.deepEqual(['a.csv', 'A.JSONL', 'a.xlsx', 'csv'].map(resultTableFormat), [
      'csv',
      'jsonl',
      undefined,
      undefined,
    ]);
  });
});
