/** The tokenizer's time grows with the square of a run that nothing divides: longer ones are cut, characters. */
const longestRun = 400;

/** A text in pieces that come to about the tokens of the whole, none with a long run of spaces or of anything else. */
export function tokenPieces(text: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  let runStart = 0;
  let isSpace = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isSpaceNow = code <= 32 || code === 0xa0 || code === 0x3000;
    if (isSpaceNow !== isSpace) {
      isSpace = isSpaceNow;
      runStart = at;
    } else if (at - runStart >= longestRun && !isSecondHalf(code)) {
      pieces.push(text.slice(from, at));
      from = at;
      runStart = at;
    }
  }
  pieces.push(text.slice(from));
  return pieces;
}

/** Of a character that takes two places. */
function isSecondHalf(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
