import { success } from '../../base/outcome.ts';
import type { RecordData } from '../../flow/flow.ts';
import { costOf } from '../../model/prices.ts';
import { pricesIn } from '../../model/serviceSettings.ts';
import type { JournalClient } from '../../storage/journal/journalClient.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { AttemptRecord, ItemOverview, NewRun } from '../../storage/journal/records.ts';
import { shortText, shortValue } from './shortValue.ts';

type WayJournal = Pick<JournalClient, 'run' | 'itemWay' | 'attempts' | 'record' | 'recordAfter' | 'itemsById'>;

/** One attempt, with what it cost where the price is known. */
export type PricedAttempt = AttemptRecord & { readonly cost?: number };

/** A record in one stage. */
export interface WayStep {
  readonly item: ItemOverview;
  readonly stage: string;
  /** The attempts that count, oldest first. */
  readonly attempts: readonly PricedAttempt[];
}

export interface RecordWay {
  /** In the order of the stages; one for an item of a prompt file. */
  readonly steps: readonly WayStep[];
  /** Items that follow the last of them, where that is not one. */
  readonly further: number;
}

/** How the record of an item has come through the stages of its run. Undefined when there is no such item. */
export async function readRecordWay(
  journal: WayJournal,
  run: string,
  item: string,
): Promise<JournalOutcome<RecordWay | undefined>> {
  const details = await journal.run(run);
  if (!details.ok) return details;
  const way = await journal.itemWay(run, item);
  if (!way.ok) return way;
  if (!way.value) return success(undefined);
  const { stages, services } = details.value;
  const steps: WayStep[] = [];
  for (const each of way.value.steps) {
    const attempts = await journal.attempts(run, each.id);
    if (!attempts.ok) return attempts;
    steps.push({
      item: each,
      stage: stages[each.stage] ?? '',
      attempts: attempts.value.map((attempt) => priced(attempt, services)),
    });
  }
  return success({ steps, further: way.value.further });
}

function priced(attempt: AttemptRecord, services: NewRun['services']): PricedAttempt {
  const settings = Object.hasOwn(services, attempt.service) ? services[attempt.service] : undefined;
  const cost = attempt.usage && settings && costOf(pricesIn(settings, attempt.model), attempt.usage);
  return cost === undefined ? attempt : { ...attempt, cost };
}

/** What an item was made of and what it came to, short. */
export interface ItemTexts {
  readonly input: string;
  /** Absent: nothing yet, or a file that can be opened. */
  readonly output?: string;
}

/** Characters that are shown of a prompt's messages. */
const mostOfMessages = 2_000;

/** Undefined when there is no such item. */
export async function readItemTexts(
  journal: WayJournal,
  run: string,
  item: string,
): Promise<JournalOutcome<ItemTexts | undefined>> {
  const record = await journal.record(run, item);
  if (!record.ok) return record;
  if (!record.value) return messagesOf(journal, run, item);
  const details = await journal.run(run);
  if (!details.ok) return details;
  const found = await journal.itemsById(run, [item]);
  if (!found.ok) return found;
  const after = await journal.recordAfter(run, item);
  if (!after.ok) return after;
  const stage = details.value.stages[found.value[0]?.stage ?? 0] ?? '';
  const output = addedTo(record.value, after.value ?? {}, stage);
  return success({ input: shortValue(record.value), ...(output === undefined ? {} : { output: shortValue(output) }) });
}

/** What a stage has added under its name, which a row may have had before. */
function addedTo(before: RecordData, after: RecordData, stage: string): unknown {
  if (!Object.hasOwn(after, stage)) return undefined;
  const isOfRow = Object.hasOwn(before, stage) && JSON.stringify(before[stage]) === JSON.stringify(after[stage]);
  return isOfRow ? undefined : after[stage];
}

async function messagesOf(
  journal: WayJournal,
  run: string,
  item: string,
): Promise<JournalOutcome<ItemTexts | undefined>> {
  const found = await journal.itemsById(run, [item]);
  if (!found.ok) return found;
  const [planned] = found.value;
  if (!planned) return success(undefined);
  const text = planned.messages.map(({ role, content }) => `${role}:\n${content}`).join('\n\n');
  return success({ input: shortText(text, mostOfMessages) });
}
