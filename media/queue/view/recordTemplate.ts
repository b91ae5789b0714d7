import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { ItemState } from '../../../src/model/item.ts';
import type { QueueAttempt, QueueItem, QueueStep } from '../../../src/protocol.ts';
import { formatDuration } from '../../../src/wording/format.ts';
import { numbers } from '../../../src/wording/numbers.ts';
import { queueTexts } from '../../../src/wording/queueTexts.ts';
import { strings } from '../../../src/wording/strings.ts';
import { buttonTemplate, itemIcons, unfoldTemplate, type PanelView } from './parts.ts';

/** How a record has come through the stages: what each stage tried, how long that took and what it cost. */
export function recordTemplate(
  view: PanelView,
  shown: { readonly run: string; readonly item: string },
): TemplateResult {
  const { pane } = view;
  if (pane.isGone) return html`<p class="description">${queueTexts.gone}</p>`;
  if (!pane.way) return html`<p class="description">${queueTexts.loading}</p>`;
  const { steps, further } = pane.way;
  const title = steps.find(({ item }) => item === shown.item)?.label ?? '';
  return html`<ol class="way">
      ${steps.map(
        (step) =>
          html`<li class=${step.item === shown.item ? 'step current' : 'step'} data-step=${step.stage}>
            ${stepTemplate(view, shown.run, step, title)}
          </li>`,
      )}
    </ol>
    ${further > 1 ? html`<p class="description further">${queueTexts.further(further)}</p>` : nothing}`;
}

/** What can be done with the item that is shown. */
export function recordActionsTemplate(
  { model }: PanelView,
  shown: { readonly run: string; readonly item: string },
): TemplateResult | typeof nothing {
  const rows = model.run(shown.run);
  const item = rows?.item(shown.item);
  if (!rows || !item) return nothing;
  return html`<span class="of-item actions" data-run=${shown.run} data-item=${shown.item}
    >${item.file === undefined ? nothing : buttonTemplate('open', 'go-to-file', strings.openTitle(item.file), true)}${
      rows.canPrioritise(item)
        ? html`${buttonTemplate('raise', 'arrow-up', queueTexts.raise, true)}${buttonTemplate('lower', 'arrow-down', queueTexts.lower, true)}`
        : nothing
    }${rows.canCancel(item) ? buttonTemplate('cancel-item', 'stop-circle', strings.cancelItem, true) : nothing}${
      rows.canRunAgain(item) ? buttonTemplate('run-item-again', 'debug-rerun', strings.runItemAgain, true) : nothing
    }</span
  >`;
}

/** @param title what the pane is about: it need not be said again */
function stepTemplate(view: PanelView, run: string, step: QueueStep, title: string): TemplateResult {
  const { pane, model } = view;
  // The list knows what goes on with it now; the host was asked a moment ago.
  const item = model.run(run)?.item(step.item);
  const state = item?.state ?? step.state;
  const isOpen = pane.isOpen(step.item);
  const message = item ? item.message : step.message;
  return html`<div class="step-head">
      <span
        class="state codicon codicon-${itemIcons[state]}"
        role="img"
        data-state=${state}
        title=${strings.itemState(state)}
        aria-label=${strings.itemState(state)}
      ></span
      ><span class="step-stage">${step.stage}</span
      ><span class="description step-label">${step.label === title ? '' : step.label}</span
      ><span class="description figures">${figuresOf(step, item, state, view.now)}</span>
    </div>
    ${message === undefined || state === 'written' || step.attempts.at(-1)?.message === message ? nothing : html`<p class="message">${message}</p>`}
    ${attemptsTemplate(step)} ${unfoldTemplate(pane, step.item, queueTexts.showTexts)}
    ${isOpen ? textsTemplate(view, step.item) : nothing}`;
}

function figuresOf(step: QueueStep, item: QueueItem | undefined, state: ItemState, now: number): string {
  const startedAt = item?.startedAt ?? step.startedAt;
  const finishedAt = item?.finishedAt ?? step.finishedAt;
  const end = state === 'running' ? now : finishedAt;
  const costs = step.attempts.flatMap(({ cost }) => cost ?? []);
  const tokens = step.attempts.reduce((sum, attempt) => sum + (attempt.tokens ?? 0), 0);
  return queueTexts.join([
    startedAt === undefined || end === undefined ? '' : formatDuration(end - startedAt, 'measured'),
    step.attempts.length > 1 ? queueTexts.attempts(step.attempts.length) : '',
    tokens > 0 ? queueTexts.tokens(tokens) : '',
    costs.length > 0 ? queueTexts.cost(costs.reduce((sum, cost) => sum + cost, 0)) : '',
  ]);
}

/** One that went well is told by its stage; what did not, or was repeated, is worth a line each. */
function attemptsTemplate({ attempts, stage }: QueueStep): TemplateResult | typeof nothing {
  const isPlain = attempts.length <= 1 && attempts.every(({ outcome }) => outcome === 'completed');
  if (isPlain && stage !== '') {
    const [only] = attempts;
    return only ? html`<p class="description served">${servedBy(only)}</p>` : nothing;
  }
  return html`<ol class="attempts">
    ${attempts.map(
      (attempt) =>
        html`<li>
          <span class="attempt-head"
            >${queueTexts.attempt(attempt.attempt)}: ${queueTexts.outcome(attempt.outcome)}</span
          ><span class="description"
            >${queueTexts.join([
              formatDuration(attempt.durationMs, 'measured'),
              servedBy(attempt),
              numbers.clockTime(attempt.startedAt, attempt.startedAt),
            ])}</span
          >${attempt.message === undefined ? nothing : html`<span class="attempt-message">${attempt.message}</span>`}
        </li>`,
    )}
  </ol>`;
}

function servedBy({ service, model }: QueueAttempt): string {
  return model === '' || model === service ? service : `${service}/${model}`;
}

function textsTemplate({ pane }: PanelView, item: string): TemplateResult {
  const texts = pane.texts(item);
  if (!texts) return html`<p class="description">${queueTexts.loading}</p>`;
  return html`<h4>${queueTexts.input}</h4>
    <pre tabindex="0" aria-label=${queueTexts.input}>${texts.input}</pre>
    <h4>${queueTexts.output}</h4>
    ${
      texts.output === undefined
        ? html`<p class="description">${queueTexts.noOutput}</p>`
        : html`<pre tabindex="0" aria-label=${queueTexts.output}>${texts.output}</pre>`
    }`;
}
