import { contentHash } from '../base/hash.ts';
import { success } from '../base/outcome.ts';
import { escapeMarkup, oneLine } from './cleanText.ts';
import { deliveryKind } from './delivery.ts';
import { bookPage, containerXml, navigationPage, ncx, type BookFacts, type BookPage } from './epub/documents.ts';
import { packageFile } from './epub/packageFile.ts';
import { addressesOf, chapterHtml, readChapters, type ReadChapter } from './prose/chapterHtml.ts';
import { chaptersOf, readChapterOptions, type ChapterOptions } from './prose/chapters.ts';
import { Pictures, type Picture } from './prose/images.ts';
import { readLanguage } from './prose/language.ts';
import { missingHtml, missingLines, missingParts, missingTitle } from './prose/missing.ts';
import { bookStyle } from './prose/styles.ts';
import { zipFile, zipMadeAt } from './zipFile.ts';

interface EpubOptions extends ChapterOptions {
  readonly title?: string;
  readonly authors: readonly string[];
  readonly language: string;
  readonly identifier?: string;
  readonly description?: string;
  readonly publisher?: string;
  /** Path of an image, relative to the pipeline's folder. */
  readonly cover?: string;
  /** The folder that images of the texts are relative to. */
  readonly images?: string;
  /** What the table of contents is called. */
  readonly contents: string;
}

/** A book in EPUB 3 that readers of EPUB 2 open too: a chapter for each record. */
export const epub = deliveryKind<EpubOptions>('epub', {
  endings: ['.epub'],
  madeAt: zipMadeAt,
  read(reader) {
    const texts = Object.fromEntries(
      (['title', 'identifier', 'description', 'publisher', 'cover', 'images'] as const).flatMap((name) => {
        const text = reader.text(name);
        return text === undefined ? [] : [[name, text]];
      }),
    );
    return {
      authors: reader.texts('author') ?? [],
      language: readLanguage(reader),
      contents: reader.text('contents') ?? 'Contents',
      ...readChapterOptions(reader, true),
      ...texts,
    };
  },
  async make(records, options, context, notes) {
    const facts = factsOf(options, context.name, context.beganAt);
    const pictures = new Pictures(context, notes, options.images);
    const ofCover = new Pictures(context, notes);
    const cover = options.cover === undefined ? undefined : await ofCover.picture(options.cover);
    const chapters = await readChapters(chaptersOf(records, options, context, notes), notes);
    const address = await addressesOf(chapters, pictures, ({ name }) => name);
    const missing = options.tellsMissing ? missingLines(missingParts(records, context)) : [];
    const pages = [
      ...(cover ? [coverPage(coverImage(cover), facts)] : []),
      titlePage(facts),
      ...chapters.map((chapter, place) => chapterPage(chapter, place + 1, facts, address)),
      ...(missing.length === 0 ? [] : [missingPage(missing, facts)]),
    ];
    const all = [...(cover ? [coverImage(cover)] : []), ...(await pictures.all())];
    return success(bookFile(facts, pages, all, options.contents, cover ? coverImage(cover) : undefined));
  },
});

function factsOf(options: EpubOptions, name: string, modified: number): BookFacts {
  const title = oneLine(options.title ?? name) || 'Untitled';
  const authors = options.authors.map(oneLine).filter((author) => author !== '');
  const { language, description, publisher } = options;
  const identifier = oneLine(options.identifier ?? `urn:uuid:${uuidOf(JSON.stringify([title, authors, language]))}`);
  return {
    title,
    authors,
    language,
    identifier,
    modified,
    ...(description === undefined ? {} : { description: oneLine(description) }),
    ...(publisher === undefined ? {} : { publisher: oneLine(publisher) }),
  };
}

/** Of version 8: what it is made of is ours to say. */
function uuidOf(text: string): string {
  const hash = contentHash(text);
  const variant = ((parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    variant + hash.slice(17, 20),
    hash.slice(20, 32),
  ].join('-');
}

function coverImage(picture: Picture): Picture {
  return { ...picture, name: picture.name.replace(/^image-\d+/, 'cover-image') };
}

function coverPage({ name }: Picture, { title, language }: BookFacts): BookPage {
  const body = `<div class="cover"><img src="${name}" alt="${escapeMarkup(title)}" /></div>\n`;
  return { name: 'cover.xhtml', content: bookPage(title, language, body, 'cover') };
}

function titlePage({ title, authors, language }: BookFacts): BookPage {
  const by = authors.length === 0 ? '' : `<p>${authors.map(escapeMarkup).join(', ')}</p>\n`;
  const body = `<div class="title">\n<h1>${escapeMarkup(title)}</h1>\n${by}</div>\n`;
  return { name: 'title.xhtml', title, content: bookPage(title, language, body, 'titlepage') };
}

function chapterPage(
  chapter: ReadChapter,
  place: number,
  { language }: BookFacts,
  address: (source: string) => string | undefined,
): BookPage {
  const { heading, key } = chapter;
  const title = heading ?? (oneLine(key) || String(place));
  const highestHeading = heading === undefined ? 1 : 2;
  const top = heading === undefined ? '' : `<h1>${escapeMarkup(heading)}</h1>\n`;
  const body = top + chapterHtml(chapter, { place, highestHeading, isBook: true, address });
  return { name: `chapter-${place}.xhtml`, title, content: bookPage(title, language, body) };
}

function missingPage(lines: readonly string[], { language }: BookFacts): BookPage {
  const content = bookPage(missingTitle, language, missingHtml(lines, 1));
  return { name: 'missing.xhtml', title: missingTitle, content };
}

function bookFile(
  facts: BookFacts,
  pages: readonly BookPage[],
  pictures: readonly Picture[],
  contents: string,
  cover: Picture | undefined,
): Uint8Array {
  const entries = [
    // First and as it is, so that anybody knows a book by its first bytes.
    { path: 'mimetype', content: 'application/epub+zip', isStored: true },
    { path: 'META-INF/container.xml', content: containerXml },
    { path: 'book/package.opf', content: packageFile({ facts, pages, pictures, ...(cover ? { cover } : {}) }) },
    { path: 'book/nav.xhtml', content: navigationPage(pages, facts, oneLine(contents)) },
    { path: 'book/toc.ncx', content: ncx(pages, facts) },
    { path: 'book/style.css', content: bookStyle },
    ...pages.map(({ name, content }) => ({ path: `book/${name}`, content })),
    ...pictures.map(({ name, bytes }) => ({ path: `book/${name}`, content: bytes, isStored: true })),
  ];
  return zipFile(entries, facts.modified);
}
