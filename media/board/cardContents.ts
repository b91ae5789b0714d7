import type { BoardModel, CardText } from './model.ts';
import { wordCount } from './textBlocks.ts';
import type { TextContent } from './textView.ts';
import type { CardView } from './view/cardTemplate.ts';
import { wordDiff } from './wordDiff.ts';

/** Differences are found for so long within one frame, ms: the others come in the next. */
const frameMs = 8;

interface Counted {
  readonly text: string;
  readonly words: number;
}

interface Compared {
  readonly reference: string;
  readonly text: string;
  readonly content: TextContent;
}

/** What cards are drawn from; what takes time is done once for each text. */
export class CardContents {
  readonly #model: BoardModel;
  readonly #drawAgain: () => void;
  readonly #counted = new Map<string, Counted>();
  readonly #compared = new Map<string, Compared>();
  #spentUntil = 0;

  /** @param drawAgain called when not all differences could be found in time */
  constructor(model: BoardModel, drawAgain: () => void) {
    this.#model = model;
    this.#drawAgain = drawAgain;
  }

  /** Cards that are shown, from a place on. */
  views(from: number, count: number): readonly CardView[] {
    const { shown, current, choices, reference, hostAhead } = this.#model;
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
        content: text && this.#contentOf(card.id, text),
        words: text && !text.hasMore ? this.#wordsOf(card.id, text) : undefined,
        alikeName: alike ? (this.#model.card(alike.id)?.name ?? '') : '',
        place: from + place + 1,
        total: shown.length,
        now: Date.now() + hostAhead,
      };
    });
  }

  #contentOf(id: string, { text }: CardText): TextContent {
    const { choices, reference } = this.#model;
    const other = reference && this.#model.text(reference.id)?.text;
    if (!choices.showsDifferences || other === undefined || reference?.id === id) {
      this.#compared.delete(id);
      return text;
    }
    const known = this.#compared.get(id);
    if (known?.reference === other && known.text === text) return known.content;
    const now = performance.now();
    if (now - this.#spentUntil < 0) {
      this.#drawAgain();
      return text;
    }
    const content = wordDiff(other, text);
    const spent = performance.now() - now;
    // A person who moves meanwhile is not kept waiting.
    if (spent > frameMs) this.#spentUntil = performance.now() + frameMs;
    this.#compared.set(id, { reference: other, text, content });
    return content;
  }

  #wordsOf(id: string, { text }: CardText): number {
    const known = this.#counted.get(id);
    if (known?.text === text) return known.words;
    const words = wordCount(text);
    this.#counted.set(id, { text, words });
    return words;
  }
}
