import type { NewItem, OutputNames } from '../../candidates/plannedItem.ts';
import type { Draft } from '../../flow/follow.ts';
import type { Flow, RecordData } from '../../flow/flow.ts';
import type { StageText } from '../../flow/record.ts';
import type { CallFacts, LearnedAdaptation } from '../../model/adaptation.ts';
import type { Failure, FailureReason, TokenUsage } from '../../model/attempt.ts';
import type { Budget, BudgetUnit, Spending } from '../../model/budget.ts';
import type { ItemState } from '../../model/item.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';

/** What an item is in the journal: what has not ended is `queued`, whatever it was doing when the process went. */
export type JournalState = Exclude<ItemState, 'running' | 'retrying'>;

export const journalStates = [
  'queued',
  'written',
  'failed',
  'cancelled',
  'skipped',
] as const satisfies readonly JournalState[];

export type JournalCounts = Record<JournalState, number>;

/** A run as it is before its first call; with its items it is all that another process needs to go on. */
export interface NewRun {
  readonly id: string;
  readonly label: string;
  /** The folder that candidates stay inside, absolute. */
  readonly root: string;
  /** Names, in order. */
  readonly stages: readonly string[];
  /** What follows what; absent: nothing does. */
  readonly flow?: Flow;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Retry policy, mode, limits: anything that JSON can hold. Never a secret. */
  readonly options: unknown;
  /** By name, for when they are no longer configured, and for their prices. Never a secret. */
  readonly services: Readonly<Record<string, ServiceSettings>>;
  /** Rows may come while its first owner works on it: gathers that are not full wait until nothing else is left to do. */
  readonly isWatched?: boolean;
}

/** A row that comes to a run, or takes the place of what came of it before. */
export interface NewRow {
  /** Names it to whoever asks. */
  readonly key: string;
  readonly label: string;
  readonly values: RecordData;
  readonly prompt: NewItem['prompt'];
  /** What it begins with, as `follow` has it. */
  readonly drafts: readonly Draft[];
  /** Ids of the items that it began with before. */
  readonly replaces: readonly string[];
}

/** What has changed about a run's items. */
export interface ChangedItems {
  /** By position. */
  readonly added: readonly JournalItem[];
  /** Ids of those that are there no more. */
  readonly removed: readonly string[];
}

export interface PutRows extends ChangedItems {
  /** Keys of rows that nothing was done about, because something of them is open. */
  readonly open: readonly string[];
}

/** What has become of an item. Times are epoch ms. */
export interface ItemProgress {
  readonly state: JournalState;
  /** Over all stages and processes, since the item last began afresh; so are usage and start. */
  readonly attempts: number;
  readonly usage: TokenUsage;
  /** Its record passes the stage by. */
  readonly isSkipped?: boolean;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly failure?: Failure & { readonly stage: string };
  /** Written candidate, absolute. */
  readonly file?: string;
}

/** What a list of items shows. */
export type ItemOverview = Omit<NewItem, 'messages' | 'parameters' | 'variables' | 'schema' | 'vary' | 'output'> &
  ItemProgress &
  Pick<CallFacts, 'cut'>;

export type JournalItem = NewItem & ItemProgress;

/** How a record has come through the stages: the items before one, itself, and those behind it. */
export interface ItemWay {
  /** In the order of the stages; a gather begins a way, and where several follow an item it ends. */
  readonly steps: readonly ItemOverview[];
  /** Items that follow the last of them. */
  readonly further: number;
}

/** Items of one stage by their positions, both ends included. */
export interface ItemRange {
  /** 0-based. */
  readonly stage: number;
  readonly from: number;
  readonly to: number;
}

export interface RunMetricsRecord {
  readonly service: string;
  readonly configuredConcurrency: number | 'auto';
  /** Attempts in flight, mean over the run. */
  readonly meanConcurrency: number;
  readonly peakConcurrency: number;
  readonly durationMs: number;
  readonly averageItemMs: number;
  readonly attempts: number;
  readonly rateLimited: number;
  readonly breakerTrips: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly usage: TokenUsage;
}

export interface RunOverview {
  readonly id: string;
  readonly label: string;
  readonly total: number;
  /** Their sum is less than `total` when damage took items. */
  readonly counts: JournalCounts;
  /** Items whose text is there and whose file is not. */
  readonly unwritten: number;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly finishedAt?: number;
  /** Absent when nobody holds the run. */
  readonly owner?: OwnerView;
  /** Whoever started it watches its source. */
  readonly isWatched?: true;
}

export interface RunDetails extends RunOverview {
  readonly root: string;
  readonly stages: readonly string[];
  readonly flow?: Flow;
  readonly options: unknown;
  readonly services: NewRun['services'];
  readonly metrics: readonly RunMetricsRecord[];
  readonly summary?: unknown;
}

export type OwnerKind = 'editor' | 'terminal';

/** Who works on a run. */
export interface Owner {
  /** Unique to one opening of the journal. */
  readonly id: string;
  readonly kind: OwnerKind;
  readonly pid: number;
  /** When the process started, in whatever the system counts; tells it from a later one with the same pid. */
  readonly processStart: string;
  /** Host name, for people. */
  readonly host: string;
  /** The same only for processes that can see each other's pids. */
  readonly machine: string;
}

export interface OwnerView {
  readonly kind: OwnerKind;
  readonly pid: number;
  readonly host: string;
  /** This very opening of the journal. */
  readonly mine: boolean;
  /** Known not to be there any more: the run can be taken over. */
  readonly dead: boolean;
}

/** The right to write to a run; its number is higher than that of every owner before. */
export interface RunLease {
  readonly run: string;
  readonly fence: number;
}

