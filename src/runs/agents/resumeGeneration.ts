import type { JsonObject } from '../../base/jsonObject.ts';
import { failed, type Outcome } from '../../base/outcome.ts';
import type { Budget } from '../../model/budget.ts';
import { readRunOptions } from '../runOptions.ts';
import { allowedBudget, findRun, type AgentHost } from './agentHost.ts';
import { withStatus } from './generationStatus.ts';
import type { Cap } from './toolFields.ts';

export interface ResumeInput {
  readonly run: string;
  /** In all, with what it has spent; absent: that of the run. */
  readonly cap?: Cap | undefined;
  readonly waitSeconds?: number | undefined;
}

const mostProblems = 5;

/** Goes on with a run that nobody works on, within the cap that it has or gets. */
export async function resumeGeneration(
  host: AgentHost,
  { run, cap, waitSeconds }: ResumeInput,
  signal: AbortSignal,
): Promise<Outcome<JsonObject, string>> {
  const found = await findRun(host, run);
  if (!found.ok) return found;
  const { folder, workspace, details } = found.value;
  const { finishedAt, counts, unwritten } = details;
  if (finishedAt !== undefined && counts.queued === 0 && unwritten === 0) {
    return failed(`Run ${run} has come to its end, and nothing of it is left.`);
  }
  const stored = host.followed.get(run)?.budget ?? readRunOptions(details.options).budget ?? {};
  if (!cap && !isCapped(stored)) {
    return failed(`Run ${run} was started without a cap: say with "cap" what it may spend at most.`);
  }
  const budget = allowedBudget(host, cap ?? stored);
  const request = await folder.resumption(workspace, details, budget);
  if (!request.ok) return request;
  if (signal.aborted) return failed('This was called off before anything was spent.');
  const started = await host.runs.resume(request.value);
  if (!started.ok) return failed(started.failure.message);
  host.followed.follow(started.value, budget);
  const problems = started.value.problems.slice(0, mostProblems);
  return withStatus(host, { run, left: counts.queued, cap: budget, problems }, { run, waitSeconds }, signal);
}

function isCapped({ requests, cost }: Budget): boolean {
  return requests !== undefined || cost !== undefined;
}
