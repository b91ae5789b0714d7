import type { BoardCard } from '../../src/boardProtocol.ts';
import { Comparisons } from './comparisons.ts';
import { keepNewest } from './keepNewest.ts';
import type { BoardModel, CardText } from './model.ts';
import { wordCount, type TextContent } from './textBlocks.ts';
import type { CardView } from './view/cardTemplate.ts';

interface Counted {
  readonly text: string;
  readonly words: number;
}

/** What cards are drawn from; what takes time is done once for each text. */
export class CardContents {
  readonly #model: BoardModel;
  readonly #drawAgain: () => void;
  readonly #counted = new Map<string, Counted>();
  readonly #comparisons = new Comparisons((afterMs) => this.#drawSoon(afterMs));
  #later: number | undefined;

  /** @param drawAgain called when not all differences could be found in time */
  constructor(model: BoardModel, drawAgain: () => void) {
    this.#model = model;
    this.#drawAgain = drawAgain;
  }

  /** A drawing begins. */
  begin(): void {
    this.#comparisons.begin();
  }

  /** Cards that are shown, from a place on. */
  views(from: number, count: number): readonly CardView[] {
    const { shown, current, choices, reference, hostAhead, query } = this.#model;
    return shown.slice(from, from + count).map((each, place): CardView => {
      const { card } = each;
      const text = this.#model.text(card.id);
      const { alike } = card;
      return {
        ...each,
        isCurrent: card.id === current,
        isReference: card.id === reference?.id,
        hasReference: choices.showsDifferences,
        text,
        content: text && this.#contentOf(card, text, reference),
        query,
        words: text && !text.hasMore ? this.#wordsOf(card.id, text) : undefined,
        alikeName: alike ? (this.#model.card(alike.id)?.name ?? '') : '',
        place: from + place + 1,
        total: shown.length,
        now: Date.now() + hostAhead,
      };
    });
  }

  #contentOf({ id, state }: BoardCard, { text }: CardText, reference: BoardCard | undefined): TextContent {
    const other = reference && this.#model.text(reference.id)?.text;
    if (this.#model.choices.showsDifferences && other !== undefined && reference?.id !== id)
      return this.#comparisons.contentOf(id, text, other, state === 'running');
    this.#comparisons.forget(id);
    return text;
  }

  #drawSoon(afterMs: number): void {
    if (afterMs === 0) this.#drawAgain();
    else {
      this.#later ??= window.setTimeout(() => {
        this.#later = undefined;
        this.#drawAgain();
      }, afterMs);
    }
  }

  #wordsOf(id: string, { text }: CardText): number {
    const known = this.#counted.get(id);
    if (known?.text === text) return known.words;
    const words = wordCount(text);
    keepNewest(this.#counted, id, { text, words });
    return words;
  }
}
