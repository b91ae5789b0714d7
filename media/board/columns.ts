import type { BoardLayout } from '../../src/boardProtocol.ts';

/** A column is at least so wide, px: about forty characters. */
const narrowest = 330;
const mostColumns = 6;

/** How many cards stand side by side. */
export function columnsFor(layout: BoardLayout, width: number, cards: number): number {
  if (layout !== 'columns') return 1;
  return Math.max(1, Math.min(mostColumns, cards, Math.floor(width / narrowest)));
}
