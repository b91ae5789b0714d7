import type { ItemSnapshot, RunSnapshot } from './model/run.ts';

/** What the queue panel shows of an item; everything is text or numbers, nothing is markup. */
export type QueueItem = Pick<
  ItemSnapshot,
  | 'run'
  | 'id'
  | 'position'
  | 'promptName'
  | 'row'
  | 'model'
  | 'index'
  | 'state'
  | 'stage'
  | 'stageIndex'
  | 'stageCount'
  | 'progress'
  | 'attempts'
  | 'startedAt'
  | 'finishedAt'
  | 'dueAt'
> & {
  /** One sentence, for a failed item or one that will be retried. */
  readonly message?: string;
  /** File name of the written candidate; its presence means that it can be opened. */
  readonly file?: string;
  /** Its text was cut at the output limit. */
  readonly cut?: true;
};

export type QueueRun = RunSnapshot;

/** A payload that a panel gets when it appears: complete, never a replay of changes. */
export interface QueueSnapshot {
  /** Newest first. */
  readonly runs: readonly QueueRun[];
  readonly items: readonly QueueItem[];
  /** The host's clock, epoch ms, against which elapsed times are shown. */
  readonly now: number;
}

export type HostMessage =
  | { readonly type: 'snapshot'; readonly snapshot: QueueSnapshot }
  | {
      readonly type: 'changes';
      readonly runs: readonly QueueRun[];
      readonly items: readonly QueueItem[];
      readonly now: number;
    };

export type PanelMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'generate' }
  | { readonly type: 'cancelItem'; readonly run: string; readonly item: string }
  | { readonly type: 'openCandidate'; readonly run: string; readonly item: string }
  /** An item that has ended is made once more. */
  | { readonly type: 'runItemAgain'; readonly run: string; readonly item: string }
  | { readonly type: 'pauseRun'; readonly run: string }
  /** A paused run, or one that nobody works on. */
  | { readonly type: 'resumeRun'; readonly run: string }
  | { readonly type: 'retryFailed'; readonly run: string }
  | { readonly type: 'discardRun'; readonly run: string }
  | { readonly type: 'cancelRun'; readonly run: string }
  | { readonly type: 'clearFinished' };
