import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PackedTexts } from '../../../src/base/packedTexts.ts';
import { TextPlaces } from '../../../src/base/textPlaces.ts';

/** Any UTF-16 units, halves of pairs too; often such as need one byte each. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  // Longer than what is taken from the system at once, and nearly as long.
  fc.constantFrom('x'.repeat(1_048_575), 'é'.repeat(1_048_576), '茶'.repeat(600_000), ''),
);

describe('packed texts', () => {
  it('are what came in, whatever came before and after them', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 60 }), (texts) => {
        const packed = new PackedTexts();
        for (const [place, text] of texts.entries()) assert.equal(packed.push(text), place);
        assert.equal(packed.length, texts.length);
        for (const [place, text] of texts.entries()) assert.ok(packed.at(place) === text);
        assert.equal(packed.at(texts.length), '');
      }),
      { numRuns: 60 },
    );
  });
});

describe('places of texts', () => {
  it('are given out in order, one for each different text', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText, fc.constantFrom('a', 'b', 'a\0', '')), { maxLength: 60 }), (texts) => {
        const places = new TextPlaces();
        const known = new Map<string, number>();
        for (const text of texts) {
          assert.equal(places.find(text), known.get(text));
          const place = known.get(text) ?? known.size;
          known.set(text, place);
          assert.equal(places.add(text), place);
        }
        assert.equal(places.size, known.size);
        for (const [text, place] of known) assert.ok(places.textAt(place) === text && places.find(text) === place);
      }),
      { numRuns: 60 },
    );
  });

  it('hold for many thousand texts that are alike', () => {
    const places = new TextPlaces();
    const texts = Array.from({ length: 20_000 }, (_, place) => `candidates/tagline/SKU-${place}/*.md`);
    for (const [place, text] of texts.entries()) assert.equal(places.add(text), place);
    for (const [place, text] of texts.entries()) assert.equal(places.find(text), place);
    assert.equal(places.find('candidates/tagline/SKU-20000/*.md'), undefined);
  });
});
