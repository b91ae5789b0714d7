import { html, nothing, type TemplateResult } from 'lit/html.js';
import { queueTexts } from '../../../src/wording/queueTexts.ts';
import { buttonTemplate, type PanelView } from './parts.ts';

/** What can be done with several items at once, as long as several are selected. */
export function bulkTemplate({ model, selection }: PanelView): TemplateResult | typeof nothing {
  const rows = selection.run === undefined ? undefined : model.run(selection.run);
  const chosen = selection.items(model);
  if (rows === undefined || chosen.length === 0) return nothing;
  const cancellable = chosen.filter((item) => rows.canCancel(item)).length;
  const again = chosen.filter((item) => rows.canRunAgain(item));
  const failed = again.filter(({ state }) => state === 'failed').length;
  const isMovable = chosen.some((item) => rows.canPrioritise(item));
  return html`<div class="bulk" role="toolbar" aria-label=${queueTexts.selectedItems}>
    <span class="bulk-count">${queueTexts.selected(chosen.length)}</span>
    ${cancellable > 0 ? wordButton('cancel-selected', queueTexts.cancel(cancellable)) : nothing}
    ${failed > 0 ? wordButton('retry-selected', queueTexts.retry(failed)) : nothing}
    ${again.length > 0 ? wordButton('run-selected-again', queueTexts.runAgain(again.length)) : nothing}
    ${
      isMovable
        ? html`${buttonTemplate('raise-selected', 'arrow-up', queueTexts.raise, true)}${buttonTemplate(
            'lower-selected',
            'arrow-down',
            queueTexts.lower,
            true,
          )}`
        : nothing
    }
    ${buttonTemplate('clear-selection', 'close', queueTexts.clearSelection, true)}
  </div>`;
}

function wordButton(action: string, title: string): TemplateResult {
  return html`<button class="button small" data-action=${action}>${title}</button>`;
}
