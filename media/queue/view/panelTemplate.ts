import { html, nothing, type TemplateResult } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';
import { strings } from '../../../src/wording/strings.ts';
import { bulkTemplate } from './bulkTemplate.ts';
import { paneTemplate } from './paneTemplate.ts';
import type { PanelView } from './parts.ts';
import { runTemplate } from './runTemplate.ts';

/** More icons that turn than this would cost more than they tell. */
const mostSpinning = 50;

export function panelTemplate(view: PanelView): TemplateResult | typeof nothing {
  if (!view.model.loaded) {
    return nothing;
  }
  if (view.model.runs.length === 0) {
    return welcomeTemplate();
  }
  return html`<div class="panel">
    <div class="list">${gridTemplate(view)}${bulkTemplate(view)}</div>
    ${paneTemplate(view)}
  </div>`;
}

function welcomeTemplate(): TemplateResult {
  return html`<div class="welcome">
    <p>${strings.empty}</p>
    <button class="button primary welcome-button" data-action="generate">${strings.generate}</button>
  </div>`;
}

function gridTemplate(view: PanelView): TemplateResult {
  const { model } = view;
  const spinning = model.runningItems <= mostSpinning;
  return html`<div
    class=${spinning ? 'queue spinning' : 'queue'}
    role="treegrid"
    aria-label=${strings.panel}
    aria-rowcount=${model.rowCount}
    aria-multiselectable="true"
    data-vscode-context='{"preventDefaultContextMenuItems":true}'
  >
    ${repeat(
      model.runs,
      (rows) => rows.run.id,
      (rows, place) => runTemplate(view, rows, place),
    )}
  </div>`;
}
