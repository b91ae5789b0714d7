import { visible } from '../../base/visible.ts';

/** Characters that take two places in a terminal: East Asian wide ones and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}|\p{Regional_Indicator}|[\u{17000}-\u{18dff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;
const narrow = /[\p{Mn}\p{Me}]/u;
const ellipsis = '…';

function widthOfCharacter(character: string): number {
  // A sign that makes a picture of the letter before it takes its second place.
  if (character === '\ufe0f') return 1;
  if (narrow.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Places that a text takes in a terminal; rather one more than one less, because a line that wraps breaks the picture. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** Foreign text on one line, inert, in so many places at most. */
export function cutTo(width: number, text: string): string {
  // Far more than any line takes is not looked at.
  const shown = visible(text.slice(0, 4 * width + 100));
  if (widthOf(shown) <= width) return shown;
  let cut = '';
  let left = width - 1;
  for (const character of shown) {
    left -= widthOfCharacter(character);
    if (left < 0) break;
    cut += character;
  }
  return width > 0 ? cut + ellipsis : '';
}

export function padded(width: number, text: string, side: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return side === 'left' ? text + space : space + text;
}