export interface AttemptRecord {
  readonly item: string;
  /** 1-based. */
  readonly attempt: number;
  readonly service: string;
  readonly model: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly queueWaitMs: number;
  readonly outcome: 'completed' | FailureReason;
  readonly message?: string;
  readonly usage?: TokenUsage;
  /** Present when the attempt will be repeated. */
  readonly retryInMs?: number;
}

/** What was paid for: the text of one item. */
export interface ItemResult extends StageText {
  readonly item: string;
  /** The model that answered, as the service names it. */
  readonly model: string;
  readonly usage: TokenUsage;
}

/** A result on its way into the journal, with all that comes of it. */
export interface NewResult extends Omit<ItemResult, 'format'>, CallFacts {
  /** Default `text`. */
  readonly format?: StageText['format'];
  /** Puts the text into the cache too, under this key. */
  readonly cacheKey?: string;
  /** Present for an item that leaves no file: with its text it is through. */
  readonly end?: 'written' | 'skipped';
  /** What follows, by place in the list. */
  readonly followers?: readonly Draft[];
  /** Group of the next gather that the record belongs to. */
  readonly group?: string;
}

/** The highest number that a run has given out in a series. */
export interface LastNumber {
  readonly output: OutputNames;
  readonly number: number;
}

/** A text that is complete while its file is not known to be there. */
export interface UnwrittenResult extends ItemResult {
  readonly position: number;
}

export interface WrittenFile {
  readonly item: string;
  /** Absolute. */
  readonly path: string;
  /** SHA-256 of the file's bytes, hex. */
  readonly contentHash: string;
  /** `skipped` when the text came from the cache; default `written`. */
  readonly state?: 'written' | 'skipped';
}

/** What the journal last wrote to a path. */
export interface LastWritten {
  readonly contentHash: string;
  readonly run: string;
  readonly item: string;
}

/** A file that the journal has written. */
export interface KnownFile extends LastWritten {
  /** Absolute. */
  readonly path: string;
}

export interface EndedItem {
  readonly item: string;
  readonly state: 'failed' | 'cancelled' | 'skipped';
  /** With `skipped`: the candidate that was there already, absolute. */
  readonly file?: string;
  readonly failure?: Failure & { readonly stage: string };
  /** With `failed`: its text is on the disk as what it is, and needs no keeping. */
  readonly isTextKept?: true;
}

export interface FinishedRun {
  /** Anything that JSON can hold. */
  readonly summary: unknown;
  readonly metrics: readonly RunMetricsRecord[];
}

/** What a budget is of: the folder's day, a run, or one prompt file of a run, by its path. */
export type BudgetScope =
  | { readonly kind: 'day' }
  | { readonly kind: 'run' }
  | {
      readonly kind: 'prompt';
      readonly path: string;
      /** Prompt files whose calls count too, because its rows name them. */
      readonly members?: readonly string[];
    };

/** What is set aside of a budget before it is spent. */
export interface BudgetClaim {
  readonly scope: BudgetScope;
  readonly limit: Budget;
  readonly need: Spending;
  /** Taken along as far as there is plenty, so that not every call has to claim. */
  readonly spare: Spending;
}

export type ClaimOutcome =
  /** In the order of the claims. */
  | { readonly kind: 'granted'; readonly amounts: readonly Spending[] }
  /** There is no room for the need of one of them: nothing was set aside. */
  | { readonly kind: 'refused'; readonly claim: number; readonly unit: BudgetUnit };

/** More or less than was set aside. */
export interface SpendingChange {
  readonly scope: BudgetScope;
  readonly change: Spending;
}

/** What the calls of a run for one prompt file and model were, as far as they were recorded. */
export interface RecordedSpending {
  readonly prompt: string;
  readonly service: string;
  readonly model: string;
  readonly requests: number;
  readonly usage: TokenUsage;
}

/** What the newest calls of a model came to that brought a text. */
export interface CallHistory {
  /** Whether they were for the prompt file that was asked for, or for any. */
  readonly of: 'prompt' | 'model';
  readonly calls: number;
  readonly output: Spread;
  readonly durationMs: Spread;
}

export interface Spread {
  readonly mean: number;
  readonly p10: number;
  readonly p90: number;
}

/** Which items of a run start again. */
export interface Requeue {
  readonly items?: readonly string[];
  readonly states?: readonly Exclude<JournalState, 'queued'>[];
  /** Forgets their texts and their attempts; else a text that is there is only written. */
  readonly fresh: boolean;
  /** Leaves out those that others have come of; else these are forgotten. */
  readonly only?: 'unfollowed';
}

export interface CachedText extends StageText {
  readonly model: string;
  readonly usage: TokenUsage;
}

export interface CacheEntry extends CachedText {
  readonly key: string;
}

/** What was learned of one model of an endpoint. */
export interface ModelAdaptation extends LearnedAdaptation {
  readonly model: string;
}

/** What a request was answered with, and how its service is asked whether that has changed. */
export interface FetchedAnswer {
  readonly etag?: string;
  readonly lastModified?: string;
  /** Content type, as the header had it. */
  readonly type: string;
  readonly body: string;
}

export interface CacheLimits {
  /** Characters over all texts. */
  readonly mostCharacters: number;
  readonly maxAgeMs: number;
}

/** Rows of a long list; `next` is where the following page starts. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next?: number;
}

export interface PageRequest {
  /** `next` of the page before. */
  readonly after?: number;
  /** Default 200, at most 500; pages end earlier where texts are long. */
  readonly limit?: number;
}

export interface Retention {
  /** Runs that finished before this moment go, epoch ms. */
  readonly finishedBefore: number;
  /** Texts of candidates that were written before this moment go, epoch ms. */
  readonly textsBefore: number;
}
