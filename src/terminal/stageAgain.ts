import { endedOfStage, lastRunOf } from '../runs/pipeline/stageAgain.ts';
import { unknownStage } from '../runs/pipeline/selectStages.ts';
import type { PipelineOptions } from './commands/run.ts';
import { resumeIn } from './commands/resume.ts';
import { readPipelineFile, refuse } from './pipelineRun.ts';
import { exitWritten, jsonReport, printJson } from './report.ts';
import { say, valueOf, withSession } from './session.ts';
import { Refusal, UsageError } from './usage.ts';

/** What would change the run that goes on: it goes on as it was begun. */
const notWithAgain = [
  'only',
  'limit',
  'watch',
  'dryRun',
  'services',
  'models',
  'workers',
  'queueSize',
  'cache',
] as const;

/**
 * Makes stages of a pipeline's last run once more, and what follows them where that comes to something else.
 *
 * @returns the exit status
 * @throws UsageError, Refusal
 */
export async function runStagesAgain(file: string, options: PipelineOptions): Promise<number> {
  const given = notWithAgain.find((option) => isGiven(options[option]));
  if (given !== undefined) {
    const [again, other] = [options.nameOf('again'), options.nameOf(given)];
    throw new UsageError(`${again} goes on with the last run as it was begun: leave out ${other}.`);
  }
  const named = await readPipelineFile(file);
  if (!named.ok) return refuse(named.failure, options);
  const { root, path, file: parsed } = named.value;
  const unknown = unknownStage(
    parsed.pipeline.stages.map(({ name }) => name),
    options.again,
  );
  if (unknown !== undefined) throw new UsageError(unknown);
  return withSession(async (session) => {
    const workspace = await session.open(root);
    const run = valueOf(await lastRunOf(workspace.journal, path));
    if (run === undefined) throw new Refusal(`${file} has not run yet: run it without ${options.nameOf('again')}.`);
    const items: string[] = [];
    for (const stage of options.again) items.push(...valueOf(await endedOfStage(workspace.journal, run, stage)));
    if (items.length > 0) return resumeIn(workspace, session, run, { items, fresh: true }, options);
    if (options.json) printJson(jsonReport(undefined, []));
    else
      say(
        `Nothing has come through ${options.again.map((stage) => `"${stage}"`).join(', ')} yet: run the pipeline first.`,
      );
    return exitWritten;
  });
}

function isGiven(value: unknown): boolean {
  if (value === undefined || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  if (typeof value === 'object' && value !== null && 'byStage' in value) {
    const { other, byStage } = value as PipelineOptions['services'];
    return other !== undefined || byStage.size > 0;
  }
  return true;
}
