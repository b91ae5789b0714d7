import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readAnkiPackage } from 'anki-reader';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { checkDelivery } from '../../../src/deliver/deliveries.ts';
import {
  bytesOf,
  definitionOf,
  deliver,
  foreignText,
  isReadable,
  recordOf,
  type Circumstances,
} from '../../support/delivery.ts';
import { useScratchFolder } from '../../support/scratch.ts';

type RowOf = Readonly<Record<string, string | number>>;

/** As a person sees it. */
const shown = (html: string): string =>
  html
    .replaceAll('<br>', '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#91;', '[')
    .replaceAll('&amp;', '&');

async function packageOf(data: readonly object[], given: Circumstances = {}): Promise<Uint8Array> {
  const records = data.map((each, place) => recordOf(`r${place + 1}`, each as Record<string, unknown>));
  return bytesOf(await deliver('apkg', records, given));
}

/** The fields of the cards as somebody else's program reads them, by position. */
async function cardsIn(bytes: Uint8Array): Promise<{ readonly deck: string; readonly fields: readonly string[] }[]> {
  const { collection, media } = await readAnkiPackage(new Blob([new Uint8Array(bytes)]));
  assert.deepEqual(media, {});
  assert.equal(collection.getVersion(), 11);
  const cards = Object.values(collection.getDecks()).flatMap((deck) =>
    Object.values(deck.getCards()).map((card) => {
      const { due } = card.getRawCard() as { due: number };
      return { due, deck: deck.getName(), fields: Object.values(card.getFields()) };
    }),
  );
  return cards.sort((a, b) => a.due - b.due).map(({ deck, fields }) => ({ deck, fields }));
}

