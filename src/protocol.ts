import type { RunSample, ServiceSnapshot } from './model/activity.ts';
import type { FailureReason } from './model/attempt.ts';
import type { ItemState } from './model/item.ts';
import type { ItemSnapshot, RunSnapshot } from './model/run.ts';

/** What the queue panel shows of an item; everything is text or numbers, nothing is markup. */
export type QueueItem = Pick<
  ItemSnapshot,
  | 'run'
  | 'id'
  | 'position'
  | 'promptName'
  | 'row'
  | 'record'
  | 'model'
  | 'index'
  | 'state'
  | 'priority'
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
  /** Why it failed, or will be retried. */
  readonly reason?: FailureReason;
  /** File name of the written candidate; its presence means that it can be opened. */
  readonly file?: string;
  /** Its text was cut at the output limit. */
  readonly cut?: true;
};

/** Names an item of any run. */
export interface QueueItemKey {
  readonly run: string;
  readonly item: string;
}

export type QueueRun = RunSnapshot;

/** A payload that a panel gets when it appears: complete, never a replay of changes. */
export interface QueueSnapshot {
  /** Newest first. */
  readonly runs: readonly QueueRun[];
  readonly items: readonly QueueItem[];
  /** The host's clock, epoch ms, against which elapsed times are shown. */
  readonly now: number;
}

/** One attempt for an item. */
export interface QueueAttempt {
  readonly attempt: number;
  readonly service: string;
  readonly model: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: 'completed' | FailureReason;
  readonly message?: string;
  /** Tokens in and out; absent: the service did not say, or there are none. */
  readonly tokens?: number;
  readonly cost?: number;
}

/** A record in one stage, or an item of a prompt file. */
export interface QueueStep {
  readonly item: string;
  readonly stage: string;
  /** What it is called there. */
  readonly label: string;
  /** As it was when the host was asked: what goes on with it, the list knows. */
  readonly state: ItemState;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly message?: string;
  readonly attempts: readonly QueueAttempt[];
}

/** How a record has come through the stages. */
export interface QueueWay {
  readonly steps: readonly QueueStep[];
  /** Records that come of it, where that is not one. */
  readonly further: number;
}

export type HostMessage =
  | { readonly type: 'snapshot'; readonly snapshot: QueueSnapshot }
  | {
      readonly type: 'changes';
      readonly runs: readonly QueueRun[];
      readonly items: readonly QueueItem[];
      readonly now: number;
    }
  /** All of them, as long as the panel watches them. */
  | { readonly type: 'services'; readonly services: readonly ServiceSnapshot[]; readonly now: number }
  /** All of them, as long as the panel watches the run. */
  | { readonly type: 'samples'; readonly run: string; readonly samples: readonly RunSample[] }
  /** The end of texts so far, on one line each; empty where a new attempt has begun. */
  | { readonly type: 'previews'; readonly previews: readonly (QueueItemKey & { readonly text: string })[] }
  /** The answer to `showRecord`; without a way when there is no such item any more. */
  | { readonly type: 'record'; readonly run: string; readonly item: string; readonly way?: QueueWay }
  /** The answer to `showTexts`. */
  | {
      readonly type: 'texts';
      readonly run: string;
      readonly item: string;
      readonly input: string;
      readonly output?: string;
    };

export type PanelMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'generate' }
  | { readonly type: 'openCandidate'; readonly run: string; readonly item: string }
  | { readonly type: 'cancelItems'; readonly run: string; readonly items: readonly string[] }
  /** Items that have ended are made once more. */
  | { readonly type: 'runItemsAgain'; readonly run: string; readonly items: readonly string[] }
  /** Items that have failed are tried again; what was paid for is only written. */
  | { readonly type: 'retryItems'; readonly run: string; readonly items: readonly string[] }
  /** Items that wait become more (-1) or less (1) urgent. */
  | { readonly type: 'prioritise'; readonly run: string; readonly items: readonly string[]; readonly by: -1 | 1 }
  /** A stage of a run, by its name, is made once more for all its records, with what follows it. */
  | { readonly type: 'runStageAgain'; readonly run: string; readonly stage: string }
  /** What the panel shows from now on: nothing else of the kind is sent. */
  | {
      readonly type: 'watch';
      readonly services: boolean;
      /** Of this run. */
      readonly samples?: string;
      /** Running items whose texts are looked at. */
      readonly previews: readonly QueueItemKey[];
    }
  | { readonly type: 'showRecord'; readonly run: string; readonly item: string }
  | { readonly type: 'showTexts'; readonly run: string; readonly item: string }
  | { readonly type: 'pauseRun'; readonly run: string }
  /** A paused run, or one that nobody works on. */
  | { readonly type: 'resumeRun'; readonly run: string }
  | { readonly type: 'retryFailed'; readonly run: string }
  | { readonly type: 'discardRun'; readonly run: string }
  | { readonly type: 'cancelRun'; readonly run: string }
  | { readonly type: 'endWatch'; readonly run: string }
  | { readonly type: 'clearFinished' };
