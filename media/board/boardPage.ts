import { render } from 'lit/html.js';
import {
  boardLayouts,
  cardActions,
  type BoardHostMessage,
  type BoardLayout,
  type BoardMemory,
  type BoardMove,
  type BoardPageMessage,
} from '../../src/boardProtocol.ts';
import { Announcer } from '../shared/announcer.ts';
import { liveRegionBehind } from '../shared/liveRegion.ts';
import { CardContents } from './cardContents.ts';
import { columnsFor } from './columns.ts';
import { Lines } from './lines.ts';
import { BoardModel, type BoardChoices } from './model.ts';
import { boardTemplate, type LineView } from './view/boardTemplate.ts';

export interface BoardHost {
  post(message: BoardPageMessage): void;
  remember(kept: BoardMemory & BoardChoices): void;
}

/** The host is asked for what is typed once the person has stopped for so long, ms. */
const quietMs = 200;

/** Connects the model with the document: draws at most once a frame, and takes clicks and keys to what they do. */
export class BoardPage {
  readonly #root: HTMLElement;
  readonly #host: BoardHost;
  readonly #announcer: Announcer;
  readonly #model: BoardModel;
  readonly #contents: CardContents;
  readonly #observer: ResizeObserver;
  #lines: { readonly of: HTMLElement; readonly lines: Lines } | undefined;
  #columns = 1;
  #frame: number | undefined;
  #tick: number | undefined;
  #typed: number | undefined;
  #looked = '';
  #focused: string | null | undefined;
  #kept = '';
  /** The current card is shown, and has the focus where the page has it. */
  #reveals = false;

