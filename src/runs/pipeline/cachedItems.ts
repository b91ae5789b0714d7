import { success } from '../../base/outcome.ts';
import { follow, type Draft } from '../../flow/follow.ts';
import type { Flow, FlowStage, RecordData } from '../../flow/flow.ts';
import { elementRecord, recordAfter, type StageText } from '../../flow/record.ts';
import { stageCacheKey } from '../../storage/journal/cacheKey.ts';
import type { JournalClient } from '../../storage/journal/journalClient.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunFlow } from '../session/runFlow.ts';

/** Keys that the cache is asked for at once. */
const together = 200;

/** An item that the run would have, with what it is the work of. */
interface Expected extends Pick<Draft, 'id' | 'stage' | 'key' | 'place' | 'service' | 'model' | 'index'> {
  readonly record: RecordData;
}

/**
 * How many items of each stage the cache has, as far as that is known before a run: what follows an item is known where the
 * cache has that item, up to the first stage that gathers.
 *
 * @param identityOf says which endpoint a service is, without a secret
 */
export async function cachedItems(
  { items, flow: run }: Plan,
  journal: Pick<JournalClient, 'cached'>,
  identityOf: (serviceKey: string) => string,
): Promise<JournalOutcome<readonly number[]>> {
  if (!run) throw new Error('A pipeline has a flow.');
  const counts = run.flow.stages.map(() => 0);
  const known = new Set<string>();
  const records = new Map<number, RecordData>();
  const waiting: Expected[] = [];
  const take = async (least: number): Promise<JournalOutcome<undefined>> => {
    while (waiting.length >= least && waiting.length > 0) {
      const some = waiting.splice(-together);
      const found = await cachedOf(run, journal, some, identityOf);
      if (!found.ok) return found;
      for (const [place, item] of some.entries()) {
        const text = found.value[place];
        if (!text) continue;
        counts[item.stage] = (counts[item.stage] ?? 0) + 1;
        for (const next of following(run, item, text)) {
          if (known.has(next.id)) continue;
          known.add(next.id);
          waiting.push(next);
        }
      }
    }
    return success(undefined);
  };
  for (const item of items) {
    const before = item.parent === undefined ? undefined : records.get(item.parent);
    const record = recordOf(run.flow, item, before ?? item.variables);
    if (item.isSkipped) records.set(item.position, record);
    else waiting.push({ ...item, record });
    const taken = await take(together);
    if (!taken.ok) return taken;
  }
  const taken = await take(0);
  return taken.ok ? success(counts) : taken;
}

async function cachedOf(
  { flow, identity, serviceKey, restore }: RunFlow,
  journal: Pick<JournalClient, 'cached'>,
  items: readonly Expected[],
  identityOf: (serviceKey: string) => string,
): Promise<JournalOutcome<readonly (StageText | undefined)[]>> {
  const keys = items.map(({ stage, service, record, model, index }) => {
    const what = identity(stageAt(flow, stage));
    const where = identityOf(serviceKey(service));
    // What must not come from the cache has no key there.
    return what === undefined ? '' : stageCacheKey({ service: where, stage: what, record, model, index });
  });
  const cached = await journal.cached(keys);
  if (!cached.ok) return cached;
  const texts = cached.value.map(async (text, place) => {
    const item = items[place];
    if (!text || !item) return undefined;
    return (await restore?.(stageAt(flow, item.stage), text)) === false ? undefined : text;
  });
  return success(await Promise.all(texts));
}

/** What follows an item, as far as it is to be made. */
function following({ flow, expressions }: RunFlow, item: Expected, text: StageText): readonly Expected[] {
  const { stage, key, place } = item;
  const record = recordAfter(item.record, stageAt(flow, stage).name, text);
  const drafts = follow(flow, { stage, key, place, record }, expressions);
  if (!drafts.ok) return [];
  const records: RecordData[] = [];
  for (const draft of drafts.value) {
    records.push(recordOf(flow, draft, draft.parent === undefined ? record : (records[draft.parent] ?? record)));
  }
  return drafts.value.flatMap((draft, at) =>
    draft.state === 'queued' ? [{ ...draft, record: records[at] ?? record }] : [],
  );
}

function recordOf(flow: Flow, { stage, element }: Pick<Draft, 'stage' | 'element'>, before: RecordData): RecordData {
  const { input } = stageAt(flow, stage);
  return input.kind === 'expand' && element !== undefined ? elementRecord(before, input.list, element) : before;
}

function stageAt({ stages }: Flow, index: number): FlowStage {
  const found = stages[index];
  if (!found) throw new Error(`The flow has no stage ${index}.`);
  return found;
}
