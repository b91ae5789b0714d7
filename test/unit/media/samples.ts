import { emptyCounts, type ItemState } from '../../../src/model/item.ts';
import type { QueueItem, QueueRun } from '../../../src/protocol.ts';

export function run(id: string, given: Partial<QueueRun> = {}): QueueRun {
  return {
    id,
    label: 'page',
    state: 'running',
    total: 4,
    counts: emptyCounts(),
    startedAt: 0,
    perMinute: 0,
    ...given,
  };
}

export function item(runId: string, position: number, state: ItemState, given: Partial<QueueItem> = {}): QueueItem {
  return {
    run: runId,
    id: `item-${position}`,
    position,
    promptName: 'page',
    row: '',
    model: 'demo',
    index: position + 1,
    state,
    stage: 'generate',
    stageIndex: 0,
    stageCount: 1,
    progress: 0,
    attempts: 1,
    ...given,
  };
}
