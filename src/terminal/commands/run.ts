import { defineCommand } from '../command.ts';
import { limitOptions } from '../limitOptions.ts';
import { choice, list, number, onOff, under, type GivenOptions } from '../options.ts';
import { stageServiceOption, workersOption } from '../pipelineOptions.ts';
import { readPipelineFile, runPipelineFile } from '../pipelineRun.ts';
import { useProxyOf } from '../proxy.ts';
import { isWatched } from '../pipelineWatch.ts';
import { exitBadInput, exitInterrupted, exitWritten } from '../report.ts';
import { runStagesAgain } from '../stageAgain.ts';
import { say, withSession } from '../session.ts';
import { trustOption } from '../terminalSettings.ts';
import { cacheModes } from '../../runs/runOptions.ts';

export const runOptions = {
  ...under('What to run:', {
    only: list('--only <stage,...>', 'these stages, and those before them that make what they need'),
    again: list('--again <stage,...>', 'these stages of the last run once more, and what follows where that changes'),
    limit: number('--limit <n>', 'only so many rows', { from: 1, whole: true }),
    cache: choice('--cache <mode>', 'on (default: what was made before is not made again), off or refresh', cacheModes),
    watch: onOff('--watch', 'take files of the source into the run that come or change, until Ctrl+C'),
    dryRun: onOff('--dry-run', 'show the plan and spend nothing'),
  }),
  ...under('Where:', {
    services: stageServiceOption,
    models: list('--model <name,...>', 'models of the prompt stages, instead of what they say'),
  }),
  ...under('How fast:', {
    workers: workersOption,
    queueSize: number('--queue-size <n>', 'items that wait before each stage at most', { from: 1, whole: true }),
  }),
  ...trustOption,
  ...limitOptions,
};

export type PipelineOptions = GivenOptions<typeof runOptions>;

export const run = defineCommand({
  name: 'run',
  takes: '<file...>',
  summary: 'run pipelines',
  options: runOptions,
  wrongArguments: () => 'Name at least one pipeline file.',
  run: async (files, options) => {
    const unused = useProxyOf(process.env);
    if (unused !== undefined) say(unused);
    if (options.again.length > 0) return inTurn(files, (file) => runStagesAgain(file, options));
    // What cannot be watched is told before anything is spent.
    const watched = options.dryRun ? [] : await watchedFiles(files, options.watch);
    const once = files.filter((file) => !watched.includes(file));
    const worst = await inTurn(once, (file) => runPipelineFile(file, options));
    if (worst === exitInterrupted || worst === exitBadInput || watched.length === 0) return worst;
    return Math.max(worst, await watchAll(watched, options));
  },
});

async function watchedFiles(files: readonly string[], areAll: boolean): Promise<readonly string[]> {
  const watched: string[] = [];
  for (const file of files) {
    const named = await readPipelineFile(file);
    if (named.ok && isWatched(file, named.value.file.pipeline, areAll)) watched.push(file);
  }
  return watched;
}

/** Those that are watched go on at the same time, within the same limits. */
async function watchAll(files: readonly string[], options: PipelineOptions): Promise<number> {
  const [first, ...others] = files;
  if (first === undefined) return exitWritten;
  if (others.length === 0) return runPipelineFile(first, options);
  return withSession(async (session) => {
    const statuses = await Promise.all(files.map((file) => runPipelineFile(file, options, session)));
    return Math.max(...statuses);
  });
}

/** @returns the worst exit status; an interrupt ends it */
async function inTurn(files: readonly string[], run: (file: string) => Promise<number>): Promise<number> {
  let worst = exitWritten;
  for (const file of files) {
    const status = await run(file);
    if (status === exitInterrupted) return status;
    worst = Math.max(worst, status);
  }
  return worst;
}
