import type { StageText } from '../../../flow/record.ts';
import type { TokenUsage } from '../../../model/attempt.ts';
import { checksum, whole } from '../checksum.ts';
import type { RunMetricsRecord } from '../records.ts';
import { number, type Database } from './database.ts';
import type { RunFlows } from './runFlows.ts';
import type { LeaseTable } from './leaseTable.ts';
import type { PackedPlan } from './planPacking.ts';
import {
  plannedChecksum,
  plannedColumns,
  plannedValues,
  progressChecksum,
  resultChecksum,
  runChecksum,
  type ProgressColumns,
  type RunColumns,
} from './rows.ts';
import type { AdaptationTable } from './adaptationTable.ts';
import type { FetchedTable } from './fetchedTable.ts';
import type { SpendingTable } from './spendingTable.ts';
import type { TextCache } from './textCache.ts';

export interface JournalTables {
  readonly database: Database;
  /** The folder that stored paths are relative to, absolute. */
  readonly base: string;
  readonly leases: LeaseTable;
  readonly cache: TextCache;
  readonly adaptations: AdaptationTable;
  readonly fetched: FetchedTable;
  readonly flows: RunFlows;
  readonly spending: SpendingTable;
}

/** @returns the run's key in the tables */
export function insertRun(database: Database, run: RunColumns, stages: readonly string[]): number {
  database.run(
    'INSERT INTO runs (id, label, root, total, options, services, flow, started_at, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    run.id,
    run.label,
    run.root,
    run.total,
    run.options,
    run.services,
    run.flow,
    run.startedAt,
    runChecksum(run),
  );
  const key = keyOf(database, run.id);
  if (key === undefined) throw new Error(`Run ${run.id} was not inserted.`);
  for (const [stage, name] of stages.entries()) database.run('INSERT INTO stages VALUES (?, ?, ?)', key, stage, name);
  return key;
}

export function keyOf(database: Database, run: string): number | undefined {
  const row = database.get('SELECT run FROM runs WHERE id = ?', run);
  return row && number(row, 'run');
}

/** The columns of what has become of an item, in the order of `progressValues`. */
const progressColumns = ['state', 'finished_at', 'failure', 'file', 'gather_group', 'progress_checksum'];

const insertedColumns = `run, ${plannedColumns}, checksum, ${progressColumns.join(', ')}`;
const insertItemSql = `INSERT INTO items (${insertedColumns}) VALUES (${insertedColumns.replaceAll(/\w+/g, '?')})`;

/** @param values in the order of `plannedColumns` */
export function insertItem(
  database: Database,
  key: number,
  values: readonly (string | number | null)[],
  progress: ProgressColumns = queued,
): void {
  database.run(insertItemSql, key, ...values, plannedChecksum(values), ...progressValues(progress));
}

/** @param firstContent number of the plan's first content in the tables */
export function insertPlan(database: Database, key: number, { contents, items }: PackedPlan, firstContent = 0): void {
  for (const [place, content] of contents.entries()) {
    database.run('INSERT INTO contents VALUES (?, ?, ?, ?)', key, firstContent + place, content, checksum(content));
  }
  for (const item of items) {
    const { group = null, isSkipped = false } = item;
    const progress: ProgressColumns = isSkipped
      ? { ...queued, group, state: 'skipped', finishedAt: 0 }
      : group === null
        ? queued
        : { ...queued, group };
    insertItem(database, key, plannedValues(item), progress);
  }
}

const queued: ProgressColumns = { state: 'queued', finishedAt: null, failure: null, file: null, group: null };
const queuedChecksum = progressChecksum(queued);

function progressValues(progress: ProgressColumns): (string | number | null)[] {
  const { state, finishedAt, failure, file, group } = progress;
  // Nearly every item of a plan begins like this.
  const check = progress === queued ? queuedChecksum : progressChecksum(progress);
  return [state, finishedAt, failure, file, group, check];
}

/** The columns of an item that nothing has happened to. */
export const queuedColumns = {
  state: 'queued',
  finished_at: null,
  failure: null,
  file: null,
  gather_group: null,
  progress_checksum: queuedChecksum,
} as const;

const setProgressSql = `UPDATE items SET ${progressColumns.map((column) => `${column} = ?`).join(', ')} WHERE run = ? AND id = ?`;

/** @returns 1, or 0 when the run has no such item */
export function setProgress(database: Database, key: number, item: string, progress: ProgressColumns = queued): number {
  return database.run(setProgressSql, ...progressValues(progress), key, item);
}

/** What the services of a run did, in place of what is there. */
export function insertMetrics(database: Database, key: number, metrics: readonly RunMetricsRecord[]): void {
  for (const each of metrics) {
    database.run(
      'INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      key,
      each.service,
      each.configuredConcurrency === 'auto' ? null : whole(each.configuredConcurrency),
      each.meanConcurrency,
      whole(each.peakConcurrency),
      each.durationMs,
      each.averageItemMs,
      whole(each.attempts),
      whole(each.rateLimited),
      whole(each.breakerTrips),
      whole(each.cacheHits),
      whole(each.cacheMisses),
      whole(each.usage.input),
      whole(each.usage.output),
    );
  }
}

export interface FileRow {
  /** As stored. */
  readonly path: string;
  readonly contentHash: string;
  readonly run: string;
  readonly item: string;
  readonly writtenAt: number;
}

export function rememberFile(database: Database, { path, contentHash, run, item, writtenAt }: FileRow): void {
  database.run(
    'INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)',
    path,
    contentHash,
    run,
    item,
    writtenAt,
    checksum(path, contentHash, run, item),
  );
}

export interface TextRow extends StageText {
  readonly position: number;
  readonly model: string;
  readonly usage: TokenUsage;
  /** Epoch ms. */
  readonly committedAt: number;
}

/** In place of one that is there. */
export function putText(database: Database, key: number, row: TextRow): void {
  database.run(
    'INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    key,
    row.position,
    row.text,
    row.format,
    resultChecksum(row),
    row.model,
    whole(row.usage.input),
    whole(row.usage.output),
    row.committedAt,
  );
}

/** What has become of the item stays. */
export function deleteText(database: Database, key: number, position: number): void {
  database.run('DELETE FROM results WHERE run = ? AND position = ?', key, position);
}

export function toJson(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}
