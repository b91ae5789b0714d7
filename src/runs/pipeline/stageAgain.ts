import { success } from '../../base/outcome.ts';
import { readAll, type JournalClient } from '../../storage/journal/journalClient.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';

/** The newest run of a pipeline file. @param path relative to its root and with `/` @returns undefined when it never ran */
export async function lastRunOf(
  journal: Pick<JournalClient, 'listRuns' | 'run'>,
  path: string,
): Promise<JournalOutcome<string | undefined>> {
  for (let after: number | undefined; ;) {
    const page = await journal.listRuns({}, after === undefined ? {} : { after });
    if (!page.ok) return page;
    for (const { id } of page.value.rows) {
      const details = await journal.run(id);
      if (!details.ok) return details;
      if (details.value.flow?.pipeline === path) return success(id);
    }
    if (page.value.next === undefined) return success(undefined);
    after = page.value.next;
  }
}

/** The items of a stage that can be made once more: those that have ended, without those whose records pass it by. */
export async function endedOfStage(
  journal: Pick<JournalClient, 'run' | 'itemOverviews'>,
  run: string,
  stage: string,
): Promise<JournalOutcome<string[]>> {
  const details = await journal.run(run);
  if (!details.ok) return details;
  const place = details.value.stages.indexOf(stage);
  const ended = await readAll((page) =>
    journal.itemOverviews(run, ['written', 'failed', 'cancelled', 'skipped'], page),
  );
  if (!ended.ok) return ended;
  return success(ended.value.filter((item) => item.stage === place && item.isSkipped !== true).map(({ id }) => id));
}
