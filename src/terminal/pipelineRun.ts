import { availableParallelism } from 'node:os';
import { dirname, relative, sep } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { isInside } from '../base/paths.ts';
import { success, type Outcome } from '../base/outcome.ts';
import { defaultSafetyFactor } from '../engine/governor/defaults.ts';
import { defaultRetryPolicy } from '../engine/retry.ts';
import { parsePipeline, type PipelineFile } from '../flow/pipelineFile/parsePipeline.ts';
import { placedMessage, type Problem } from '../base/problem.ts';
import { attendPipeline } from '../runs/pipeline/attendPipeline.ts';
import type { PipelineEnd } from '../runs/pipeline/pipelineEnd.ts';
import { isPipelineFile } from '../runs/pipeline/pipelineName.ts';
import { planPipeline } from '../runs/pipeline/planPipeline.ts';
import { PipelineEnding } from '../runs/pipeline/pipelineEnding.ts';
import { pipelineStages } from '../runs/pipeline/pipelineStages.ts';
import type { WorkingPipeline } from '../runs/pipeline/resumedPipeline.ts';
import { stageWorks } from '../runs/pipeline/stageWorks.ts';
import { unknownStage, upTo } from '../runs/pipeline/selectStages.ts';
import { StageFiles } from '../runs/pipeline/stageFiles.ts';
import { unpricedProblem } from '../runs/plan/unpriced.ts';
import { defaultRunOptions, optionsOf } from '../runs/runOptions.ts';
import type { StartedRun } from '../runs/startedRun.ts';
import { ServiceDirectory } from '../runs/serviceDirectory.ts';
import type { Workspace } from '../runs/workspace.ts';
import { mayHoldSecret } from '../services/address.ts';
import { DataFiles } from '../storage/dataFiles.ts';
import { DiskFiles } from '../storage/diskFiles.ts';
import { readAll } from '../storage/journal/journalClient.ts';
import type { PipelineOptions } from './commands/run.ts';
import { wholeFiles } from '../runs/pipeline/sourceWatch.ts';
import { pipelineReport } from './pipelineReport.ts';
import { cachedBefore, printPipelineProblems, showPipelinePlan } from './pipelinePlanReport.ts';
import { describeRest, isWatched, watchPipeline } from './pipelineWatch.ts';
import { readSource } from './promptSources.ts';
import { isProxied } from './proxy.ts';
import { exitBadInput, exitInterrupted, exitSomeFailed, exitWritten, printJson, printLine } from './report.ts';
import { budgetsOf, credentialFor, limitsOf, patienceOf, terminalServices } from './serviceFlags.ts';
import { say, TerminalSession, valueOf } from './session.ts';
import { readTerminalSettings } from './terminalSettings.ts';
import { Refusal, UsageError } from './usage.ts';

/** A pipeline file that was named. */
export interface NamedPipeline {
  readonly file: PipelineFile;
  /** The folder that everything stays inside, absolute. */
  readonly root: string;
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** Of the file, absolute. */
  readonly folder: string;
}

/** @throws UsageError, Refusal */
export async function readPipelineFile(file: string): Promise<Outcome<NamedPipeline, readonly Problem[]>> {
  if (!isPipelineFile(file)) {
    throw new UsageError(`${file} is no pipeline: name a file that ends in .pipeline.yml.`);
  }
  const { path: absolute, text } = await readSource(file, 'text', 'pipeline file');
  const folder = dirname(absolute);
  const root = isInside(process.cwd(), absolute) ? process.cwd() : folder;
  const path = relative(root, absolute).split(sep).join('/');
  const parsed = parsePipeline(path, text);
  if (!parsed.ok) return { ok: false, failure: parsed.problems };
  return success({ file: parsed.value, root, path, folder });
}

/**
 * Runs one pipeline.
 *
 * @param together others are run at the same time, by the same session
 * @returns the exit status
 * @throws UsageError, Refusal
 */
