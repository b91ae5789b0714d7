import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { defaultSafetyFactor } from '../../engine/governor/governor.ts';
import { stateOf } from '../../runs/board/shownRun.ts';
import { readRunOptions } from '../../runs/runOptions.ts';
import { refusal } from '../../runs/runRefusal.ts';
import type { ResumeRequest } from '../../runs/runs.ts';
import { ServiceDirectory } from '../../runs/serviceDirectory.ts';
import { kindOf, serviceAt } from '../../services/kinds.ts';
import { readServices } from '../../services/serviceConfiguration.ts';
import type { Workspace } from '../../runs/workspace.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { isInside } from '../../base/paths.ts';
import { readAll } from '../../storage/journal/journalClient.ts';
import { success } from '../../base/outcome.ts';
import type { RunDetails, RunOverview } from '../../storage/journal/records.ts';
import { journalPath } from '../../storage/journal/settings.ts';
import { watchMs } from '../../storage/journal/ownership.ts';
import { parseDiscardOptions, parseResumeOptions, parseRunsOptions, type ResumeOptions } from '../options.ts';
import { exitStatus, exitWritten, jsonReport, printFiles, printJson } from '../report.ts';
import { Seal } from '../seal.ts';
import { apiKeyFor, limitsOf } from '../serviceFlags.ts';
import { journalDirectory, say, TerminalSession, valueOf } from '../session.ts';
import { Refusal } from '../usage.ts';
import { workspaceSettings } from '../workspaceSettings.ts';

/** Runs `resume` and returns the exit status. */
export async function resume(args: readonly string[]): Promise<number> {
  const options = parseResumeOptions(args);
  const base = await journalledFolder();
  const directory = new ServiceDirectory(systemClock, Math.random);
  const session = new TerminalSession(directory);
  try {
    const workspace = await session.open(base);
    const id = options.run ?? (await newestToResume(workspace, options));
    if (id === undefined) {
      if (options.json) printJson(jsonReport(undefined, []));
      else
        say(
          options.failed
            ? 'There is nothing to resume: nothing has failed.'
            : 'There is nothing to resume: every run is through.',
        );
      return exitWritten;
    }
    const details = valueOf(await workspace.journal.run(id));
    const request = await resumeRequest(workspace, details, options, directory);
    const started = valueOf(await session.runs.resume(request));
    for (const problem of started.problems) say(problem);
    const summary = await session.untilFinished(started);
    const { items } = session.runs.snapshots();
    if (options.json) printJson(jsonReport(summary, items));
    else printFiles(items);
    return exitStatus(summary, items.length, session.wasInterrupted);
  } finally {
    await session.dispose();
    await directory.dispose();
  }
}

/** Runs `runs`: what the journal of the folder knows, newest first. */
export async function listRuns(args: readonly string[]): Promise<number> {
  const { json } = parseRunsOptions(args);
  return withWorkspace(async ({ journal }) => {
    const runs = valueOf(await readAll((page) => journal.listRuns({}, page)));
    if (json) printJson({ runs: runs.map(jsonRun) });
    else for (const run of runs) process.stdout.write(`${describeRun(run)}\n`);
    if (!json && runs.length === 0) say('There are no runs in this folder yet.');
    return exitWritten;
  });
}

/** Runs `discard`: forgets one run; its candidates stay. */
export async function discard(args: readonly string[]): Promise<number> {
  const { run } = parseDiscardOptions(args);
  return withWorkspace(async (workspace, session) => {
    valueOf(await session.runs.discard(workspace, run));
    return exitWritten;
  });
}

/** Runs `clear-cache`. */
export async function clearCache(): Promise<number> {
  return withWorkspace(async ({ journal }) => {
    const cleared = valueOf(await journal.cacheClear());
    say(`${cleared} cached ${cleared === 1 ? 'text is' : 'texts are'} gone; candidates stay.`);
    return exitWritten;
  });
}

async function withWorkspace(
  action: (workspace: Workspace, session: TerminalSession) => Promise<number>,
): Promise<number> {
  const directory = new ServiceDirectory(systemClock, Math.random);
  const session = new TerminalSession(directory);
  try {
    return await action(await session.open(await journalledFolder()), session);
  } finally {
    await session.dispose();
    await directory.dispose();
  }
}

/** The folder one works in or the nearest one above it that has a journal. */
async function journalledFolder(): Promise<string> {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    try {
      await access(journalPath(journalDirectory(folder)));
      return folder;
    } catch {
      if (dirname(folder) === folder) throw new Refusal('There are no runs in this folder: generate something first.');
    }
  }
}

