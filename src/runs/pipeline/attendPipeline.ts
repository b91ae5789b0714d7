import type { Clock } from '../../base/clock.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { RunSnapshot, RunSummary } from '../../model/run.ts';
import type { Runs } from '../runs.ts';
import type { StartedRun } from '../startedRun.ts';
import type { Workspace } from '../workspace.ts';
import { LiveTable } from './liveTable.ts';
import { endPipeline, type PipelineEnd, type PipelineEndRequest } from './pipelineEnd.ts';
import type { WorkingPipeline } from './resumedPipeline.ts';

export interface AttendedPipeline {
  readonly summary: RunSummary;
  readonly end: PipelineEnd;
  /** Nothing is left of the run. */
  readonly isThrough: boolean;
}

/**
 * Keeps the table of a pipeline while its run goes on, and delivers what comes of it when nothing is left, before the run
 * counts as through: of a run whose source is watched, each time that nothing is left for now.
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
  const attended = attendance(working, id, { runs, workspace, clock });
  const rests = whenResting(id, runs, async () => {
    const begun = await attended;
    if (!begun.ok) return;
    await begun.value.table.rest();
    const made = await endPipeline(begun.value.request);
    // What the journal does not tell now, it is asked again at the end.
    if (made.ok) atRest(made.value);
  });
  let delivered: Promise<Outcome<PipelineEnd, string>> | undefined;
  const deliver = async (): Promise<Outcome<PipelineEnd, string>> => {
    const begun = await attended;
    if (!begun.ok) return begun;
    await rests.end();
    await begun.value.table.end();
    return endPipeline(begun.value.request);
  };
  working.ending.attend(async () => {
    delivered = deliver();
    // Whoever waits below is told.
    await delivered.catch(() => undefined);
  });
  const summary = await finished;
  await rests.end();
  const isThrough = !runs.isUnfinished(id);
  const ended = await (delivered ?? interrupted(await attended));
  return ended.ok ? success({ summary, end: ended.value, isThrough }) : ended;
}

interface Attendance {
  readonly request: PipelineEndRequest;
  readonly table: LiveTable;
}

async function attendance(
  working: WorkingPipeline,
  run: string,
  { runs, workspace, clock }: { readonly runs: Runs; readonly workspace: Workspace; readonly clock: Clock },
): Promise<Outcome<Attendance, string>> {
  const details = await workspace.journal.run(run);
  if (!details.ok) return failed(details.failure.message);
  const request = { ...working, run, startedAt: details.value.startedAt, workspace };
  return success({ request, table: new LiveTable(request, runs.events, clock) });
}

/** Only the table: what is left may still change what is delivered. */
async function interrupted(attended: Outcome<Attendance, string>): Promise<Outcome<PipelineEnd, string>> {
  if (!attended.ok) return attended;
  const { request, table } = attended.value;
  await table.end();
  return endPipeline({ ...request, pipeline: { ...request.pipeline, deliver: [] } });
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
