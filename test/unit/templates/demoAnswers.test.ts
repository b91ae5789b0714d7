import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { JsonObject } from '../../../src/base/jsonObject.ts';
import { structuredText } from '../../../src/candidates/structured/structuredText.ts';
import { chaptersOf } from '../../../src/services/demo/chapters.ts';
import { demoJson } from '../../../src/services/demo/demoJson.ts';
import { demoText } from '../../../src/services/demo/demoText.ts';
import { materialOf } from '../../../src/services/demo/material.ts';
import { mendedText } from '../../../src/services/demo/mendText.ts';
import { referencesIn } from '../../../src/services/demo/references.ts';
import { seededRandom } from '../../../src/services/demo/seededRandom.ts';
import type { ChatMessage } from '../../../src/model/message.ts';

const asking = (content: string): ChatMessage[] => [{ role: 'user', content }];

async function answer(schema: JsonObject, content: string, seed = 1): Promise<unknown> {
  const text = demoJson(schema, asking(content), seededRandom(seed));
  assert.equal(text, demoJson(schema, asking(content), seededRandom(seed)));
  const read = await structuredText(text, schema);
  assert.equal(read.kind, 'valid', text);
  return JSON.parse(read.text);
}

function object(properties: JsonObject): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

const text = { type: 'string' };

describe('what the demo service answers to something given', () => {
  it('gives a text back with its mistakes mended, when it is asked to', () => {
    const page = 'tbe house had 1ost its\nwin-\ndows, aud the w0rld\nlooked in.\n\n| said nothing .';
    assert.equal(
      demoText(asking(`Correct this page.\n<text>\n${page}\n</text>`), seededRandom(1)),
      'the house had 1ost its windows, and the world looked in.\n\nI said nothing.\n',
    );
    assert.doesNotMatch(demoText(asking(`Write about it.\n<text>${page}</text>`), seededRandom(1)), /windows/);
  });

  it('keeps every word of a text that has no mistakes', () => {
    const words = fc.array(fc.stringMatching(/^[cegi-kmopsu]{3,9}[.,]?$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 5 }), (paragraphs) => {
        const whole = paragraphs.map((each) => each.join(' ')).join('\n\n');
        const broken = paragraphs.map((each) => each.join('\n')).join('\n\n\n');
        assert.equal(mendedText(broken), whole);
      }),
    );
  });

  it('parts a text at its chapters, and loses none of it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('CHAPTER I', 'Chapter 2. On Boats', 'It began', 'on a day.', 'A', '')),
        (parts) => {
          const chapters = chaptersOf(parts.join('\n\n'));
          const kept = chapters.map(({ title, text: own }) => (own === title ? title : `${title} ${own}`)).join(' ');
          const words = (value: string): string[] =>
            value.split(/\s+/).filter((word) => word !== '' && word !== '(continued)');
          assert.deepEqual(words(kept), words(parts.join(' ')));
          assert.ok(chapters.every(({ title, text: own }) => title !== '' && own !== ''));
        },
      ),
    );
  });

  it('copies a reference list as it stands', async () => {
    const paper = [
      'On rivers [1].',
      'References',
      '[1] Riverbend, M. A., & Ford, T. (2019). How towns re-',
      'member rivers. Oakum Press. doi:10.1234/Abc.9.',
      '[2] Lamport, L. (1978). Time, clocks, and the ordering of events. CACM, 21(7).',
    ].join('\n');
    const item = object({
      title: text,
      authors: { type: 'array', items: text },
      year: { type: ['integer', 'null'] },
      doi: { type: ['string', 'null'] },
    });
    assert.deepEqual(
      await answer(object({ items: { type: 'array', items: item } }), `List them.\n<text>${paper}</text>`),
      {
        items: [
          {
            title: 'How towns remember rivers',
            authors: ['M. A. Riverbend', 'T. Ford'],
            year: 2019,
            doi: '10.1234/Abc.9',
          },
          { title: 'Time, clocks, and the ordering of events', authors: ['L. Lamport'], year: 1978, doi: null },
        ],
      },
    );
  });

  it('names works of the catalogue where there is no list, and some where there is nothing', () => {
    const titles = (given: string, seed = 1): string[] =>
      referencesIn(given, seededRandom(seed)).map(({ title }) => title);
    assert.deepEqual(titles('We build on "Deep learning" and MapReduce.'), ['Deep learning']);
    assert.equal(titles('We build on nothing.').length, 3);
    assert.notDeepEqual(titles('We build on nothing.', 1), titles('We build on nothing.', 2));
  });

  it('finds numbers that a brief does not have', async () => {
    const schema = object({ ok: { type: 'boolean' }, problems: { type: 'array', items: text } });
    const brief = '<brief>\n# The library\n\n- It opens on 14 March.\n</brief>';
    const right = await answer(schema, `${brief}\n<text>Come on 14 March.</text>`);
    assert.deepEqual(right, { ok: true, problems: [] });
    assert.deepEqual(await answer(schema, `${brief}\n<text>Come on 15 March.</text>`), {
      ok: false,
      problems: ['The brief does not have the number 15.'],
    });
  });

  it('explains words of its glossary, and says something of others', async () => {
    const schema = object({
      meaning: text,
      examples: { type: 'array', items: object({ sentence: text, translation: text }) },
    });
    const known = (await answer(schema, '<word language="French">flâner</word>')) as { meaning: string };
    assert.equal(known.meaning, 'to stroll and look, without an aim');
    const other = (await answer(schema, '<word>Zwetschgenröster</word>')) as { examples: { sentence: string }[] };
    assert.match(other.examples[0]!.sentence, /Zwetschgenröster/);
  });

  it('matches a schema also where that asks for something else than it knows', async () => {
    const odd = object({
      ok: { type: 'string', format: 'date' },
      problems: { type: 'array', minItems: 2, items: { type: 'integer', minimum: 3 } },
      title: { type: 'string', maxLength: 3 },
    });
    await answer(odd, '<text>Chapter 1</text>');
    await answer(
      object({ items: { type: 'array', items: object({ title: text, doi: { type: 'integer' } }) } }),
      '<text>A</text>',
    );
    await answer(
      object({ chapters: { type: 'array', minItems: 4, items: object({ title: text, text }) } }),
      '<text>A</text>',
    );
  });

  it('finds what a prompt gives, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.constantFrom('<text>', '</text>', '<a b="c">', '<', 'x', '</a>')),
        (word, pieces) => {
          const { blocks } = materialOf(asking(`<page kind="x">${word.replaceAll('<', '')}</page>${pieces.join('')}`));
          assert.equal(blocks[0]?.name, 'page');
          assert.deepEqual(blocks[0].attributes, { kind: 'x' });
          assert.equal(blocks[0].text, word.replaceAll('<', '').trim());
        },
      ),
    );
  });

  it('ends soon for texts that are made to take long', () => {
    const long = 200_000;
    for (const given of [
      '<a>'.repeat(long / 3),
      '\n- '.repeat(long / 3),
      'A'.repeat(long),
      ' \n'.repeat(long / 2),
      '[1] A, '.repeat(long / 8),
    ]) {
      demoText(asking(`Correct this.\n<text>References\n${given}</text>`), seededRandom(1));
      materialOf(asking(given));
      chaptersOf(given);
      referencesIn(`References\n${given}`, seededRandom(1));
    }
  });
});
