import { html, nothing, type TemplateResult } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';
import { isActive } from '../../../src/model/run.ts';
import type { QueueRun } from '../../../src/protocol.ts';
import { countOrder, formatCounts, formatRunMeta } from '../../../src/wording/format.ts';
import { queueTexts } from '../../../src/wording/queueTexts.ts';
import { strings } from '../../../src/wording/strings.ts';
import type { RunRows } from '../runRows.ts';
import { itemsTemplate } from './itemTemplate.ts';
import { buttonTemplate, itemIcons, menuContext, type PanelView } from './parts.ts';
import { searchTemplate } from './searchTemplate.ts';
import { stagesTemplate } from './stagesTemplate.ts';

/** A run's header, and its items while it is expanded. */
export function runTemplate(view: PanelView, rows: RunRows, place: number): TemplateResult {
  const { run } = rows;
  const expanded = view.model.isExpanded(run.id);
  const active = view.cursor?.run === run.id && view.cursor.item === undefined;
  return html`<div
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
        role="gridcell"
        title=${strings.runState(run.state)}
        aria-label=${strings.runState(run.state)}
      ></span>
      <span class="label" role="gridcell" title=${run.label}>${run.label}</span>
      <span class="counts" role="gridcell">${countsTemplate(rows, active)}</span>
      <span class="meta" role="gridcell">${metaTemplate(run, view.now)}</span>
      <span class="actions" role="gridcell"
        >${viewActionsTemplate(view, run, active)}${runActionsTemplate(run, active)}</span
      >
      ${
        run.state === 'finished' || run.state === 'watching'
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
    ${expanded ? html`${stagesTemplate(view, rows)}${searchTemplate(view, rows)}${itemsTemplate(view, rows)}` : nothing}
  </div>`;
}

/** The words are also the filter: a count that is pressed shows only its items. */
function countsTemplate(rows: RunRows, reachable: boolean): TemplateResult {
  const { counts } = rows.run;
  const states = countOrder.filter((state) => counts[state] > 0 || state === rows.arrangement.state);
  return html`${repeat(
    states,
    (state) => state,
    (state, place) =>
      html`${place === 0 ? nothing : html`<span class="dot" aria-hidden="true"> · </span>`}<button
          class="count"
          data-action="filter"
          data-filter=${state}
          aria-pressed=${state === rows.arrangement.state}
          tabindex=${reachable ? 0 : -1}
          title=${strings.filterTitle(state, state === rows.arrangement.state)}
        >
          ${strings.count(counts[state], state)}
        </button>`,
  )}${
    rows.arrangement.state === undefined
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

/** What can be looked at beside the list. */
function viewActionsTemplate({ model, pane }: PanelView, { id }: QueueRun, reachable: boolean): TemplateResult {
  const { shown } = pane;
  const toggle = (action: string, icon: string, title: string, isShown: boolean): TemplateResult =>
    html`<button
      class="action icon codicon codicon-${icon}"
      data-action=${action}
      aria-pressed=${isShown}
      tabindex=${reachable ? 0 : -1}
      title=${title}
      aria-label=${title}
    ></button>`;
  const areCharts = shown?.kind === 'charts' && shown.run === id;
  return html`${toggle('toggle-search', 'filter', queueTexts.filterAndSort, model.isSearched(id))}${toggle(
    'show-charts',
    'graph-line',
    queueTexts.charts,
    areCharts,
  )}${toggle('show-services', 'server-process', queueTexts.services, shown?.kind === 'services')}`;
}

function runActionsTemplate(run: QueueRun, reachable: boolean): TemplateResult | typeof nothing {
  switch (run.state) {
    case 'running':
    case 'watching':
    case 'paused': {
      const paused = run.state === 'paused';
      const endWatch = run.isWatched
        ? buttonTemplate('end-watch', 'eye-closed', strings.stopWatching, reachable)
        : nothing;
      if (run.state === 'watching') return html`${endWatch}`;
      return html`${endWatch}${buttonTemplate(
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
          ? buttonTemplate(
              'resume',
              'debug-continue',
              strings.resumeCancelled(run.counts.cancelled, run.records !== undefined),
              reachable,
            )
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

function retryTemplate({ counts, records }: QueueRun, reachable: boolean): TemplateResult | typeof nothing {
  return counts.failed > 0
    ? buttonTemplate('retry-failed', 'run-errors', strings.retryFailed(counts.failed, records !== undefined), reachable)
    : nothing;
}

function runIcon({ state, counts }: QueueRun): string {
  switch (state) {
    case 'running':
      return 'loading';
    case 'paused':
      return 'debug-pause';
    case 'watching':
      return 'eye';
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
