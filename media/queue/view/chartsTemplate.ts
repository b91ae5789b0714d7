import { html, nothing, svg, type TemplateResult } from 'lit/html.js';
import type { RunSample } from '../../../src/model/activity.ts';
import { formatDuration } from '../../../src/wording/format.ts';
import { numbers } from '../../../src/wording/numbers.ts';
import { queueTexts } from '../../../src/wording/queueTexts.ts';
import { areaPath, domainOf, linePath, type Box, type Point } from '../chartGeometry.ts';
import { unfoldTemplate, type PanelView } from './parts.ts';

/** In the units of the picture, which is as wide as the pane. */
const box: Box = { width: 400, height: 64 };
/** Rows of the table that says the same: as many as somebody listens to. */
const mostRows = 12;

interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  readonly kind: 'first' | 'second';
}

interface Chart {
  readonly title: string;
  /** What the picture shows, as sentences. */
  readonly told: string;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}

/** How fast a run goes and what it costs, over time: as pictures, and as a table that says the same. */
export function chartsTemplate({ pane }: PanelView): TemplateResult {
  const samples = pane.samples ?? [];
  if (pane.samples === undefined) return html`<p class="description">${queueTexts.loading}</p>`;
  if (samples.length < 2) return html`<p class="description">${queueTexts.noSamples}</p>`;
  const hasCost = samples.some(({ cost }) => cost !== undefined);
  return html`${chartTemplate(throughputOf(samples))}${chartTemplate(latencyOf(samples))}${
      hasCost ? chartTemplate(costOf(samples)) : html`<p class="description">${queueTexts.noCost}</p>`
    }
    <div class="twin">
      ${unfoldTemplate(pane, 'table', queueTexts.asTable)}${
        pane.isOpen('table') ? tableTemplate(samples, hasCost) : nothing
      }
    </div>`;
}

const rate = (value: number): string => (value < 10 ? numbers.upToOneDecimal(value) : numbers.whole(value));
const time = (ms: number): string => formatDuration(ms, 'measured');
const money = (amount: number): string => numbers.money(amount);

function throughputOf(samples: readonly RunSample[]): Chart {
  const points = samples.map(({ at, perMinute }) => ({ at, value: perMinute }));
  const most = Math.max(...samples.map(({ perMinute }) => perMinute));
  return {
    title: queueTexts.throughput,
    told: queueTexts.throughputTold(rate(samples.at(-1)?.perMinute ?? 0), rate(most)),
    series: [{ name: '', points, kind: 'first' }],
    format: rate,
  };
}

function latencyOf(samples: readonly RunSample[]): Chart {
  const last = samples.findLast(({ latency }) => latency)?.latency;
  const of = (key: 'p50' | 'p95'): Point[] => samples.map(({ at, latency }) => ({ at, value: latency?.[key] }));
  return {
    title: queueTexts.latency,
    told: queueTexts.latencyTold(time(last?.p50 ?? 0), time(last?.p95 ?? 0)),
    series: [
      { name: queueTexts.median, points: of('p50'), kind: 'first' },
      { name: queueTexts.slow, points: of('p95'), kind: 'second' },
    ],
    format: time,
  };
}

function costOf(samples: readonly RunSample[]): Chart {
  const points = samples.map(({ at, cost }) => ({ at, value: cost }));
  const known = points.filter(({ value }) => value !== undefined);
  const [first, last] = [known[0], known.at(-1)];
  const minutes = first && last ? (last.at - first.at) / 60_000 : 0;
  const perMinute = minutes > 0 ? ((last?.value ?? 0) - (first?.value ?? 0)) / minutes : 0;
  return {
    title: queueTexts.costSoFar,
    told: queueTexts.costTold(money(last?.value ?? 0), money(Math.max(0, perMinute))),
    series: [{ name: '', points, kind: 'first' }],
    format: money,
  };
}

function chartTemplate({ title, told, series, format }: Chart): TemplateResult {
  const domain = domainOf(series.map(({ points }) => points));
  const [main] = series;
  const latest = main?.points.findLast(({ value }) => value !== undefined)?.value;
  return html`<figure class="chart">
    <figcaption>
      <span class="chart-title">${title}</span>${
        series.length < 2
          ? nothing
          : series.map(
              ({ name, kind }) =>
                html`<span class="legend description ${kind}"
                  ><svg viewBox="0 0 16 4" aria-hidden="true">${svg`<path class="line ${kind}" d="M0 2L16 2" />`}</svg
                  >${name}</span
                >`,
            )
      }<span class="chart-now">${latest === undefined ? '' : format(latest)}</span>
    </figcaption>
    <span class="chart-most description" aria-hidden="true">${format(domain.most)}</span>
    <svg viewBox="0 -2 ${box.width} ${box.height + 4}" role="img" aria-label=${told} preserveAspectRatio="none">
      ${svg`<path class="grid" d="M0 0L${box.width} 0M0 ${box.height / 2}L${box.width} ${box.height / 2}" />
        <path class="axis" d="M0 ${box.height}L${box.width} ${box.height}" />
        ${series.length === 1 && main ? svg`<path class="area" d=${areaPath(main.points, domain, box)} />` : nothing}
        ${series.map(({ points, kind }) => svg`<path class="line ${kind}" d=${linePath(points, domain, box)} />`)}`}
    </svg>
    <div class="scale description" aria-hidden="true">
      <span>${formatDuration(0)}</span><span>${formatDuration(domain.to - domain.from)}</span>
    </div>
  </figure>`;
}

function tableTemplate(samples: readonly RunSample[], hasCost: boolean): TemplateResult {
  const step = Math.max(1, Math.ceil(samples.length / mostRows));
  const rows = samples.filter((_, place) => (samples.length - 1 - place) % step === 0);
  const cells = ({ at, perMinute, latency, cost }: RunSample): string[] => [
    numbers.clockSecond(at),
    rate(perMinute),
    latency ? time(latency.p50) : '',
    latency ? time(latency.p95) : '',
    ...(hasCost ? [cost === undefined ? '' : money(cost)] : []),
  ];
  const { throughput, latency, median, slow, costSoFar, time: when } = queueTexts;
  const headings = [when, throughput, `${latency}, ${median}`, `${latency}, ${slow}`, ...(hasCost ? [costSoFar] : [])];
  return html`<table>
    <thead>
      <tr>
        ${headings.map((heading) => html`<th scope="col">${heading}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (sample) =>
          html`<tr>
            ${cells(sample).map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
