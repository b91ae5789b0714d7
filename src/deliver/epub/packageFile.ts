import { escapeMarkup } from '../cleanText.ts';
import type { Picture } from '../prose/images.ts';
import type { BookFacts, BookPage } from './documents.ts';

interface PackageContents {
  readonly facts: BookFacts;
  /** In reading order. */
  readonly pages: readonly BookPage[];
  readonly pictures: readonly Picture[];
  readonly cover?: Picture;
}

/** The list of all that is in a book, and what it is. */
export function packageFile({ facts, pages, pictures, cover }: PackageContents): string {
  const { title, authors, language, identifier, description, publisher, modified } = facts;
  const metadata = [
    `<dc:identifier id="book-uuid">${escapeMarkup(identifier)}</dc:identifier>`,
    `<dc:title>${escapeMarkup(title)}</dc:title>`,
    `<dc:language>${language}</dc:language>`,
    ...authors.map((author) => `<dc:creator>${escapeMarkup(author)}</dc:creator>`),
    ...(publisher === undefined ? [] : [`<dc:publisher>${escapeMarkup(publisher)}</dc:publisher>`]),
    ...(description === undefined ? [] : [`<dc:description>${escapeMarkup(description)}</dc:description>`]),
    `<meta property="dcterms:modified">${new Date(modified).toISOString().replace(/\.\d+Z$/, 'Z')}</meta>`,
    ...(cover ? [`<meta name="cover" content="${idOf(cover.name)}" />`] : []),
  ];
  const manifest = [
    '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav" />',
    '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml" />',
    '<item id="style" href="style.css" media-type="text/css" />',
    ...pages.map(({ name }) => `<item id="${idOf(name)}" href="${name}" media-type="application/xhtml+xml" />`),
    ...pictures.map(({ name, type }) => {
      const properties = name === cover?.name ? ' properties="cover-image"' : '';
      return `<item id="${idOf(name)}" href="${name}" media-type="${type}"${properties} />`;
    }),
  ];
  const spine = pages.map(({ name }) => `<itemref idref="${idOf(name)}" />`);
  return `<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="book-uuid" xml:lang="${language}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
${metadata.join('\n')}
</metadata>
<manifest>
${manifest.join('\n')}
</manifest>
<spine toc="ncx">
${spine.join('\n')}
</spine>
</package>
`;
}

function idOf(name: string): string {
  return name.replace(/\.\w+$/, '');
}
