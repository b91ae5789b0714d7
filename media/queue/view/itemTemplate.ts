import { html, nothing, type TemplateResult } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';
import type { QueueItem } from '../../../src/protocol.ts';
import { formatItemLabel, formatItemTime } from '../../../src/wording/format.ts';
import { numbers } from '../../../src/wording/numbers.ts';
import { strings } from '../../../src/wording/strings.ts';
import { placesToRender, rowHeight } from '../rowGeometry.ts';
import type { RunRows } from '../runRows.ts';
import { buttonTemplate, itemIcons, menuContext, type PanelView } from './parts.ts';

/**
 * The rows of a run's items, as far as they are seen. Sizes go through the style *property*: the panel's content
 * security policy forbids style attributes.
 */
export function itemsTemplate(view: PanelView, rows: RunRows): TemplateResult {
  const { shown, filter } = rows;
  const run = rows.run.id;
  if (shown.length === 0) {
    return filter === undefined
      ? html``
      : html`<div class="row note" role="row"><span role="gridcell">${strings.nothingInState(filter)}</span></div>`;
  }
  const kept = view.cursor?.run === run && view.cursor.item !== undefined ? rows.placeOf(view.cursor.item) : -1;
  const places = placesToRender(view.ranges.get(run) ?? { first: 0, end: 0 }, kept);
  const firstRow = view.model.runIndex(run) + 2;
  return html`<div
    class=${shown.some((item) => item.stageCount > 1) ? 'items staged' : 'items'}
    role="presentation"
    .style=${`height:${shown.length * rowHeight}px`}
  >
    ${repeat(
      places,
      (place) => shown[place]?.id ?? place,
      (place) => itemTemplate(view, rows, place, firstRow + place),
    )}
  </div>`;
}

function itemTemplate(
  view: PanelView,
  rows: RunRows,
  place: number,
  rowIndex: number,
): TemplateResult | typeof nothing {
  const item = rows.shown[place];
  if (item === undefined) {
    return nothing;
  }
  const active = view.cursor?.run === item.run && view.cursor.item === item.id;
  const label = formatItemLabel(item);
  const attempt = item.attempts > 1 ? strings.attempt(item.attempts) : '';
  const openable = item.file !== undefined;
  return html`<div
    class=${openable ? 'row item-row openable' : 'row item-row'}
    role="row"
    aria-level="2"
    aria-posinset=${place + 1}
    aria-setsize=${rows.shown.length}
    aria-rowindex=${rowIndex}
    aria-selected=${active && view.selected}
    aria-label=${strings.itemRowLabel([
      label,
      item.model,
      strings.itemState(item.state),
      attempt,
      item.message ?? item.file ?? '',
      item.cut ? strings.cut : '',
    ])}
    tabindex=${active ? 0 : -1}
    data-item=${item.id}
    data-state=${item.state}
    data-vscode-context=${menuContext('item', item.run, item.id, item.state)}
    .style=${`top:${place * rowHeight}px`}
  >
    <span
      class="state codicon codicon-${itemIcons[item.state]}"
      role="img"
      title=${strings.itemState(item.state)}
      aria-label=${strings.itemState(item.state)}
    ></span>
    <span class="name" role="gridcell" title=${strings.join([label, item.model])}
      ><span class="label"
        ><span class=${item.promptName === rows.run.label && item.row !== '' ? 'prompt told' : 'prompt'}
          >${strings.promptPart(item.promptName)}</span
        >${strings.placePart(item.row, item.index)}</span
      ><span class="description">${item.model}</span></span
    >
    <span class="stage description" role="gridcell" title=${stageTitle(item)}>${stageName(item)}</span>
    <span class="status" role="gridcell">${statusTemplate(item)}</span>
    <span class="attempt description" role="gridcell">${attempt}</span>
    <span class="time description" role="gridcell">${formatItemTime(item, view.now)}</span>
    <span class="actions" role="gridcell">${itemActionsTemplate(rows, item, active)}</span>
  </div>`;
}

function itemActionsTemplate(rows: RunRows, item: QueueItem, reachable: boolean): TemplateResult | typeof nothing {
  if (rows.canCancel(item)) {
    return buttonTemplate('cancel-item', 'close', strings.cancelItem, reachable);
  }
  return rows.canRunAgain(item)
    ? buttonTemplate('run-item-again', 'debug-rerun', strings.runItemAgain, reachable)
    : nothing;
}

function statusTemplate(item: QueueItem): TemplateResult | typeof nothing {
  if (item.state === 'running') {
    const percent = numbers.percent(item.progress);
    return html`<span class="gauge" role="img" aria-label=${percent}
        ><span .style=${`width:${item.progress * 100}%`}></span></span
      ><span class="percent description">${percent}</span>`;
  }
  if (item.message !== undefined && (item.state === 'failed' || item.state === 'retrying')) {
    return html`<span class="message" title=${item.message}>${item.message}</span>`;
  }
  if (item.file !== undefined) {
    const link = html`<span class="file" data-action="open" title=${strings.openTitle(item.file)}>${item.file}</span>`;
    return item.cut ? html`${link}<span class="cut description" title=${strings.cutTitle}>${strings.cut}</span>` : link;
  }
  return nothing;
}

function stageName(item: QueueItem): string {
  return item.stageCount > 1 && item.state !== 'written' && item.state !== 'skipped' ? item.stage : '';
}

function stageTitle(item: QueueItem): string {
  return item.stageCount > 1 ? strings.stageTitle(item.stage, item.stageIndex + 1, item.stageCount) : '';
}
