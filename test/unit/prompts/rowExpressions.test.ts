import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rowExpressions } from '../../../src/prompts/rowExpressions.ts';

type Values = Readonly<Record<string, unknown>>;

function passes(source: string, values: Values): boolean | string {
  const compiled = rowExpressions.condition(source);
  if (!compiled.ok) return compiled.failure;
  const evaluated = compiled.value.evaluate(values);
  return evaluated.ok ? evaluated.value : evaluated.failure;
}

function keyOf(source: string, values: Values): string {
  const compiled = rowExpressions.text(source);
  if (!compiled.ok) return `! ${compiled.failure}`;
  const evaluated = compiled.value.evaluate(values);
  return evaluated.ok ? evaluated.value : `! ${evaluated.failure}`;
}

const row = {
  type: 'brand',
  price: '9',
  stock: 10,
  hollow: '',
  spaces: '  ',
  late: `${' '.repeat(1000)}x`,
  no: 'false',
  yes: 'TRUE',
  day: '2026-05-01',
  sku: '007',
  tags: ['a', 'b'],
  file: { path: 'x.txt', size: 3 },
  nothing: null,
  'Unit Price': '12.5',
};

describe('a filter', () => {
  for (const source of [
    'type == "brand"',
    "type == 'brand'",
    'type != "other"',
    'price > 8',
    'price < 10',
    'price >= 9.0',
    'price <= 9',
    '"10.5" > price',
    'stock > price',
    'stock == "10"',
    'price == 9',
    'sku == 7',
    'sku != "7"',
    'day > "2026"',
    'day < "2026-06"',
    'type == "brand" and price > 1',
    'type == "other" or price > 1 and stock > 1',
    '(type == "brand" or type == "x") and price < 10',
    'type == "other" or (type == "brand" and price > 1)',
    'not hollow',
    'not spaces',
    'not no',
    'late',
    'not missing',
    'yes == true',
    'no == false',
    'yes and stock',
    'hollow == blank',
    'hollow == empty',
    'type != empty',
    'nothing == nil',
    'missing == nil',
    'tags contains "b"',
    'type contains "ran"',
    'sku contains 7',
    '["Unit Price"] > 12',
    'file.size == 3',
    'file["path"] == "x.txt"',
    'tags[0] == "a"',
    '(type | upcase) == "BRAND"',
    'tags.size == 2',
    '{{ price > 8 }}',
    '(((stock > 1)))',
    'stock > -3',
  ]) {
    it(`lets a row through by ${source}`, () => assert.equal(passes(source, row), true));
  }

  for (const source of [
    'price > 10',
    'price > "n/a" and stock > 1',
    'type > 10',
    'type < 10',
    'hollow < 10',
    'missing > 1',
    'missing < 1',
    'nothing <= 0',
    'tags > 1',
    'hollow',
    'spaces',
    'no',
    'missing',
    'sku == "7"',
    'tags contains "c"',
    'missing contains "a"',
    'size > 0',
    'toString',
    'type.constructor',
  ]) {
    it(`keeps a row out by ${source}`, () => assert.equal(passes(source, row), false));
  }

  for (const [source, reason] of [
    ['price = 10', 'an operator is none of'],
    ['price => 10', 'an operator is none of'],
    ['price == ', '"==" lacks a value'],
    ['price 10', 'there is no operator'],
    ['type == "brand', 'a quote is not closed'],
    ['"brand', 'a quote is not closed'],
    ['price, stock', '", stock" cannot stand there'],
    ['price) or stock', '") or stock" cannot stand there'],
    ['(price > 1', 'unbalanced parentheses'],
    ['price > 1 and stock > 1 or type', '"and" before "or" needs parentheses'],
    ['(price > 1 and stock or type)', '"and" before "or" needs parentheses'],
    ['price | shout', 'there is no filter "shout" here'],
    ['tags | where_exp: "x", "x"', 'there is no filter "where_exp" here'],
    ['(1..3) contains 2', 'ranges such as'],
    ['', 'invalid value expression'],
    ['price > 10,5', '",5" cannot stand there'],
  ] as const) {
    it(`says what is wrong with ${source}`, () => {
      const told = passes(source, row);
      assert.equal(typeof told, 'string');
      assert.ok(String(told).startsWith(`The filter "${source}" cannot be read, because ${reason}`), String(told));
      assert.match(String(told), /: correct it\.$/);
    });
  }

  it('may not run away', () => {
    const times = '| append: text '.repeat(60);
    const text = 'x'.repeat(100_000);
    assert.match(String(passes(`(text ${times}) == 1`, { text })), /^The filter cannot be worked out for a row \(/);
    assert.match(String(passes('(text | replace: "x", text) == 1', { text })), /^The filter cannot be worked out/);
    assert.match(String(passes(`${'('.repeat(450)}a${')'.repeat(450)}`, {})), /^(?:false|The filter )/);
    assert.equal(passes('x'.repeat(1001), {}), 'The filter has more than 1000 characters: make it shorter.');
  });

  it('names the columns that it reads', () => {
    const compiled = rowExpressions.condition('(a.b | append: c) == ["d e"] and f[g] contains "h" or not i');
    assert.ok(!compiled.ok);
    const corrected = rowExpressions.condition('((a.b | append: c) == ["d e"] and f[g] contains "h") or not i');
    assert.ok(corrected.ok);
    assert.deepEqual(corrected.value.columns, ['a', 'c', 'd e', 'f', 'g', 'i']);
  });

  it('compares numbers as numbers, however they are written', () =>
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (left, right) => {
        const written = (number: number): unknown[] =>
          Number.isFinite(number) ? [number, String(number), ` ${number} `] : [number];
        for (const a of written(left)) {
          for (const b of written(right)) {
            assert.equal(passes('a > b', { a, b }), left > right);
            assert.equal(passes('a <= b', { a, b }), left <= right);
          }
        }
        assert.equal(passes('a == b', { a: left, b: right }), left === right);
      }),
    ));

  it('is never more than a sentence, whatever it says', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .array(
              fc.constantFrom(
                'a',
                '"',
                "'",
                '(',
                ')',
                ' and ',
                ' or ',
                'not ',
                '==',
                '>',
                '|',
                ':',
                ',',
                '[',
                ']',
                '.',
                '1',
                '{{',
                '}}',
              ),
            )
            .map((parts) => parts.join('')),
        ),
        (source) => {
          const told = passes(source, { a: '1' });
          if (typeof told === 'string') assert.match(told, /^The filter .*\.$/s);
          assert.equal(typeof keyOf(source, { a: '1' }), 'string');
        },
      ),
      { numRuns: 2000 },
    ));

  it('takes numbers as spreadsheets write them, where they can be read in one way only', () => {
    const cases: readonly (readonly [string, number | undefined])[] = [
      ['50,5', 50.5],
      ['-0,25', -0.25],
      ['1.234,50', 1234.5],
      ['1.234.567,891', 1234567.891],
      ['1,234.50', 1234.5],
      ['1,234,567.8', 1234567.8],
      ['3,14159', 3.14159],
      ['1.234', 1.234],
      ['1,234', undefined],
      ['12,34.5', undefined],
      ['1,2,3', undefined],
      ['a,5', undefined],
    ];
    for (const [price, number] of cases) {
      const isAbout = number !== undefined && passes(`price == ${number}`, { price });
      assert.equal(isAbout, number !== undefined, price);
      if (number === undefined) assert.equal(passes('price > 0', { price }), false, price);
    }
    assert.equal(passes('price > 10', { price: '50,5' }), true);
  });
});

describe('a key', () => {
  it('is text with expressions in it, or one expression', () => {
    assert.equal(keyOf('{{ type }}-{{price}}', row), 'brand-9');
    assert.equal(keyOf('{{- type -}}', row), 'brand');
    assert.equal(keyOf('x {{ type | upcase }} y', row), 'x BRAND y');
    assert.equal(keyOf('type', row), 'brand');
    assert.equal(keyOf('tags[1]', row), 'b');
    assert.equal(keyOf('{{ stock }}', row), '10');
    assert.equal(keyOf('file', row), '{"path":"x.txt","size":3}');
  });

  it('is empty when all that it puts in is', () => {
    assert.equal(keyOf('{{ hollow }}-{{ missing }}', row), '');
    assert.equal(keyOf('{{ hollow }}-{{ type }}', row), '-brand');
  });

  it('has no tags, and closes its braces', () => {
    assert.match(keyOf('{% if a %}x{% endif %}', row), /^! The key .* tags such as/);
    assert.match(keyOf('{{ a', row), /^! The key .* is not closed/);
  });
});
