import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import {
  exportCsv,
  exportJsonl,
  exportMarkdown,
  type ExportedCandidate,
} from '../../../../src/candidates/exports/exported.ts';
import { preferencePairs, type Judged } from '../../../../src/candidates/exports/preferences.ts';

const plain: ExportedCandidate = {
  prompt: 'a',
  row: '',
  number: 1,
  model: 'small',
  file: 'candidates/a/01.md',
  picked: false,
  archived: false,
  rating: null,
  note: null,
  text: 'One.\n',
};

describe('exported candidates', () => {
  it('are a line of JSON each', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        const candidates = texts.map((text) => ({ ...plain, text }));
        const lines = exportJsonl(candidates).split('\n');
        assert.equal(lines.pop(), '');
        assert.deepEqual(
          lines.map((line) => JSON.parse(line) as unknown),
          candidates,
        );
      }),
    );
  });

  it('are CSV in which a spreadsheet finds nothing to compute', () => {
    const hostile = ['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\t=1', '＝1', '"=1', 'a,b\r\n=c'];
    const candidates = hostile.map((text) => ({ ...plain, text, note: text, row: text, model: text, prompt: text }));
    const rows = parse(exportCsv(candidates), { columns: true }) as readonly Readonly<Record<string, string>>[];
    assert.equal(rows.length, hostile.length);
    for (const [place, row] of rows.entries()) {
      for (const name of ['prompt', 'row', 'model', 'note', 'text']) {
        assert.doesNotMatch(row[name] ?? '', /^[=+\-@\t\r\n\uff1d]/);
        assert.ok(row[name]?.endsWith(hostile[place] ?? ''), row[name]);
      }
    }
    assert.deepEqual([rows[0]?.number, rows[0]?.picked, rows[0]?.rating], ['1', 'false', '']);
  });

  it('are a document with a chapter for each row, whose headings are no markup', () => {
    const document = exportMarkdown([
      { ...plain, picked: true, rating: 5, note: 'Warm\n# and long' },
      { ...plain, row: '<img src=x>', number: 2, text: 'Two *twice*.' },
      { ...plain, row: '<img src=x>', number: null, file: 'x.json', text: '{"a": "```"}' },
    ]);
    assert.equal(
      document,
      [
        '# a\n',
        '## 01 (small, picked, 5/5)\n',
        '> Warm \\# and long\n',
        'One.\n',
        '# a · \\<img src=x\\>\n',
        '## 02 (small)\n',
        'Two *twice*.\n',
        '## x.json (small)\n',
        '````json\n{"a": "```"}\n````\n',
      ].join('\n'),
    );
  });
});

describe('preference pairs', () => {
  const messages = [{ role: 'user' as const, content: 'Write.' }];
  const judged = (text: string, changes: Partial<Judged> = {}): Judged => ({
    messages,
    text,
    isPicked: false,
    ...changes,
  });
  const pairs = (candidates: readonly Judged[], most = 100) =>
    Array.from(preferencePairs(candidates, most), ({ chosen, rejected }) => [chosen[0]?.content, rejected[0]?.content]);

  it('prefer what was picked, else what was rated higher', () => {
    const candidates = [
      judged('a', { rating: 5 }),
      judged('b', { isPicked: true, rating: 2 }),
      judged('c', { rating: 3 }),
      judged('d'),
    ];
    assert.deepEqual(pairs(candidates), [
      ['b', 'a'],
      ['a', 'c'],
      ['b', 'c'],
      ['b', 'd'],
    ]);
  });

  it('have the messages in the form that programs for tuning read', () => {
    const [pair] = preferencePairs([judged('a\n', { rating: 1 }), judged('b\n', { rating: 2 })], 1);
    assert.deepEqual(pair, {
      prompt: messages,
      chosen: [{ role: 'assistant', content: 'b' }],
      rejected: [{ role: 'assistant', content: 'a' }],
    });
  });

  it('are of answers to the same messages that say something else', () => {
    const other = { messages: [{ role: 'user' as const, content: 'Write more.' }] };
    assert.deepEqual(pairs([judged('a', { rating: 1 }), judged('b', { rating: 5, ...other })]), []);
    assert.deepEqual(pairs([judged('a', { isPicked: true }), judged('a\n')]), []);
    assert.deepEqual(pairs([judged('a', { rating: 3 }), judged('b', { rating: 3 }), judged('c')]), []);
  });

  it('are no more than are asked for', () => {
    const many = Array.from({ length: 2_000 }, (_, place) => judged(`${place}`, { isPicked: place === 0 }));
    assert.equal(pairs(many, 10).length, 10);
  });
});
