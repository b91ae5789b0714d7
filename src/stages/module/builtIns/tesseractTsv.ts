/**
 * The text of a page as Tesseract's table tells it, a word a line: words of a line with blanks between them, paragraphs
 * with an empty line.
 */
export function readTsv(table: string): { readonly text: string; readonly confidence: number } {
  const lines: string[][] = [];
  let place = '';
  let paragraph = '';
  let [sum, count] = [0, 0];
  for (const row of table.split('\n')) {
    const [level, , block = '', ofBlock = '', line = '', , , , , , confidence, ...rest] = row.split('\t');
    const word = rest.join('\t').trim();
    if (level !== '5' || word === '') continue;
    const [ownParagraph, ownPlace] = [`${block}.${ofBlock}`, `${block}.${ofBlock}.${line}`];
    if (ownParagraph !== paragraph && lines.length > 0) lines.push([]);
    if (ownPlace !== place) lines.push([]);
    [paragraph, place] = [ownParagraph, ownPlace];
    lines.at(-1)?.push(word);
    const sure = Number(confidence);
    if (sure >= 0 && sure <= 100) [sum, count] = [sum + sure, count + 1];
  }
  return {
    text: lines.map((words) => words.join(' ')).join('\n'),
    confidence: count === 0 ? 0 : Math.round(sum / count),
  };
}
