import { html, nothing, type TemplateResult } from 'lit/html.js';
import { isActive } from '../../../src/model/run.ts';
import { formatRate } from '../../../src/wording/format.ts';
import { numbers } from '../../../src/wording/numbers.ts';
import { queueTexts } from '../../../src/wording/queueTexts.ts';
import { strings } from '../../../src/wording/strings.ts';
import type { RunRows } from '../runRows.ts';
import type { StageTally } from '../stageTallies.ts';
import type { PanelView } from './parts.ts';

/** The way of the records through the stages of a pipeline, with the stage that the others wait for; a stage is a filter too. */
export function stagesTemplate(view: PanelView, rows: RunRows): TemplateResult | typeof nothing {
  const { stages } = rows;
  if (stages.length === 0) return nothing;
  const bottleneck = isActive(rows.run.state) ? rows.bottleneck : undefined;
  const pressed = stages.find(({ name }) => name === rows.arrangement.stage);
  return html`<div class="stages of-run" role="row" aria-label=${queueTexts.stages}>
      <div class="stage-list" role="gridcell">
        ${stages.map(
          (stage, place) =>
            html`${
              place === 0 ? nothing : html`<span class="codicon codicon-chevron-right" aria-hidden="true"></span>`
            }${stageTemplate(view, rows, stage, stage === bottleneck)}`,
        )}
      </div>
    </div>
    ${pressed === undefined ? nothing : noteTemplate(view, rows, pressed)}`;
}

function stageTemplate(view: PanelView, rows: RunRows, stage: StageTally, isBottleneck: boolean): TemplateResult {
  const { name, done, total, failed, running, load } = stage;
  const isPressed = rows.arrangement.stage === name;
  const isOpen = isActive(rows.run.state);
  const rate = isOpen ? formatRate(rows.stagePerMinute(name, view.now)) : '';
  const told = queueTexts.stageTitle(stage, isBottleneck, isPressed);
  const share = (count: number): string => `width:${total === 0 ? 0 : (count / total) * 100}%`;
  return html`<button
    class=${isBottleneck ? 'stage-tally bottleneck' : 'stage-tally'}
    data-stage=${name}
    data-action="filter-stage"
    aria-pressed=${isPressed}
    tabindex=${view.cursor?.run === rows.run.id ? 0 : -1}
    title=${told}
  >
    <span class="stage-line"
      ><span class="stage-name">${name}</span>${
        isBottleneck ? html`<span class="codicon codicon-flame" aria-hidden="true"></span>` : nothing
      }<span class="description figures">${rate}</span></span
    ><span class="stage-line"
      ><span class="description figures">${strings.doneOf(done, total)}</span>${
        failed > 0
          ? html`<span class="stage-failed"
              ><span class="codicon codicon-error" aria-hidden="true"></span>${numbers.whole(failed)}</span
            >`
          : nothing
      }${
        isOpen && load?.queue !== undefined && load.held > 0
          ? html`<span class="description figures stage-queue"
              ><span class="codicon codicon-inbox" aria-hidden="true"></span
              >${numbers.whole(load.held)}/${numbers.whole(load.queue)}</span
            >`
          : nothing
      }</span
    ><span class="stage-bar" aria-hidden="true"
      ><span class="bar-done" .style=${share(done)}></span><span class="bar-failed" .style=${share(failed)}></span
      ><span class="bar-running" .style=${share(running)}></span
    ></span>
  </button>`;
}

/** What a stage has to say beyond its figures, once somebody looks at it. */
function noteTemplate(view: PanelView, rows: RunRows, stage: StageTally): TemplateResult {
  const { state } = rows.run;
  const mayRun = state === 'finished' || state === 'unfinished';
  return html`<div class="stage-note of-run" role="row">
    <span role="gridcell" class="note-text">${queueTexts.stageNote(stage)}</span>
    <span role="gridcell" class="note-actions"
      ><button
        class="count all"
        data-action="filter-stage"
        data-stage=${stage.name}
        tabindex=${view.cursor?.run === rows.run.id ? 0 : -1}
        title=${strings.showAllTitle}
      >
        ${strings.showAll}</button
      >${
        mayRun
          ? html`<button
              class="button small"
              data-action="run-stage-again"
              data-stage=${stage.name}
              tabindex=${view.cursor?.run === rows.run.id ? 0 : -1}
            >
              ${queueTexts.runStageAgain}
            </button>`
          : nothing
      }</span
    >
  </div>`;
}