  constructor(root: HTMLElement, host: BoardHost, kept: Partial<BoardChoices> | undefined) {
    this.#root = root;
    this.#host = host;
    this.#model = new BoardModel(choicesIn(kept));
    this.#contents = new CardContents(this.#model, () => this.#schedule());
    this.#announcer = new Announcer(liveRegionBehind(root));
    this.#observer = new ResizeObserver(() => this.#schedule());
    this.#observer.observe(root);
    root.addEventListener('click', (event) => this.#onClick(event));
    root.addEventListener('dblclick', (event) => this.#onDoubleClick(event));
    root.addEventListener('focusin', (event) => this.#select(cardIdOf(event.target)));
    root.addEventListener('contextmenu', (event) => this.#select(cardIdOf(event.target)), { capture: true });
    root.addEventListener('input', (event) => this.#onInput(event));
    root.addEventListener('keydown', (event) => this.#onKey(event));
    this.#draw();
  }

  receive(message: BoardHostMessage): void {
    if (message.type === 'move') this.#move(message.move);
    const answers = this.#model.apply(message, Date.now());
    if (this.#model.hasNews) this.#announcer.sayLater(() => this.#model.tellNews());
    if (this.#model.head?.isRunning === true) this.#announcer.say(answers);
    else this.#announcer.sayAll(answers);
    this.#schedule();
  }

  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    const held = document.activeElement !== null && this.#root.contains(document.activeElement);
    const heldCard = cardIdOf(document.activeElement);
    // So that there is something to measure.
    if (!this.#model.showsCards || !this.#root.querySelector('.scroll')) this.#render([]);
    const seen = this.#layOut();
    this.#look(seen);
    if (this.#reveals || (held && heldCard !== undefined && !this.#root.contains(document.activeElement))) {
      this.#focusCurrent();
    }
    this.#tellCurrent();
    this.#remember();
    this.#keepTicking();
  }

  /** Draws the lines that are seen, and puts each where it belongs. @returns ids of the cards in the document */
  #layOut(): readonly string[] {
    const scroll = this.#root.querySelector<HTMLElement>('.scroll');
    if (!scroll) {
      this.#lines = undefined;
      return [];
    }
    if (this.#lines?.of !== scroll) this.#lines = { of: scroll, lines: new Lines(scroll, () => this.#schedule()) };
    const { lines } = this.#lines;
    const { shown, choices } = this.#model;
    this.#contents.begin();
    const isSingle = choices.layout === 'single';
    const columns = columnsFor(choices.layout, scroll.clientWidth - 24, shown.length);
    if (columns !== this.#columns) lines.forgetHeights();
    this.#columns = columns;
    this.#root.dataset.columns = String(columns);
    const count = isSingle ? Math.min(1, shown.length) : Math.ceil(shown.length / columns);
    const currentLine = isSingle ? 0 : Math.floor(this.#model.currentPlace / columns);
    lines.update(count, currentLine);
    if (this.#reveals) lines.reveal(currentLine);
    const views = isSingle
      ? [{ place: 0, cards: this.#contents.views(this.#model.currentPlace, 1) }]
      : lines.seen.map(({ index }) => ({ place: index, cards: this.#contents.views(index * columns, columns) }));
    this.#render(count === 0 ? [] : views);
    const drawn = [...scroll.querySelectorAll<HTMLElement>('.line')];
    if (!isSingle) for (const line of drawn) lines.measure(line, Number(line.dataset.index));
    const { starts } = lines;
    for (const line of drawn) {
      const start = starts.get(Number(line.dataset.index)) ?? 0;
      line.style.transform = isSingle ? '' : `translateY(${start}px)`;
    }
    const sheet = scroll.querySelector<HTMLElement>('.sheet');
    if (sheet) sheet.style.height = isSingle ? '' : `${lines.height}px`;
    return views.flatMap(({ cards }) => cards.map(({ card }) => card.id));
  }

  #drawn: readonly LineView[] = [];

  /** @param lines none: as they were drawn last, so that the document has the structure to measure */
  #render(lines: readonly LineView[]): void {
    if (lines.length > 0 || this.#model.shown.length === 0) this.#drawn = lines;
    render(boardTemplate(this.#model, this.#drawn), this.#root);
  }

  /** Tells the host which texts are needed. */
  #look(seen: readonly string[]): void {
    const { reference, choices, shown } = this.#model;
    // Nothing has its place yet.
    if (seen.length === 0 && shown.length > 0) return;
    const needed = new Set(seen);
    if (choices.showsDifferences && reference) needed.add(reference.id);
    const cards = [...needed].sort();
    const looked = cards.join(' ');
    if (looked === this.#looked) return;
    this.#looked = looked;
    this.#model.keepTexts(needed);
    this.#host.post({ type: 'look', cards });
  }

  #focusCurrent(): void {
    this.#reveals = false;
    const { current } = this.#model;
    const card = current === undefined ? null : document.getElementById(current);
    // Who types goes on typing.
    if (card && !(document.activeElement instanceof HTMLInputElement)) card.focus({ preventScroll: true });
  }

  #tellCurrent(): void {
    const current = this.#model.current ?? null;
    if (current === this.#focused) return;
    this.#focused = current;
    this.#host.post({ type: 'focus', card: current });
  }

  #remember(): void {
    const { head, choices } = this.#model;
    if (!head) return;
    const kept = { resource: head.resource, row: head.row?.key ?? '', ...choices };
    const text = JSON.stringify(kept);
    if (text === this.#kept) return;
    this.#kept = text;
    this.#host.remember(kept);
  }

  /** Times until a retry pass. */
  #keepTicking(): void {
    clearTimeout(this.#tick);
    this.#tick = this.#model.isWaiting ? setTimeout(() => this.#schedule(), 1000) : undefined;
  }

  #select(id: string | undefined): void {
    if (this.#model.select(id)) this.#schedule();
  }

  #goTo(place: number): void {
    const { shown } = this.#model;
    const card = shown[Math.min(Math.max(0, place), shown.length - 1)]?.card;
    if (!card) return;
    this.#model.select(card.id);
    this.#reveals = true;
    this.#draw();
  }

  #move(move: BoardMove): void {
    const place = this.#model.currentPlace;
    switch (move) {
      case 'next':
        return this.#goTo(place + 1);
      case 'previous':
        return this.#goTo(place - 1);
      case 'differences':
        this.#model.choose({ showsDifferences: !this.#model.choices.showsDifferences });
        break;
      case 'reference': {
        const { current } = this.#model;
        if (current !== undefined) this.#model.compareWith(current);
        break;
      }
      case 'find':
        this.#root.querySelector<HTMLInputElement>('.find input')?.select();
        return;
      case 'layout':
        this.#model.nextLayout();
        this.#lines?.lines.forgetHeights();
        this.#reveals = true;
        break;
    }
    this.#schedule();
  }

  #onClick({ target }: MouseEvent): void {
    const id = cardIdOf(target);
    this.#select(id);
    const control = target instanceof Element ? target.closest<HTMLElement>('[data-action]') : null;
    if (control) this.#act(control.dataset.action ?? '', control.dataset.value ?? '', id);
  }

  #onDoubleClick({ target }: MouseEvent): void {
    const id = cardIdOf(target);
    const isTitle = target instanceof Element && target.closest('header') !== null && !target.closest('button');
    if (id !== undefined && isTitle) this.#host.post({ type: 'act', action: 'open', card: id });
  }

  #act(action: string, value: string, card: string | undefined): void {
    const known = cardActions.find((each) => each === action);
    if (known && card !== undefined) return this.#host.post({ type: 'act', action: known, card });
    const { choices, head } = this.#model;
    const place = head?.row?.place ?? 0;
    switch (action) {
      case 'rate':
        if (card !== undefined) this.#host.post({ type: 'rate', card, rating: Number(value) });
        return;
      case 'differences':
        return this.#move('differences');
      case 'reference':
        if (card !== undefined) this.#model.compareWith(card);
        break;
      case 'unfold':
        if (card !== undefined) this.#model.unfold(this.#model.groupOf(card));
        break;
      case 'fold':
        this.#model.choose({ folds: !choices.folds });
        break;
      case 'archived':
        this.#model.choose({ showsArchived: !choices.showsArchived });
        break;
      case 'layout':
        this.#model.choose({ layout: layoutIn(value) });
        this.#lines?.lines.forgetHeights();
        break;
      case 'previousRow':
        return this.#host.post({ type: 'showRow', place: place - 1 });
      case 'nextRow':
        return this.#host.post({ type: 'showRow', place: place + 1 });
      case 'pickRow':
      case 'more':
      case 'generate':
      case 'undo':
      case 'resume':
      case 'reload':
        return this.#host.post({ type: action });
    }
    this.#schedule();
  }

  #onInput({ target }: Event): void {
    if (!(target instanceof HTMLInputElement)) return;
    const query = target.value;
    clearTimeout(this.#typed);
    this.#typed = setTimeout(() => {
      this.#model.query = query;
      this.#host.post({ type: 'find', query });
      this.#schedule();
    }, quietMs);
  }

  #onKey(event: KeyboardEvent): void {
    const { key, target } = event;
    if (target instanceof HTMLInputElement) {
      // The editor has single keys for cards: here they are what somebody types.
      event.stopPropagation();
      if (key === 'Escape' && target.value !== '') {
        target.value = '';
        target.dispatchEvent(new Event('input', { bubbles: true }));
      } else if (key === 'Escape' || key === 'Enter' || key === 'ArrowDown') this.#goTo(this.#model.currentPlace);
      else return;
      event.preventDefault();
      return;
    }
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (this.#scrollsText(key, target)) {
      event.preventDefault();
      return;
    }
    const step = this.#stepOf(key);
    if (step === undefined || cardIdOf(target) === undefined || isScrolledBy(key, target)) return;
    event.preventDefault();
    this.#goTo(step);
  }

  /** A text that is longer than its card is read on by the page, as long as there is more of it. */
  #scrollsText(key: string, target: EventTarget | null): boolean {
    const pages = { PageDown: 1, ' ': 1, PageUp: -1 }[key];
    if (pages === undefined || !(target instanceof HTMLElement) || target.dataset.card === undefined) return false;
    const text = target.querySelector('.text');
    if (!text) return false;
    const before = text.scrollTop;
    text.scrollTop += pages * 0.9 * text.clientHeight;
    return text.scrollTop !== before;
  }

  /** The place that a key leads to; undefined for keys that lead nowhere. */
  #stepOf(key: string): number | undefined {
    const place = this.#model.currentPlace;
    const { length } = this.#model.shown;
    switch (key) {
      case 'ArrowRight':
        return place + 1;
      case 'ArrowLeft':
        return place - 1;
      case 'ArrowDown':
        // Below the last one of a column, the last one of all is.
        return place + this.#columns < length ? place + this.#columns : this.#columns === 1 ? place : length - 1;
      case 'ArrowUp':
        return place - this.#columns >= 0 ? place - this.#columns : place;
      case 'Home':
        return 0;
      case 'End':
        return length - 1;
      default:
        return undefined;
    }
  }
}

/** Whether a key scrolls the text that has the focus. */
function isScrolledBy(key: string, target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement) || !target.classList.contains('text')) return false;
  return key !== 'ArrowLeft' && key !== 'ArrowRight' && target.scrollHeight > target.clientHeight;
}

function cardIdOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('[data-card]')?.dataset.card : undefined;
}

function layoutIn(value: string): BoardLayout {
  return boardLayouts.find((each) => each === value) ?? 'columns';
}

/** What a page has kept is anybody's to change. */
function choicesIn(kept: Partial<BoardChoices> | undefined): Partial<BoardChoices> {
  const { layout, showsDifferences, folds, showsArchived } = kept ?? {};
  return {
    ...(layout === undefined ? {} : { layout: layoutIn(layout) }),
    ...(typeof showsDifferences === 'boolean' ? { showsDifferences } : {}),
    ...(typeof folds === 'boolean' ? { folds } : {}),
    ...(typeof showsArchived === 'boolean' ? { showsArchived } : {}),
  };
}
