import type { Clock } from '../../base/clock.ts';
import type { Outcome } from '../../base/outcome.ts';
import type { Engine } from '../../engine/engine.ts';
import type { JournalFailure } from '../../storage/journal/journalFailure.ts';
import type { LiveTexts } from '../board/liveTexts.ts';
import type { RunBoard } from '../board/runBoard.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import type { ServiceDirectory } from '../serviceDirectory.ts';
import type { OwnedRun } from './candidateKeeper.ts';
import type { FlowWork, FollowedText } from './flowWork.ts';
import type { ItemSnapshots } from './itemSnapshots.ts';
import type { ProcessLoad } from './processLoad.ts';
import type { ReadyRun } from './readyRun.ts';
import type { SessionMeter } from './sessionMeter.ts';
import type { StructuredAnswers } from './structuredAnswers.ts';

/** What every session of this process works with. */
export interface SessionTools {
  readonly engine: Engine<PlannedItem, FollowedText>;
  readonly board: RunBoard;
  readonly texts: LiveTexts;
  readonly services: ServiceDirectory;
  readonly load: ProcessLoad;
  readonly clock: Clock;
}

/** What the parts of one session share. */
export interface SessionParts {
  readonly tools: SessionTools;
  readonly ready: ReadyRun;
  readonly owned: OwnedRun;
  readonly meter: SessionMeter;
  readonly snapshots: ItemSnapshots;
  readonly structured: StructuredAnswers;
  /** Absent for a run without a flow. */
  readonly flow: FlowWork | undefined;
  /** What is paid for can no longer be kept: nothing more is spent. */
  readonly troubled: (trouble: JournalFailure) => void;
  /** A write whose failure is such a trouble. @returns whether it was made */
  readonly watched: (write: () => Promise<Outcome<unknown, JournalFailure>>) => Promise<boolean>;
}
