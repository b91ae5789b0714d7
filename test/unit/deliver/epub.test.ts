import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EPub } from 'epub2';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { checkDelivery } from '../../../src/deliver/deliveries.ts';
import {
  bytesOf,
  contextOf,
  definitionOf,
  deliver,
  foreignText,
  isReadable,
  recordOf,
  type Circumstances,
} from '../../support/delivery.ts';
import { useScratchFolder } from '../../support/scratch.ts';
import { readXml, type XmlDocument } from '../../support/strictXml.ts';

const png = Uint8Array.from(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
);

const page = (text: string, more: object = {}): object => ({ structure: { text }, ...more });

async function bookOf(data: readonly object[], given: Circumstances = {}): Promise<Uint8Array> {
  const records = data.map((each, place) => recordOf(`r${place + 1}`, each as Record<string, unknown>));
  return bytesOf(await deliver('epub', records, { stages: ['structure'], ...given }));
}

/** Its own types need those of a library that nobody has. */
interface ReadBook {
  readonly metadata: Readonly<Record<string, string | undefined>>;
  readonly flow: readonly { readonly id: string; readonly title?: string }[];
  getChapterRawAsync(id: string): Promise<string>;
  getImageAsync(id: string): Promise<[Buffer, string]>;
  listImage(): readonly { readonly id: string }[];
}

const reader = EPub as unknown as { createAsync(path: string, images: string, links: string): Promise<ReadBook> };

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Every document of a book, read strictly; what the package lists is there, and nothing else. */
function documentsIn(bytes: Uint8Array): Map<string, XmlDocument> {
  const files = Object.entries(unzipSync(bytes));
  const documents = new Map<string, XmlDocument>();
  for (const [path, content] of files) {
    if (/\.(?:xhtml|opf|ncx|xml)$/.test(path)) documents.set(path, readXml(decoder.decode(content)));
  }
  const listed = documents
    .get('book/package.opf')!
    .tags.filter(({ name }) => name === 'item')
    .map(({ attributes }) => `book/${attributes.href}`);
  assert.deepEqual(
    listed.toSorted(),
    files
      .map(([path]) => path)
      .filter((path) => path.startsWith('book/') && !path.endsWith('.opf'))
      .toSorted(),
  );
  for (const { tags } of documents.values()) {
    for (const { name, attributes } of tags) {
      if (name === 'img')
        assert.ok(listed.includes(`book/${attributes.src}`), `an image that is not there: ${attributes.src}`);
      assert.ok(!['script', 'iframe', 'object', 'style', 'form'].includes(name), name);
      assert.deepEqual(
        Object.keys(attributes).filter((attribute) => attribute.startsWith('on')),
        [],
      );
    }
  }
  return documents;
}

