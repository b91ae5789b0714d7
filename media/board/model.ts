import type { BoardCard, BoardHead, BoardHostMessage, BoardLayout } from '../../src/boardProtocol.ts';
import { boardStrings } from '../../src/wording/board.ts';

export interface CardText {
  readonly text: string;
  /** Whether the file has more than that. */
  readonly hasMore: boolean;
}

/** A card that is seen, with how many are folded under it. */
export interface ShownCard {
  readonly card: BoardCard;
  /** Cards that say the same and are not shown. */
  readonly folded: number;
  /** Whether cards that say the same are shown because a person wants them. */
  readonly isUnfolded: boolean;
}

/** What a person has set, and the page remembers. */
export interface BoardChoices {
  readonly layout: BoardLayout;
  readonly showsDifferences: boolean;
  readonly folds: boolean;
  readonly showsArchived: boolean;
}

/** Decisions that are told one by one. */
const mostTold = 3;

/** Texts that are kept though they are out of sight: whoever comes back sees them at once. */
const mostTexts = 200;

const layoutOrder: readonly BoardLayout[] = ['columns', 'stack', 'single'];

/** What a drawing needs of all cards together, and what no drawing changes. */
interface Facts {
  readonly runningCount: number;
  readonly archivedCount: number;
  readonly hasAlike: boolean;
  readonly isWaiting: boolean;
  /** Without one that a person has chosen. */
  readonly reference: BoardCard | undefined;
}

/** What the board shows: the host's cards of one row, as far as the person wants to see them. */
export class BoardModel {
  readonly #cards = new Map<string, BoardCard>();
  readonly #texts = new Map<string, CardText>();
  readonly #unfolded = new Set<string>();
  #order: readonly string[] = [];
  #shown: readonly ShownCard[] | undefined;
  #facts: Facts | undefined;
  /** Cards that have what is looked for, and how often all of them together. */
  #found: ReadonlySet<string> | undefined;
  #foundCount = 0;
  #query = '';
  #current: string | undefined;
  #reference: string | undefined;
  head: BoardHead | undefined;
  /** One sentence, in place of the cards. */
  problem: string | undefined;
  choices: BoardChoices;
  /** The host's clock less ours, ms. */
  #ahead = 0;
  /** What ended by itself and was not told yet. */
  #written: string[] = [];
  #failed: BoardCard[] = [];

  constructor(choices: Partial<BoardChoices> = {}) {
    this.choices = { layout: 'columns', showsDifferences: false, folds: true, showsArchived: false, ...choices };
  }