async function newestToResume({ journal }: Workspace, { failed, items }: ResumeOptions): Promise<string | undefined> {
  const runs = valueOf(await readAll((page) => journal.listRuns({}, page)));
  if (items.length > 0) return holderOf(journal, runs, items);
  const wanted = runs.filter(failed ? ({ counts }) => counts.failed > 0 : isLeft);
  const [newest, ...others] = wanted.filter((run) => stateOf(run) !== 'elsewhere');
  if (!failed && others.length > 0)
    say(`Unfinished as well: ${others.map(({ id, label }) => `${id} (${label})`).join(', ')}`);
  // Somebody may only seem to work on it: taking it shows.
  return newest?.id ?? wanted[0]?.id;
}

/** Whether something has not ended, or a text was generated and could not be written. */
function isLeft({ finishedAt, counts, unwritten }: RunOverview): boolean {
  return finishedAt === undefined || counts.queued > 0 || unwritten > 0;
}

async function holderOf(
  journal: Workspace['journal'],
  runs: readonly RunOverview[],
  items: readonly string[],
): Promise<string> {
  for (const { id } of runs) {
    const found = valueOf(await journal.itemsById(id, items));
    if (found.length === items.length) return id;
  }
  throw new Refusal(
    `There is no item ${items.join(', ')} in any run: the manifests beside the candidates have their ids.`,
  );
}

async function resumeRequest(
  workspace: Workspace,
  { id, root, services, options: stored }: RunDetails,
  options: ResumeOptions,
  directory: ServiceDirectory,
): Promise<ResumeRequest> {
  const { base } = workspace;
  const configured = readServices((await workspaceSettings(base))['parallelCandidates.services']).services;
  const seal = await Seal.open();
  const isMine = seal?.isOn({ root, services }, readRunOptions(stored).seal) === true;
  const { retry, sequential, limits, baseUrl } = readRunOptions(stored);
  const typed = options.baseUrl ?? (isMine ? baseUrl : undefined);
  const { failed, items } = options;
  return {
    workspace,
    run: id,
    waitMs: watchMs,
    options: {
      retry: { attempts: options.attempts ?? retry.attempts, baseMs: options.retryBaseMs ?? retry.baseMs },
      sequential: options.sequential || sequential,
      limits: { ...limits, ...limitsOf(options) },
    },
    ...(failed ? { again: { states: ['failed'], fresh: false }, only: 'again' } : {}),
    ...(items.length > 0 ? { again: { items, fresh: true }, only: 'again' } : {}),
    rootProblem: (folder) =>
      isMine || isInside(base, folder)
        ? undefined
        : `Run ${id} writes to ${folder}, outside of ${base}, and was not started by you: generate again with --out.`,
    serviceOf: (name, known, { limits: { safetyFactor = defaultSafetyFactor, ...overrides } = {} }) => {
      const settings = serviceSettings(name, configured, known, typed);
      if (!settings) {
        const what = `The service "${name}" of run ${id} is not configured any more`;
        return Promise.resolve(refusal('no-service', `${what}: add it to the settings, or give --base-url.`));
      }
      const key = apiKeyFor(settings, options.apiKeyEnv, typed, process.env);
      return Promise.resolve(success(directory.register({ ...settings, ...overrides }, key, { safetyFactor })));
    },
  };
}

/** The service as it is configured now, else as the run knew it; an address that was typed wins. */
function serviceSettings(
  name: string,
  configured: readonly ServiceSettings[],
  known: ServiceSettings | undefined,
  typed: string | undefined,
): ServiceSettings | undefined {
  const settings =
    configured.find((service) => service.name === name && service.kind === (known ?? service).kind) ?? known;
  if (typed === undefined) return settings;
  if (settings === undefined) return serviceAt(typed, name, ['default']);
  return kindOf(settings).withAddress?.(settings, typed) ?? settings;
}

function jsonRun(run: RunOverview) {
  const { id, label, total, counts, startedAt, finishedAt, owner } = run;
  return {
    run: id,
    label,
    state: stateOf(run),
    items: total,
    written: counts.written,
    failed: counts.failed,
    cancelled: counts.cancelled,
    skipped: counts.skipped,
    left: counts.queued,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: finishedAt === undefined ? null : new Date(finishedAt).toISOString(),
    owner: owner && !owner.dead ? { kind: owner.kind, pid: owner.pid, host: owner.host } : null,
  };
}

/** `20261122T103000-1a2b3c  tagline  unfinished: 12 written, 3 failed, 5 left`. */
function describeRun(run: RunOverview): string {
  const { id, label, counts, owner } = run;
  const parts = (['written', 'failed', 'cancelled', 'skipped'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`);
  if (counts.queued > 0) parts.push(`${counts.queued} left`);
  const state = stateOf(run);
  const where = owner?.kind === 'editor' ? 'an editor window' : 'a terminal';
  const what = state === 'elsewhere' && owner ? `running in ${where} (process ${owner.pid} on ${owner.host})` : state;
  return `${id}  ${label}  ${what}: ${parts.join(', ')}`;
}
