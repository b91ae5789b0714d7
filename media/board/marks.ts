import { occurrencesOf } from '../../src/base/occurrences.ts';
import type { DiffPiece } from './wordDiff.ts';

/** Marks that are drawn in one block of a text. */
const mostMarks = 500;

/** A part of a piece: what is looked for, or what is not. */
export interface MarkedPart {
  readonly text: string;
  readonly isFound: boolean;
}

/**
 * Where the pieces of a block have what somebody looks for. A match may go over several pieces, and is then marked in each.
 *
 * @param query empty: nowhere
 * @returns the parts of each piece
 */
export function markedParts(
  pieces: readonly DiffPiece[],
  query: string,
): readonly { readonly kind: DiffPiece['kind']; readonly parts: readonly MarkedPart[] }[] {
  const whole = pieces.map(({ text }) => text).join('');
  const found = occurrencesOf(whole, query, mostMarks);
  let next = 0;
  let at = 0;
  return pieces.map(({ kind, text }) => {
    const parts: MarkedPart[] = [];
    const end = at + text.length;
    const take = (to: number, isFound: boolean): void => {
      if (to > at) parts.push({ text: whole.slice(at, to), isFound });
      at = Math.max(at, to);
    };
    for (let match = found[next]; match && match.start < end; match = found[++next]) {
      take(match.start, false);
      take(Math.min(match.end, end), true);
      if (match.end > end) break;
    }
    take(end, false);
    return { kind, parts };
  });
}
