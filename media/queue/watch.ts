import type { PanelMessage, QueueItemKey } from '../../src/protocol.ts';
import type { QueueModel } from './model.ts';
import type { Pane } from './pane.ts';
import type { RowRange } from './rowGeometry.ts';

/** What a person can see at the moment of what the host sends only to those who look. */
export function watchOf(
  model: QueueModel,
  pane: Pane,
  ranges: ReadonlyMap<string, RowRange>,
): Extract<PanelMessage, { readonly type: 'watch' }> {
  const previews: QueueItemKey[] = [];
  for (const [run, { first, end }] of ranges) {
    for (const item of model.run(run)?.shown.slice(first, end) ?? []) {
      if (item.state === 'running') previews.push({ run, item: item.id });
    }
  }
  const { shown } = pane;
  return {
    type: 'watch',
    services: shown?.kind === 'services',
    ...(shown?.kind === 'charts' ? { samples: shown.run } : {}),
    previews,
  };
}
