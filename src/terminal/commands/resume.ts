import { defaultSafetyFactor } from '../../engine/governor/defaults.ts';
import { runStateOf } from '../../runs/board/shownRun.ts';
import { readRunOptions } from '../../runs/runOptions.ts';
import { refusal } from '../../runs/runRefusal.ts';
import { resumedPipeline, type ResumedPipeline } from '../../runs/pipeline/resumedPipeline.ts';
import type { Flow } from '../../flow/flow.ts';
import type { ResumeRequest } from '../../runs/resume/resumption.ts';
import type { ServiceDirectory } from '../../runs/serviceDirectory.ts';
import { kindOf, serviceAt } from '../../services/kinds.ts';
import type { Workspace } from '../../runs/workspace.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { readAll } from '../../storage/journal/journalClient.ts';
import { success } from '../../base/outcome.ts';
import type { Requeue, RunDetails, RunOverview } from '../../storage/journal/records.ts';
import { watchMs } from '../../storage/journal/ownership.ts';
import { defineCommand } from '../command.ts';
import { folderOption } from '../folderOption.ts';
import { limitOptions } from '../limitOptions.ts';
import { list, onOff, under, type GivenOptions } from '../options.ts';
import { isProxied, useProxyOf } from '../proxy.ts';
import { exitWritten, jsonReport, printJson } from '../report.ts';
import { budgetsOf, credentialFor, limitsOf, patienceOf, withAdditions } from '../serviceFlags.ts';
import { finishPipeline } from '../pipelineRun.ts';
import { say, valueOf, withWorkspace, type TerminalSession } from '../session.ts';
import { Refusal, UsageError } from '../usage.ts';
import { readTerminalSettings, trustOption, type TerminalSettings } from '../terminalSettings.ts';

export const resumeOptions = {
  ...under('What to resume (default: what has not ended, of the newest run with such):', {
    failed: onOff('--failed', 'what has failed, and nothing else'),
    items: list('--item <id,...>', 'these items, whatever became of them'),
    folder: folderOption,
  }),
  ...trustOption,
  ...limitOptions,
};

type ResumeOptions = GivenOptions<typeof resumeOptions>;

export const resume = defineCommand({
  name: 'resume',
  takes: '[run]',
  summary: 'go on with a run that was interrupted, here or in the editor',
  options: resumeOptions,
  wrongArguments: () => 'Name one run at most.',
  run: ([run], options) => resumeRun(run, { ...options, ...chosen(options) }),
});

/** Either what has failed or certain items; what was typed wins over the environment. */
export function chosen(
  options: Pick<ResumeOptions, 'failed' | 'items' | 'nameOf'>,
): Pick<ResumeOptions, 'failed' | 'items'> {
  const { failed, items, nameOf } = options;
  if (!failed || items.length === 0) return { failed, items };
  const names = [nameOf('failed'), nameOf('items')] as const;
  const [isFailedTyped, areItemsTyped] = names.map((name) => name.startsWith('--'));
  if (isFailedTyped === areItemsTyped) throw new UsageError(`${names.join(' and ')} do not go together.`);
  return isFailedTyped === true ? { failed, items: [] } : { failed: false, items };
}

/** @param run absent: the newest that can be resumed */
async function resumeRun(run: string | undefined, options: ResumeOptions): Promise<number> {
  const unused = useProxyOf(process.env);
  if (unused !== undefined) say(unused);
  return withWorkspace(async (workspace, session) => {
    const id = run ?? (await newestToResume(workspace, options));
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
    const { failed, items } = options;
    if (failed) return resumeIn(workspace, session, id, { states: ['failed'], fresh: false }, options);
    return resumeIn(workspace, session, id, items.length > 0 ? { items, fresh: true } : undefined, options);
  }, options.folder);
}

/** What is changed about a run that goes on. */
export type ResumedOptions = Omit<ResumeOptions, 'failed' | 'items' | 'folder' | 'nameOf'> & {
  readonly nameOf: (option: keyof typeof limitOptions) => string;
};

/**
 * Goes on with a run, and waits for its end.
 *
 * @param again what starts again, and nothing else; absent: what has not ended goes on
 * @returns the exit status
 */
