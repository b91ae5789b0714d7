import type { Expressions, RecordData } from '../flow/flow.ts';
import type { StageText } from '../flow/record.ts';
import type { AttemptOutcome } from '../model/attempt.ts';

/** One attempt of a stage's work on one record. */
export interface StageTask {
  readonly record: RecordData;
  /** Key of the record; empty for a pipeline without data. */
  readonly key: string;
  readonly expressions: Expressions;
  readonly signal: AbortSignal;
}

/** What a stage does with a record. Expected failures are outcomes; only bugs are thrown. */
export type StageWork = (task: StageTask) => Promise<AttemptOutcome<StageText>>;
