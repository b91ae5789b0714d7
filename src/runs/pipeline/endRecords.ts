import { isJsonObject } from '../../base/jsonObject.ts';
import type { Flow, RecordData } from '../../flow/flow.ts';
import type { Failure } from '../../model/attempt.ts';
import { readAll } from '../../storage/journal/journalClient.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { ItemOverview, JournalState } from '../../storage/journal/records.ts';
import { readRecords, type RecordJournal } from './readRecords.ts';

/** A record as far as it has come. */
export interface EndRecord {
  readonly key: string;
  /** 0-based: the last stage that had it. */
  readonly stage: number;
  readonly state: JournalState;
  readonly record: RecordData;
  readonly failure?: Failure & { readonly stage: string };
}

/**
 * What the records of a run came to, in the order of the source: those that are through, and those that failed in a stage from
 * which on nothing becomes several or one any more.
 */
export async function endRecords(
  journal: RecordJournal,
  run: string,
  flow: Flow,
): Promise<JournalOutcome<EndRecord[]>> {
  const items = await readAll((page) => journal.itemOverviews(run, [], page));
  if (!items.ok) return items;
  return readRecords(journal, run, endsOf(items.value, flow), ({ key, stage, state, failure }, record) => ({
    key,
    stage,
    state,
    record,
    ...(failure ? { failure } : {}),
  }));
}

/** The items that nothing has followed, in the order of their places. */
function endsOf(items: readonly ItemOverview[], { stages }: Flow): readonly ItemOverview[] {
  const followed = new Set(items.flatMap(({ parent }) => parent ?? []));
  const from = Math.max(
    0,
    stages.findLastIndex(({ input }) => input.kind !== 'pass'),
  );
  const last = stages.length - 1;
  const isEnd = ({ stage, state, position }: ItemOverview): boolean =>
    !followed.has(position) && (stage === last || (stage >= from && state === 'failed'));
  return items.filter(isEnd).sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : a.position - b.position));
}

/** The files that stages have left for records, each once, relative to the pipeline's folder. */
export function filesOf(records: readonly RecordData[], stages: readonly string[]): readonly string[] {
  const files = new Set<string>();
  const add = (record: RecordData): void => {
    // Those that were gathered came first.
    if (Array.isArray(record.records))
      for (const each of record.records as unknown[]) if (isJsonObject(each)) add(each);
    for (const stage of stages) {
      const value = record[stage];
      if (isJsonObject(value) && typeof value.file === 'string') files.add(value.file);
    }
  };
  for (const record of records) add(record);
  return [...files];
}

/** What became of one stage's items, over all who worked on the run. */
export interface StageCounts {
  readonly name: string;
  readonly written: number;
  readonly failed: number;
  readonly skipped: number;
  readonly attempts: number;
  /** From the first start to the last end, ms. */
  readonly durationMs: number;
}

export function stageCounts(items: readonly ItemOverview[], stages: readonly string[]): readonly StageCounts[] {
  return stages.map((name, index) => {
    const own = items.filter(({ stage }) => stage === index);
    const count = (state: JournalState): number => own.filter((item) => item.state === state).length;
    const starts = own.flatMap(({ startedAt }) => startedAt ?? []);
    const ends = own.flatMap(({ finishedAt }) => finishedAt ?? []);
    const first = starts.reduce((least, at) => Math.min(least, at), Infinity);
    const last = ends.reduce((most, at) => Math.max(most, at), -Infinity);
    return {
      name,
      written: count('written'),
      failed: count('failed'),
      skipped: count('skipped'),
      attempts: own.reduce((sum, { attempts }) => sum + attempts, 0),
      durationMs: Number.isFinite(first) && Number.isFinite(last) ? Math.max(0, Math.round(last - first)) : 0,
    };
  });
}
