import type { ItemState } from './model/item.ts';

/** What is special about a text, or about what came instead of one. */
export const cardMarks = ['cut', 'invalid', 'edited', 'repaired'] as const;
export type CardMark = (typeof cardMarks)[number];

/** A candidate that is there, or one that is being made; everything is text or numbers, nothing is markup. */
export interface BoardCard {
  /** What page and host call it by. */
  readonly id: string;
  /** Null for a file that a person has given another name. */
  readonly number: number | null;
  /** `03`, or the file's name. */
  readonly name: string;
  /** Empty where nobody knows. */
  readonly model: string;
  /** `written` for one that is there. */
  readonly state: ItemState;
  /** Share of the expected text that has arrived, 0 to 1. */
  readonly progress: number;
  readonly attempts: number;
  /** When it is tried again, epoch ms. */
  readonly dueAt: number | null;
  /** Why it has failed, or is tried again: one sentence; else empty. */
  readonly message: string;
  /** Of its text, as the service counted them. */
  readonly tokens: number | null;
  /** In the currency of the prices. */
  readonly cost: number | null;
  readonly marks: readonly CardMark[];
  readonly isPicked: boolean;
  readonly isArchived: boolean;
  /** 1 to 5; 0: none. */
  readonly rating: number;
  readonly note: string;
  /** The card that says the same, or nearly so. */
  readonly alike: { readonly id: string; readonly kind: 'exact' | 'near'; readonly share: number } | null;
}

/** What the board is of. */
export interface BoardHead {
  /** The prompt file, for whoever brings the board back after a reload. */
  readonly resource: string;
  /** Name of the prompt file without its ending. */
  readonly prompt: string;
  /** Its path, relative to the folder. */
  readonly file: string;
  /** Null for a prompt without data. */
  readonly row: {
    /** What tells the row apart, for whoever brings the board back. */
    readonly key: string;
    readonly label: string;
    /** 0-based. */
    readonly place: number;
    readonly total: number;
  } | null;
  /** Whether something is being made of the prompt. */
  readonly isRunning: boolean;
  /** Candidates that a run was stopped before; it can be resumed. */
  readonly left: number;
  /** How different the candidates of the prompt are, 0 to 1; null where there are no two. */
  readonly diversity: number | null;
  /** Whether there is something to take back. */
  readonly canUndo: boolean;
}

/** A part of a card's text: what stood behind `from` is replaced by it. */
export interface BoardText {
  readonly id: string;
  /** UTF-16 units before it that stay. */
  readonly from: number;
  readonly text: string;
  /** Whether the file has more than is shown. */
  readonly hasMore: boolean;
}

export const boardMoves = ['next', 'previous', 'differences', 'reference', 'find', 'layout'] as const;
/** What a command asks of the page. */
export type BoardMove = (typeof boardMoves)[number];

export type BoardHostMessage =
  | {
      readonly type: 'board';
      readonly head: BoardHead;
      /** Ids of all cards of the row, in order; null: as they were told last. */
      readonly order: readonly string[] | null;
      /** Those that are new or not as they were told last. */
      readonly cards: readonly BoardCard[];
      /** The host's clock, epoch ms. */
      readonly now: number;
    }
  | { readonly type: 'texts'; readonly texts: readonly BoardText[] }
  /** One sentence, in place of the cards. */
  | { readonly type: 'problem'; readonly message: string }
  /** Cards that have what was looked for, and how often. */
  | {
      readonly type: 'found';
      readonly query: string;
      readonly cards: readonly { readonly id: string; readonly count: number }[];
    }
  | { readonly type: 'move'; readonly move: BoardMove }
  /** What was done, for whoever does not see it. */
  | { readonly type: 'told'; readonly message: string };

export const cardActions = ['pick', 'archive', 'note', 'open', 'again', 'cancel'] as const;
export type CardAction = (typeof cardActions)[number];

export type BoardPageMessage =
  | { readonly type: 'ready' }
  /** The cards whose texts are seen, or needed for what is seen. */
  | { readonly type: 'look'; readonly cards: readonly string[] }
  /** The card that commands are about; null: none. */
  | { readonly type: 'focus'; readonly card: string | null }
  | { readonly type: 'act'; readonly action: CardAction; readonly card: string }
  /** @property rating 1 to 5 */
  | { readonly type: 'rate'; readonly card: string; readonly rating: number }
  | { readonly type: 'showRow'; readonly place: number }
  | { readonly type: 'pickRow' }
  /** @property query empty: nothing is looked for any more */
  | { readonly type: 'find'; readonly query: string }
  | { readonly type: 'more' | 'generate' | 'undo' | 'resume' | 'reload' };

/** What a page keeps for itself while it is hidden, and what the editor brings it back with. */
export interface BoardMemory {
  readonly resource: string;
  readonly row: string;
  readonly layout: BoardLayout;
}

export const boardLayouts = ['columns', 'stack', 'single'] as const;
export type BoardLayout = (typeof boardLayouts)[number];
