import type { Flow, RecordData } from '../../flow/flow.ts';
import type { Failure } from '../../model/attempt.ts';
import { readAll } from '../../storage/journal/journalClient.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { JournalState } from '../../storage/journal/records.ts';
import { readRecords, type RecordJournal } from './readRecords.ts';

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

/** The records of a run's stages, stage by stage and each in the order of the source. */
export async function itemRecords(
  journal: RecordJournal,
  run: string,
  { stages }: Flow,
  { stage, state }: WantedRecords,
): Promise<JournalOutcome<ItemRecord[]>> {
  const items = await readAll((page) => journal.itemOverviews(run, state === undefined ? [] : [state], page));
  if (!items.ok) return items;
  const wanted = items.value
    .filter((item) => stage === undefined || stages[item.stage]?.name === stage)
    .sort((a, b) => a.stage - b.stage || (a.place < b.place ? -1 : 1));
  return readRecords(journal, run, wanted, (item, record) => ({
    stage: stages[item.stage]?.name ?? '',
    key: item.key,
    state: item.state,
    attempts: item.attempts,
    record,
    ...(item.failure ? { failure: item.failure } : {}),
  }));
}
