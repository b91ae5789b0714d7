import type { ItemSpec, RunSpec, WaitingItems } from '../../engine/engine.ts';
import type { Flow } from '../../flow/flow.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';

/**
 * Items of later stages are not all held in memory: those beyond the bound of their stage are loaded in time.
 *
 * @param isPart whether other items of the run may be queued that must not be loaded
 */
export function withinBounds(
  specs: readonly ItemSpec<PlannedItem>[],
  flow: Flow | undefined,
  isPart: boolean,
): Pick<RunSpec<PlannedItem>, 'items' | 'waiting'> {
  if (!flow) return { items: specs };
  const items: ItemSpec<PlannedItem>[] = [];
  const waiting: WaitingItems[] = [];
  const beyond = new Map<number, WaitingItems>();
  const held = new Map<number, number>();
  for (const spec of specs) {
    const { stage, position } = spec;
    const count = held.get(stage) ?? 0;
    const most = stage === 0 ? Number.POSITIVE_INFINITY : (flow.stages[stage]?.queue ?? Number.POSITIVE_INFINITY);
    if (count < most) items.push(spec);
    else if (isPart) waiting.push({ stage, from: position, to: position, count: 1 });
    else {
      const before = beyond.get(stage);
      beyond.set(stage, { stage, from: before?.from ?? position, to: position, count: (before?.count ?? 0) + 1 });
    }
    held.set(stage, count + 1);
  }
  return { items, waiting: [...waiting, ...beyond.values()] };
}
