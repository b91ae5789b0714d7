import { html, nothing, type TemplateResult } from 'lit/html.js';
import { classMap } from 'lit/directives/class-map.js';
import type { BoardCard } from '../../../src/boardProtocol.ts';
import { boardStrings } from '../../../src/wording/board.ts';
import { numbers } from '../../../src/wording/numbers.ts';
import { strings } from '../../../src/wording/strings.ts';
import type { CardText, ShownCard } from '../model.ts';
import type { TextContent } from '../textBlocks.ts';
import { textView } from '../textView.ts';
import { iconButton } from './parts.ts';

/** What a card is drawn from. */
export interface CardView extends ShownCard {
  readonly isCurrent: boolean;
  readonly isReference: boolean;
  /** Whether differences are shown, so that the reference is named. */
  readonly hasReference: boolean;
  readonly text: CardText | undefined;
  /** The text as it is shown, with its differences where they are wanted. */
  readonly content: TextContent | undefined;
  /** What is looked for in it; empty: nothing. */
  readonly query: string;
  readonly words: number | undefined;
  /** Name of the card that it is like. */
  readonly alikeName: string;
  /** 1-based place among all that are shown, and how many these are. */
  readonly place: number;
  readonly total: number;
  /** The host's clock, epoch ms. */
  readonly now: number;
}

const stars = [1, 2, 3, 4, 5] as const;

/** All that a card is drawn from: with the same, it is drawn as it was. */
export function partsOf(view: CardView): unknown[] {
  const { card, folded, isUnfolded, isCurrent, isReference, hasReference, text, content, query, words } = view;
  const { alikeName, place, total, now } = view;
  const others = [folded, isUnfolded, isCurrent, isReference, hasReference, alikeName, place, total];
  // Time passes only for what waits.
  return [card, ...others, text?.hasMore, content, query, words, card.dueAt === null ? 0 : now];
}

export function cardTemplate(view: CardView): TemplateResult {
  const { card, isCurrent, isReference, hasReference } = view;
  const classes = {
    card: true,
    picked: card.isPicked,
    archived: card.isArchived,
    reference: hasReference && isReference,
  };
  return html`<article
    class=${classMap(classes)}
    id=${card.id}
    data-card=${card.id}
    data-candidate=${card.number ?? card.name}
    data-state=${card.state}
    tabindex=${isCurrent ? 0 : -1}
    aria-current=${isCurrent ? 'true' : nothing}
    aria-label=${boardStrings.cardLabel(card)}
    aria-posinset=${view.place}
    aria-setsize=${view.total}
    aria-busy=${card.state === 'running' ? 'true' : nothing}
    data-vscode-context=${contextOf(card)}
  >
    <header>
      <div class="title">
        ${stateIcon(card)}
        <span class="number">${card.name}</span>
        ${hasReference && isReference ? html`<span class="badge">${boardStrings.reference}</span>` : nothing}
        ${card.marks.map(
          (mark) =>
            html`<span class="badge ${mark}" title=${boardStrings.markTitle(mark)}>${boardStrings.mark(mark)}</span>`,
        )}
        ${card.isArchived ? html`<span class="badge">${boardStrings.isArchived}</span>` : nothing}
        <span class="model" title=${card.model}>${card.model}</span>
        ${actionsTemplate(view)}
      </div>
      <div class="meta">
        <span class="facts">${factsOf(view)}</span>
        ${ratingTemplate(view)}
      </div>
      ${
        card.state === 'running'
          ? html`<progress max="1" .value=${card.progress} aria-label=${boardStrings.state('running')}></progress>`
          : nothing
      }
    </header>
    ${
      card.note === ''
        ? nothing
        : html`<p class="note">
            <span class="codicon codicon-note" aria-hidden="true"></span><span>${card.note}</span>
          </p>`
    }
    ${bodyTemplate(view)} ${foldTemplate(view)}
  </article>`;
}

function contextOf({ id, state, isArchived }: BoardCard): string {
  return JSON.stringify({
    webviewSection: 'card',
    cardId: id,
    cardState: isArchived ? 'archived' : state,
    preventDefaultContextMenuItems: true,
  });
}

function stateIcon({ state, isPicked }: BoardCard): TemplateResult | typeof nothing {
  const icon = isPicked ? 'pass-filled' : stateIcons[state];
  if (icon === '') return nothing;
  const title = isPicked ? boardStrings.picked : boardStrings.state(state);
  return html`<span class="state codicon codicon-${icon}" role="img" aria-label=${title} title=${title}></span>`;
}

