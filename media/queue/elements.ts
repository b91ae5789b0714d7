import type { ControlFacts } from './actions.ts';
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

/** The row that an element is part of, or belongs to; what stands above the items of a run belongs to the run. */
export function keyOf(target: EventTarget | null): RowKey | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>('.run-row, .item-row, .of-run, .of-item') : null;
  const run = row?.closest<HTMLElement>('[data-run]')?.dataset.run;
  if (row === null || run === undefined) {
    return undefined;
  }
  const item = row.dataset.item;
  return item === undefined ? { run } : { run, item };
}

/** What a control says of itself. */
export function factsOf(control: HTMLElement): ControlFacts {
  const { filter, stage, item, run, key } = control.dataset;
  const value = control instanceof HTMLInputElement || control instanceof HTMLSelectElement ? control.value : undefined;
  return { filter, stage, item, run, key, value };
}
