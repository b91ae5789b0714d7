import type { Role } from './model/message.ts';

export interface SheetRange {
  readonly low: number;
  readonly high: number;
}

/** What a plan, or a part of it, comes to before anything is spent. */
export interface SheetAmount {
  /** Candidates. */
  readonly items: number;
  /** Of these, texts that are in the cache. */
  readonly cached: number;
  readonly tokens: { readonly input: number; readonly output: number };
  /** In the currency of the prices; null where one of them is not known. */
  readonly cost: SheetRange | null;
}

export interface SheetEstimate extends SheetAmount {
  /** The prices are known ones, which are in US dollars; otherwise nobody knows their currency. */
  readonly isInDollars: boolean;
  /** Seconds; null where nobody can know. */
  readonly eta: SheetRange | null;
  /** Whether the input tokens were counted, in all texts or in parts of them, or are guessed by length. */
  readonly inputBasis: 'count' | 'sample' | 'guess';
  /** Whether earlier runs have told how long texts are and how long they take. */
  readonly isLearnt: boolean;
  /** Bytes of files that go with the calls. */
  readonly attachedBytes: number;
  /** Calls that are requests of a plan that the person has somewhere else. */
  readonly ofOtherPlan: number;
  /** Candidates that are there and are not made again. */
  readonly there: number;
  /** Candidates that are there and go to the archive. */
  readonly replaced: number;
  /** Rows of data that it makes something of; absent where no prompt has data. */
  readonly rows?: number;
}

/** What one prompt file asks of one model. */
export interface SheetPart extends SheetAmount {
  /** Path of the prompt file, relative to its folder. */
  readonly prompt: string;
  /** `service/model` */
  readonly model: string;
}

/** A part of a message: what is sent, or a name that has no value (yet). */
export type MessagePiece =
  | { readonly kind: 'text'; readonly text: string }
  /** Nothing gives it a value. */
  | { readonly kind: 'unknown'; readonly name: string }
  /** The person is asked for it when candidates are generated. */
  | { readonly kind: 'asked'; readonly name: string };

export interface SheetMessage {
  readonly role: Role;
  readonly tokens: number;
  readonly pieces: readonly MessagePiece[];
  /** Characters at its end that are not shown. */
  readonly hidden: number;
  /** Names of files that go with it. */
  readonly attachments: readonly string[];
}

export interface SheetProblem {
  /** A problem stops everything, a hint nothing. */
  readonly severity: 'problem' | 'hint';
  /** Relative to the folder; empty where it is of no file. */
  readonly file: string;
  /** 1-based. */
  readonly line?: number;
  readonly message: string;
}

/** What a run would do; everything is text or numbers, nothing is markup. */
export interface PlanSheet {
  /** What a person would call it: the prompt's name, or "3 prompts". */
  readonly label: string;
  /** Absent where problems stop it. */
  readonly estimate?: SheetEstimate;
  /** The first ones. */
  readonly parts: readonly SheetPart[];
  /** Paths of the first candidates, relative to the folder. */
  readonly files: readonly string[];
  /** Those of the first candidate. */
  readonly messages: readonly SheetMessage[];
  /** Sentences: what is known to be sent in another way than it is asked for. */
  readonly changes: readonly string[];
  readonly problems: readonly SheetProblem[];
}

/** The rendered messages of one row. */
export interface PromptPreview {
  /** Path of the prompt file, relative to its folder. */
  readonly file: string;
  /** Absent for a prompt without data. */
  readonly row?: {
    readonly label: string;
    /** 0-based. */
    readonly place: number;
    /** Rows that can be looked at. */
    readonly total: number;
    /** Whether there may be more. */
    readonly hasMore: boolean;
  };
  readonly messages: readonly SheetMessage[];
  readonly problems: readonly SheetProblem[];
}

export interface PlanHostMessage {
  readonly type: 'plan';
  readonly sheet: PlanSheet;
}

export type PlanPanelMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'generate' }
  /** Goes to the prompt file. */
  | { readonly type: 'edit' }
  | { readonly type: 'cancel' }
  /** Goes to where a problem is. `problem` is its place in the list. */
  | { readonly type: 'goTo'; readonly problem: number };

export interface PreviewHostMessage {
  readonly type: 'preview';
  readonly preview: PromptPreview;
}

export type PreviewPanelMessage =
  | { readonly type: 'ready' }
  /** @param place 0-based; one that is not there is taken for the nearest */
  | { readonly type: 'showRow'; readonly place: number }
  | { readonly type: 'pickRow' }
  | { readonly type: 'goTo'; readonly problem: number };
