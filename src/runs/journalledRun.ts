import pLimit from 'p-limit';
import type { ServiceSettings } from '../services/serviceSettings.ts';
import { readAll } from '../storage/journal/journalClient.ts';
import { success, type JournalFailure, type Outcome } from '../storage/journal/outcome.ts';
import type { Checkpoint, JournalItem, JournalState } from '../storage/journal/records.ts';
import type { PlannedCandidate } from './candidate.ts';
import { readServices } from './serviceConfiguration.ts';
import { keepCandidate, type OwnedRun } from './candidateKeeper.ts';
import type { Workspace } from './workspace.ts';

/** Recovered texts that are written at once: more only waits for the disk. */
const writesAtOnce = 16;

/** Every item of a run in one of the states, in the order of the plan. */
export function journalItems(
  { journal }: Workspace,
  run: string,
  states: readonly JournalState[],
): Promise<Outcome<JournalItem[]>> {
  return readAll((page) => journal.items(run, states, page));
}

/** What a run's items need a service for. */
export function plannedCandidates(
  items: readonly JournalItem[],
  serviceKeys: ReadonlyMap<string, string>,
): PlannedCandidate[] {
  const alike = (item: JournalItem): string => JSON.stringify([item.prompt.path, item.row, item.service, item.model]);
  const siblings = new Map<string, number>();
  for (const item of items) siblings.set(alike(item), (siblings.get(alike(item)) ?? 0) + 1);
  return items.map((item) => ({
    ...item,
    serviceKey: serviceKeys.get(item.service) ?? '',
    siblings: siblings.get(alike(item)) ?? 1,
  }));
}

/** What a run kept of its services, by name. */
export function storedServices(stored: unknown): ReadonlyMap<string, ServiceSettings> {
  const byName = typeof stored === 'object' && stored !== null ? stored : {};
  const { services } = readServices(Object.values(byName));
  return new Map(services.filter(({ name }) => Object.hasOwn(byName, name)).map((service) => [service.name, service]));
}

export interface Recovered {
  readonly written: number;
  /** One sentence each. */
  readonly failures: readonly string[];
}

/** Writes what was generated before and never reached the disk; nobody is called for that. */
export async function recoverTexts(run: OwnedRun): Promise<Outcome<Recovered>> {
  const { journal } = run.workspace;
  const inTurn = pLimit(writesAtOnce);
  const failures: string[] = [];
  let written = 0;
  let trouble: JournalFailure | undefined;

  const write = async (item: JournalItem, { stage, text, model, usage }: Checkpoint): Promise<void> => {
    if (trouble) return;
    const kept = await keepCandidate(run, item, { text, model, usage, origin: 'journal' }, { stage });
    trouble ??= kept.trouble;
    if (kept.kind !== 'failed') {
      written++;
      return;
    }
    failures.push(kept.failure.message);
    if (kept.trouble) return;
    const failure = { ...kept.failure, stage: 'generate' };
    const marked = await journal.markEnded(run.lease, { item: item.id, state: 'failed', failure });
    if (!marked.ok) trouble ??= marked.failure;
  };

  // The position of the last text, not the page, says where to go on: those that were written are no longer listed.
  for (let after: number | undefined; ; ) {
    const page = await journal.unwrittenResults(run.lease.run, after === undefined ? {} : { after });
    if (!page.ok) return page;
    const { rows } = page.value;
    const items = await journal.itemsById(run.lease.run, rows.map(({ item }) => item));
    if (!items.ok) return items;
    const byId = new Map(items.value.map((item) => [item.id, item]));
    run.numbers.learn(items.value);
    await inTurn.map(rows, async (checkpoint) => {
      const item = byId.get(checkpoint.item);
      if (item) await write(item, checkpoint);
    });
    if (trouble) return { ok: false, failure: trouble };
    if (page.value.next === undefined) return success({ written, failures });
    after = page.value.next;
  }
}
