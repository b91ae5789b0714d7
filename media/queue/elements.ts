import type { RowKey } from './model.ts';

/** The element that shows a row, if it is drawn. */
export function elementOf(key: RowKey, root: HTMLElement): HTMLElement | null {
  const section = root.querySelector(`[data-run="${CSS.escape(key.run)}"]`);
  return (
    section?.querySelector<HTMLElement>(
      key.item === undefined ? '.run-row' : `[data-item="${CSS.escape(key.item)}"]`,
    ) ?? null
  );
}

/** The row that an element is part of. */
export function keyOf(target: EventTarget | null): RowKey | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>('.run-row, .item-row') : null;
  const run = row?.closest<HTMLElement>('[data-run]')?.dataset.run;
  if (row === null || run === undefined) {
    return undefined;
  }
  const item = row.dataset.item;
  return item === undefined ? { run } : { run, item };
}
