import assert from 'node:assert/strict';
import fc from 'fast-check';
import { shortText, shortValue } from '../../../../src/runs/board/shortValue.ts';

describe('a value at a glance', () => {
  it('says what it leaves out', () => {
    assert.equal(shortText('a'.repeat(12), 5), 'aaaaa… 7 more characters');
    assert.equal(shortValue({ list: Array.from({ length: 30 }, (_, at) => at) }).includes('"… 10 more"'), true);
    assert.equal(shortValue({ a: { b: 1 }, text: 'so' }), '{\n  "a": {\n    "b": 1\n  },\n  "text": "so"\n}');
    assert.equal(shortValue(undefined), '');
  });

  it('is short, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 12 }), fc.string({ minLength: 500 }), (value, text) => {
        assert.ok(shortValue([value, { text, value }]).length <= 4001);
      }),
    );
  });

  it('never cuts through a character', () => {
    assert.equal(shortText('ab😀cd', 3), 'ab… 3 more characters');
  });
});
