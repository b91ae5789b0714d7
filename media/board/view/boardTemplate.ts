import { html, type TemplateResult } from 'lit/html.js';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { boardStrings } from '../../../src/wording/board.ts';
import type { BoardModel } from '../model.ts';
import { cardTemplate, partsOf, type CardView } from './cardTemplate.ts';
import { toolbarTemplate } from './toolbarTemplate.ts';

/** Cards that stand side by side. */
export interface LineView {
  /** 0-based, of all lines. */
  readonly place: number;
  readonly cards: readonly CardView[];
}

export function boardTemplate(model: BoardModel, lines: readonly LineView[]): TemplateResult {
  const { head, problem } = model;
  if (problem !== undefined) {
    return html`<main class="welcome">
      <p>${problem}</p>
      <button type="button" class="button" data-action="reload">${boardStrings.tryAgain}</button>
    </main>`;
  }
  if (!head) return html`<main class="welcome"><p class="description">${boardStrings.loading}</p></main>`;
  if (!model.hasCards) {
    return html`<main class="welcome">
      <h1>${head.prompt}</h1>
      <p>${boardStrings.empty}</p>
      <p class="description">${boardStrings.emptyMore}</p>
      <button type="button" class="button primary" data-action="generate">${boardStrings.generate}</button>
    </main>`;
  }
  return html`${toolbarTemplate(model, head)}
    <main class="scroll" data-layout=${model.choices.layout}>
      ${
        model.shown.length === 0
          ? html`<p class="none">${model.hasFoundNothing ? boardStrings.noneHasIt : boardStrings.allArchived}</p>`
          : html`<div class="sheet" role="feed" aria-label=${boardStrings.board} aria-busy=${head.isRunning}>
              ${repeat(
                lines,
                ({ place }) => place,
                ({ place, cards }) =>
                  html`<div class="line" data-index=${place}>
                    ${repeat(
                      cards,
                      ({ card }) => card.id,
                      (card) => guard(partsOf(card), () => cardTemplate(card)),
                    )}
                  </div>`,
              )}
            </div>`
      }
    </main>`;
}
