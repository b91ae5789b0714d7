import { success } from '../../base/outcome.ts';
import type { RecordData } from '../../flow/flow.ts';
import type { JournalClient } from '../../storage/journal/journalClient.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { ItemOverview } from '../../storage/journal/records.ts';

/** Records that are read from the journal at once. */
const together = 32;

/** What a journal is asked for the records of a run. */
export type RecordJournal = Pick<JournalClient, 'itemOverviews' | 'recordsAfter'>;

/** The records of items with what their stages made of them, in the order of the items. */
export async function readRecords<Item extends Pick<ItemOverview, 'id'>, Made>(
  journal: RecordJournal,
  run: string,
  items: readonly Item[],
  make: (item: Item, record: RecordData) => Made,
): Promise<JournalOutcome<Made[]>> {
  const made: Made[] = [];
  for (let from = 0; from < items.length; from += together) {
    const some = items.slice(from, from + together);
    const read = await journal.recordsAfter(
      run,
      some.map(({ id }) => id),
    );
    if (!read.ok) return read;
    for (const [place, item] of some.entries()) made.push(make(item, read.value[place] ?? {}));
  }
  return success(made);
}
