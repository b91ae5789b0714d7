/**
 * The parts of a page below its heading as one Markdown text.
 *
 * @param record the row, with what the stages before have added to it
 * @returns what this stage adds to the record: {{ body.markdown }}
 */
export default function body({ page }) {
  const sections = page.sections.flatMap(({ heading, text }) => [`## ${heading}`, text]);
  return { markdown: [page.introduction, ...sections].join('\n\n') };
}
