import * as l10n from '@vscode/l10n';
import type { ItemState } from '../model/item.ts';
import type { BoardCard, BoardLayout, CardMark } from '../boardProtocol.ts';
import { formatDuration } from './format.ts';
import { numbers } from './numbers.ts';
import { strings } from './strings.ts';

const layoutWords: Record<BoardLayout, () => string> = {
  columns: () => l10n.t('Columns'),
  stack: () => l10n.t('Stack'),
  single: () => l10n.t('One at a time'),
};

const markWords: Record<CardMark, () => string> = {
  cut: () => strings.cut,
  invalid: () => l10n.t({ message: 'invalid', comment: 'Of an answer that does not match its schema' }),
  edited: () => l10n.t({ message: 'edited', comment: 'Of a candidate that a person has changed' }),
  repaired: () => l10n.t({ message: 'repaired', comment: 'Of an answer that was no JSON as it came' }),
};

const markTitles: Record<CardMark, () => string> = {
  cut: () => strings.cutTitle,
  invalid: () => l10n.t('The answer does not match its schema'),
  edited: () => l10n.t('Somebody has changed it since it was made'),
  repaired: () => l10n.t('The answer was no JSON as it came, and was repaired'),
};

/** What the board says. */
export const boardStrings = {
  get board() {
    return l10n.t('Candidates');
  },
  layout: (layout: BoardLayout) => layoutWords[layout](),
  get layouts() {
    return l10n.t('Layout');
  },
  get find() {
    return l10n.t('Find in candidates');
  },
  get findShort() {
    return l10n.t({ message: 'Find', comment: 'In an empty field for what is looked for in candidates' });
  },
  found: (matches: number, candidates: number) =>
    numbers.isOne(candidates)
      ? l10n.t('{0} in {1} candidate', numbers.whole(matches), numbers.whole(candidates))
      : l10n.t('{0} in {1} candidates', numbers.whole(matches), numbers.whole(candidates)),
  get foundNone() {
    return l10n.t('No results');
  },
  get noneHasIt() {
    return l10n.t('No candidate has it.');
  },
  get differences() {
    return l10n.t('Show differences to the reference (D)');
  },
  get reference() {
    return l10n.t({ message: 'reference', comment: 'The candidate that others are compared with' });
  },
  get makeReference() {
    return l10n.t('Compare the others with this one (Shift+D)');
  },
  get fold() {
    return l10n.t('Fold candidates that say the same');
  },
  alike: (count: number) => l10n.t('{0} more alike', numbers.whole(count)),
  get hideAlike() {
    return l10n.t('Hide those alike');
  },
  alikeExact: (name: string) => l10n.t('Says the same as {0}', name),
  alikeNear: (name: string, share: number) => l10n.t('Nearly as {0}: {1}', name, numbers.percent(share)),
  get archived() {
    return l10n.t('Show archived candidates');
  },
  get undo() {
    return l10n.t('Undo (U)');
  },
  get more() {
    return l10n.t('Generate one more (R)');
  },
  get previousRow() {
    return l10n.t('Previous row');
  },
  get nextRow() {
    return l10n.t('Next row');
  },
  get pickRow() {
    return l10n.t('Go to a row');
  },
  rowOf: (place: number, total: number) => l10n.t('{0} of {1}', numbers.whole(place + 1), numbers.whole(total)),
  diversity: (share: number) => l10n.t('diversity {0}', numbers.percent(share)),
  get diversityTitle() {
    return l10n.t('How different the candidates of this prompt are: 0 % when all say the same');
  },
  counts: (shown: number, running: number) =>
    strings.join([strings.candidates(shown), running > 0 ? strings.count(running, 'running') : '']),

  get pick() {
    return l10n.t('Pick (P)');
  },
  get archive() {
    return l10n.t('Archive (X)');
  },
  get note() {
    return l10n.t('Note (N)');
  },
  get open() {
    return l10n.t('Open (E)');
  },
  get again() {
    return l10n.t('Run Again');
  },
  get cancel() {
    return l10n.t('Cancel');
  },
  rate: (rating: number) => l10n.t('Rate {0} of 5', numbers.whole(rating)),
  get rating() {
    return l10n.t('Rating');
  },
  rated: (rating: number) => l10n.t('{0} of 5', numbers.whole(rating)),
  get picked() {
    return l10n.t({ message: 'picked', comment: 'State of a candidate' });
  },
  get isArchived() {
    return l10n.t({ message: 'archived', comment: 'State of a candidate' });
  },
  mark: (mark: CardMark) => markWords[mark](),
  markTitle: (mark: CardMark) => markTitles[mark](),
  words: (count: number) =>
    numbers.isOne(count) ? l10n.t('{0} word', numbers.whole(count)) : l10n.t('{0} words', numbers.whole(count)),
  tokens: (count: number) =>
    numbers.isOne(count) ? l10n.t('{0} token', numbers.whole(count)) : l10n.t('{0} tokens', numbers.whole(count)),
  cost: (amount: number) => l10n.t('cost {0}', numbers.money(amount)),
  get rest() {
    return l10n.t('The rest is in the file.');
  },
  state: (state: ItemState) => strings.itemState(state),
  retryIn: (dueAt: number, now: number) =>
    dueAt > now ? strings.retryIn(formatDuration(Math.ceil((dueAt - now) / 1000) * 1000)) : strings.retryDue,
  get waits() {
    return l10n.t('Waits for its turn.');
  },
  get begins() {
    return l10n.t('Waiting for the first words…');
  },

  get loading() {
    return l10n.t('Looking for candidates…');
  },
  get empty() {
    return l10n.t('There are no candidates yet.');
  },
  get emptyMore() {
    return l10n.t('They appear here while they are written, side by side.');
  },
  get allArchived() {
    return l10n.t('All candidates are in the archive.');
  },
  get generate() {
    return l10n.t('Generate Candidates');
  },
  get tryAgain() {
    return l10n.t('Try Again');
  },

  /** What a screen reader calls a card. */
  cardLabel: (card: BoardCard) =>
    strings.itemRowLabel([
      l10n.t('Candidate {0}', card.name),
      card.model,
      strings.itemState(card.state),
      card.isPicked ? boardStrings.picked : '',
      card.isArchived ? boardStrings.isArchived : '',
      card.rating > 0 ? boardStrings.rated(card.rating) : '',
      ...card.marks.map((mark) => boardStrings.mark(mark)),
    ]),
  written: (names: readonly string[]) =>
    names.length === 1
      ? l10n.t('Candidate {0} is written.', names[0] ?? '')
      : l10n.t('{0} candidates are written.', numbers.whole(names.length)),
  failed: (name: string, message: string) => l10n.t('Candidate {0} has failed: {1}', name, message),
  failedMany: (count: number, message: string) =>
    l10n.t('{0} candidates have failed, the last one: {1}', numbers.whole(count), message),
} as const;
