import type { Clock } from '../../base/clock.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { RunSummary } from '../../model/run.ts';
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
 * Keeps the table of a pipeline while its run goes on, and delivers what comes of it when nothing is left.
 *
 * @param finished resolves when the run has ended
 * @returns a failure is a sentence about the journal
 */
export async function attendPipeline(
  working: WorkingPipeline,
  { id }: Pick<StartedRun, 'id'>,
  finished: Promise<RunSummary>,
  { runs, workspace, clock }: { readonly runs: Runs; readonly workspace: Workspace; readonly clock: Clock },
): Promise<Outcome<AttendedPipeline, string>> {
  const details = await workspace.journal.run(id);
  if (!details.ok) return failed(details.failure.message);
  const request = { ...working, run: id, startedAt: details.value.startedAt, workspace };
  const table = new LiveTable(request, runs.events, clock);
  const summary = await finished;
  await table.end();
  const isThrough = !runs.isUnfinished(id);
  const { pipeline } = request;
  const ended = await endPipeline(isThrough ? request : { ...request, pipeline: { ...pipeline, deliver: [] } });
  return ended.ok ? success({ summary, end: ended.value, isThrough }) : ended;
}
