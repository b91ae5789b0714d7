import type { Clock } from '../../base/clock.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { RunSnapshot, RunSummary } from '../../model/run.ts';
import type { Runs } from '../runs.ts';
import type { StartedRun } from '../startedRun.ts';
import type { Workspace } from '../workspace.ts';
import { LiveTable } from './liveTable.ts';
import { endPipeline, type PipelineEnd } from './pipelineEnd.ts';
import type { WorkingPipeline } from './resumedPipeline.ts';

export interface AttendedPipeline {
  readonly summary: RunSummary;
  readonly end: PipelineEnd;
  /** Nothing is left of the run. */
  readonly isThrough: boolean;
}

/**
 * Keeps the table of a pipeline while its run goes on, and delivers what comes of it when nothing is left: of a run whose source
 * is watched, each time.
 *
 * @param finished resolves when the run has ended
 * @param atRest told what a watched run has come to so far
 * @returns a failure is a sentence about the journal
 */
export async function attendPipeline(
  working: WorkingPipeline,
  { id }: Pick<StartedRun, 'id'>,
  finished: Promise<RunSummary>,
  { runs, workspace, clock }: { readonly runs: Runs; readonly workspace: Workspace; readonly clock: Clock },
  atRest: (end: PipelineEnd) => void = () => undefined,
): Promise<Outcome<AttendedPipeline, string>> {
  const details = await workspace.journal.run(id);
  if (!details.ok) return failed(details.failure.message);
  const request = { ...working, run: id, startedAt: details.value.startedAt, workspace };
  const table = new LiveTable(request, runs.events, clock);
  const deliver = async (): Promise<void> => {
    await table.rest();
    const made = await endPipeline(request);
    // What the journal does not tell now, it is asked again at the end.
    if (made.ok) atRest(made.value);
  };
  const rests = whenResting(id, runs, deliver);
  const summary = await finished;
  await rests.end();
  await table.end();
  const isThrough = !runs.isUnfinished(id);
  const { pipeline } = request;
  const ended = await endPipeline(isThrough ? request : { ...request, pipeline: { ...pipeline, deliver: [] } });
  return ended.ok ? success({ summary, end: ended.value, isThrough }) : ended;
}

/** Does something each time that a watched run comes to rest, one after the other. */
function whenResting(id: string, runs: Runs, action: () => Promise<void>): { readonly end: () => Promise<void> } {
  let actions = Promise.resolve();
  let isResting = false;
  const look = ({ state, total }: Pick<RunSnapshot, 'state' | 'total'>): void => {
    // Nothing may have come yet.
    if (state === 'watching' && !isResting && total > 0) actions = actions.then(action);
    isResting = state === 'watching';
  };
  const unsubscribe = runs.events.subscribe((event) => {
    if (event.type === 'runChanged' && event.run.id === id) look(event.run);
  });
  for (const run of runs.active) if (run.id === id) look(run);
  return {
    end: () => {
      unsubscribe();
      return actions;
    },
  };
}
