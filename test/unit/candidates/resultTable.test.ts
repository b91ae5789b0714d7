import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import {
  isResultTable,
  ResultTable,
  resultTableFormat,
  type ResultItem,
  type ResultTableFormat,
  type ResultTableShape,
} from '../../../src/candidates/resultTable.ts';

const shape: ResultTableShape = {
  format: 'csv',
  columns: ['sku', 'price'],
  isStructured: false,
  fields: [],
  areFieldsChosen: false,
  rows: [
    { prompt: 'p', row: 'B' },
    { prompt: 'p', row: 'A' },
  ],
  models: ['m', 'n'],
};

function item(row: string, more: Partial<ResultItem> = {}): ResultItem {
  return { prompt: 'p', row, index: 1, model: 'm', state: 'written', values: { sku: row }, ...more };
}

/** What a table comes to when lines are put into it group by group. */
function written(table: ResultTable, groups: readonly (readonly ResultItem[])[], before = ''): string {
  return groups.reduce((there, items) => {
    const lines = items.map((each) => table.line(each));
    return table.merged(table.read(there) ?? assert.fail(`This is no table: ${there}`), lines).text;
  }, before);
}

function textOf(given: Partial<ResultTableShape>, ...items: readonly ResultItem[]): string {
  return written(new ResultTable({ ...shape, ...given }), [items]);
}

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
  const shop = [
    item('B', { index: 2, state: 'failed' }),
    item('A', { values: { sku: 'A', price: '10' }, text: 'Old' }),
    item('B', { model: 'n', file: 'candidates/p/B/01.n.md', cost: 0.002, text: 'Nice' }),
    item('B', { file: 'candidates/p/B/01.m.md', cost: 0.001, text: 'A, "b"\nc' }),
  ];

  it('has a line for each item, in the order of the data, then of number and model', () => {
    assert.equal(
      textOf({}, ...shop),
      [
        'row,sku,price,text,file,prompt,model,index,state,cost',
        'B,B,,"A, ""b""\nc",candidates/p/B/01.m.md,p,m,1,written,0.001',
        'B,B,,Nice,candidates/p/B/01.n.md,p,n,1,written,0.002',
        'B,B,,,,p,m,2,failed,',
        'A,A,10,Old,,p,m,1,written,',
        '',
      ].join('\r\n'),
    );
    assert.deepEqual(linesOf(textOf({ format: 'jsonl' }, ...shop)).at(-1), {
      row: 'A',
      sku: 'A',
      price: '10',
      text: 'Old',
      prompt: 'p',
      model: 'm',
      index: 1,
      state: 'written',
    });
  });

  const json = { title: 'Light', author: { name: 'Jo' }, tags: ['a', 'b'], state: 'on', 'a.b': 1, n: 5 };
  const structured = { columns: ['title', 'file'], isStructured: true };
  const lamp = item('A', { values: { title: 'Lamp', file: 'x' }, json });

  it('has the chosen fields of JSON, and gives way where names are taken', () => {
    const fields = ['title', 'author.name', 'a.b', 'tags', 'n', 'missing', 'title.x'];
    assert.deepEqual(readCsv(textOf({ ...structured, fields, areFieldsChosen: true }, lamp)), [
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
        prompt: 'p',
        model: 'm',
        index: '1',
        state: 'written',
        cost: '',
      },
    ]);
  });

  it('has all fields that the schema or a candidate has when none are chosen', () => {
    const text = textOf({ ...structured, fields: ['tags', 'title'] }, lamp);
    assert.deepEqual(
      Object.keys(readCsv(text)[0]!),
      'row,row.title,row.file,tags,title,a.b,author,json.state,n,file,prompt,model,index,state,cost'.split(','),
    );
  });

  it('leads into values of the data', () => {
    const values = { file: { path: 'notes/a.txt', text: 'long' } };
    const [line] = readCsv(textOf({ columns: ['file.path'] }, item('A', { values })));
    assert.equal(line?.['file.path'], 'notes/a.txt');
  });

  it('never has a name twice', () => {
    const names = ['row', 'state', 'json.state', 'row.state', 'text', 'title', 'row.row', '=a', "'=a", 'a\nb'];
    const hostile = { ...json, '=a': 1, 'a\nb': 2, row: 3 };
    for (const given of [
      { isStructured: true, columns: names, fields: names },
      { isStructured: true, columns: names, fields: [] },
      { columns: names },
    ]) {
      const table = new ResultTable({ ...shape, ...given });
      const text = written(table, [[{ ...lamp, json: hostile }], [{ ...lamp, row: 'B', json: hostile }]]);
      const [found = []] = parse(text, { record_delimiter: '\r\n' });
      assert.equal(new Set(found).size, found.length, found.join());
    }
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
    it(`keeps spreadsheets from computing ${JSON.stringify(value)}, however often it is written`, () => {
      const hostile = item(value, { model: value, text: value, values: { [value]: value } });
      const given = { columns: [value], rows: [{ prompt: 'p', row: value }], models: [value] };
      const text = written(new ResultTable({ ...shape, ...given }), [[hostile], [hostile], [item('z')]]);
      const [line, ...more] = readCsv(text);
      assert.deepEqual([line?.row, line?.model, line?.text, line?.[field]], [field, field, field, field]);
      assert.equal(more.length, 1);
      const jsonl = textOf({ ...given, format: 'jsonl' }, hostile);
      assert.equal((linesOf(jsonl)[0] as { text: string }).text, value);
    });
  }

  it('keeps lines of earlier runs where they stood, and replaces those that are made again', () => {
    const before = written(
      new ResultTable({ ...shape, rows: ['A', 'B', 'C', 'D'].map((row) => ({ prompt: 'p', row })) }),
      [['A', 'B', 'C', 'D'].map((row) => item(row, { text: `old ${row}` }))],
    );
    const table = new ResultTable({ ...shape, rows: ['B', 'E'].map((row) => ({ prompt: 'p', row })) });
    const text = written(table, [[item('E', { text: 'new E' })], [item('B', { text: 'new B' })]], before);
    assert.deepEqual(
      readCsv(text).map((line) => line.text),
      ['old A', 'new B', 'old C', 'old D', 'new E'],
    );
  });

  it('knows what nobody needs any more: lines without a candidate, of rows that are made again', () => {
    const table = new ResultTable(shape);
    const stale = [
      item('A', { state: 'failed' }),
      item('A', { file: 'a.md' }),
      item('X', { state: 'failed' }),
      item('A', { state: 'failed', model: 'other' }),
    ].map((each) => table.isStale(table.line(each)));
    assert.deepEqual(stale, [true, false, false, false]);
  });

  const words = fc.string({ unit: 'grapheme', maxLength: 6 });

  it('is the same whatever order its lines come in, and however many at once', () =>
    fc.assert(
      fc.property(
        fc.constantFrom<ResultTableFormat>('csv', 'jsonl'),
        fc.boolean(),
        fc.uniqueArray(words, { minLength: 1, maxLength: 6 }),
        fc.uniqueArray(words, { minLength: 1, maxLength: 6 }),
        fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(2), fc.constantFrom('m', 'n', 'o'), fc.dictionary(words, words)), {
          selector: ([row, index, model]) => `${row % 6} ${index} ${model}`,
        }),
        fc.array(fc.tuple(fc.nat(5), fc.constantFrom('m', 'q'))),
        fc.infiniteStream(fc.nat(3)),
        (format, isStructured, keys, earlier, made, old, sizes) => {
          const row = (key: string): { prompt: string; row: string } => ({ prompt: 'p', row: key });
          const given = { ...shape, format, isStructured };
          const before = written(new ResultTable({ ...given, rows: earlier.map(row) }), [
            old.map(([place, model]) => item(earlier[place % earlier.length]!, { model })),
          ]);
          const table = new ResultTable({ ...given, rows: keys.map(row) });
          const seen = new Set<string>();
          const items = made.flatMap(([place, index, model, json]) => {
            const key = keys[place % keys.length]!;
            const name = JSON.stringify([key, index, model]);
            if (seen.has(name)) return [];
            seen.add(name);
            return [item(key, { index, model, text: `${key}${index}`, json })];
          });
          const shuffled = [...items].sort((a, b) => (a.text! + a.model < b.text! + b.model ? 1 : -1));
          const groups: ResultItem[][] = [];
          while (shuffled.length > 0) groups.push(shuffled.splice(0, 1 + (sizes.next().value as number)));
          assert.equal(written(table, groups, before), written(table, [items], before));
          const order = (table.read(written(table, [items], before)) ?? []).map((line) => line.get('row'));
          assert.equal(new Set(order).size, order.filter((key, place) => key !== order[place - 1]).length);
        },
      ),
    ));

  it('is read back as it was, whatever is in it', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 5 }),
        fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 4 }),
        fc.array(fc.string({ unit: 'binary' })),
        (keys, columns, texts) => {
          const rows = keys.map((row) => ({ prompt: 'p', row }));
          const items = texts.map((text, index) =>
            item(keys[index % keys.length]!, { index, text, values: { [keys[0]!]: 1 } }),
          );
          const records = linesOf(textOf({ format: 'jsonl', columns, rows }, ...items)) as Record<string, unknown>[];
          assert.deepEqual(
            records.map(({ row, text }) => [row, text]),
            keys.flatMap((key) => items.filter(({ row }) => row === key).map(({ row, text }) => [row, text])),
          );
          const lines: string[][] = parse(textOf({ columns, rows }, ...items), { record_delimiter: '\r\n' });
          assert.equal(lines.length, items.length + 1);
          assert.ok(lines.every((line) => line.length === columns.length + 8));
          assert.equal(new Set(lines[0]).size, columns.length + 8, 'no name twice');
        },
      ),
    ));

  it('is known by its start', () => {
    for (const format of ['csv', 'jsonl'] as const) {
      const table = new ResultTable({ ...shape, format });
      const text = textOf({ format }, ...shop);
      assert.equal(isResultTable(format, text), true);
      assert.equal(isResultTable(format, `\ufeff${text.slice(0, 200)}`), true);
      assert.equal(table.read(`\ufeff${text}`)?.length, 4);
      assert.equal(table.read(text.replaceAll('\r\n', '\n'))?.length, 4, 'as an editor may save it');
      assert.deepEqual(table.read(''), []);
      assert.equal(table.read('sku,name\n1,2\n'), undefined);
    }
    assert.equal(
      new ResultTable({ ...shape, format: 'jsonl' }).read(`${textOf({ format: 'jsonl' }, ...shop)}{`),
      undefined,
    );
    assert.equal(new ResultTable(shape).read(`${textOf({}, ...shop)}"`), undefined);
    assert.equal(isResultTable('csv', 'sku,name\r\n1,2\r\n'), false);
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
