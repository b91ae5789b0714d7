import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { checkDelivery, makeDelivery, stagesOfRecords } from '../../../src/deliver/deliveries.ts';
import { deliveryKinds } from '../../../src/flow/pipeline.ts';
import { zipFile, zipMadeAt } from '../../../src/deliver/zipFile.ts';
import { bytesOf, contextOf, definitionOf, deliver, foreignText, recordOf, textOf } from '../../support/delivery.ts';

const linesOf = (text: string): unknown[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

describe('deliveries', () => {
  it('write a line of JSON for each record, whole or by its columns', async () => {
    const records = [recordOf('a', { title: 'A', meta: { doi: '10.1/a', list: [1, { x: 2 }] } }), recordOf('b', {})];
    assert.equal(
      textOf(await deliver('jsonl', records)),
      '{"title":"A","meta":{"doi":"10.1/a","list":[1,{"x":2}]}}\n{}\n',
    );
    const columns = { Title: 'title', doi: 'meta.doi', second: 'meta.list.1.x' };
    assert.equal(
      textOf(await deliver('jsonl', records, { options: { columns } })),
      '{"Title":"A","doi":"10.1/a","second":2}\n{}\n',
    );
    assert.equal(
      textOf(await deliver('jsonl', records, { options: { columns: ['meta.doi'] } })),
      '{"meta.doi":"10.1/a"}\n{}\n',
    );
  });

  it('write JSON that says the same and shows nothing that turns or hides', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.oneof(foreignText, fc.constant('__proto__')), fc.jsonValue())),
        async (data) => {
          const text = textOf(
            await deliver(
              'jsonl',
              data.map((each, place) => recordOf(String(place), each)),
            ),
          );
          assert.deepEqual(linesOf(text), JSON.parse(JSON.stringify(data)));
          assert.doesNotMatch(text, /(?!\n)\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        },
      ),
    );
  });

  it('find nothing in what every object has', async () => {
    const hostile = JSON.parse('{"__proto__": {"title": "No", "text": "No"}, "constructor": 1}') as Record<
      string,
      unknown
    >;
    const { files, notes } = await deliver('markdown', [recordOf('a', hostile)]);
    assert.deepEqual([files[0]?.content, notes], ['', ['The record "a" is left out: it has no "text".']]);
    const options = { columns: ['constructor.name', '__proto__.title', 'toString'] };
    assert.equal(textOf(await deliver('jsonl', [recordOf('a', hostile)], { options })), '{"__proto__.title":"No"}\n');
  });

  it('make a record of each element of a list', async () => {
    const record = { title: 'Parent', stage: { items: [{ title: 'A', text: 'a' }, 'b'] } };
    const given = { stages: ['stage'], options: { each: 'stage.items' } };
    const { files, notes } = await deliver('markdown', [recordOf('k', record), recordOf('l', {})], given);
    assert.equal(files[0]?.content, '# A\n\na\n\n# Parent\n\nb\n');
    assert.deepEqual(notes, ['The record "l" is left out: it has no list "stage.items".']);
  });

  it('prefer what the last stage added', async () => {
    const record = {
      text: 'own',
      ocr: { text: 'ocr' },
      fix: { text: 'fix' },
      title: { text: 'from a stage of this name' },
    };
    assert.equal(
      textOf(await deliver('markdown', [recordOf('a', record)], { stages: ['ocr', 'fix', 'none'] })),
      'fix\n',
    );
    const title = textOf(await deliver('markdown', [recordOf('a', record)], { stages: ['title'] }));
    assert.equal(title, 'from a stage of this name\n');
    const input = { kind: 'pass' as const };
    const stages = [
      { name: 'a', input },
      { name: 'b', input: { kind: 'expand' as const, list: 'a.x' } },
      { name: 'c', input },
    ];
    assert.deepEqual(stagesOfRecords(stages), ['b', 'c']);
    assert.deepEqual(stagesOfRecords(stages.slice(2)), ['c']);
    assert.deepEqual(stagesOfRecords([]), []);
  });

  it('leave out records without a path, or with one that leads away', async () => {
    for (const kind of ['html', 'jsonl'] as const) {
      const paths: Record<string, string | undefined> = {
        a: '../x',
        b: undefined,
        c: 'C:\\x',
        d: 'x/.. /y',
        e: '/x',
        f: 'x/..',
        g: 'ok/..x',
      };
      const records = Object.keys(paths).map((key) => recordOf(key, { text: 'x' }));
      const made = await deliver(kind, records, { path: `{{ x }}.${kind}`, pathOf: (_, { key }) => paths[key] });
      assert.deepEqual(
        made.files.map(({ path }) => path),
        ['ok/..x'],
      );
      assert.equal(made.notes.length, 6);
      assert.equal(made.notes[0], 'The record "a" is left out: its path "../x" leads out of the folder.');
      assert.equal(
        made.notes[1],
        `The record "b" is left out: it lacks a value that its path needs ({{ x }}.${kind}).`,
      );
    }
  });

  it('tell of the first ones that are left out, and of how many more there are', async () => {
    const records = Array.from({ length: 1_025 }, (_, place) => recordOf(`${'x'.repeat(300)}${place}`, {}));
    const { notes } = await deliver('bibtex', records);
    assert.equal(notes.length, 21);
    assert.equal(notes.at(-1), '1,005 more notes like these are not shown.');
    assert.ok(notes.every((note) => note.length < 200));
  });

  it('say before a run what is wrong, with the line of the pipeline file', async () => {
    const wrong = { columns: 5, each: ['x'], __proto__: null, what: 1 };
    const problems = checkDelivery(definitionOf('jsonl', { path: 'a.json', options: wrong }));
    assert.deepEqual(problems, [
      { line: 7, message: '"jsonl" makes files that end in .jsonl or .ndjson: correct "a.json".' },
      {
        line: 7,
        message: '"each" of "jsonl" must be the name of a list in the record, such as "stage.items", not a list.',
      },
      { line: 7, message: '"columns" of "jsonl" must be a list of fields, or a block of "name: field" lines, not 5.' },
      { line: 7, message: '"jsonl" knows no "what": it takes each, columns.' },
    ]);
    const made = await makeDelivery(definitionOf('jsonl', { options: { columns: 5 } }), [], contextOf());
    assert.ok(!made.ok);
    assert.match(made.failure, /^out\.jsonl: "columns" of "jsonl" must be/);
  });

  it('accept every option that is documented, and document every option', () => {
    const page = readFileSync(new URL('../../../docs/deliveries.md', import.meta.url), 'utf8');
    for (const kind of deliveryKinds) {
      const [unknown] = checkDelivery(definitionOf(kind, { options: { '?': 1 } }));
      const names = /it takes (.*)\.$/
        .exec(unknown!.message)![1]!
        .split(', ')
        .filter((name) => name !== 'each');
      const section = page.split(/^## /m).find((part) => part.startsWith(`\`${kind}\``)) ?? '';
      const documented = [...section.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) =>
        [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
      );
      assert.deepEqual(documented.toSorted(), names.toSorted(), kind);
    }
  });

  it('are the same each time', async () => {
    const records = [
      recordOf('a', { title: 'A', text: '![](x) [^1]\n\n[^1]: n', front: 'f', back: 'b' }),
      recordOf('b', { text: 'b' }),
    ];
    for (const kind of deliveryKinds) {
      assert.deepEqual(await deliver(kind, records), await deliver(kind, records), kind);
    }
  });

  it('get through long and tangled texts', async () => {
    const tangles = [
      '[',
      '![',
      '[^',
      '`',
      '``` ',
      '*a _',
      '> ',
      '- ',
      '<!--',
      '<a ',
      '&#',
      '\\',
      '|',
      '[a](',
      '[^1]: ',
      '\n[^1]: x',
      '~~~\n',
      '**',
      '(',
      '(((',
    ];
    for (const tangle of tangles) {
      const text = tangle.repeat(Math.ceil(10_000 / tangle.length));
      for (const kind of ['markdown', 'html', 'epub', 'bibtex'] as const) {
        const { files } = await deliver(kind, [
          recordOf('a', { title: text, text, author: text, pages: text, date: text }),
        ]);
        assert.equal(files.length, 1);
      }
    }
  }).timeout(60_000);

  for (const [kind, path] of [
    ['epub', 'out.epub'],
    ['apkg', 'out.apkg'],
  ] as const) {
    it(`leave an ${kind} as it is where only the time of the run is another one`, async () => {
      const records = [recordOf('a', { front: 'Wort', back: 'word', text: 'A chapter' })];
      const earlier = bytesOf(await deliver(kind, records, { beganAt: Date.UTC(2026, 2, 29, 1, 30, 7) }));
      const later = { beganAt: Date.UTC(2026, 5, 1), files: { [path]: earlier } };
      assert.deepEqual(bytesOf(await deliver(kind, records, later)), earlier);
      const more = [...records, recordOf('b', { front: 'Satz', back: 'sentence', text: 'Another' })];
      const changed = bytesOf(await deliver(kind, more, later));
      assert.equal(zipMadeAt(changed), later.beganAt);
      assert.deepEqual(changed, bytesOf(await deliver(kind, more, { beganAt: later.beganAt })));
    });
  }

  it('keep their time in a zip, and read none from anything else', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(Date.UTC(1981, 0)), max: new Date(Date.UTC(2098, 0)), noInvalidDate: true }),
        (date) => {
          const madeAt = Math.floor(date.getTime() / 2000) * 2000;
          const [year, month, day, hour] = [
            date.getUTCFullYear(),
            date.getUTCMonth(),
            date.getUTCDate(),
            date.getUTCHours(),
          ];
          // Clocks are put forward over some hours.
          fc.pre(new Date(year, month, day, hour).getHours() === hour);
          assert.equal(zipMadeAt(zipFile([{ path: 'a', content: 'b' }], madeAt)), madeAt);
        },
      ),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.equal(zipMadeAt(bytes), undefined)));
  });
});
