import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deliver, foreignText, isReadable, recordOf, textOf, type Circumstances } from '../../support/delivery.ts';
import { readXml } from '../../support/strictXml.ts';

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

async function pageOf(data: readonly object[], given: Circumstances = {}): Promise<string> {
  const records = data.map((each, place) => recordOf(`r${place + 1}`, each as Record<string, unknown>));
  return textOf(await deliver('html', records, given));
}

describe('a page', () => {
  it('holds the text of a record under its title', async () => {
    const page = await pageOf([{ title: 'Lamp & co', text: '# Lamp & co\n\nNice.\n\n## Use\n\n- on\n- off' }], {
      options: { language: 'de' },
    });
    assert.match(page, /^<!DOCTYPE html>\n<html lang="de">/);
    assert.match(page, /<title>Lamp &amp; co<\/title>/);
    assert.match(
      page,
      /<main>\n<h1>Lamp &amp; co<\/h1>\n<article id="part-1">\n<p>Nice\.<\/p>\n<h2>Use<\/h2>\n<ul>\n<li>on<\/li>\n<li>off<\/li>\n<\/ul>\n<\/article>\n<\/main>/,
    );
  });

  it('holds the texts of several records with what they are called', async () => {
    const page = await pageOf([{ title: 'A', text: '# Part' }, { text: 'b' }, { title: 'C', text: 'c' }], {
      options: { title: 'All' },
    });
    const { tags, text } = readXml(page.replace(/^.*\n/, ''));
    assert.deepEqual(
      tags.filter(({ name }) => /^h\d$/.test(name)).map(({ name }) => name),
      ['h1', 'h2', 'h3', 'h2'],
    );
    assert.match(text, /All\n\n\nA\nC\n\n\n\nA\nPart\n\n\nb\n\n\nC\nc\n/);
    assert.doesNotMatch(
      await pageOf(
        [
          { title: 'A', text: 'a' },
          { title: 'B', text: 'b' },
        ],
        { options: { contents: false } },
      ),
      /<nav>/,
    );
  });

  it('reads JSON of a stage as a whole, or the fields that a person names', async () => {
    const page = {
      title: 'Lamp',
      summary: 'Short',
      points: ['a', 'b'],
      parts: [{ heading: 'One', text: 'first' }],
      price: { amount: 3 },
    };
    const whole = readXml((await pageOf([{ sku: 'x', page }], { stages: ['page'] })).replace(/^.*\n/, '')).text;
    assert.match(whole, /Lamp\n\nsummary: Short\npoints\n\na\nb\n\nparts\nOne\nfirst\nprice\namount: 3\n/);
    const options = { text: ['page.parts', 'page.none', 'page.summary'], heading: ['none', 'sku'] };
    const named = readXml(
      (await pageOf([{ sku: 'x', page }], { stages: ['page'], options })).replace(/^.*\n/, ''),
    ).text;
    assert.match(named, /x\n\nOne\nfirst\nShort\n/);
  });

  it('makes a page for each record whose path says so', async () => {
    const records = [
      recordOf('a/1', { title: 'A', text: 'a' }),
      recordOf('b', { title: 'B', text: 'b' }),
      recordOf('A-1', { title: 'Like a/1 for some disks', text: 'c' }),
    ];
    const { files, notes } = await deliver('html', records, { path: 'site/{{ key }}.html' });
    assert.deepEqual(
      files.map(({ path }) => path),
      ['site/a-1.html', 'site/b.html'],
    );
    assert.match(String(files[1]?.content), /<h1>B<\/h1>/);
    assert.match(String(files[0]?.content), /Like a\/1/);
    assert.deepEqual(notes, []);
  });

  it('has its images in it, and loads nothing', async () => {
    const text = '![ok](a.png) ![web](https://x.example/p.png) ![gone](b.png)';
    const page = await pageOf([{ text }], { files: { 'a.png': png } });
    assert.match(
      page,
      /<img src="data:image\/png;base64,iVBORw0KGgo=" alt="ok" \/> <a href="https:\/\/x\.example\/p\.png">web<\/a> gone/,
    );
    assert.match(page, /content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/);
  });

  it('shows a text as it is written when it is too long to be read', async () => {
    const text = `*a* <b>\n${'x'.repeat(1_000_000)}`;
    const { files, notes } = await deliver('html', [recordOf('k', { text })]);
    assert.match(String(files[0]?.content), /<pre><code>\*a\* &lt;b&gt;\nx+<\/code><\/pre>/);
    assert.deepEqual(notes, [
      'The record "k" has a text of more than 1,000,000 characters: it is shown as it is written.',
    ]);
  });

  it('tells what is missing where that is wanted', async () => {
    const missing = [{ key: 'p<1>', stage: 'ocr', message: 'Black.' }];
    assert.match(
      await pageOf([{ text: 'x' }], { missing, options: { missing: 'note' } }),
      /<li>p&lt;1&gt; \(ocr\): Black\.<\/li>/,
    );
    assert.doesNotMatch(await pageOf([{ text: 'x' }], { missing }), /Black/);
  });

  it('is well-formed and runs nothing, whatever texts come along', async () => {
    const text = fc.array(
      fc.oneof(
        foreignText,
        fc.constantFrom('<img onerror=x src=y>', '[a](javascript:x)', '\n\n', '<style>*{}</style>'),
      ),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ title: foreignText, text: text.map((parts) => parts.join('')) }), { maxLength: 3 }),
        async (data) => {
          const { tags } = readXml((await pageOf(data)).replace(/^.*\n/, ''));
          const count = (wanted: string): number => tags.filter(({ name }) => name === wanted).length;
          assert.equal(count('article'), data.filter((each) => isReadable(each.text)).length);
          assert.deepEqual([count('style'), count('script'), count('img'), count('meta')], [1, 0, 0, 3]);
          for (const { attributes } of tags) assert.match(attributes.href ?? '#', /^(?:#|https?:|mailto:)/);
        },
      ),
      { numRuns: 200 },
    );
  });
});
