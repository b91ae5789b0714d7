import { escapeMarkup } from '../cleanText.ts';
import { languageAttributes } from '../prose/language.ts';

/** A document of a book. */
export interface BookPage {
  /** `chapter-1.xhtml` */
  readonly name: string;
  /** In the table of contents; absent: it is not in it. */
  readonly title?: string;
  readonly content: string;
}

export interface BookFacts {
  readonly title: string;
  readonly authors: readonly string[];
  readonly language: string;
  /** A whole URN. */
  readonly identifier: string;
  readonly description?: string;
  readonly publisher?: string;
  /** ms */
  readonly modified: number;
}

/** @param body well-formed XHTML @param type of `epub:type` */
export function bookPage(title: string, language: string, body: string, type?: string): string {
  const kind = type === undefined ? '' : ` epub:type="${type}"`;
  return `<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" ${languageAttributes(language)} xml:lang="${language}">
<head>
<meta charset="utf-8" />
<title>${escapeMarkup(title)}</title>
<link rel="stylesheet" type="text/css" href="style.css" />
</head>
<body${kind}>
${body}</body>
</html>
`;
}

export const containerXml = `<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml" />
</rootfiles>
</container>
`;

function listed(pages: readonly BookPage[]): readonly { readonly name: string; readonly title: string }[] {
  return pages.flatMap(({ name, title }) => (title === undefined ? [] : [{ name, title }]));
}

export function navigationPage(pages: readonly BookPage[], { title, language }: BookFacts, heading: string): string {
  const items = listed(pages).map((page) => `<li><a href="${page.name}">${escapeMarkup(page.title)}</a></li>\n`);
  const body = `<nav epub:type="toc" role="doc-toc">\n<h1>${escapeMarkup(heading)}</h1>\n<ol>\n${items.join('')}</ol>\n</nav>\n`;
  return bookPage(title, language, body);
}

/** The table of contents of EPUB 2, for older readers. */
export function ncx(pages: readonly BookPage[], { title, identifier, language }: BookFacts): string {
  const points = listed(pages).map((page, place) => {
    const number = place + 1;
    return `<navPoint id="point-${number}" playOrder="${number}">\n<navLabel><text>${escapeMarkup(page.title)}</text></navLabel>\n<content src="${page.name}" />\n</navPoint>\n`;
  });
  return `<?xml version="1.0" encoding="utf-8"?>
<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1" xml:lang="${language}">
<head>
<meta name="dtb:uid" content="${escapeMarkup(identifier)}" />
<meta name="dtb:depth" content="1" />
<meta name="dtb:totalPageCount" content="0" />
<meta name="dtb:maxPageNumber" content="0" />
</head>
<docTitle><text>${escapeMarkup(title)}</text></docTitle>
<navMap>
${points.join('')}</navMap>
</ncx>
`;
}
