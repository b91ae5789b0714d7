import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Journal, systemJournalClock, type JournalClock } from '../../../src/storage/journal/journal.ts';
import { JournalClient, type JournalClientOptions } from '../../../src/storage/journal/journalClient.ts';
import type { Outcome } from '../../../src/base/outcome.ts';
import { PlanPacker, type PackedPlan } from '../../../src/storage/journal/tables/planPacking.ts';
import type { AttemptRecord, NewRun, RunLease, NewResult, WrittenFile } from '../../../src/storage/journal/records.ts';
import type { NewItem } from '../../../src/candidates/plannedItem.ts';
import type { JournalSettings, Repair } from '../../../src/storage/journal/settings.ts';

export const workerScript = new URL('../../../src/storage/journal/journalWorker.ts', import.meta.url);

/** Short, and long enough for a busy machine to beat three times. */
export const leaseLifeMs = 1500;

/** Name of the journal's folder in the folder of a test. */
export const journalFolder = 'journal';

export function settingsFor(base: string, more: Partial<JournalSettings> = {}): JournalSettings {
  return { directory: join(base, journalFolder), folder: base, base, kind: 'terminal', ...more };
}

interface AnyFailure<Reason extends string = string> {
  readonly reason: Reason;
  readonly message: string;
}

export function value<Value>(outcome: Outcome<Value, AnyFailure>): Value {
  if (!outcome.ok) assert.fail(`${outcome.failure.reason}: ${outcome.failure.message}`);
  return outcome.value;
}

/** What an outcome failed with; its message must be one sentence. */
export function reason<Reason extends string>(outcome: Outcome<unknown, AnyFailure<Reason>>): Reason {
  if (outcome.ok) assert.fail('This was expected to fail.');
  assert.match(outcome.failure.message, /^[A-Z].*\.$/s);
  return outcome.failure.reason;
}

export function openJournal(
  base: string,
  more: Partial<JournalSettings> = {},
  clock: JournalClock = systemJournalClock,
): Journal {
  return value(Journal.open(settingsFor(base, more), (repair) => assert.fail(repair.message), clock));
}

export function openMended(base: string): { readonly journal: Journal; readonly repairs: readonly Repair[] } {
  const repairs: Repair[] = [];
  return { journal: value(Journal.open(settingsFor(base), (repair) => repairs.push(repair))), repairs };
}

export async function openClient(base: string, more: Partial<JournalClientOptions> = {}): Promise<JournalClient> {
  return value(await JournalClient.open({ ...settingsFor(base), worker: workerScript, ...more }));
}

export function newRun(base: string, id = 'run', stages: readonly string[] = ['generate']): NewRun {
  return {
    id,
    label: 'tagline',
    root: base,
    stages,
    startedAt: 1_700_000_000_000,
    options: { retry: { attempts: 3 } },
    services: { demo: { name: 'demo', kind: 'demo', models: ['small'] } },
  };
}

/** Three items share messages, as candidates of one row do. */
export function newItems(base: string, count: number): NewItem[] {
  const prompt = { path: 'prompts/tagline.prompt.md', name: 'tagline', hash: 'abc' };
  return Array.from({ length: count }, (_, position) => {
    const row = Math.floor(position / 3);
    return {
      id: itemId(position),
      position,
      stage: 0,
      key: `row ${row}`,
      root: position,
      place: '',
      prompt,
      row: `row ${row}`,
      index: (position % 3) + 1,
      number: (position % 3) + 1,
      service: 'demo',
      model: 'small',
      priority: 5,
      reservation: 500.5,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: `Write about ${row}.` },
      ],
      parameters: { temperature: 0.5, seed: position },
      variables: { row, nested: { list: [row] } },
      output: { folder: join(base, 'prompts'), series: `candidates/${row}/*.md`, firstNumbered: true },
    };
  });
}

export function itemId(position: number): string {
  return position.toString(16).padStart(16, '0');
}

export function packed(base: string, items: Iterable<NewItem>): PackedPlan {
  const packer = new PlanPacker(base);
  for (const item of items) packer.add(item);
  return packer.take();
}

export function startRun(journal: Journal, base: string, count: number, run = newRun(base)): RunLease {
  return value(journal.write('createRun', run, packed(base, newItems(base, count))));
}

export function attempt(position: number, more: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    item: itemId(position),
    attempt: 1,
    service: 'demo',
    model: 'small',
    startedAt: 1_700_000_001_000,
    durationMs: 12.5,
    queueWaitMs: 3,
    outcome: 'completed',
    usage: { input: 10, output: 20 },
    ...more,
  };
}

export function result(position: number, text = `text ${position}`): NewResult {
  return { item: itemId(position), text, model: 'small-2026', usage: { input: 10, output: 20 } };
}

export function written(base: string, position: number): WrittenFile {
  return { item: itemId(position), path: join(base, 'candidates', `${position}.md`), contentHash: `hash ${position}` };
}

/** A file that is there, and what the journal is told of it. */
export function candidate(base: string, name: string, position: number, text = `text ${position}\n`): WrittenFile {
  const path = join(base, 'candidates', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return { item: itemId(position), path, contentHash: createHash('sha256').update(text).digest('hex') };
}
