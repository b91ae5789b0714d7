import { success } from '../base/outcome.ts';
import { escapeMarkup, oneLine } from './cleanText.ts';
import { deliveryKind } from './delivery.ts';
import { addressesOf, chapterHtml, readChapters, type ReadChapter } from './prose/chapterHtml.ts';
import { chaptersOf, readChapterOptions, type ChapterOptions } from './prose/chapters.ts';
import { Pictures } from './prose/images.ts';
import { languageAttributes, readLanguage } from './prose/language.ts';
import { missingHtml, missingLines, missingParts } from './prose/missing.ts';
import { pageStyle } from './prose/styles.ts';

interface HtmlOptions extends ChapterOptions {
  readonly title?: string;
  readonly language: string;
  readonly hasContents: boolean;
  readonly images?: string;
}

/** A page that needs nothing but itself: style and images are in it, and it loads and runs nothing. */
export const html = deliveryKind<HtmlOptions>('html', {
  endings: ['.html', '.htm'],
  read(reader) {
    const title = reader.text('title');
    const images = reader.text('images');
    return {
      language: readLanguage(reader),
      hasContents: reader.flag('contents') ?? true,
      ...readChapterOptions(reader, false),
      ...(title === undefined ? {} : { title }),
      ...(images === undefined ? {} : { images }),
    };
  },
  async make(records, options, context, notes) {
    const chapters = await readChapters(chaptersOf(records, options, context, notes), notes);
    const pictures = new Pictures(context, notes, options.images);
    const address = await addressesOf(chapters, pictures, ({ type, bytes }) => {
      return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
    });
    const [only] = chapters;
    const isAlone = chapters.length === 1;
    const title = oneLine(options.title ?? (isAlone ? only?.heading : undefined) ?? context.name) || 'Untitled';
    const parts = chapters.map((chapter, place) => {
      // What the page is called by needs no heading of its own.
      const heading = isAlone && chapter.heading === title ? undefined : chapter.heading;
      const body = chapterHtml(chapter, {
        place: place + 1,
        highestHeading: heading === undefined ? 2 : 3,
        isBook: false,
        address,
      });
      const top = heading === undefined ? '' : `<h2>${escapeMarkup(heading)}</h2>\n`;
      return `<article id="part-${place + 1}">\n${top}${body}</article>\n`;
    });
    const missing = options.tellsMissing ? missingHtml(missingLines(missingParts(records, context)), 2) : '';
    const contents = options.hasContents && chapters.length > 1 ? contentsHtml(chapters) : '';
    return success(page(title, options.language, `${contents}${parts.join('')}${missing}`));
  },
});

function contentsHtml(chapters: readonly ReadChapter[]): string {
  const items = chapters.flatMap(({ heading }, place) => {
    return heading === undefined ? [] : [`<li><a href="#part-${place + 1}">${escapeMarkup(heading)}</a></li>\n`];
  });
  return items.length < 2 ? '' : `<nav>\n<ol>\n${items.join('')}</ol>\n</nav>\n`;
}

function page(title: string, language: string, body: string): string {
  return `<!DOCTYPE html>
<html ${languageAttributes(language)}>
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'" />
<title>${escapeMarkup(title)}</title>
<style>
${pageStyle}</style>
</head>
<body>
<main>
<h1>${escapeMarkup(title)}</h1>
${body}</main>
</body>
</html>
`;
}
