import type { Database } from './database.ts';
import { number } from './database.ts';
import type { ManifestCandidate } from './manifestEntries.ts';
import { whole } from './numbers.ts';
import { PlanPacker } from './planPacking.ts';
import { insertPlan, insertRun, keyOf, rememberFile, setProgress } from './runTables.ts';
import { toStored } from './storedPaths.ts';

/**
 * Fills in what manifests know and the journal does not.
 *
 * @param base what stored paths are relative to
 * @returns how many written items the journal did not know
 */
export function rebuildRuns(database: Database, base: string, candidates: readonly ManifestCandidate[]): number {
  let added = 0;
  for (const [run, unsorted] of byRun(candidates)) {
    const ofRun = unsorted.sort((a, b) => (a.file < b.file ? -1 : 1));
    const key = keyOf(database, run);
    added += key === undefined ? addRun(database, base, run, ofRun) : addItems(database, base, key, ofRun);
    for (const { file, contentHash, item, finishedAt } of ofRun) {
      // Without a hash, what a person changed could not be told from what was written.
      if (contentHash === undefined) continue;
      const path = toStored(base, file);
      if (database.get('SELECT 1 FROM files WHERE path = ?', path)) continue;
      rememberFile(database, { path, contentHash, run, item, writtenAt: whole(finishedAt) });
    }
  }
  return added;
}

function byRun(candidates: readonly ManifestCandidate[]): Map<string, ManifestCandidate[]> {
  const runs = new Map<string, Map<string, ManifestCandidate>>();
  for (const candidate of candidates) {
    const items = runs.get(candidate.run) ?? new Map<string, ManifestCandidate>();
    runs.set(candidate.run, items.set(candidate.item, candidate));
  }
  return new Map([...runs].map(([run, items]) => [run, [...items.values()]]));
}

function addRun(database: Database, base: string, run: string, candidates: readonly ManifestCandidate[]): number {
  const prompts = [...new Set(candidates.map(({ prompt }) => prompt.path))];
  const [only = ''] = prompts;
  const key = insertRun(database, {
    id: run,
    label: prompts.length === 1 ? promptName(only) : `${prompts.length} prompts`,
    root: '.',
    total: candidates.length,
    options: 'null',
    services: 'null',
    startedAt: whole(candidates.reduce((first, { startedAt }) => Math.min(first, startedAt), Infinity)),
    stages: ['generate'],
  });
  insertWritten(database, base, key, candidates);
  const finishedAt = candidates.reduce((last, each) => Math.max(last, each.finishedAt), 0);
  database.run('UPDATE runs SET finished_at = ? WHERE run = ?', whole(finishedAt), key);
  return candidates.length;
}

function addItems(database: Database, base: string, key: number, candidates: readonly ManifestCandidate[]): number {
  const missing: ManifestCandidate[] = [];
  let added = 0;
  for (const candidate of candidates) {
    const row = database.get('SELECT state FROM items WHERE run = ? AND id = ?', key, candidate.item);
    if (!row) missing.push(candidate);
    else if (row.state !== 'written' && row.state !== 'skipped') {
      markWritten(database, base, key, candidate);
      added++;
    }
  }
  insertWritten(database, base, key, missing);
  return added + missing.length;
}

function insertWritten(database: Database, base: string, key: number, candidates: readonly ManifestCandidate[]): void {
  if (candidates.length === 0) return;
  const firstPosition = nextNumber(database, 'SELECT max(position) AS last FROM items WHERE run = ?', key);
  const firstContent = nextNumber(database, 'SELECT max(number) AS last FROM contents WHERE run = ?', key);
  const packer = new PlanPacker(base);
  for (const [place, candidate] of candidates.entries()) {
    packer.add({
      id: candidate.item,
      position: firstPosition + place,
      prompt: { ...candidate.prompt, name: promptName(candidate.prompt.path) },
      row: candidate.row,
      index: candidate.index,
      number: candidate.index,
      service: candidate.service,
      model: candidate.model,
      priority: 5,
      reservation: 0,
      messages: [],
      parameters: candidate.parameters,
      variables: candidate.variables,
      output: { folder: base, series: toStored(base, candidate.file), firstNumbered: false },
    });
  }
  const { contents, items } = packer.take();
  const shifted = items.map((item) => ({
    ...item,
    prompt: item.prompt + firstContent,
    messages: item.messages + firstContent,
    variables: item.variables + firstContent,
    output: item.output + firstContent,
  }));
  insertPlan(database, key, { contents, items: shifted }, firstContent);
  for (const candidate of candidates) markWritten(database, base, key, candidate);
}

function nextNumber(database: Database, sql: string, key: number): number {
  const row = database.get(sql, key);
  return row && row.last !== null ? number(row, 'last') + 1 : 0;
}

function markWritten(database: Database, base: string, key: number, { item, file, finishedAt }: ManifestCandidate): void {
  setProgress(database, key, item, { state: 'written', finishedAt: whole(finishedAt), failure: null, file: toStored(base, file) });
}

function promptName(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/\.prompt\.md$|\.[^.]+$/, '');
}
