export interface Chapter {
  readonly title: string;
  readonly text: string;
}

const heading = /^(?:chapter|part|book)\s+(?:[ivxlcdm]+|\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)\b/i;
const longestHeading = 100;
/** Of a text that begins within a chapter. */
const continued = '(continued)';

/**
 * A text parted at the headings of its chapters, each paragraph where it was. A heading may have its title in the next
 * paragraph; a paragraph that a page's end has parted is one.
 */
export function chaptersOf(text: string): readonly Chapter[] {
  const chapters: { title: string; paragraphs: string[] }[] = [];
  for (const paragraph of text.split(/\n\s*\n/).map((each) => each.trim())) {
    if (paragraph === '') continue;
    const last = chapters.at(-1);
    if (isHeading(paragraph)) chapters.push({ title: oneLine(paragraph), paragraphs: [] });
    else if (!last) chapters.push({ title: continued, paragraphs: [paragraph] });
    else if (last.paragraphs.length === 0 && isTitleOf(last.title, paragraph)) last.title += ` ${oneLine(paragraph)}`;
    else if (goesOn(last.paragraphs.at(-1), paragraph))
      last.paragraphs.push(`${last.paragraphs.pop() ?? ''} ${paragraph}`);
    else last.paragraphs.push(paragraph);
  }
  // A heading at the end has its chapter on pages that are still to come.
  return chapters.map(({ title, paragraphs }) => ({ title, text: paragraphs.join('\n\n') || title }));
}

function isHeading(paragraph: string): boolean {
  return paragraph.length <= longestHeading && heading.test(paragraph);
}

/** Whether a paragraph is the title of a heading that has only a number. */
function isTitleOf(title: string, paragraph: string): boolean {
  return (
    title.replace(heading, '').replace(/\W/g, '') === '' &&
    paragraph.length <= longestHeading &&
    !/[.,;:]$/.test(paragraph)
  );
}

function goesOn(before: string | undefined, paragraph: string): boolean {
  return before !== undefined && !/[.!?:;)\]"'”’]$/.test(before) && /^\p{Ll}/u.test(paragraph);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
