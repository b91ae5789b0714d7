import { sep } from 'node:path';
import { describeError } from '../base/redact.ts';
import { systemClock } from '../base/clock.ts';
import type { Pipeline } from '../flow/pipeline.ts';
import type { RunSnapshot } from '../model/run.ts';
import type { Plan } from '../runs/plan/plan.ts';
import { SourceWatch } from '../runs/pipeline/sourceWatch.ts';
import type { StartedRun } from '../runs/startedRun.ts';
import { DataFiles } from '../storage/dataFiles.ts';
import { formatCounts } from '../wording/format.ts';
import { strings } from '../wording/strings.ts';
import type { NamedPipeline } from './pipelineRun.ts';
import { say, type TerminalSession } from './session.ts';
import { UsageError } from './usage.ts';

/** Whether a pipeline is watched: its source says so, or the person does. @throws UsageError for one without files to watch */
export function isWatched(file: string, { source }: Pipeline, isAsked: boolean): boolean {
  if (!isAsked && !source.watch) return false;
  if (source.data && source.data.source.kind !== 'rows') return true;
  throw new UsageError(`${file} has no files to watch: its "source" must name some.`);
}

/** Brings files that come or change into the run that has been started. @returns what ends that */
export async function watchPipeline(
  { pipeline, path, root, folder }: Pick<NamedPipeline, 'path' | 'root' | 'folder'> & { readonly pipeline: Pipeline },
  { flow, rows = [] }: Plan,
  limit: number | undefined,
  started: StartedRun,
  session: TerminalSession,
): Promise<() => Promise<void>> {
  if (!flow) throw new Error('A pipeline has a flow.');
  const { watch } = await import('chokidar');
  const watcher = watch(folder, {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (name) => name.split(sep).some((part) => part === 'node_modules' || part === '.git'),
  });
  const source = new SourceWatch({
    ...{ pipeline, path, rows, flow: flow.flow, expressions: flow.expressions, input: new DataFiles(folder, root) },
    ...(limit === undefined ? {} : { limit }),
    ...{ run: started.id, runs: session.runs, clock: systemClock, tell: say },
  });
  watcher.on('all', () => source.changed());
  watcher.on('error', (error) => say(`${folder} cannot be watched as a whole: ${describeError(error)}.`));
  watcher.once('ready', () => {
    // What has come before nobody was told of.
    source.changed();
    say(`Watching ${path}: Ctrl+C ends it.`);
  });
  return async () => {
    source.dispose();
    await watcher.close();
  };
}

/** What a run has come to that waits for files now. */
export function describeRest({ label, counts }: Pick<RunSnapshot, 'label' | 'counts'>): string {
  return `${label}: ${strings.join([...formatCounts(counts), strings.runState('watching')])}`;
}
