import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nameAt } from '../../../src/prompts/nameAt.ts';

const text = [
  '---',
  'inputs: { product: "{{ x }}" }',
  '---',
  'For {{ product.name | append: brand }} in ${file}: ${input:tone:Which?}',
  '{% for item in products %}{{ item }}{% endfor %} as in #file:t/tone.md `{{ a b }}`',
].join('\r\n');

/** What stands at the place `|` of a text within the whole. */
function at(part: string): string | undefined {
  const offset = text.indexOf(part.replace('^', '')) + part.indexOf('^');
  const found = nameAt(text, offset);
  return found && `${found.kind} ${found.name} = ${text.slice(found.from, found.to)}`;
}

describe('the name at a place of a prompt file', () => {
  for (const [part, expected] of [
    ['{{ pro^duct.name', 'variable product = product'],
    ['append: bra^nd', 'variable brand = brand'],
    ['in ${fi^le}', 'editor file = ${file}'],
    ['${input:to^ne', 'input tone = ${input:tone:Which?}'],
    ['for item in prod^ucts', 'variable products = products'],
    ['for it^em in', 'variable item = item'],
    ['{% f^or item', undefined],
    ['#file:t/to^ne', 'file t/tone.md = #file:t/tone.md'],
    ['F^or', undefined],
    ['"{{ x^ }}"', undefined],
    ['{{ a^ b }}', undefined],
  ] as const) {
    it(`is told at ${part}`, () => {
      assert.equal(at(part), expected);
    });
  }

  it('is told or not, wherever somebody asks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length }), (offset) => {
        const found = nameAt(text, offset);
        assert.ok(!found || (found.from <= offset && offset <= found.to));
      }),
    );
  });
});
