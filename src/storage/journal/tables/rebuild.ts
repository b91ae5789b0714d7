import { promptName } from '../../../candidates/promptName.ts';
import type { ManifestEntry } from '../../../candidates/manifest.ts';
import { number, type Database } from './database.ts';
import { PlanPacker, type PackedItem } from './planPacking.ts';
import { insertPlan, insertRun, keyOf, rememberFile, setProgress } from './runTables.ts';
import { toStored } from './storedPaths.ts';

/** A candidate that a manifest tells of. */
export interface FoundCandidate {
  /** Absolute. */
  readonly path: string;
  readonly entry: ManifestEntry;
}

/**
 * Fills in what manifests know and the journal does not.
 *
 * @param base what stored paths are relative to
 * @returns how many written items the journal did not know
 */
export function rebuildRuns(database: Database, base: string, candidates: readonly FoundCandidate[]): number {
  let added = 0;
  for (const [run, unsorted] of byRun(candidates)) {
    const ofRun = unsorted.sort((a, b) => (a.path < b.path ? -1 : 1));
    const key = keyOf(database, run);
    added += key === undefined ? addRun(database, base, run, ofRun) : addItems(database, base, key, ofRun);
    for (const { path: absolute, entry } of ofRun) {
      const path = toStored(base, absolute);
      if (database.get('SELECT 1 FROM files WHERE path = ?', path)) continue;
      const { contentHash, item, finishedAt } = entry;
      rememberFile(database, { path, contentHash, run, item, writtenAt: Date.parse(finishedAt) });
    }
  }
  return added;
}

function byRun(candidates: readonly FoundCandidate[]): Map<string, FoundCandidate[]> {
  const runs = new Map<string, Map<string, FoundCandidate>>();
  for (const candidate of candidates) {
    const { run, item } = candidate.entry;
    const items = runs.get(run) ?? new Map<string, FoundCandidate>();
    runs.set(run, items.set(item, candidate));
  }
  return new Map([...runs].map(([run, items]) => [run, [...items.values()]]));
}

function addRun(database: Database, base: string, run: string, candidates: readonly FoundCandidate[]): number {
  const prompts = [...new Set(candidates.map(({ entry }) => entry.prompt.path))];
  const [only = ''] = prompts;
  const times = candidates.flatMap(({ entry }) => [Date.parse(entry.startedAt), Date.parse(entry.finishedAt)]);
  const columns = {
    id: run,
    label: prompts.length === 1 ? promptName(only) : `${prompts.length} prompts`,
    root: '.',
    total: candidates.length,
    options: 'null',
    services: '{}',
    flow: null,
    startedAt: times.reduce((first, time) => Math.min(first, time)),
  };
  const key = insertRun(database, columns, ['generate']);
  insertWritten(database, base, key, candidates);
  const finishedAt = times.reduce((last, time) => Math.max(last, time));
  database.run('UPDATE runs SET finished_at = ? WHERE run = ?', finishedAt, key);
  return candidates.length;
}

function addItems(database: Database, base: string, key: number, candidates: readonly FoundCandidate[]): number {
  const missing: FoundCandidate[] = [];
  let added = 0;
  for (const candidate of candidates) {
    const row = database.get('SELECT state FROM items WHERE run = ? AND id = ?', key, candidate.entry.item);
    if (!row) missing.push(candidate);
    else if (row.state !== 'written' && row.state !== 'skipped') {
      markWritten(database, base, key, candidate);
      added++;
    }
  }
  insertWritten(database, base, key, missing);
  return added + missing.length;
}

function insertWritten(database: Database, base: string, key: number, candidates: readonly FoundCandidate[]): void {
  if (candidates.length === 0) return;
  const firstPosition = nextNumber(database, 'SELECT max(position) AS last FROM items WHERE run = ?', key);
  const firstContent = nextNumber(database, 'SELECT max(number) AS last FROM contents WHERE run = ?', key);
  const packer = new PlanPacker(base);
  for (const [place, { path, entry }] of candidates.entries()) {
    packer.add({
      id: entry.item,
      position: firstPosition + place,
      stage: 0,
      key: '',
      root: firstPosition + place,
      place: '',
      prompt: { ...entry.prompt, name: promptName(entry.prompt.path) },
      row: entry.row,
      index: entry.index,
      number: entry.index,
      service: entry.service,
      model: entry.model,
      priority: 5,
      reservation: 0,
      messages: [],
      parameters: entry.parameters,
      variables: entry.variables,
      output: { folder: base, series: toStored(base, path), firstNumbered: false },
    });
  }
  const { contents, items } = packer.take();
  const moved = items.map((item) => ({
    ...item,
    prompt: item.prompt + firstContent,
    ...shifted(item, 'messages', firstContent),
    ...shifted(item, 'variables', firstContent),
    ...shifted(item, 'output', firstContent),
  }));
  insertPlan(database, key, { contents, items: moved }, firstContent);
  for (const candidate of candidates) markWritten(database, base, key, candidate);
}

/** A content's number where the contents of a plan come behind others. */
function shifted(
  item: PackedItem,
  name: 'messages' | 'variables' | 'output',
  by: number,
): Partial<Pick<PackedItem, typeof name>> {
  const number = item[name];
  return number === undefined ? {} : { [name]: number + by };
}

function nextNumber(database: Database, sql: string, key: number): number {
  const row = database.get(sql, key);
  return row && row.last !== null ? number(row, 'last') + 1 : 0;
}

function markWritten(database: Database, base: string, key: number, { path, entry }: FoundCandidate): void {
  const finishedAt = Date.parse(entry.finishedAt);
  setProgress(database, key, entry.item, {
    state: 'written',
    finishedAt,
    failure: null,
    file: toStored(base, path),
    group: null,
  });
}
