import { success } from '../base/outcome.ts';
import { oneLine } from './cleanText.ts';
import { deliveryKind } from './delivery.ts';
import { joined } from './prose/asMarkdown.ts';
import { chaptersOf, readChapterOptions, type Chapter, type ChapterOptions } from './prose/chapters.ts';
import { missingLines, missingParts, missingTitle } from './prose/missing.ts';
import { ownFootnotes } from './prose/ownFootnotes.ts';
import { wholeMarkdown } from './prose/wholeMarkdown.ts';

interface MarkdownOptions extends ChapterOptions {
  readonly title?: string;
}

/** The texts below each other, each as it is, under the headings that they have not got themselves. */
export const markdown = deliveryKind<MarkdownOptions>('markdown', {
  endings: ['.md', '.markdown'],
  read(reader) {
    const title = reader.text('title');
    return { ...readChapterOptions(reader, false), ...(title === undefined ? {} : { title }) };
  },
  make(records, options, context, notes) {
    const chapters = chaptersOf(records, options, context, notes);
    const title = options.title === undefined ? '' : oneLine(options.title);
    const level = title === '' ? 1 : 2;
    const texts = ownFootnotes(chapters.map(({ text }) => text));
    const parts = chapters.map((chapter, place) => {
      const text = wholeMarkdown(texts[place] ?? chapter.text);
      return joined([hasOwnHeading(chapter) ? '' : headingLine(level, chapter.heading), text]);
    });
    const missing = options.tellsMissing ? missingLines(missingParts(records, context)) : [];
    const told =
      missing.length === 0
        ? []
        : [headingLine(level, missingTitle), missing.map((line) => `- ${escapedStart(line)}`).join('\n')];
    const whole = joined([headingLine(1, title), ...parts, ...told]);
    return Promise.resolve(success(whole === '' ? '' : `${whole}\n`));
  },
});

function headingLine(level: number, heading = ''): string {
  return heading === '' ? '' : `${'#'.repeat(level)} ${escaped(heading)}`;
}

/** What would be markup in a line that is none. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>]|&(?=[#\w])|(?<=\s)#+$/g, '\\$&');
}

/** The same at the start of an item, where some signs begin another block. */
function escapedStart(text: string): string {
  return escaped(text).replace(/^(\d*)([-+#>=~.)])/, '$1\\$2');
}

/** Whether the text begins with the same heading. */
function hasOwnHeading({ heading, text }: Chapter): boolean {
  const [, first] = /^#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*(?:\n|$)/.exec(text) ?? [];
  return first !== undefined && oneLine(first).toLowerCase() === heading?.toLowerCase();
}
