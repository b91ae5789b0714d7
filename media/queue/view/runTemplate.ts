import { html, nothing, type TemplateResult } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';
import { isActive } from '../../../src/model/run.ts';
import type { QueueRun } from '../../../src/protocol.ts';
import { countOrder, formatCounts, formatRunMeta } from '../../../src/wording/format.ts';
import { strings } from '../../../src/wording/strings.ts';
import type { RunRows } from '../runRows.ts';
import { itemsTemplate } from './itemTemplate.ts';
import { buttonTemplate, itemIcons, menuContext, type PanelView } from './parts.ts';

/** A run's header, and its items while it is expanded. */
export function runTemplate(view: PanelView, rows: RunRows, place: number): TemplateResult {
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
    ${expanded ? stagesTemplate(rows) : nothing} ${expanded ? itemsTemplate(view, rows) : nothing}
  </section>`;
}

/** The way of the records through the stages of a pipeline, with the stage that the others wait for. */
function stagesTemplate(rows: RunRows): TemplateResult | typeof nothing {
  const { stages } = rows;
  if (stages.length === 0) return nothing;
  const bottleneck = isActive(rows.run.state) ? rows.bottleneck : undefined;
  return html`<div class="stages" role="presentation">
    ${stages.map((stage, place) => {
      const isBottleneck = stage === bottleneck;
      return html`${
          place === 0 ? nothing : html`<span class="codicon codicon-chevron-right" aria-hidden="true"></span>`
        }<span
          class=${isBottleneck ? 'stage-tally bottleneck' : 'stage-tally'}
          data-stage=${stage.name}
          title=${strings.stageTally(stage, isBottleneck)}
          aria-label=${strings.stageTally(stage, isBottleneck)}
          role="img"
          ><span class="stage-name">${stage.name}</span
          ><span class="description">${strings.doneOf(stage.done, stage.total)}</span>${
            stage.failed > 0 ? html`<span class="codicon codicon-error"></span>` : nothing
          }${isBottleneck ? html`<span class="codicon codicon-flame"></span>` : nothing}</span
        >`;
    })}
  </div>`;
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