describe('a book', () => {
  const scratch = useScratchFolder();

  /** As somebody else's program reads it. */
  function readBack(bytes: Uint8Array): Promise<ReadBook> {
    const path = join(scratch(), 'book.epub');
    writeFileSync(path, bytes);
    return reader.createAsync(path, '', '');
  }

  const whole: Circumstances = {
    options: {
      title: 'Ships & <Seas>',
      author: ['A. Body', 'B. Body'],
      language: 'en-GB',
      cover: 'art/cover.png',
      description: 'All of it.',
    },
    files: { 'art/cover.png': png, 'scans/a b.png': png },
  };

  it('is read by somebody else: facts, contents and chapters in order', async () => {
    const book = await readBack(
      await bookOf(
        [
          page('First **bold**\n\n| a | b |\n| - | -: |\n| 1 | 2 |', { title: 'One & only' }),
          page('# Two\n\n![A *ship*](scans/a%20b.png) and ![a ship](scans/a%20b.png)'),
          page('No heading at all'),
        ],
        whole,
      ),
    );
    assert.equal(book.metadata.title, 'Ships & <Seas>');
    assert.equal(book.metadata.creator, 'A. Body');
    assert.equal(book.metadata.language, 'en-gb');
    assert.match(String(book.metadata.UUID), /^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
    assert.deepEqual(
      book.flow.map(({ id, title }) => [id, title]),
      [
        ['cover', undefined],
        ['title', 'Ships & <Seas>'],
        ['chapter-1', 'One & only'],
        ['chapter-2', 'Two'],
        ['chapter-3', 'r3'],
      ],
    );
    assert.match(
      await book.getChapterRawAsync('chapter-1'),
      /<h1>One &amp; only<\/h1>\n<p>First <strong>bold<\/strong><\/p>\n<table>/,
    );
    assert.match(
      await book.getChapterRawAsync('chapter-2'),
      /<h1>Two<\/h1>\n<p><img src="image-1.png" alt="A ship" \/> and <img/,
    );
    assert.deepEqual(
      book.listImage().map(({ id }) => id),
      ['cover-image', 'image-1'],
    );
    const [image, type] = await book.getImageAsync('image-1');
    assert.deepEqual([Uint8Array.from(image), type], [png, 'image/png']);
  });

  it('begins with its media type, as it is, so that anybody knows it', async () => {
    const bytes = Buffer.from(await bookOf([page('x')]));
    assert.equal(bytes.readUInt32LE(0), 0x04034b50);
    assert.equal(bytes.readUInt16LE(8), 0, 'stored');
    assert.equal(bytes.readUInt16LE(28), 0, 'nothing in between');
    assert.equal(bytes.toString('latin1', 30, 58), 'mimetypeapplication/epub+zip');
    assert.deepEqual(Object.keys(unzipSync(bytes)).slice(0, 2), ['mimetype', 'META-INF/container.xml']);
  });

  it('is the same bytes from the same records, with an identity that lasts', async () => {
    const data = [page('x'), page('![](a.png)')];
    const files = { 'a.png': png };
    assert.deepEqual(await bookOf(data, { files }), await bookOf(data, { files }));
    const [before, after] = [await bookOf(data), await bookOf([page('other')], { beganAt: 0 })].map(
      (bytes) => /urn:uuid:[^<]*/.exec(decoder.decode(unzipSync(bytes)['book/package.opf']))?.[0],
    );
    assert.equal(before, after);
    const own = await bookOf(data, { options: { identifier: 'urn:isbn:9780' } });
    assert.match(decoder.decode(unzipSync(own)['book/package.opf']), />urn:isbn:9780</);
  });

  it('names what is missing in a chapter of its own, unless it is left out', async () => {
    const gathered = page('x', { missing: [{ key: 'p<3>', stage: 'ocr', message: 'Black.' }, 5] });
    const given = {
      missing: [
        { key: 'p9', stage: 'fix', message: 'No.' },
        { key: 'p<3>', stage: 'ocr', message: 'Black.' },
      ],
    };
    const documents = documentsIn(await bookOf([gathered], given));
    assert.match(
      documents.get('book/missing.xhtml')!.text,
      /Missing parts\n\np<3> \(ocr\): Black\.\np9 \(fix\): No\.\n/,
    );
    assert.ok(
      !documentsIn(await bookOf([gathered], { ...given, options: { missing: 'leave out' } })).has('book/missing.xhtml'),
    );
    assert.ok(!documentsIn(await bookOf([page('x')])).has('book/missing.xhtml'));
  });

  it('is a whole book without a chapter', async () => {
    const book = await readBack(await bookOf([]));
    assert.deepEqual(
      book.flow.map(({ id }) => id),
      ['title'],
    );
    documentsIn(await bookOf([]));
  });

  it('makes chapters of a list in the record, and of gathered pages', async () => {
    const record = { structure: { chapters: [{ title: 'A', text: 'a' }, { title: 'B', text: 'b' }, { title: 'C' }] } };
    const made = await deliver('epub', [recordOf('k', record)], {
      stages: ['structure'],
      options: { each: 'structure.chapters' },
    });
    const book = await readBack(bytesOf(made));
    assert.deepEqual(
      book.flow.slice(1).map(({ title }) => title),
      ['A', 'B'],
    );
    assert.deepEqual(made.notes, ['The record "k/3" is left out: it has no "text".']);
    const pages = await readBack(
      await bookOf([{ records: [{ ocr: { text: 'p1' } }, { fix: { text: 'p2' }, ocr: { text: 'x' } }] }], {
        stages: ['ocr', 'fix'],
      }),
    );
    assert.match(await pages.getChapterRawAsync('chapter-1'), /<p>p1<\/p>\n<p>p2<\/p>/);
  });

  it('shows footnotes, each with a way back', async () => {
    const text =
      'A[^1] and B[^x], again[^1]. None[^none].\n\n[^x]: See *there*[^deep].\n[^1]: One\n    more\n\n    paragraph\n[^deep]: Deep\n[^alone]: Alone\n\nEnd';
    const documents = documentsIn(await bookOf([page(text), page('Other[^1]\n\n[^1]: Own')]));
    const { text: shown, tags } = documents.get('book/chapter-1.xhtml')!;
    assert.match(shown, /A1 and B2, again1\. None\[\^none\]\.\nEnd\n/);
    assert.match(shown, /1\nOne\nmore\nparagraph\n\n\n2\nSee there3\.\n\n\n3\nDeep\n\n\n4\nAlone\n/);
    assert.equal(tags.filter(({ attributes }) => attributes['epub:type'] === 'noteref').length, 4);
    assert.equal(tags.filter(({ attributes }) => attributes.role === 'doc-backlink').length, 3);
    assert.match(documents.get('book/chapter-2.xhtml')!.text, /Other1\n[^]*Own/);
  });

  it('takes images of the folder only, tells of the others and links what is on the web', async () => {
    const asked: string[] = [];
    const { readFile } = contextOf({
      files: {
        'scans/ok.png': png,
        'scans/evil.svg': new TextEncoder().encode('<svg onload="x"/>'),
        'scans/text.png': new Uint8Array(3),
      },
    });
    const text = [
      'ok.png',
      '../../etc/passwd',
      '/etc/passwd',
      'file:///etc/passwd',
      'evil.svg',
      'text.png',
      'gone.png',
      '%2e%2e/%2e%2e/x',
      'a%00b',
      'https://web.example/x.png',
      'data:image/png;base64,AAAA',
      '..%5c..%5cx',
    ]
      .map((source, place) => `![p${place}](<${source}>)`)
      .join('\n\n');
    const made = await deliver('epub', [recordOf('k', page(text) as Record<string, unknown>)], {
      stages: ['structure'],
      options: { images: 'scans', cover: '../cover.png' },
      readFile: (path, most) => {
        asked.push(path);
        return readFile(path, most);
      },
    });
    const { tags, text: shown } = documentsIn(bytesOf(made)).get('book/chapter-1.xhtml')!;
    assert.deepEqual(
      tags.filter(({ name }) => name === 'img').map(({ attributes }) => attributes.alt),
      ['p0'],
    );
    assert.deepEqual(
      tags.filter(({ name }) => name === 'a').map(({ attributes }) => attributes.href),
      ['https://web.example/x.png'],
    );
    assert.deepEqual(asked, ['out.epub', 'scans/ok.png', 'scans/evil.svg', 'scans/text.png', 'scans/gone.png']);
    assert.match(shown, /p1\np2\n/);
    assert.ok(
      made.notes.includes('The image "evil.svg" of the record "k" is left out: it is no PNG, JPEG, GIF or WebP.'),
      made.notes.join('\n'),
    );
    assert.ok(
      made.notes.includes('The image "../cover.png" is left out: it must be a file of the folder of the pipeline.'),
    );
    assert.ok(
      made.notes.includes(
        'The image "gone.png" of the record "k" is left out: There is no file scans/gone.png: correct its name.',
      ),
    );
  });

  it('keeps links that lead to a page or a mailbox, and only these', async () => {
    const links = [
      'https://a.example/?x=1&y="2"',
      'mailto:a@b.example',
      'javascript:alert(1)',
      'vscode://x',
      'other.html',
      '#top',
      '//x.example',
      'http://[',
      'FILE:///x',
    ];
    const text = `${links.map((link, place) => `[t${place}](<${link}>)`).join(' ')} [a <https://inner.example> b](https://outer.example)`;
    const { tags } = documentsIn(await bookOf([page(text)])).get('book/chapter-1.xhtml')!;
    assert.deepEqual(
      tags.filter(({ name }) => name === 'a').map(({ attributes }) => attributes.href),
      ['https://a.example/?x=1&y=%222%22', 'mailto:a@b.example', 'https://outer.example'],
    );
  });

  it('is written from the right where its language is', async () => {
    const { tags } = documentsIn(await bookOf([page('x')], { options: { language: 'ar' } })).get(
      'book/chapter-1.xhtml',
    )!;
    assert.deepEqual([tags[0]?.attributes.lang, tags[0]?.attributes.dir], ['ar', 'rtl']);
    const options = { language: 'English', missing: 'maybe' };
    assert.deepEqual(
      checkDelivery(definitionOf('epub', { options })).map(({ message }) => message),
      [
        '"language" must be the code of a language, such as "en" or "pt-BR".',
        '"missing" of "epub" must be "note" or "leave out", not "maybe".',
      ],
    );
  });

  it('is well-formed whatever texts, titles and names come along', async () => {
    const pieces = fc.constantFrom(
      '[a](',
      '![x](a.png)',
      '![x](',
      ')',
      '](b)',
      '[^1]',
      '[^1]: n\n',
      '\n\n',
      '\n# ',
      '\n- ',
      '\n> ',
      '\n|a|b|\n|-|-|\n|',
      '**',
      '`',
      '\n```x"<\n',
      '<a href="x">',
      '&#12;',
      '&#1;',
      '&nbsp;',
      '<https://e.example>',
      '\n    ',
      '\n1. ',
      '---\n',
    );
    const text = fc.array(fc.oneof(foreignText, pieces), { maxLength: 14 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ title: foreignText, text }), { maxLength: 3 }),
        foreignText,
        async (data, name) => {
          const documents = documentsIn(
            await bookOf(data, {
              name,
              options: { author: `x${name}`, ...(name.trim() === '' ? {} : { title: name }) },
              files: { 'a.png': png },
            }),
          );
          const chapters = [...documents.keys()].filter((path) => path.includes('chapter-'));
          assert.equal(chapters.length, data.filter((each) => isReadable(each.text)).length);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is read back with the same titles and texts, whatever they are', async () => {
    const asLine = (text: string): string =>
      text
        .toWellFormed()
        .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
        .replace(/[\v\f\u0085]/g, ' ')
        .replace(/(?!\s)\p{Cc}|\p{Noncharacter_Code_Point}/gu, '\ufffd')
        .replace(/\s+/g, ' ')
        .trim();
    const fence = '~'.repeat(200);
    const chapter = fc.record({ title: foreignText, code: foreignText });
    await fc.assert(
      fc.asyncProperty(fc.array(chapter, { maxLength: 4 }), async (given) => {
        // A block of code has no markup in it: what comes back is what was there.
        const data = given.map(({ title, code }) => ({
          title: `t ${title}`,
          text: `${fence}\n${asLine(code)}\n${fence}`,
        }));
        const bytes = await bookOf(data);
        const book = await readBack(bytes);
        assert.deepEqual(
          book.flow.slice(1).map(({ title }) => title),
          data.map(({ title }) => asLine(title)),
        );
        const documents = documentsIn(bytes);
        for (const [place, { code }] of given.entries()) {
          assert.ok(documents.get(`book/chapter-${place + 1}.xhtml`)!.text.includes(`\n${asLine(code)}\n`));
        }
      }),
      { numRuns: 60 },
    );
  });
});
