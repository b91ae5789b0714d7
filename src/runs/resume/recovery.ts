import { isCandidate, type NewCandidate } from '../../candidates/plannedItem.ts';
import pLimit from 'p-limit';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { type JournalFailure, type JournalOutcome } from '../../storage/journal/journalFailure.ts';
import { success } from '../../base/outcome.ts';
import type { UnwrittenResult, JournalItem } from '../../storage/journal/records.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import { isStructured } from '../../candidates/structured/structuredText.ts';
import { keepResult, type OwnedRun } from '../session/candidateKeeper.ts';
import { writeInvalid } from '../session/invalidKeeper.ts';
import { keptIn } from '../session/structuredAnswers.ts';
import type { Failure } from '../../model/attempt.ts';
import { readServices } from '../../services/serviceConfiguration.ts';
import { inSlices } from '../../base/slices.ts';

/** Recovered texts that are written at once: more only waits for the disk. */
const writesAtOnce = 16;

/** What a run's items need a service for. Those with the same messages and model share them by reference, as in a plan. */
export async function plannedCandidates(
  items: readonly JournalItem[],
  serviceKeys: ReadonlyMap<string, string>,
  verbalized: Readonly<Record<string, number>> = {},
): Promise<PlannedItem[]> {
  const groups = new Map<string, Group>();
  const grouped = await inSlices(items, (item): readonly [JournalItem, Group] => {
    const vary = item.vary === undefined ? '' : JSON.stringify(item.vary);
    const key = [item.prompt.path, item.row, item.service, item.model, vary].join('\0');
    const group = groups.get(key) ?? { messages: item.messages, siblings: 0 };
    groups.set(key, group);
    group.siblings++;
    return [item, group];
  });
  return inSlices(grouped, ([item, { messages, siblings }]) => {
    const { path } = item.prompt;
    const together = Object.hasOwn(verbalized, path) ? { verbalized: verbalized[path] ?? 1 } : {};
    return { ...item, messages, siblings, ...together, serviceKey: serviceKeys.get(item.service) ?? '' };
  });
}

interface Group {
  readonly messages: PlannedItem['messages'];
  siblings: number;
}

/** What a run kept of its services, by name. */
export function storedServices(stored: unknown): ReadonlyMap<string, ServiceSettings> {
  const byName = typeof stored === 'object' && stored !== null ? stored : {};
  const { services } = readServices(Object.values(byName));
  return new Map(services.filter(({ name }) => Object.hasOwn(byName, name)).map((service) => [service.name, service]));
}

const mismatch: Failure = { reason: 'invalid-output', message: 'The answer does not match the schema.' };

export interface Recovered {
  readonly written: number;
  /** What could not be written, by item: one sentence each. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Writes what was generated before and never reached the disk; nobody is called for that. */
export async function recoverTexts(run: OwnedRun): Promise<JournalOutcome<Recovered>> {
  const { journal } = run.workspace;
  const inTurn = pLimit(writesAtOnce);
  const failures = new Map<string, string>();
  let written = 0;
  let trouble: JournalFailure | undefined;

  const write = async (item: JournalItem, { text, model, usage }: UnwrittenResult): Promise<void> => {
    // What leaves no file was through with its text, unless nothing could follow it.
    if (trouble || !isCandidate(item)) return;
    if (item.schema && !(await isStructured(text, item.schema))) return endMismatch(item, text);
    const kept = await keepResult(run, item, { text, model, usage, origin: 'journal' }, {});
    trouble ??= kept.trouble;
    if (kept.kind !== 'failed') {
      written++;
      return;
    }
    if (kept.trouble) return;
    failures.set(item.id, kept.failure.message);
    const failure = { ...kept.failure, stage: 'generate' };
    const marked = await run.persist(() => journal.markEnded(run.lease, { item: item.id, state: 'failed', failure }));
    if (!marked.ok) trouble ??= marked.failure;
  };

  /** An answer that its item had failed with. */
  const endMismatch = async (item: NewCandidate, text: string): Promise<void> => {
    const kept = await writeInvalid(run, item, text);
    if (kept.kind === 'lost') trouble ??= kept.trouble;
    if (kept.kind === 'lost') return;
    if (kept.kind === 'failed') failures.set(item.id, kept.failure.message);
    const why = kept.kind === 'failed' ? kept.failure : keptIn(mismatch, kept.path);
    const failure = { ...why, stage: 'generate' };
    const isTextKept = kept.kind === 'kept' ? { isTextKept: true as const } : {};
    const ended = { item: item.id, state: 'failed', failure, ...isTextKept } as const;
    const marked = await run.persist(() => journal.markEnded(run.lease, ended));
    if (!marked.ok) trouble ??= marked.failure;
  };

  // The position of the last text, not the page, says where to go on: those that were written are no longer listed.
  for (let after: number | undefined; ;) {
    const page = await journal.unwrittenResults(run.lease.run, after === undefined ? {} : { after });
    if (!page.ok) return page;
    const { rows } = page.value;
    const items = await journal.itemsById(
      run.lease.run,
      rows.map(({ item }) => item),
    );
    if (!items.ok) return items;
    const byId = new Map(items.value.map((item) => [item.id, item]));
    await inTurn.map(rows, async (checkpoint) => {
      const item = byId.get(checkpoint.item);
      if (item) await write(item, checkpoint);
    });
    if (trouble) return { ok: false, failure: trouble };
    if (page.value.next === undefined) return success({ written, failures });
    after = page.value.next;
  }
}
