import { html, nothing, type TemplateResult } from 'lit/html.js';
import { classMap } from 'lit/directives/class-map.js';
import { repeat } from 'lit/directives/repeat.js';
import { defaultPriority } from '../../../src/model/item.ts';
import type { QueueItem } from '../../../src/protocol.ts';
import { formatItemLabel, formatItemTime } from '../../../src/wording/format.ts';
import { numbers } from '../../../src/wording/numbers.ts';
import { queueTexts } from '../../../src/wording/queueTexts.ts';
import { strings } from '../../../src/wording/strings.ts';
import { isPlain } from '../arrangement.ts';
import { placesToRender, rowHeight } from '../rowGeometry.ts';
import type { RunRows } from '../runRows.ts';
import { buttonTemplate, itemIcons, menuContext, type PanelView } from './parts.ts';

/**
 * The rows of a run's items, as far as they are seen. Sizes go through the style *property*: the panel's content
 * security policy forbids style attributes.
 */
export function itemsTemplate(view: PanelView, rows: RunRows): TemplateResult {
  const { shown } = rows;
  const run = rows.run.id;
  if (shown.length === 0) {
    return isPlain(rows.arrangement)
      ? html``
      : html`<div class="row note" role="row"><span role="gridcell">${strings.nothingShown}</span></div>`;
  }
  const kept = view.cursor?.run === run && view.cursor.item !== undefined ? rows.placeOf(view.cursor.item) : -1;
  const places = placesToRender(view.ranges.get(run) ?? { first: 0, end: 0 }, kept);
  const firstRow = view.model.runIndex(run) + 2;
  return html`<div
    class=${classMap({ items: true, staged: rows.run.records !== undefined, mixed: rows.hasSeveralModels })}
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
  const isSelected =
    view.selection.size > 0 ? view.selection.has({ run: item.run, item: item.id }) : active && view.selected;
  return html`<div
    class=${item.file !== undefined && item.record === undefined ? 'row item-row openable' : 'row item-row'}
    role="row"
    aria-level="2"
    aria-posinset=${place + 1}
    aria-setsize=${rows.shown.length}
    aria-rowindex=${rowIndex}
    aria-selected=${isSelected}
    aria-label=${strings.itemRowLabel([
      label,
      item.model,
      strings.itemState(item.state),
      attempt,
      item.message ?? item.file ?? '',
      item.cut ? strings.cut : '',
      item.state === 'queued' && item.priority !== defaultPriority ? queueTexts.priority(item.priority) : '',
    ])}
    tabindex=${active ? 0 : -1}
    data-item=${item.id}
    data-state=${item.state}
    data-vscode-context=${menuContext('item', item.run, item.id, item.state)}
    .style=${`top:${place * rowHeight}px`}
  >
    <span
      class="state codicon codicon-${itemIcons[item.state]}"
      role="gridcell"
      title=${strings.itemState(item.state)}
      aria-label=${strings.itemState(item.state)}
    ></span>
    <span class="name" role="gridcell" title=${strings.join([label, item.model])}
      >${nameTemplate(rows, item)}<span class="description">${item.model}</span></span
    >
    <span class="stage description" role="gridcell" title=${stageTitle(item)}
      >${item.record === undefined ? '' : item.stage}</span
    >
    <span class="status" role="gridcell">${statusTemplate(view, item)}</span>
    <span class="attempt description" role="gridcell">${attempt === '' ? priorityOf(item) : attempt}</span>
    <span class="time description" role="gridcell">${formatItemTime(item, view.now)}</span>
    <span class="actions" role="gridcell">${itemActionsTemplate(rows, item, active)}</span>
  </div>`;
}

function nameTemplate(rows: RunRows, item: QueueItem): TemplateResult {
  const { promptName, record, row, index } = item;
  if (record !== undefined) return html`<span class="label">${record || promptName}</span>`;
  // The number tells candidates of a row apart: a long row is cut, never that.
  return html`<span class="label"
      ><span class=${promptName === rows.run.label && row !== '' ? 'prompt told' : 'prompt'}
        >${strings.promptPart(promptName)}</span
      >${row}</span
    ><span class="index">${row === '' ? strings.placePart('', index) : strings.indexPart(index)}</span>`;
}

function itemActionsTemplate(rows: RunRows, item: QueueItem, reachable: boolean): TemplateResult {
  const details = buttonTemplate('show-record', 'list-tree', queueTexts.details, reachable);
  if (rows.canCancel(item)) {
    return html`${details}${buttonTemplate('cancel-item', 'close', strings.cancelItem, reachable)}`;
  }
  return rows.canRunAgain(item)
    ? html`${details}${buttonTemplate('run-item-again', 'debug-rerun', strings.runItemAgain, reachable)}`
    : details;
}

/** Only where it is not what everything has. */
function priorityOf({ state, priority }: QueueItem): string {
  return state === 'queued' && priority !== defaultPriority ? queueTexts.priority(priority) : '';
}

function statusTemplate(view: PanelView, item: QueueItem): TemplateResult | typeof nothing {
  if (item.state === 'running') {
    const percent = numbers.percent(item.progress);
    const preview = view.model.preview(item.run, item.id);
    return html`<span class="gauge" role="img" aria-label=${percent}
        ><span .style=${`width:${item.progress * 100}%`}></span></span
      ><span class="percent description">${percent}</span>${
        preview === ''
          ? nothing
          : html`<span class="preview description" aria-hidden="true"><span>${preview}</span></span>`
      }`;
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

function stageTitle(item: QueueItem): string {
  return item.stageCount > 1 ? strings.stageTitle(item.stage, item.stageIndex + 1, item.stageCount) : '';
}
