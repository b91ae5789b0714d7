import { html, type TemplateResult } from 'lit/html.js';
import type { ItemState } from '../../../src/model/item.ts';
import type { QueueModel, RowKey } from '../model.ts';
import type { Pane } from '../pane.ts';
import type { Selection } from '../selection.ts';
import type { RowRange } from '../rowGeometry.ts';

/** What a drawing of the panel is made from. */
export interface PanelView {
  readonly model: QueueModel;
  readonly pane: Pane;
  readonly selection: Selection;
  /** The host's clock. */
  readonly now: number;
  /** The row that Tab reaches. */
  readonly cursor: RowKey | undefined;
  /** Whether a person chose the cursor's row, so that it is highlighted. */
  readonly selected: boolean;
  readonly ranges: ReadonlyMap<string, RowRange>;
}

export const itemIcons: Record<ItemState, string> = {
  queued: 'circle-outline',
  running: 'loading',
  retrying: 'debug-restart',
  written: 'pass',
  failed: 'error',
  cancelled: 'circle-slash',
  skipped: 'debug-step-over',
};

export function buttonTemplate(action: string, icon: string, title: string, reachable: boolean): TemplateResult {
  return html`<button
    class="action icon codicon codicon-${icon}"
    data-action=${action}
    tabindex=${reachable ? 0 : -1}
    title=${title}
    aria-label=${title}
  ></button>`;
}

/** Shows a part of the pane on demand. @param key as the pane knows the part */
export function unfoldTemplate(pane: Pane, key: string, title: string): TemplateResult {
  const isOpen = pane.isOpen(key);
  return html`<button class="unfold" data-action="toggle-part" data-key=${key} aria-expanded=${isOpen}>
    <span class="codicon codicon-chevron-${isOpen ? 'down' : 'right'}" aria-hidden="true"></span>${title}
  </button>`;
}

/** Lets the extension offer commands in the editor's own context menu, and keeps Cut and Paste out of it. */
export function menuContext(
  webviewSection: 'run' | 'item',
  run: string,
  item: string | undefined,
  state: string,
): string {
  return JSON.stringify({ webviewSection, run, item, state, preventDefaultContextMenuItems: true });
}
