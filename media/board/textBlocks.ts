import type { DiffPiece } from './wordDiff.ts';

/** What is shown: a text, or a text with its differences. */
export type TextContent = string | readonly DiffPiece[];

/** A block of text is laid out on its own: of one long one, every new word would lay out all of it. */
const blockLength = 1_000;
/** A line that is longer is broken all the same. */
const longestBlock = 2_000;

/** A text in parts that are shown one below the other; the line break between two is in none of them. */
export function blocksOf(text: string): readonly string[] {
  const blocks: string[] = [];
  for (let start = 0; start < text.length;) {
    const wanted = start + blockLength;
    if (text.length <= wanted) {
      blocks.push(text.slice(start));
      break;
    }
    const lineBreak = text.indexOf('\n', wanted);
    const end = lineBreak === -1 ? text.length : lineBreak;
    if (end - start <= longestBlock) {
      blocks.push(text.slice(start, end));
      start = end + 1;
      continue;
    }
    const space = text.lastIndexOf(' ', start + longestBlock);
    const cut = space > start ? space + 1 : wholeCharacter(text, start + longestBlock);
    blocks.push(text.slice(start, cut));
    start = cut;
  }
  return blocks;
}

/** The same of a text with its differences: it is parted where it has a line break itself, not in what is gone. */
export function differenceBlocks(pieces: readonly DiffPiece[]): readonly (readonly DiffPiece[])[] {
  const blocks: DiffPiece[][] = [];
  let block: DiffPiece[] = [];
  let length = 0;
  for (const { kind, text } of pieces) {
    let start = 0;
    while (kind !== 'removed') {
      const lineBreak = text.indexOf('\n', start + Math.max(0, blockLength - length));
      if (lineBreak === -1) break;
      if (lineBreak > start) block.push({ kind, text: text.slice(start, lineBreak) });
      blocks.push(block);
      [block, length, start] = [[], 0, lineBreak + 1];
    }
    if (start === text.length) continue;
    block.push({ kind, text: text.slice(start) });
    length += text.length - start;
  }
  return block.length === 0 ? blocks : [...blocks, block];
}

/** Not within a character of two places. */
function wholeCharacter(text: string, place: number): number {
  return /[\uD800-\uDBFF]/.test(text.charAt(place - 1)) ? place + 1 : place;
}

/** Scripts that part words by nothing. */
const spaceless = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
let segmenter: Intl.Segmenter | undefined;
/** Characters of a text without spaces whose words are counted: more would take longer than anybody waits. */
const mostSegmented = 20_000;

export function wordCount(text: string): number {
  if (!spaceless.test(text) || text.length > mostSegmented) return text.match(/\S+/g)?.length ?? 0;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' });
  let count = 0;
  for (const { isWordLike } of segmenter.segment(text)) if (isWordLike === true) count++;
  return count;
}
