import type { CandidateNumbers } from '../../candidates/candidateNumbers.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import type { ItemOverview, RunLease } from '../../storage/journal/records.ts';
import type { ShownRun } from '../board/shownRun.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import type { RunOptions } from '../runOptions.ts';
import type { CandidateText } from './candidateKeeper.ts';
import type { RunFlow } from './runFlow.ts';

/** Everything that is needed to work on a run that is in the journal. */
export interface ReadyRun {
  readonly run: ShownRun;
  readonly lease: RunLease;
  /** The folder that candidates stay inside, absolute. */
  readonly root: string;
  readonly options: RunOptions;
  readonly items: readonly PlannedItem[];
  readonly flow: RunFlow | undefined;
  /** Texts that are there already and wait for nothing but their commit, by item. */
  readonly texts: ReadonlyMap<string, CandidateText>;
  /** Whether some of what has not ended is left for another time. */
  readonly isPart: boolean;
  /** Items whose text must not come from the cache. */
  readonly madeAnew: ReadonlySet<string>;
  readonly numbers: CandidateNumbers;
  readonly serviceKeys: readonly ServiceKey[];
  /** What earlier sessions made of the items. */
  readonly earlier: readonly ItemOverview[];
}
