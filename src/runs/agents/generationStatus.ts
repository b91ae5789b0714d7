import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '../../base/jsonObject.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { brief } from '../../base/sentence.ts';
import type { RunState } from '../../model/run.ts';
import type { RunOverview } from '../../storage/journal/records.ts';
import { runStateOf } from '../board/shownRun.ts';
import { runFacts } from '../runFacts.ts';
import { readRunOptions } from '../runOptions.ts';
import type { Workspace } from '../workspace.ts';
import { findRun, type AgentFolder, type AgentHost } from './agentHost.ts';
import { spentBy } from './runSpent.ts';

export interface StatusInput {
  /** Absent: the newest runs, without what each of them has spent. */
  readonly run?: string | undefined;
  /** How long to wait for the end of a run that goes on here. */
  readonly waitSeconds?: number | undefined;
}

const mostRuns = 20;
const mostFailures = 5;
const longestMessage = 500;

/** How runs are getting on. */
export async function generationStatus(
  host: AgentHost,
  { run, waitSeconds = 0 }: StatusInput,
  signal: AbortSignal,
): Promise<Outcome<JsonObject, string>> {
  if (run === undefined) return newestRuns(host);
  const end = host.followed.untilEnd(run);
  if (end && waitSeconds > 0) await within(waitSeconds * 1_000, end, signal);
  const found = await findRun(host, run);
  if (!found.ok) return found;
  const { workspace, details, folder } = found.value;
  const spent = await spentBy(workspace, details);
  if (!spent.ok) return failed(spent.failure.message);
  const failures = details.counts.failed === 0 ? success([]) : await failuresOf(workspace, run);
  if (!failures.ok) return failures;
  const going = host.runs.active.find(({ id }) => id === run);
  const told = overviewOf(host, details);
  const known = host.followed.get(run);
  return success({
    ...told,
    folder: folder.root,
    cap: known?.budget ?? readRunOptions(details.options).budget ?? null,
    spent: spent.value,
    waitingFor: waitingFor(told.state, details, going?.waiting),
    secondsLeft: going?.eta ? { low: seconds(going.eta.low), high: seconds(going.eta.high) } : null,
    problem: known?.summary?.problem ?? null,
    failures: failures.value,
  });
}

/** What was begun, and if somebody waits for its end, how it is getting on then. */
export async function withStatus(
  host: AgentHost,
  begun: JsonObject,
  { run, waitSeconds = 0 }: StatusInput,
  signal: AbortSignal,
): Promise<Outcome<JsonObject, string>> {
  if (waitSeconds === 0) return success(begun);
  const status = await generationStatus(host, { run, waitSeconds }, signal);
  // It has begun all the same.
  return success({ ...begun, status: status.ok ? status.value : null });
}

async function newestRuns(host: AgentHost): Promise<Outcome<JsonObject, string>> {
  const listed: (JsonObject & Pick<RunOverview, 'startedAt'>)[] = [];
  for (const folder of host.folders) {
    const runs = await runsOf(folder);
    if (!runs.ok) return runs;
    for (const run of runs.value)
      listed.push({ ...overviewOf(host, run), folder: folder.root, startedAt: run.startedAt });
  }
  const newest = listed.sort((a, b) => b.startedAt - a.startedAt).slice(0, mostRuns);
  return success({ runs: newest.map((run) => ({ ...run, startedAt: new Date(run.startedAt).toISOString() })) });
}

async function runsOf(folder: AgentFolder): Promise<Outcome<readonly RunOverview[], string>> {
  const opened = await folder.openIfJournalled();
  if (!opened.ok) return failed(opened.failure.message);
  const listed = await opened.value?.journal.listRuns({}, { limit: mostRuns });
  if (!listed) return success([]);
  return listed.ok ? success(listed.value.rows) : failed(listed.failure.message);
}

function overviewOf({ runs }: Pick<AgentHost, 'runs'>, run: RunOverview) {
  const { id, label } = run;
  const state: RunState = runs.active.find((each) => each.id === id)?.state ?? runStateOf(run);
  return {
    run: id,
    label: brief(label),
    state,
    ...runFacts(run),
  };
}

/** One sentence, or null where nothing holds it up. */
function waitingFor(state: RunState, { owner }: RunOverview, waiting: string | undefined): string | null {
  switch (state) {
    case 'running':
      return waiting === undefined ? null : `${brief(waiting)}.`;
    case 'paused':
      return 'A person has paused it, and goes on with it.';
    case 'watching':
      return 'All of its files are done: it waits for others until a person stops it.';
    case 'stopping':
      return 'It is stopping: what is in flight may still finish.';
    case 'elsewhere':
      return `Another process works on it (${owner?.kind ?? 'terminal'}, process ${owner?.pid ?? 0}): ask again later.`;
    case 'unfinished':
      return 'Nobody works on it: it can be resumed, and goes on with what is left.';
    case 'finished':
      return null;
  }
}

async function failuresOf({ journal }: Workspace, run: string): Promise<Outcome<readonly JsonObject[], string>> {
  const page = await journal.itemOverviews(run, ['failed'], { limit: mostFailures });
  if (!page.ok) return failed(page.failure.message);
  return success(
    page.value.rows.map(({ row, model, number, failure }) => ({
      row: brief(row),
      model,
      number,
      reason: failure?.reason ?? null,
      message: failure ? brief(failure.message, longestMessage) : null,
    })),
  );
}

/** Resolves with whatever comes first: the end, the time, or that nobody waits any more. */
async function within(ms: number, end: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const waited = delay(ms, undefined, { signal: AbortSignal.any([signal, done.signal]) }).catch(() => undefined);
  await Promise.race([end, waited]);
  done.abort();
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}