export async function runPipelineFile(
  file: string,
  options: PipelineOptions,
  together?: TerminalSession,
): Promise<number> {
  const named = await readPipelineFile(file);
  if (!named.ok) return refuse(named.failure, options);
  const { root, path, folder } = named.value;
  const selected = upTo(named.value.file.pipeline, options.only);
  if (!selected.ok) throw new UsageError(selected.failure);
  const pipeline = selected.value;
  const unknown = unknownStage(
    pipeline.stages.map(({ name }) => name),
    [...options.workers.keys(), ...options.services.byStage.keys()],
  );
  if (unknown !== undefined) throw new UsageError(unknown);
  for (const hint of named.value.file.hints) say(placedMessage(hint));
  const settings = await readTerminalSettings(root, options.trust);
  const { services, defaultService } = terminalServices(
    { ...options, service: options.services.other, nameOf: (option) => nameIn(options, option) },
    settings,
  );
  if (settings.leftAlone) say(settings.leftAlone.sentence);
  for (const hint of settings.hints) say(hint);
  const watched = !options.dryRun && isWatched(file, pipeline, options.watch);
  const session = together ?? new TerminalSession(new ServiceDirectory(systemClock, Math.random));
  const directory = session.services;
  const governor = { safetyFactor: options.safetyFactor ?? defaultSafetyFactor, ...patienceOf(options) };
  const store = new DiskFiles();
  const files = new StageFiles(store, folder);
  const works = await stageWorks({
    pipeline,
    folder,
    store,
    files,
    services: directory,
    isProxied: isProxied(process.env),
    programs: __dirname,
  });
  try {
    const stages = pipelineStages({ pipeline, root, store, files, services: directory, works });
    const planned = await planPipeline({
      pipeline,
      file: named.value.file,
      path,
      root,
      input: new DataFiles(folder, root),
      files: store,
      services,
      defaultService,
      serviceKey: (service) => {
        const known = { typed: options.baseUrl, own: settings.own };
        return directory.register(service, credentialFor(service, options, known, process.env), governor);
      },
      cores: availableParallelism(),
      ...(watched ? { watch: wholeFiles } : {}),
      stages,
      workers: options.workers,
      stageServices: options.services.byStage,
      ...(options.queueSize === undefined ? {} : { queue: options.queueSize }),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      ...(options.models.length === 0 ? {} : { models: options.models }),
    });
    if (!planned.ok) {
      // A service may be missing because of them.
      for (const problem of settings.problems) say(problem);
      return refuse(planned.problems, options);
    }
    for (const hint of planned.value.hints ?? []) say(placedMessage(hint));
    if (options.dryRun) {
      const bounded = optionsOf(planned.value, { ...defaultRunOptions, ...budgetsOf(options, settings) });
      const unpriced = unpricedProblem(planned.value, bounded, directory);
      if (unpriced !== undefined) return refuse([{ file: path, message: unpriced }], options);
      const asksCache = (options.cache ?? 'on') === 'on';
      const cached = asksCache ? await cachedBefore(session, planned.value, root, directory) : [];
      showPipelinePlan(planned.value, pipeline, directory, cached, options.json);
      return exitWritten;
    }
    const workspace = await session.open(root, () => void directory.prepare(planned.value.serviceKeys));
    works.keepIn(workspace.journal);
    if (options.json || together) session.progress.usePlainLines();
    session.progress.expect(planned.value.flow?.flow.stages ?? []);
    const cache = options.cache ?? 'on';
    const { flow } = planned.value;
    if (!flow) throw new Error('A pipeline has a flow.');
    const ending = new PipelineEnding();
    const working = { pipeline, folder, store, files, flow: flow.flow, ending };
    const started = valueOf(
      await session.runs.start(
        { ...planned.value, flow: { ...flow, deliver: ending.deliver } },
        {
          retry: {
            attempts: options.attempts ?? defaultRetryPolicy.attempts,
            baseMs: options.retryBaseMs ?? defaultRetryPolicy.baseMs,
          },
          sequential: options.sequential,
          order: watched ? 'newest' : pipeline.source.order,
          ...(watched ? { watch: true as const } : {}),
          cache,
          limits: limitsOf(options),
          ...budgetsOf(options, settings),
          ...(options.baseUrl === undefined || mayHoldSecret(options.baseUrl) ? {} : { baseUrl: options.baseUrl }),
        },
        workspace,
      ),
    );
    const endWatch = watched
      ? watchPipeline({ pipeline, path, root, folder }, planned.value, options.limit, started, session)
      : undefined;
    try {
      return await finishPipeline(session, started, workspace, working, options);
    } finally {
      await (
        await endWatch
      )?.();
    }
  } finally {
    await works.dispose();
    if (!together) {
      await session.dispose();
      await directory.dispose();
    }
  }
}

/** Waits for the end of a pipeline's run, writes what it comes to, and tells. @returns the exit status */
export async function finishPipeline(
  session: TerminalSession,
  started: StartedRun,
  workspace: Workspace,
  working: WorkingPipeline,
  { json }: { readonly json: boolean },
): Promise<number> {
  const tools = { runs: session.runs, workspace, clock: systemClock };
  const told = new Set<string>();
  const tell = ({ notes }: Pick<PipelineEnd, 'notes'>): void => {
    for (const note of notes) if (!told.has(note)) say(note);
    for (const note of notes) told.add(note);
  };
  const rested = (end: PipelineEnd): void => {
    tell(end);
    const run = session.runs.active.find(({ id }) => id === started.id);
    if (run && !session.progress.isDrawn) say(describeRest(run));
  };
  const attended = await attendPipeline(working, started, session.untilFinished(started), tools, rested);
  if (!attended.ok) throw new Refusal(attended.failure);
  const { summary, end, isThrough } = attended.value;
  tell(end);
  const items = valueOf(await readAll((page) => workspace.journal.itemOverviews(started.id, [], page)));
  const stages = working.flow.stages.map(({ name }) => name);
  const report = pipelineReport({ summary, items, stages, end, folder: working.folder });
  if (json) printJson(report);
  else for (const file of report.files) printLine(relative(process.cwd(), file));
  if (session.wasInterrupted) return exitInterrupted;
  const isWhole = isThrough && summary.problem === undefined && report.failed === 0 && !end.hasFailed;
  return isWhole ? exitWritten : exitSomeFailed;
}

/** Tells what is wrong with a pipeline file. @returns the exit status */
export function refuse(
  problems: readonly Problem[],
  { dryRun, json }: Pick<PipelineOptions, 'dryRun' | 'json'>,
): number {
  if (dryRun && json) printPipelineProblems(problems);
  for (const problem of problems) say(placedMessage(problem));
  return exitBadInput;
}

function nameIn(options: PipelineOptions, option: string): string {
  return options.nameOf((option === 'service' ? 'services' : option) as Parameters<PipelineOptions['nameOf']>[0]);
}
