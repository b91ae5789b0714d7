import { html, nothing, type TemplateResult } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ItemState } from '../../src/model/item.ts';
import type { QueueItem, QueueRun } from '../../src/protocol.ts';
import { isActive } from '../../src/model/run.ts';
import { countOrder, formatCounts, formatItemLabel, formatItemTime, formatRunMeta } from '../../src/wording/format.ts';
import type { QueueModel, RowKey, RunRows } from './model.ts';
import { placesToRender, rowHeight, type RowRange } from './rows.ts';
import { numbers } from '../../src/wording/numbers.ts';
import { strings } from '../../src/wording/strings.ts';

/** More icons that turn than this would cost more than they tell. */
const mostSpinning = 50;

export interface PanelView {
  readonly model: QueueModel;
  /** The host's clock. */
  readonly now: number;
  /** The row that Tab reaches. */
  readonly cursor: RowKey | undefined;
  /** Whether a person chose the cursor's row, so that it is highlighted. */
  readonly selected: boolean;
  readonly ranges: ReadonlyMap<string, RowRange>;
}

const itemIcons: Record<ItemState, string> = {
  queued: 'circle-outline',
  running: 'loading',
  retrying: 'debug-restart',
  written: 'pass',
  failed: 'error',
  cancelled: 'circle-slash',
  skipped: 'debug-step-over',
};

export function panelTemplate(view: PanelView): TemplateResult | typeof nothing {
  if (!view.model.loaded) {
    return nothing;
  }
  return view.model.runs.length === 0 ? welcomeTemplate() : gridTemplate(view);
}

function welcomeTemplate(): TemplateResult {
  return html`<div class="welcome">
    <p>${strings.empty}</p>
    <button class="welcome-button" data-action="generate">${strings.generate}</button>
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
    data-vscode-context='{"preventDefaultContextMenuItems":true}'
  >
    ${repeat(
      model.runs,
      (rows) => rows.run.id,
      (rows, place) => runTemplate(view, rows, place),
    )}
  </div>`;
}

function runTemplate(view: PanelView, rows: RunRows, place: number): TemplateResult {
  const { run } = rows;
  const expanded = view.model.isExpanded(run.id);
  const active = view.cursor?.run === run.id && view.cursor.item === undefined;
  return html`<section
    class="run"
    role="rowgroup"
    data-run=${run.id}
    data-state=${run.state}
    data-vscode-context=${menuContext('run', run.id, undefined, run.state)}
  >
    <div
      class=${expanded ? 'row run-row' : 'row run-row collapsed'}
      role="row"
      aria-level="1"
      aria-expanded=${expanded}
      aria-posinset=${place + 1}
      aria-setsize=${view.model.runs.length}
      aria-rowindex=${view.model.runIndex(run.id) + 1}
      aria-selected=${active && view.selected}
      aria-label=${strings.runRowLabel(run.label, run.state, formatCounts(run.counts))}
      tabindex=${active ? 0 : -1}
    >
      <span class="twistie codicon codicon-chevron-${expanded ? 'down' : 'right'}" aria-hidden="true"></span>
      <span
        class="state codicon codicon-${runIcon(run)}"
        role="img"
        title=${strings.runState(run.state)}
        aria-label=${strings.runState(run.state)}
      ></span>
      <span class="label" role="gridcell" title=${run.label}>${run.label}</span>
      <span class="counts" role="gridcell">${countsTemplate(rows, active)}</span>
      <span class="meta" role="gridcell">${metaTemplate(run, view.now)}</span>
      <span class="actions" role="gridcell">${runActionsTemplate(run, active)}</span>
      ${
        run.state === 'finished'
          ? nothing
          : html`<span class="progress" role="gridcell"
              ><span
                role="progressbar"
                aria-label=${run.label}
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=${Math.floor(rows.progress * 100)}
                .style=${`width:${rows.progress * 100}%`}
              ></span
            ></span>`
      }
    </div>
    ${expanded ? itemsTemplate(view, rows) : nothing}
  </section>`;
}

/** Sizes go through the style *property*: the panel's content security policy forbids style attributes. */
function itemsTemplate(view: PanelView, rows: RunRows): TemplateResult {
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
    return html`<span class="file" data-action="open" title=${strings.openTitle(item.file)}>${item.file}</span>`;
  }
  return nothing;
}

