import { html, nothing, type TemplateResult } from 'lit/html.js';
import { queueTexts } from '../../../src/wording/queueTexts.ts';
import { itemOrders } from '../arrangement.ts';
import type { RunRows } from '../runRows.ts';
import type { PanelView } from './parts.ts';

/** What narrows the list down and sorts it, when somebody asks for it; states and stages are filters of their own. */
export function searchTemplate({ model }: PanelView, rows: RunRows): TemplateResult | typeof nothing {
  if (!model.isSearched(rows.run.id)) return nothing;
  const { text, order } = rows.arrangement;
  const { search, searchHint, sort } = queueTexts;
  return html`<div class="search-row of-run" role="row">
    <span role="gridcell"
      ><input
        class="search"
        type="text"
        data-action="search"
        aria-label=${search}
        placeholder=${searchHint}
        spellcheck="false"
        .value=${text}
    /></span>
    <span role="gridcell"
      ><select class="sort" data-action="sort" aria-label=${sort} title=${sort}>
        ${itemOrders.map(
          (each) => html`<option value=${each} ?selected=${each === order}>${queueTexts.order(each)}</option>`,
        )}
      </select></span
    >
    <span role="gridcell" class="description">${queueTexts.shownOf(rows.shown.length, rows.size)}</span>
  </div>`;
}