  /**
   * @param now our clock, epoch ms
   * @returns what is to be told at once to those who do not see it
   */
  apply(message: BoardHostMessage, now: number): readonly string[] {
    switch (message.type) {
      case 'board':
        return this.#applyBoard(message, now);
      case 'texts':
        for (const { id, from, text, hasMore } of message.texts) {
          const before = this.#texts.get(id)?.text ?? '';
          // What it goes on from was forgotten here meanwhile: all of it is on its way.
          if (from > before.length) continue;
          this.#texts.set(id, { text: before.slice(0, from) + text, hasMore });
        }
        return [];
      case 'problem':
        this.problem = message.message;
        return [message.message];
      case 'found':
        if (message.query !== this.#query) return [];
        this.#found = new Set(message.cards.map(({ id }) => id));
        this.#foundCount = message.cards.reduce((sum, { count }) => sum + count, 0);
        this.#shown = undefined;
        return [this.foundText];
      case 'told':
        return [message.message];
      case 'move':
        return [];
    }
  }

  #applyBoard(
    { head, order, cards, now: hostNow }: Extract<BoardHostMessage, { readonly type: 'board' }>,
    now: number,
  ): readonly string[] {
    const isSameRow = this.head?.row?.key === head.row?.key && this.head?.resource === head.resource;
    const isFirst = this.head === undefined;
    this.problem = undefined;
    this.head = head;
    this.#ahead = hostNow - now;
    const news: string[] = [];
    const decided: string[] = [];
    for (const card of cards) {
      const before = this.#cards.get(card.id);
      if (before && before.state !== card.state) {
        if (card.state === 'written') this.#written.push(card.name);
        if (card.state === 'failed') this.#failed.push(card);
      }
      if (before && isDecidedAnew(before, card)) decided.push(boardStrings.cardLabel(card));
      this.#cards.set(card.id, card);
    }
    const place = this.#current === undefined ? 0 : this.shown.findIndex(({ card }) => card.id === this.#current);
    if (order !== null) {
      this.#order = order;
      const there = new Set(order);
      for (const id of this.#cards.keys()) if (!there.has(id)) this.#cards.delete(id);
      for (const id of this.#texts.keys()) if (!there.has(id)) this.#texts.delete(id);
    }
    this.#shown = undefined;
    this.#facts = undefined;
    this.#leaveLost(isSameRow && !isFirst ? place : 0);
    // Of much at once, a person has heard otherwise.
    if (decided.length <= mostTold) news.push(...decided);
    return news;
  }

  get hasNews(): boolean {
    return this.#written.length > 0 || this.#failed.length > 0;
  }

  /** Tells of all that was written or has failed since it was told last, in as few words as possible. */
  tellNews(): string {
    const [written, failed, last] = [this.#written, this.#failed.length, this.#failed.at(-1)];
    this.#written = [];
    this.#failed = [];
    const told = written.length > 0 ? [boardStrings.written(written)] : [];
    if (last)
      told.push(
        failed === 1 ? boardStrings.failed(last.name, last.message) : boardStrings.failedMany(failed, last.message),
      );
    return told.join(' ');
  }

  /** The card that was current is gone: the one in its place is. */
  #leaveLost(place: number): void {
    const { shown } = this;
    if (shown.some(({ card }) => card.id === this.#current)) return;
    this.#current = shown[Math.min(Math.max(0, place), shown.length - 1)]?.card.id;
  }

  /** Forgets texts that nobody sees, once they are many. */
  keepTexts(seen: ReadonlySet<string>): void {
    if (this.#texts.size <= mostTexts) return;
    for (const id of this.#texts.keys()) if (!seen.has(id)) this.#texts.delete(id);
  }

  get hostAhead(): number {
    return this.#ahead;
  }

  get hasCards(): boolean {
    return this.#order.length > 0;
  }

  /** Whether there are cards to show: else something else stands in their place. */
  get showsCards(): boolean {
    return this.problem === undefined && this.head !== undefined && this.hasCards;
  }

  get runningCount(): number {
    return this.#allFacts.runningCount;
  }

  get archivedCount(): number {
    return this.#allFacts.archivedCount;
  }

  /** Whether any of them says the same as another one. */
  get hasAlike(): boolean {
    return this.#allFacts.hasAlike;
  }

  /** Whether one of them is tried again at a certain time. */
  get isWaiting(): boolean {
    return this.#allFacts.isWaiting;
  }

  get #allFacts(): Facts {
    if (this.#facts) return this.#facts;
    const cards = this.#order.flatMap((id) => this.#cards.get(id) ?? []);
    const there = cards.filter(({ isArchived }) => !isArchived);
    this.#facts = {
      runningCount: cards.filter(({ state }) => state === 'running').length,
      archivedCount: cards.length - there.length,
      hasAlike: cards.some(({ alike }) => alike !== null),
      isWaiting: cards.some(({ dueAt }) => dueAt !== null),
      reference: there.find(({ isPicked }) => isPicked) ?? there.find(({ state }) => state === 'written'),
    };
    return this.#facts;
  }

  card(id: string): BoardCard | undefined {
    return this.#cards.get(id);
  }

  text(id: string): CardText | undefined {
    return this.#texts.get(id);
  }

  get current(): string | undefined {
    return this.#current;
  }

  get currentPlace(): number {
    return Math.max(
      0,
      this.shown.findIndex(({ card }) => card.id === this.#current),
    );
  }

  /** @returns whether it is another one than before */
  select(id: string | undefined): boolean {
    if (id === undefined || id === this.#current || !this.#cards.has(id)) return false;
    this.#current = id;
    return true;
  }

  /** The card that the others are compared with: the one that a person has chosen, else the picked one, else the first. */
  get reference(): BoardCard | undefined {
    const chosen = this.#reference === undefined ? undefined : this.#cards.get(this.#reference);
    return chosen ?? this.#allFacts.reference;
  }

  compareWith(id: string): void {
    this.#reference = id;
    this.choose({ showsDifferences: true });
  }

  choose(choices: Partial<BoardChoices>): void {
    const place = this.currentPlace;
    this.choices = { ...this.choices, ...choices };
    this.#shown = undefined;
    this.#leaveLost(place);
  }

  nextLayout(): void {
    const place = layoutOrder.indexOf(this.choices.layout);
    this.choose({ layout: layoutOrder[(place + 1) % layoutOrder.length] ?? 'columns' });
  }

  unfold(id: string): void {
    if (!this.#unfolded.delete(id)) this.#unfolded.add(id);
    const place = this.currentPlace;
    this.#shown = undefined;
    this.#leaveLost(place);
  }

  get query(): string {
    return this.#query;
  }

  set query(query: string) {
    if (query === this.#query) return;
    this.#query = query;
    // Until the host has answered, everything is shown.
    if (query === '') this.#found = undefined;
    this.#shown = undefined;
    this.#leaveLost(0);
  }

  /** Empty while nothing is looked for. */
  get foundText(): string {
    if (this.#query === '' || !this.#found) return '';
    return this.#found.size === 0 ? boardStrings.foundNone : boardStrings.found(this.#foundCount, this.#found.size);
  }

  get hasFoundNothing(): boolean {
    return this.#query !== '' && this.#found?.size === 0;
  }

  /** Cards that are seen, or folded under one that is. */
  get count(): number {
    return this.shown.reduce((sum, { folded }) => sum + 1 + folded, 0);
  }

  /** The cards that are seen, in order. */
  get shown(): readonly ShownCard[] {
    return (this.#shown ??= this.#select());
  }

  #select(): readonly ShownCard[] {
    const { folds, showsArchived } = this.choices;
    const cards = this.#order
      .flatMap((id) => this.#cards.get(id) ?? [])
      .filter((card) => {
        if (card.isArchived && !showsArchived) return false;
        return this.#query === '' || !this.#found || this.#found.has(card.id);
      });
    // While candidates are written, none that somebody reads goes from sight.
    if (!folds || this.head?.isRunning === true) return cards.map((card) => ({ card, folded: 0, isUnfolded: false }));
    const groups = Map.groupBy(cards, ({ id, alike }) => alike?.id ?? id);
    const shown: ShownCard[] = [];
    for (const card of cards) {
      const key = card.alike?.id ?? card.id;
      const group = groups.get(key) ?? [];
      const [leader] = group;
      const others = group.filter((each) => each !== leader && !isDecided(each));
      const isUnfolded = this.#unfolded.has(key);
      if (card === leader) {
        const folded = isUnfolded ? 0 : others.length;
        shown.push({ card, folded, isUnfolded: isUnfolded && others.length > 0 });
      } else if (isUnfolded || isDecided(card)) shown.push({ card, folded: 0, isUnfolded: false });
    }
    return shown;
  }

  /** What is folded or unfolded under a card. */
  groupOf(id: string): string {
    return this.#cards.get(id)?.alike?.id ?? id;
  }
}

function isDecidedAnew(before: BoardCard, { rating, isPicked, isArchived }: BoardCard): boolean {
  return before.rating !== rating || before.isPicked !== isPicked || before.isArchived !== isArchived;
}

/** What a person has chosen is never out of sight because it is like another one. */
function isDecided({ isPicked, rating, note }: BoardCard): boolean {
  return isPicked || rating > 0 || note !== '';
}