/** The words are also the filter: a count that is pressed shows only its items. */
function countsTemplate(rows: RunRows, reachable: boolean): TemplateResult {
  const { counts } = rows.run;
  const states = countOrder.filter((state) => counts[state] > 0 || state === rows.filter);
  return html`${repeat(
    states,
    (state) => state,
    (state, place) =>
      html`${place === 0 ? nothing : html`<span class="dot" aria-hidden="true"> · </span>`}<button
          class="count"
          data-action="filter"
          data-filter=${state}
          aria-pressed=${state === rows.filter}
          tabindex=${reachable ? 0 : -1}
          title=${strings.filterTitle(state, state === rows.filter)}
        >
          ${strings.count(counts[state], state)}
        </button>`,
  )}${
    rows.filter === undefined
      ? nothing
      : html`<button
          class="count all"
          data-action="filter-all"
          tabindex=${reachable ? 0 : -1}
          title=${strings.showAllTitle}
        >
          ${strings.showAll}
        </button>`
  }`;
}

function metaTemplate(run: QueueRun, now: number): TemplateResult {
  return html`<span class="pace">${formatRunMeta(run, now)}</span>${
      run.waiting === undefined || !isActive(run.state)
        ? nothing
        : html`<span class="waiting" title=${strings.waiting(run.waiting)}
            ><span class="codicon codicon-watch" aria-hidden="true"></span><span>${run.waiting}</span></span
          >`
    }`;
}

function runActionsTemplate(run: QueueRun, reachable: boolean): TemplateResult | typeof nothing {
  switch (run.state) {
    case 'running':
    case 'paused': {
      const paused = run.state === 'paused';
      return html`${buttonTemplate(
        paused ? 'resume' : 'pause',
        paused ? 'debug-continue' : 'debug-pause',
        paused ? strings.resume : strings.pause,
        reachable,
      )}${buttonTemplate('cancel-run', 'debug-stop', strings.cancelAll, reachable)}`;
    }
    case 'unfinished':
      return html`${buttonTemplate('resume', 'debug-continue', strings.resume, reachable)}${retryTemplate(
        run,
        reachable,
      )}${buttonTemplate('discard-run', 'trash', strings.discard, reachable)}`;
    case 'finished':
      return html`${
        run.counts.cancelled > 0
          ? buttonTemplate('resume', 'debug-continue', strings.resumeCancelled(run.counts.cancelled), reachable)
          : nothing
      }${retryTemplate(run, reachable)}${buttonTemplate(
        'clear-finished',
        'clear-all',
        strings.clearFinished,
        reachable,
      )}`;
    case 'stopping':
    case 'elsewhere':
      return nothing;
  }
}

function retryTemplate({ counts }: QueueRun, reachable: boolean): TemplateResult | typeof nothing {
  return counts.failed > 0
    ? buttonTemplate('retry-failed', 'run-errors', strings.retryFailed(counts.failed), reachable)
    : nothing;
}

function buttonTemplate(action: string, icon: string, title: string, reachable: boolean): TemplateResult {
  return html`<button
    class="action codicon codicon-${icon}"
    data-action=${action}
    tabindex=${reachable ? 0 : -1}
    title=${title}
    aria-label=${title}
  ></button>`;
}

function runIcon({ state, counts }: QueueRun): string {
  switch (state) {
    case 'running':
      return 'loading';
    case 'paused':
      return 'debug-pause';
    case 'stopping':
      return 'debug-stop';
    case 'unfinished':
      return 'debug-disconnect';
    case 'elsewhere':
      return 'vm-running';
    case 'finished':
      return counts.failed > 0 ? itemIcons.failed : counts.cancelled > 0 ? itemIcons.cancelled : itemIcons.written;
  }
}

function stageName(item: QueueItem): string {
  return item.stageCount > 1 && item.state !== 'written' && item.state !== 'skipped' ? item.stage : '';
}

function stageTitle(item: QueueItem): string {
  return item.stageCount > 1 ? strings.stageTitle(item.stage, item.stageIndex + 1, item.stageCount) : '';
}

/** Lets the extension offer commands in the editor's own context menu, and keeps Cut and Paste out of it. */
function menuContext(webviewSection: 'run' | 'item', run: string, item: string | undefined, state: string): string {
  return JSON.stringify({ webviewSection, run, item, state, preventDefaultContextMenuItems: true });
}
