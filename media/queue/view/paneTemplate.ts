import { html, nothing, type TemplateResult } from 'lit/html.js';
import { queueTexts } from '../../../src/wording/queueTexts.ts';
import { strings } from '../../../src/wording/strings.ts';
import type { Shown } from '../pane.ts';
import { chartsTemplate } from './chartsTemplate.ts';
import { buttonTemplate, type PanelView } from './parts.ts';
import { recordActionsTemplate, recordTemplate } from './recordTemplate.ts';
import { servicesTemplate } from './servicesTemplate.ts';

/** What somebody has asked for, beside the list. */
export function paneTemplate(view: PanelView): TemplateResult | typeof nothing {
  const { shown } = view.pane;
  if (!shown) return nothing;
  const title = titleOf(view, shown);
  return html`<aside class="pane" data-pane=${shown.kind} aria-label=${title}>
    <header>
      <h2 title=${title}>${title}</h2>
      ${shown.kind === 'record' ? recordActionsTemplate(view, shown) : nothing}
      ${buttonTemplate('close-pane', 'close', queueTexts.close, true)}
    </header>
    <div class="pane-body" tabindex="0" role="group" aria-label=${title}>${bodyOf(view, shown)}</div>
  </aside>`;
}

function bodyOf(view: PanelView, shown: Shown): TemplateResult {
  switch (shown.kind) {
    case 'record':
      return recordTemplate(view, shown);
    case 'services':
      return servicesTemplate(view);
    case 'charts':
      return chartsTemplate(view);
  }
}

function titleOf({ model }: PanelView, shown: Shown): string {
  switch (shown.kind) {
    case 'record': {
      const item = model.run(shown.run)?.item(shown.item);
      if (item === undefined) return queueTexts.details;
      return item.record === undefined
        ? `${strings.promptPart(item.promptName)}${strings.placePart(item.row, item.index)}`
        : item.record || item.promptName;
    }
    case 'services':
      return queueTexts.services;
    case 'charts':
      return strings.join([model.run(shown.run)?.run.label ?? '', queueTexts.charts]);
  }
}
