import type { Pipeline } from '../flow/pipeline.ts';
import { hasJournal } from '../storage/journalFolders.ts';
import { cachedItems } from '../runs/pipeline/cachedItems.ts';
import { estimatePipeline, type PipelineEstimate } from '../runs/pipeline/estimatePipeline.ts';
import type { Problem } from '../prompts/promptFile.ts';
import type { Plan } from '../runs/plan/plan.ts';
import type { ServiceDirectory } from '../runs/serviceDirectory.ts';
import { describePipelineEstimate } from '../wording/pipelines.ts';
import { printJson, printLine } from './report.ts';
import type { TerminalSession } from './session.ts';

/** Items of each stage that earlier runs of the folder have left in the cache; none where it has no journal. */
export async function cachedBefore(
  { folders, workspaces }: TerminalSession,
  plan: Plan,
  root: string,
  services: ServiceDirectory,
): Promise<readonly number[]> {
  const place = await folders.placeOnDisk(root);
  if (!place.ok || !(await hasJournal(place.value))) return [];
  const found = await workspaces.visit(place.value, (journal) =>
    cachedItems(plan, journal, (serviceKey) => services.identity(serviceKey)),
  );
  return found.ok ? found.value : [];
}

/**
 * Shows what a run of a pipeline would come to. Spends nothing and begins no journal.
 *
 * @param cached items of each stage that the cache has, as far as known
 */
export function showPipelinePlan(
  plan: Plan,
  pipeline: Pipeline,
  services: ServiceDirectory,
  cached: readonly number[],
  json: boolean,
): void {
  const estimate = estimatePipeline(plan, pipeline, services, cached);
  if (json) printJson(report(estimate));
  else for (const line of describePipelineEstimate(estimate)) printLine(line);
}

/** What `--dry-run --json` prints where nothing can be planned. */
export function printPipelineProblems(problems: readonly Problem[]): void {
  printJson({
    records: 0,
    requests: 0,
    cached: 0,
    tokens: { input: 0, output: 0 },
    cost: null,
    costIsPartial: false,
    eta: null,
    bottleneck: null,
    stages: [],
    problems: problems.map(({ file, line, message }) => ({ file, ...(line === undefined ? {} : { line }), message })),
  });
}

function report(estimate: PipelineEstimate): unknown {
  const { records, requests, cached, tokens, cost, isCostPartial, time, stages, bottleneck } = estimate;
  return {
    records,
    requests,
    cached,
    tokens,
    cost: cost ?? null,
    /** Stages whose items are not known cost something too. */
    costIsPartial: isCostPartial,
    /** Seconds. */
    eta: time ? { low: time.low / 1000, high: time.high / 1000 } : null,
    bottleneck: bottleneck ?? null,
    stages: stages.map(({ name, kind, items, cached: has, isAtMost, service, limits }) => ({
      name,
      kind,
      items: items ?? null,
      /** As far as known. */
      cached: has,
      /** Records may pass it by. */
      itemsAreAtMost: isAtMost,
      service,
      concurrency: Number.isFinite(limits.concurrency) ? limits.concurrency : null,
      requestsPerMinute: limits.requestsPerMinute ?? null,
    })),
    problems: [],
  };
}
