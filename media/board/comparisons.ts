import { keepNewest } from './keepNewest.ts';
import type { TextContent } from './textBlocks.ts';
import { wordDiff, type DiffPiece } from './wordDiff.ts';

/** Differences are found for so long within one frame, ms: the others come in the next. */
const frameMs = 8;
/** A text that is still arriving is compared again after so long, ms: what comes meanwhile stands unmarked at its end. */
const comparedAgainMs = 1_000;

interface Compared {
  readonly reference: string;
  readonly text: string;
  readonly pieces: readonly DiffPiece[];
  readonly at: number;
  readonly isArriving: boolean;
  /** With what came since. */
  shown: { readonly text: string; readonly content: TextContent };
}

/** The differences of texts from a reference, found when there is time for it. */
export class Comparisons {
  readonly #drawAgain: (afterMs: number) => void;
  readonly #now: () => number;
  readonly #compared = new Map<string, Compared>();
  #spentMs = 0;

  /**
   * @param drawAgain called when not all differences were found
   * @param now ms
   */
  constructor(drawAgain: (afterMs: number) => void, now = () => performance.now()) {
    this.#drawAgain = drawAgain;
    this.#now = now;
  }

  /** A frame begins, which has its own time. */
  begin(): void {
    this.#spentMs = 0;
  }

  forget(id: string): void {
    this.#compared.delete(id);
  }

  /**
   * @param isArriving whether more of the text may come
   * @returns the same as before where nothing has changed; the text itself until there was time for it
   */
  contentOf(id: string, text: string, reference: string, isArriving: boolean): TextContent {
    const known = this.#compared.get(id);
    const isOfReference = known?.reference === reference;
    if (isOfReference && known.text === text && known.isArriving === isArriving) return known.shown.content;
    const grown = isOfReference && text.startsWith(known.text) ? known : undefined;
    const now = this.#now();
    if (grown && isArriving && now - grown.at < comparedAgainMs) {
      this.#drawAgain(comparedAgainMs);
      return withMore(grown, text);
    }
    if (this.#spentMs > frameMs) {
      // A person who moves meanwhile is not kept waiting.
      this.#drawAgain(0);
      return grown ? withMore(grown, text) : text;
    }
    const found = wordDiff(reference, text);
    const pieces = isArriving ? withoutRest(found) : found;
    this.#spentMs += this.#now() - now;
    keepNewest(this.#compared, id, { reference, text, pieces, at: now, isArriving, shown: { text, content: pieces } });
    return pieces;
  }
}

/** What stands behind the words that were compared. */
function withMore(compared: Compared, text: string): TextContent {
  if (compared.shown.text === text) return compared.shown.content;
  const more = text.slice(compared.text.length);
  const content: TextContent = more === '' ? compared.pieces : [...compared.pieces, { kind: 'same', text: more }];
  compared.shown = { text, content };
  return content;
}

/** What an unfinished text lacks at its end may still come. */
function withoutRest(pieces: readonly DiffPiece[]): readonly DiffPiece[] {
  return pieces.at(-1)?.kind === 'removed' ? pieces.slice(0, -1) : pieces;
}