export async function resumeIn(
  workspace: Workspace,
  session: TerminalSession,
  id: string,
  again: Requeue | undefined,
  options: ResumedOptions,
): Promise<number> {
  const details = valueOf(await workspace.journal.run(id));
  if (options.json) session.progress.usePlainLines();
  session.progress.expect(details.flow?.stages ?? []);
  const settings = await readTerminalSettings(workspace.base, options.trust);
  const { flow } = details;
  const pipeline = flow && (await pipelineOf(flow, workspace, session.services));
  const request = resumeRequest(workspace, details, again, options, settings, session.services);
  const started = valueOf(await session.runs.resume(pipeline ? { ...request, stages: pipeline.stages } : request));
  for (const problem of started.problems) say(problem);
  if (!pipeline) return session.finish(started, options);
  try {
    return await finishPipeline(session, started, workspace, pipeline, options);
  } finally {
    await pipeline.dispose();
  }
}

async function newestToResume({ journal }: Workspace, { failed, items }: ResumeOptions): Promise<string | undefined> {
  const runs = valueOf(await readAll((page) => journal.listRuns({}, page)));
  if (items.length > 0) return holderOf(journal, runs, items);
  const wanted = runs.filter(failed ? ({ counts }) => counts.failed > 0 : isLeft);
  const [newest, ...others] = wanted.filter((run) => runStateOf(run) !== 'elsewhere');
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

/** @throws Refusal where the pipeline cannot be followed any more */
async function pipelineOf(
  flow: Flow,
  { base, files, journal }: Workspace,
  services: ServiceDirectory,
): Promise<ResumedPipeline> {
  const proxied = isProxied(process.env);
  const where = { root: base, store: files, programs: __dirname, fetched: journal };
  const pipeline = await resumedPipeline({ flow, services, isProxied: proxied, ...where });
  if (pipeline.ok) return pipeline.value;
  throw new Refusal(pipeline.failure);
}

/** @param again as for `resumeIn` */
export function resumeRequest(
  workspace: Workspace,
  { id, options: stored }: RunDetails,
  again: Requeue | undefined,
  options: ResumedOptions,
  settings: TerminalSettings,
  directory: ServiceDirectory,
): ResumeRequest {
  const { services: configured, own, leftAlone, hints } = settings;
  if (leftAlone) say(leftAlone.sentence);
  for (const hint of hints) say(hint);
  const { retry, sequential, limits, baseUrl } = readRunOptions(stored);
  const typed = options.baseUrl ?? baseUrl;
  if (typed === undefined) refuseAdditions(options);
  return {
    workspace,
    run: id,
    waitMs: watchMs,
    options: {
      retry: { attempts: options.attempts ?? retry.attempts, baseMs: options.retryBaseMs ?? retry.baseMs },
      sequential: options.sequential || sequential,
      limits: { ...limits, ...limitsOf(options) },
      ...budgetsOf(options, settings),
    },
    ...(again ? { again, only: 'again' } : {}),
    serviceOf: (name, known, { limits: { safetyFactor = defaultSafetyFactor, ...overrides } = {} }) => {
      // What the run was started with goes on being used where settings that would say otherwise are left alone.
      const isLeftAlone = leftAlone?.services.includes(name) === true;
      const settings = serviceSettings(name, isLeftAlone ? [] : configured, known, typed);
      if (!settings) {
        const what = `The service "${name}" of run ${id} is not configured any more`;
        const why = isLeftAlone ? leftAlone.sentence : `${what}: add it to the settings, or give --base-url.`;
        return Promise.resolve(refusal('no-service', why));
      }
      const added = withAdditions(settings, options, { typed, own });
      const credential = credentialFor(added, options, { typed, own }, process.env);
      return Promise.resolve(
        success(directory.register({ ...added, ...overrides }, credential, { safetyFactor, ...patienceOf(options) })),
      );
    },
  };
}

/**
 * A run may have several services, and what is for one of them is not for the others.
 *
 * @throws UsageError
 */
function refuseAdditions({ headers, query, apiKeyHeader, nameOf }: ResumedOptions): void {
  const given = Object.entries({ headers, query, apiKeyHeader }).find(([, value]) => value !== undefined)?.[0];
  if (given === undefined) return;
  const name = nameOf(given as 'headers' | 'query' | 'apiKeyHeader');
  throw new UsageError(`${name} needs --base-url here, the address that it is for: or set it in your own settings.`);
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
