import type { QueueRun } from '../../src/protocol.ts';
import { isActive } from '../../src/model/run.ts';

/** What happened to runs with the last message, for those who listen instead of looking. */
export interface Transitions {
  readonly started: readonly QueueRun[];
  readonly resumed: readonly QueueRun[];
  /** Those that were left before their end are among them. */
  readonly ended: readonly QueueRun[];
}

/** @param before the states of the runs that were known before the message */
export function transitionsOf(runs: readonly QueueRun[], before: ReadonlyMap<string, QueueRun['state']>): Transitions {
  const started: QueueRun[] = [];
  const resumed: QueueRun[] = [];
  const ended: QueueRun[] = [];
  for (const run of runs) {
    const earlier = before.get(run.id);
    if (earlier === undefined) {
      // A run that the host only found has not started now.
      if (isActive(run.state)) {
        started.push(run);
      }
    } else if (isActive(run.state)) {
      if (!isActive(earlier)) {
        resumed.push(run);
      }
    } else if (run.state !== earlier && run.state !== 'elsewhere') {
      ended.push(run);
    }
  }
  return { started, resumed, ended };
}
