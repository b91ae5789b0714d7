import { Actions } from '../../../media/queue/actions.ts';
import { QueueModel } from '../../../media/queue/model.ts';
import { emptyCounts, type ItemState } from '../../../src/model/item.ts';
import { Pane } from '../../../media/queue/pane.ts';
import { Selection } from '../../../media/queue/selection.ts';
import type { PanelMessage, QueueItem, QueueRun } from '../../../src/protocol.ts';

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
    priority: 5,
    stage: 'generate',
    stageIndex: 0,
    stageCount: 1,
    progress: 0,
    attempts: 1,
    ...given,
  };
}

/** A running run `r` of four items, the first of them written. */
export function panel() {
  const model = new QueueModel();
  const items = [
    item('r', 0, 'written', { file: '01.md' }),
    ...[1, 2, 3].map((position) => item('r', position, 'running')),
  ];
  const show = (shown = items) =>
    model.apply({ type: 'snapshot', snapshot: { runs: [run('r')], items: shown, now: 0 } }, 0);
  show();
  const posted: PanelMessage[] = [];
  const post = (message: PanelMessage) => posted.push(message);
  const pane = new Pane(post);
  const selection = new Selection();
  const actions = new Actions({ post, model, pane, selection, changed: () => undefined });
  return { model, items, show, posted, actions, pane, selection };
}
