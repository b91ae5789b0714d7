import type { Flow } from '../flow/flow.ts';
import { readAll, type JournalClient } from '../storage/journal/journalClient.ts';
import type { RunDetails } from '../storage/journal/records.ts';
import { valueOf } from './session.ts';
import { Refusal } from './usage.ts';

/** A run that follows a pipeline. */
export type PipelineRun = RunDetails & { readonly flow: Flow };

/**
 * The run that is named, else the newest of a pipeline.
 *
 * @throws Refusal where there is none
 */
export async function newestPipelineRun(journal: JournalClient, named: string | undefined): Promise<PipelineRun> {
  const ids = named === undefined ? await idsOf(journal) : [named];
  for (const id of ids) {
    const details = valueOf(await journal.run(id));
    const { flow } = details;
    if (flow) return { ...details, flow };
  }
  throw new Refusal(
    named === undefined
      ? 'There is no run of a pipeline in this folder: "parallel-candidates run" starts one.'
      : `Run ${named} follows no pipeline.`,
  );
}

async function idsOf(journal: JournalClient): Promise<readonly string[]> {
  return valueOf(await readAll((page) => journal.listRuns({}, page))).map(({ id }) => id);
}
