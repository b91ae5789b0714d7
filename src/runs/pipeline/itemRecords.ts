import { success } from '../../base/outcome.ts';
import type { Flow, RecordData } from '../../flow/flow.ts';
import type { Failure } from '../../model/attempt.ts';
import { readAll, type JournalClient } from '../../storage/journal/journalClient.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { JournalState } from '../../storage/journal/records.ts';

/** A record in one stage, with what the stage made of it. */
export interface ItemRecord {
  readonly stage: string;
  readonly key: string;
  readonly state: JournalState;
  readonly attempts: number;
  readonly failure?: Failure & { readonly stage: string };
  readonly record: RecordData;
}

export interface WantedRecords {
  readonly stage?: string;
  readonly state?: JournalState;
}

const together = 32;

/** The records of a run's stages, stage by stage and each in the order of the source. */
export async function itemRecords(
  journal: Pick<JournalClient, 'itemOverviews' | 'recordAfter'>,
  run: string,
  { stages }: Flow,
  { stage, state }: WantedRecords,
): Promise<JournalOutcome<ItemRecord[]>> {
  const items = await readAll((page) => journal.itemOverviews(run, state === undefined ? [] : [state], page));
  if (!items.ok) return items;
  const wanted = items.value
    .filter((item) => stage === undefined || stages[item.stage]?.name === stage)
    .sort((a, b) => a.stage - b.stage || (a.place < b.place ? -1 : 1));
  const records: ItemRecord[] = [];
  for (let from = 0; from < wanted.length; from += together) {
    const some = wanted.slice(from, from + together);
    const read = await Promise.all(some.map(({ id }) => journal.recordAfter(run, id)));
    for (const [place, item] of some.entries()) {
      const record = read[place];
      if (record?.ok === false) return record;
      const { key, attempts, failure } = item;
      records.push({
        stage: stages[item.stage]?.name ?? '',
        key,
        state: item.state,
        attempts,
        record: record?.value ?? {},
        ...(failure ? { failure } : {}),
      });
    }
  }
  return success(records);
}