describe('a deck of cards', () => {
  const scratch = useScratchFolder();

  function query(bytes: Uint8Array, sql: string): RowOf[] {
    const path = join(scratch(), 'collection.anki2');
    writeFileSync(path, unzipSync(bytes)['collection.anki2']!);
    const database = new DatabaseSync(path);
    try {
      return database.prepare(sql).all() as RowOf[];
    } finally {
      database.close();
    }
  }

  const words = [
    {
      word: 'Hund',
      meaning: { text: 'x' },
      card: { front: 'der Hund', back: 'dog\nhound', topics: ['animals', 'A 1'] },
    },
    { word: 'Buch', card: { front: '<Buch> & "mehr"', back: ['book', 'volume'] } },
    { word: 'Zahl', card: { front: 7, back: true } },
  ];
  const german = {
    stages: ['meaning', 'card'],
    options: { deck: 'German::A1', key: 'word', tags: 'german', tagsFrom: 'card.topics' },
  };

  it('is read by somebody else in the order of the records', async () => {
    assert.deepEqual(await cardsIn(await packageOf(words, german)), [
      { deck: 'German::A1', fields: ['der Hund', 'dog<br>hound'] },
      { deck: 'German::A1', fields: ['&lt;Buch&gt; &amp; &quot;mehr&quot;', 'book<br>volume'] },
      { deck: 'German::A1', fields: ['7', 'true'] },
    ]);
  });

  it('has the same identities again, whatever else has changed', async () => {
    const before = await packageOf(words, german);
    const changed = words.toReversed().map((each) => ({ ...each, card: { ...each.card, back: 'new' } }));
    const after = await packageOf([{ word: 'Ei', card: { front: 'Ei', back: 'egg' } }, ...changed], {
      ...german,
      beganAt: Date.UTC(2027, 0),
    });
    const guids = (bytes: Uint8Array): Map<unknown, unknown> =>
      new Map(
        query(bytes, 'SELECT guid, flds, mid FROM notes').map(({ guid, flds, mid }) => [
          String(flds).split('\u001f')[0],
          [guid, mid],
        ]),
      );
    const [old, recent] = [guids(before), guids(after)];
    assert.equal(recent.size, 4);
    for (const [front, identity] of old) assert.deepEqual(recent.get(front), identity);
    assert.equal(query(after, 'SELECT min(mod) AS mod FROM notes')[0]?.mod, Date.UTC(2027, 0) / 1000);
    const elsewhere = await packageOf(words, { ...german, options: { ...german.options, deck: 'Other' } });
    assert.equal(
      [...guids(elsewhere).values()].some((each) => [...old.values()].some((other) => String(other) === String(each))),
      false,
    );
  });

  it("has GUIDs of 64 bits in Anki's base 91", async () => {
    const [{ guid } = { guid: '' }] = query(await packageOf([words[0]!], german), 'SELECT guid FROM notes');
    const digits = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&()*+,-./:;<=>?@[]^_`{|}~';
    const number = Array.from(String(guid)).reduce((sum, digit) => sum * 91n + BigInt(digits.indexOf(digit)), 0n);
    const hash = createHash('sha1').update('German::A1\0Hund').digest('hex').slice(0, 16);
    assert.equal(number.toString(16).padStart(16, '0'), hash);
  });

  it('is the same package from the same records', async () => {
    assert.deepEqual(await packageOf(words, german), await packageOf(words, german));
  });

  it('keeps what Anki takes for granted between its tables', async () => {
    const bytes = await packageOf(words, { ...german, options: { ...german.options, reversed: true } });
    assert.deepEqual(Object.keys(unzipSync(bytes)), ['collection.anki2', 'media']);
    assert.equal(new TextDecoder().decode(unzipSync(bytes).media), '{}');
    assert.deepEqual(
      query(bytes, 'PRAGMA integrity_check').map(({ integrity_check }) => integrity_check),
      ['ok'],
    );
    assert.deepEqual(
      query(bytes, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").map(({ name }) => name),
      ['cards', 'col', 'graves', 'notes', 'revlog'],
    );
    const [col] = query(bytes, 'SELECT * FROM col');
    const models = JSON.parse(String(col?.models)) as Record<
      string,
      { flds: unknown[]; tmpls: unknown[]; did: number; req: unknown }
    >;
    const decks = JSON.parse(String(col?.decks)) as Record<string, { name: string }>;
    const [[mid, model]] = Object.entries(models) as [[string, (typeof models)[string]]];
    assert.deepEqual(
      Object.values(decks).map(({ name }) => name),
      ['Default', 'German::A1'],
    );
    assert.equal(model.did in decks, true);
    assert.equal(model.tmpls.length, 2);
    assert.deepEqual(model.req, [
      [0, 'any', [0]],
      [1, 'any', [1]],
    ]);
    const notes = query(bytes, 'SELECT * FROM notes ORDER BY id');
    for (const note of notes) {
      assert.equal(String(note.mid), mid);
      assert.equal(String(note.flds).split('\u001f').length, model.flds.length);
      assert.equal(note.csum, parseInt(createHash('sha1').update(String(note.sfld)).digest('hex').slice(0, 8), 16));
    }
    assert.equal(notes[0]?.tags, ' german animals A_1 ');
    assert.equal(notes[1]?.sfld, '<Buch> & "mehr"');
    const cards = query(
      bytes,
      'SELECT cards.*, notes.id AS note FROM cards LEFT JOIN notes ON notes.id = nid ORDER BY cards.id',
    );
    assert.deepEqual(
      cards.map(({ note, ord, due }) => [note, ord, due]),
      notes.flatMap(({ id }, place) => [
        [id, 0, place + 1],
        [id, 1, place + 1],
      ]),
    );
    assert.ok(cards.every(({ did }) => String(did) in decks));
    assert.deepEqual(query(bytes, 'SELECT * FROM revlog UNION ALL SELECT *, 0, 0, 0, 0, 0, 0 FROM graves'), []);
  });

  it('takes fields and templates from a person', async () => {
    const options = {
      fields: { Word: 'word', Meaning: 'card.back', Hint: 'card.hint' },
      templates: [
        { name: 'Forth', front: '{{Word}}', back: '{{FrontSide}}{{text:Meaning}}' },
        { front: '{{#Hint}}{{Hint}}{{/Hint}}', back: '{{Word}}' },
      ],
      noteType: 'My words',
      css: '.card { color: red }',
    };
    assert.deepEqual(checkDelivery(definitionOf('apkg', { options })), []);
    const bytes = await packageOf([words[0]!, { word: 'Ei', card: { hint: 'round' } }], { options });
    assert.deepEqual(
      query(bytes, 'SELECT flds FROM notes ORDER BY id').map(({ flds }) => flds),
      ['Hund\u001fdog<br>hound\u001f', 'Ei\u001f\u001fround'],
    );
    assert.deepEqual(
      query(bytes, 'SELECT ord FROM cards ORDER BY id').map(({ ord }) => ord),
      [0, 0, 1],
    );
    assert.match(
      String(query(bytes, 'SELECT models FROM col')[0]?.models),
      /"name":"My words".*"css":"\.card \{ color: red \}"/,
    );
  });

  it('says before a run what is wrong with its options', () => {
    const messages = checkDelivery(
      definitionOf('apkg', {
        path: 'deck.zip',
        options: {
          fields: { 'a:b': 'word', Back: 'back' },
          front: 'word',
          templates: [{ front: '{{Other}}', back: '' }, { front: 1 }],
          reversed: true,
          html: 'yes',
          colour: 'red',
        },
      }),
    );
    assert.deepEqual(
      messages.map(({ line }) => line),
      messages.map(() => 7),
    );
    assert.deepEqual(
      messages.map(({ message }) => message),
      [
        '"apkg" makes files that end in .apkg: correct "deck.zip".',
        '"apkg" takes either "fields", or "front" and "back": leave one of them out.',
        '"fields" of "apkg" has a name that Anki does not take, "a:b": name it in another way, without : { } and quotes.',
        '"reversed" of "apkg" goes without "templates": add a second template.',
        'Template 1 of "apkg" asks for "Other", which is no field of the cards: use a:b, Back.',
        'Template 1 of "apkg" has a front without a field: put one in it, such as "{{a:b}}".',
        'Template 2 of "apkg" must have the texts "front" and "back", may have a "name", and nothing else.',
        '"html" of "apkg" must be true or false, not "yes".',
        '"apkg" knows no "colour": it takes each, fields, front, back, deck, key, tagsFrom, reversed, templates, noteType, css, description, tags, html.',
      ],
    );
  });

  it('leaves out what lacks a side, is no text or is there already, and says so', async () => {
    const records = [
      recordOf('a', { front: 'A', back: 'a', id: 1 }),
      recordOf('b', { front: 'B', id: 2 }),
      recordOf('c', { front: { x: 1 }, back: 'c', id: 3 }),
      recordOf('d', { front: 'D', back: 'd', id: 1 }),
      recordOf('e', { front: 'E', back: 'e' }),
      recordOf('f', { front: 'F', back: 'f', id: '1x' }),
    ];
    const made = await deliver('apkg', records, { options: { key: 'id' } });
    assert.deepEqual(
      (await cardsIn(bytesOf(made))).map(({ fields }) => fields[0]),
      ['A', 'F'],
    );
    assert.deepEqual(made.notes, [
      'The record "b" is left out: it has no "back".',
      'The record "c" is left out: it has no text in "front".',
      'The record "d" is left out: a card before it has the same key.',
      'The record "e" is left out: it has no "id" for its key.',
    ]);
  });

  it('is a whole package without a card', async () => {
    assert.deepEqual(await cardsIn(await packageOf([])), []);
  });

  it('runs nothing that a stranger writes, unless fields are said to be HTML', async () => {
    const data = [
      {
        front: '<img src=x onerror=alert(1)>[latex]\\input{/etc/passwd}[/latex]',
        back: '[sound:x.mp3] [$]x[/$] [anki:play:q:0]',
      },
    ];
    const [plain] = await cardsIn(await packageOf(data));
    assert.doesNotMatch(plain!.fields.join(), /<|\[(?:\/?latex|\/?\$|sound|anki)/);
    assert.equal(shown(plain!.fields[0]!), data[0]!.front);
    const [html] = await cardsIn(
      await packageOf([{ front: '<b>a</b>', back: 'x &amp; y' }], { options: { html: true } }),
    );
    assert.deepEqual(html?.fields, ['<b>a</b>', 'x &amp; y']);
  });

  it('is read back with the same values, whatever they are', async () => {
    const cards = fc.array(fc.record({ front: foreignText, back: foreignText }), { maxLength: 5 });
    const asShown = (text: string): string =>
      text
        .toWellFormed()
        .replace(/\r\n?|[\v\f\u0085]/g, '\n')
        .replace(/(?![\t\n])\p{Cc}|\p{Noncharacter_Code_Point}/gu, '\ufffd')
        .trim();
    await fc.assert(
      fc.asyncProperty(cards, async (given) => {
        const read = await cardsIn(await packageOf(given));
        const whole = given.filter(({ front, back }) => isReadable(front) && isReadable(back));
        assert.deepEqual(
          read.map(({ fields }) => fields.map(shown)),
          whole.map(({ front, back }) => [asShown(front), asShown(back)]),
        );
      }),
      { numRuns: 60 },
    );
  });
});
