import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { RateUse, ServiceSnapshot, WorkerSnapshot } from '../../../src/model/activity.ts';
import { formatDuration, formatItemLabel } from '../../../src/wording/format.ts';
import { queueTexts } from '../../../src/wording/queueTexts.ts';
import { unfoldTemplate, type PanelView } from './parts.ts';

/** What each service is used for now and what it allows, with its workers on demand. */
export function servicesTemplate(view: PanelView): TemplateResult {
  const { services } = view.pane;
  if (services === undefined) return html`<p class="description">${queueTexts.loading}</p>`;
  if (services.length === 0) return html`<p class="description">${queueTexts.noServices}</p>`;
  return html`<ul class="services">
    ${services.map((service) => html`<li class="service">${serviceTemplate(view, service)}</li>`)}
  </ul>`;
}

function serviceTemplate(view: PanelView, service: ServiceSnapshot): TemplateResult {
  const { names, requests, tokens, inFlight, concurrency, configured, trips, stopped, workers, workerCount } = service;
  const name = names.join(', ');
  const busy = workers.filter((worker) => worker.busy).length;
  const isOpen = view.pane.isOpen(name);
  const atOnce = queueTexts.atOnceOf(inFlight, concurrency, configured);
  return html`<h3>
      <span class="codicon codicon-${iconOf(service)}" aria-hidden="true"></span
      ><span class="service-name">${name}</span
      ><span class="description"
        >${queueTexts.join([stateOf(service, view.now), trips > 0 ? queueTexts.trips(trips) : ''])}</span
      >
    </h3>
    ${stopped === undefined ? nothing : html`<p class="message">${stopped}</p>`}
    <dl class="uses">
      ${useTemplate(queueTexts.atOnce, atOnce, share(inFlight, concurrency))}
      ${useTemplate(queueTexts.requestsPerMinute, usedOf(requests), share(requests.used, requests.limit))}
      ${
        tokens.used === 0 && tokens.limit === undefined
          ? nothing
          : useTemplate(queueTexts.tokensPerMinute, usedOf(tokens), share(tokens.used, tokens.limit))
      }
    </dl>
    ${unfoldTemplate(view.pane, name, queueTexts.workers(busy, workerCount))}
    ${isOpen ? workersTemplate(view, workers, workerCount) : nothing}`;
}

function useTemplate(name: string, told: string, part: number | undefined): TemplateResult {
  return html`<div>
    <dt>${name}</dt>
    <dd>
      <span class="gauge" aria-hidden="true"><span .style=${`width:${(part ?? 0) * 100}%`}></span></span
      ><span class="figure">${told}</span>
    </dd>
  </div>`;
}

function workersTemplate(view: PanelView, workers: readonly WorkerSnapshot[], count: number): TemplateResult {
  return html`<ul class="workers">
    ${workers.map((worker) => html`<li>${workerTemplate(view, worker)}</li>`)}
    ${count > workers.length ? html`<li class="description">${queueTexts.moreWorkers(count - workers.length)}</li>` : nothing}
  </ul>`;
}

function workerTemplate({ model, now }: PanelView, { slot, since, busy }: WorkerSnapshot): TemplateResult {
  const item = busy && model.run(busy.run)?.item(busy.item);
  const label = item ? formatItemLabel(item) : busy?.stage;
  return html`<span class="codicon codicon-${busy ? 'circle-filled' : 'circle-outline'}" aria-hidden="true"></span
    ><span class="worker-name">${queueTexts.worker(slot + 1)}</span
    ><span class=${busy ? 'worker-item' : 'worker-item description'}>${label ?? queueTexts.idle}</span
    ><span class="description">${formatDuration(now - since)}</span>`;
}

function usedOf({ used, limit }: RateUse): string {
  return queueTexts.usedOf(used, limit);
}

function share(used: number, limit: number | undefined): number | undefined {
  return limit === undefined || limit <= 0 ? undefined : Math.min(1, used / limit);
}

/** With the time left of a pause, which counts down. */
function stateOf({ breaker, pause, stopped }: ServiceSnapshot, now: number): string {
  if (stopped !== undefined) return '';
  const left = Math.max(0, Math.ceil(((pause?.until ?? now) - now) / 1000) * 1000);
  if (pause?.reason === 'asked' && left > 0) return queueTexts.askedToWait(left);
  const state = queueTexts.breaker(breaker);
  return breaker === 'open' && left > 0 ? queueTexts.join([state, queueTexts.nextTry(left)]) : state;
}

function iconOf({ breaker, pause, stopped }: ServiceSnapshot): string {
  if (stopped !== undefined) return 'error';
  if (breaker !== 'closed') return breaker === 'open' ? 'debug-disconnect' : 'sync';
  return pause ? 'watch' : 'pass';
}
