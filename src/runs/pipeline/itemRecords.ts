import { success } from '../../base/outcome.ts';
import type { Flow, RecordData } from '../../flow/flow.ts';
import type { ParameterChanges } from '../../model/adaptation.ts';
import type { Failure } from '../../model/attempt.ts';
import type { JournalClient } from '../../storage/journal/journalClient.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { ItemOverview, JournalState } from '../../storage/journal/records.ts';
import { readRecords, type RecordJournal } from './readRecords.ts';

/** A record in one stage, with what the stage made of it. */
export interface ItemRecord {
  readonly stage: string;
  readonly key: string;
  readonly service: string;
  readonly model: string;
  readonly state: JournalState;
  readonly attempts: number;
  readonly failure?: Failure & { readonly stage: string };
  /** Present where its call was not sent as it was asked for. */
  readonly adapted?: ParameterChanges;
  readonly record: RecordData;
}

export interface WantedRecords {
  readonly stage?: string;
  readonly state?: JournalState;
}

/** What is kept of each item while the records are read. */
type ListedItem = Pick<
  ItemOverview,
  'id' | 'key' | 'stage' | 'service' | 'model' | 'place' | 'state' | 'attempts' | 'failure'
>;

/** Records that are in memory at once. */
const together = 256;

/**
 * The records of a run's stages, stage by stage and each in the order of the source, some at a time: however many there
 * are, only their list is in memory.
 */
export class ItemRecords {
  readonly #journal: RecordJournal & Pick<JournalClient, 'adaptedOf'>;
  readonly #run: string;
  readonly #flow: Flow;
  readonly #items: readonly ListedItem[];

  private constructor(
    journal: RecordJournal & Pick<JournalClient, 'adaptedOf'>,
    run: string,
    flow: Flow,
    items: readonly ListedItem[],
  ) {
    this.#journal = journal;
    this.#run = run;
    this.#flow = flow;
    this.#items = items;
  }

  static async list(
    journal: RecordJournal & Pick<JournalClient, 'adaptedOf'>,
    run: string,
    flow: Flow,
    { stage, state }: WantedRecords,
  ): Promise<JournalOutcome<ItemRecords>> {
    const items: ListedItem[] = [];
    for (let after: number | undefined; ;) {
      const page = await journal.itemOverviews(run, state === undefined ? [] : [state], {
        ...(after === undefined ? {} : { after }),
      });
      if (!page.ok) return page;
      for (const item of page.value.rows) {
        if (stage === undefined || flow.stages[item.stage]?.name === stage) items.push(listed(item));
      }
      if (page.value.next === undefined) break;
      after = page.value.next;
    }
    items.sort((a, b) => a.stage - b.stage || (a.place < b.place ? -1 : 1));
    return success(new ItemRecords(journal, run, flow, items));
  }

  /** Ends with the first failure. */
  async *read(): AsyncGenerator<JournalOutcome<readonly ItemRecord[]>, void, undefined> {
    for (let from = 0; from < this.#items.length; from += together) {
      const some = await this.#read(this.#items.slice(from, from + together));
      yield some;
      if (!some.ok) return;
    }
  }

  async #read(items: readonly ListedItem[]): Promise<JournalOutcome<readonly ItemRecord[]>> {
    const ids = items.map(({ id }) => id);
    const adapted = await this.#journal.adaptedOf(this.#run, ids);
    if (!adapted.ok) return adapted;
    return readRecords(this.#journal, this.#run, items, ({ id, key, stage, place: _place, ...item }, record) => {
      const changes = adapted.value.get(id);
      return {
        stage: this.#flow.stages[stage]?.name ?? '',
        key,
        ...item,
        record,
        ...(changes ? { adapted: changes } : {}),
      };
    });
  }
}

function listed({ id, key, stage, service, model, place, state, attempts, failure }: ItemOverview): ListedItem {
  return { id, key, stage, service, model, place, state, attempts, ...(failure ? { failure } : {}) };
}
