import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  likeness,
  LikenessIndex,
  nearFrom,
  sketchOf,
  type Similar,
} from '../../../../src/candidates/likeness/likeness.ts';
import { seededRandom } from '../../../support/server/random.ts';

type Words = readonly string[];

/** Makes texts of a topic, and others that say nearly the same, always the same ones. */
class Maker {
  readonly #random: () => number;
  readonly #vocabulary: Words;

  constructor(seed: string, vocabulary: Words) {
    this.#random = seededRandom(seed);
    this.#vocabulary = vocabulary;
  }

  below(most: number): number {
    return Math.floor(this.#random() * most);
  }

  /** Common words come often, as they do in a language. */
  word(): string {
    const place = Math.floor(this.#vocabulary.length * this.#random() ** 3);
    return this.#vocabulary[place] ?? '';
  }

  words(from: number, to: number): Words {
    return Array.from({ length: from + this.below(to - from) }, () => this.word());
  }

  /** With so many words in another place replaced. */
  edited(words: Words, replaced: number): Words {
    const edited = [...words];
    for (let left = replaced; left > 0; left--) edited[this.below(edited.length)] = this.word();
    return edited;
  }
}

function vocabularyOf(size: number, make: (place: number, random: () => number) => string): Words {
  const random = seededRandom('vocabulary');
  return Array.from({ length: size }, (_, place) => make(place, random));
}

const letters = 'etaoinshrdlu';
const english = vocabularyOf(2_000, (_, random) => {
  const length = 3 + Math.floor(random() * 7);
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('');
});
const chinese = vocabularyOf(2_000, (place) => String.fromCodePoint(0x4e00 + place));

interface MadePairs {
  readonly originals: readonly string[];
  /** Each says nearly the same as the original at its place. */
  readonly variants: readonly string[];
}

function sentences(words: Words): string {
  return words.map((word, place) => (place % 12 === 11 ? `${word}.` : word)).join(' ');
}

/** How the index does: it gets all originals, then all variants and as many texts of the same topic that are others. */
function measured({ originals, variants }: MadePairs, others: readonly string[]) {
  const index = new LikenessIndex<number>();
  originals.forEach((text, place) => index.add(place, sketchOf(text)));
  let right = 0;
  let wrong = 0;
  variants.forEach((text, place) => {
    const found = index.add(originals.length + place, sketchOf(text));
    if (found?.key === place) right++;
    else if (found) wrong++;
  });
  others.forEach((text, place) => {
    if (index.add(-1 - place, sketchOf(text))) wrong++;
  });
  return { precision: right / (right + wrong), recall: right / variants.length };
}

const count = 400;

describe('likeness', function () {
  this.timeout(30_000);

  const kinds: Readonly<
    Record<string, (maker: Maker, title: string) => { original: string; variant: string; other: string }>
  > = {
    'long texts with every twentieth word replaced': (maker, title) => {
      const words = maker.words(100, 400);
      const other = `${title} ${sentences(maker.words(100, 400))}`;
      return {
        original: `${title} ${sentences(words)}`,
        variant: `${title} ${sentences(maker.edited(words, words.length / 20))}`,
        other,
      };
    },
    'long texts with two parts in another order, other case and punctuation': (maker, title) => {
      const words = maker.words(80, 300);
      const cut = Math.floor(words.length / 3);
      const variant = [...words.slice(cut), ...words.slice(0, cut)].join(', ').toUpperCase();
      return { original: `${title} ${sentences(words)}`, variant, other: `${title} ${maker.words(80, 300).join(' ')}` };
    },
    'taglines with a word replaced': (maker, title) => {
      const words = maker.words(9, 20);
      const start = title.split(' ').slice(0, 2).join(' ');
      return {
        original: `${start}: ${words.join(' ')}`,
        variant: `${start}: ${maker.edited(words, 1).join(' ')}!`,
        other: `${start}: ${maker.words(9, 20).join(' ')}`,
      };
    },
  };
  for (const [name, make] of Object.entries(kinds)) {
    it(`finds ${name}, with precision and recall of 0.95 at least`, () => {
      const maker = new Maker(name, english);
      const title = maker.words(12, 13).join(' ');
      const made = Array.from({ length: count }, () => make(maker, title));
      const pairs = { originals: made.map((each) => each.original), variants: made.map((each) => each.variant) };
      const { precision, recall } = measured(
        pairs,
        made.map((each) => each.other),
      );
      assert.ok(precision >= 0.95, `precision ${precision}`);
      assert.ok(recall >= 0.95, `recall ${recall}`);
    });
  }

  for (const [length, replaced] of [
    [20, 1],
    [40, 2],
    [300, 10],
  ] as const) {
    it(`finds Chinese texts of ${length} characters with ${replaced} replaced, with precision and recall of 0.95 at least`, () => {
      const maker = new Maker(`Chinese ${length}`, chinese);
      const texts = Array.from({ length: count }, () => maker.words(length, length + 1));
      const pairs = {
        originals: texts.map((each) => `${each.join('')}。`),
        variants: texts.map((each) => maker.edited(each, replaced).join('')),
      };
      const others = texts.map(() => maker.words(length, length + 1).join(''));
      const { precision, recall } = measured(pairs, others);
      assert.ok(precision >= 0.95, `precision ${precision}`);
      assert.ok(recall >= 0.95, `recall ${recall}`);
    });
  }

  it('knows what is the same but for line endings and the space around it', () => {
    const index = new LikenessIndex<string>();
    index.add('a', sketchOf('One line.\nAnother line.\n'));
    const same: Similar<string> = { key: 'a', kind: 'exact', likeness: 1 };
    assert.deepEqual(index.add('b', sketchOf('\ufeffOne line.\r\nAnother line.'.slice(1))), same);
    assert.equal(index.add('c', sketchOf('Nothing of that is said here, and nothing like it.')), undefined);
  });

  it('compares texts that have neither letters nor digits', () => {
    assert.equal(likeness(sketchOf('🙂🙂🎉'), sketchOf('🙂🙂🎉\n')), 1);
    assert.ok(likeness(sketchOf('🙂🙂🎉'), sketchOf('—')) < nearFrom);
    assert.equal(likeness(sketchOf(''), sketchOf(' \n')), 1);
  });

  it('compares the values of JSON and not its keys', () => {
    const json = (title: string, body: string) => JSON.stringify({ title, description: body, keywords: [title] });
    const one = json('Slow Start', 'A cold brew for those who wake up late and like it so.');
    const other = json('Early Bird', 'Espresso that gets you out of bed before anybody else.');
    assert.ok(likeness(sketchOf(one, true), sketchOf(other, true)) < 0.2);
    assert.ok(
      likeness(
        sketchOf(one, true),
        sketchOf(json('Slow Start', 'A cold brew for those who wake up late and love it so.'), true),
      ) > nearFrom,
    );
    assert.ok(likeness(sketchOf('{ broken', true), sketchOf('{ broken ', true)) === 1);
  });

  it('folds texts under one that stands for all of them', () => {
    const maker = new Maker('chain', english);
    const index = new LikenessIndex<number>();
    const sketches = [sketchOf(sentences(maker.words(200, 201)))];
    let words = maker.words(200, 201);
    for (let place = 0; place < 50; place++) {
      words = maker.edited(words, 8);
      sketches.push(sketchOf(sentences(words)));
    }
    const stands = new Set<number>();
    sketches.forEach((sketch, place) => {
      const found = index.add(place, sketch);
      if (!found) return stands.add(place);
      assert.ok(stands.has(found.key), 'nothing is folded under what is folded itself');
      return assert.ok(likeness(sketch, sketches[found.key]!) >= nearFrom);
    });
    assert.ok(stands.size > 2, 'texts that have drifted apart are told apart');
  });

  it('is the same in both directions, from 0 to 1, whatever the texts are', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.lorem({ maxCount: 120 }));
    fc.assert(
      fc.property(text, text, (one, other) => {
        const found = likeness(sketchOf(one), sketchOf(other));
        assert.equal(found, likeness(sketchOf(other), sketchOf(one)));
        assert.ok(found >= 0 && found <= 1);
        assert.equal(likeness(sketchOf(one), sketchOf(one)), 1);
      }),
    );
  });

  it('is not held up by a text without end', () => {
    const long = sketchOf('a'.repeat(5_000_000));
    const nested = sketchOf(`${'['.repeat(100_000)}${']'.repeat(100_000)}`, true);
    assert.ok(likeness(long, nested) < nearFrom);
  });
});
