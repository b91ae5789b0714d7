import type { Expressions, Flow, FlowStage, RecordData } from '../../flow/flow.ts';
import type { StageText } from '../../flow/record.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import type { Outcome } from '../../base/outcome.ts';
import type { AttemptOutcome, Failure } from '../../model/attempt.ts';
import type { Generation, GenerationOptions } from '../../services/service.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';

/** What an item of a flow is given to work with. */
export interface StageTask extends GenerationOptions {
  readonly item: PlannedItem;
  readonly stage: FlowStage;
  readonly record: RecordData;
}

/** What a stage made of a record, and who answered. */
export interface StageAnswer extends StageText, Pick<Generation, 'adapted' | 'cut'> {
  readonly model: string;
  /** The stage has nothing for the record, which goes on as it is: no file is left either. */
  readonly isNothing?: true;
}

/** The file that belongs to a result. */
export interface ResultFile {
  /** The result with the name and the hash of the file in it, as the record goes on with it. */
  readonly result: StageText;
  /** Whether `write` needs nothing but the result: what was fetched may be gone. */
  readonly isAtHand: () => Promise<boolean>;
  /** Puts it in its place; one that is there already stays. */
  readonly write: () => Promise<Outcome<undefined, Failure>>;
}

/** The files that stages leave. */
export interface ResultFiles {
  readonly has: (stage: FlowStage) => boolean;
  /** @param result as the stage made it */
  readonly of: (task: Pick<StageTask, 'item' | 'stage' | 'record'>, result: StageText) => Outcome<ResultFile, Failure>;
}

/** A flow, with all that this process needs to run it. */
export interface RunFlow {
  readonly flow: Flow;
  readonly expressions: Expressions;
  /** Does one stage's work on one record. */
  readonly work: (task: StageTask) => Promise<AttemptOutcome<StageAnswer>>;
  /**
   * Says what a stage does, for the cache: differs when its prompt or its settings do, and never holds a secret.
   * Undefined when its results must not come from the cache.
   */
  readonly identity: (stage: FlowStage) => string | undefined;
  /**
   * Makes good what belongs to a result that comes from the cache, such as its file; absent: nothing does.
   *
   * @returns false where the result must be made again
   */
  readonly restore?: (stage: FlowStage, result: StageText) => Promise<boolean>;
  /** Absent: no stage leaves any. */
  readonly files?: ResultFiles;
  /** Called when nothing is left, before the run counts as through; absent: nothing comes of it but its items. Never fails. */
  readonly deliver?: () => Promise<void>;
  /** The key under which a service of the flow takes part. */
  readonly serviceKey: (name: string) => ServiceKey;
}