/** What is there needs no icon. */
const stateIcons: Record<BoardCard['state'], string> = {
  queued: 'circle-outline',
  running: 'loading codicon-modifier-spin',
  retrying: 'debug-restart',
  written: '',
  failed: 'error',
  cancelled: 'circle-slash',
  skipped: '',
};

function actionsTemplate({ card, isCurrent, hasReference, isReference }: CardView): TemplateResult {
  const isReachable = isCurrent;
  const isThere = card.state === 'written' || card.state === 'skipped';
  return html`<span class="actions">
    ${
      isThere
        ? html`
            ${
              hasReference && !isReference
                ? iconButton('reference', 'pin', boardStrings.makeReference, { isReachable })
                : nothing
            }
            ${iconButton('pick', 'check', boardStrings.pick, { isReachable })}
            ${card.isArchived ? nothing : iconButton('archive', 'archive', boardStrings.archive, { isReachable })}
            ${iconButton('note', 'note', boardStrings.note, { isReachable })}
            ${iconButton('open', 'go-to-file', boardStrings.open, { isReachable })}
          `
        : nothing
    }
    ${
      card.state === 'running' || card.state === 'queued' || card.state === 'retrying'
        ? iconButton('cancel', 'close', boardStrings.cancel, { isReachable })
        : nothing
    }
    ${
      card.state === 'failed' || card.state === 'cancelled'
        ? iconButton('again', 'refresh', boardStrings.again, { isReachable })
        : nothing
    }
  </span>`;
}

function factsOf({ card, words, alikeName, now }: CardView): string {
  const { alike } = card;
  return strings.join([
    card.state === 'written' ? '' : boardStrings.state(card.state),
    card.attempts > 1 && card.state !== 'written' ? strings.attempt(card.attempts) : '',
    card.dueAt === null ? '' : boardStrings.retryIn(card.dueAt, now),
    words === undefined || words === 0 ? '' : boardStrings.words(words),
    card.tokens === null ? '' : boardStrings.tokens(card.tokens),
    card.cost === null ? '' : boardStrings.cost(card.cost),
    !alike || alikeName === ''
      ? ''
      : alike.kind === 'exact'
        ? boardStrings.alikeExact(alikeName)
        : boardStrings.alikeNear(alikeName, alike.share),
  ]);
}

function ratingTemplate({ card, isCurrent }: CardView): TemplateResult | typeof nothing {
  if (card.state !== 'written' || card.isArchived) return nothing;
  return html`<span class="rating ${card.rating > 0 ? 'rated' : ''}" role="group" aria-label=${boardStrings.rating}>
    ${stars.map(
      (star) =>
        html`<button
          type="button"
          class="star codicon codicon-star-${star <= card.rating ? 'full' : 'empty'}"
          data-action="rate"
          data-value=${star}
          tabindex=${isCurrent ? 0 : -1}
          title=${`${boardStrings.rate(star)} (${numbers.whole(star)})`}
          aria-label=${boardStrings.rate(star)}
          aria-pressed=${star === card.rating}
        ></button>`,
    )}
  </span>`;
}

function bodyTemplate({ card, text, content, query }: CardView): TemplateResult {
  const isOver = card.state === 'failed' || card.state === 'retrying' || card.state === 'cancelled';
  if (isOver) return html`<p class="message">${card.message}</p>`;
  if (content !== undefined && text !== undefined && text.text !== '') {
    return html`<div class="text" tabindex="0" ${textView(content, query)}></div>
      ${
        text.hasMore
          ? html`<p class="rest">
              ${boardStrings.rest}
              <button type="button" class="link" data-action="open" tabindex="-1">${boardStrings.open}</button>
            </p>`
          : nothing
      }`;
  }
  const waits = card.state === 'queued' ? boardStrings.waits : card.state === 'running' ? boardStrings.begins : '';
  return html`<p class="message waiting">${waits}</p>`;
}

function foldTemplate({ folded, isUnfolded, isCurrent }: CardView): TemplateResult | typeof nothing {
  if (folded === 0 && !isUnfolded) return nothing;
  return html`<button
    type="button"
    class="alike"
    data-action="unfold"
    tabindex=${isCurrent ? 0 : -1}
    aria-expanded=${isUnfolded}
  >
    <span class="codicon codicon-layers" aria-hidden="true"></span>
    ${isUnfolded ? boardStrings.hideAlike : boardStrings.alike(folded)}
  </button>`;
}
