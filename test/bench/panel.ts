import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { emptyCounts, type ItemState } from '../../src/model/item.ts';
import type { HostMessage, QueueItem, QueueRun } from '../../src/protocol.ts';
import { browserLaunchOptions } from '../support/editor/browser.ts';
import { repository } from '../support/editor/cache.ts';
import type { Bench, Target } from './bench.ts';
import { median } from './stats.ts';
import { figure, type Table } from './table.ts';

/** What of a page is used there. */
declare const window: { postMessage(message: unknown, origin: string): void };
declare const document: {
  querySelector(selector: string): { scrollTop: number } | null;
  querySelectorAll(selector: string): { readonly length: number };
};
declare function requestAnimationFrame(drawn: (at: number) => void): number;

/** The host sends changes this often at most. */
const batchMs = 250;
const changesInBatch = 200;
const previewsInBatch = 30;
const stages = ['text', 'correct', 'fix', 'structure'];

interface FrameReport {
  readonly frames: number;
  readonly perSecond: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** From the message to the first frame that shows it. */
  readonly firstDrawMs: number;
  readonly heapMb: number;
  readonly rowsInDocument: number;
}

interface Measurement extends FrameReport {
  /** Of the page's thread, from the first message on, in ms for each frame: a busy machine inflates it less than the others. */
  readonly cpuMsPerFrame: number;
  readonly items: number;
  readonly kind: string;
}

function itemAt(position: number, state: ItemState): QueueItem {
  const stageIndex = position % stages.length;
  return {
    run: 'r',
    id: `item-${position}`,
    position,
    promptName: 'book',
    row: '',
    record: `page-${String(Math.floor(position / stages.length)).padStart(5, '0')}`,
    model: 'demo',
    index: 1,
    state,
    priority: 5,
    stage: stages[stageIndex] ?? '',
    stageIndex,
    stageCount: stages.length,
    progress: state === 'running' ? 0.4 : 0,
    attempts: 1,
    startedAt: 1,
    ...(state === 'written' ? { finishedAt: 2 } : {}),
  };
}

function runOf(items: number): QueueRun {
  const counts = { ...emptyCounts(), written: items / 2, running: items / 100, queued: items / 2 - items / 100 };
  const loads = stages.map((name) => ({ name, held: 4, beyond: 0, queue: 10 }));
  return {
    id: 'r',
    label: 'book',
    state: 'running',
    total: items,
    records: items,
    stages: loads,
    counts,
    startedAt: 0,
    perMinute: 900,
  };
}

function snapshot(items: number): HostMessage {
  const state = (position: number): ItemState =>
    position < items / 2 ? 'written' : position < items * 0.51 ? 'running' : 'queued';
  const all = Array.from({ length: items }, (_, position) => itemAt(position, state(position)));
  return { type: 'snapshot', snapshot: { runs: [runOf(items)], items: all, now: Date.now() } };
}

/** Work goes on in the middle of the list: items end, others begin, texts arrive. */
function batches(items: number, count: number): HostMessage[][] {
  return Array.from({ length: count }, (_, batch) => {
    const first = Math.floor(items / 2) + batch * (changesInBatch / 2);
    const changed = Array.from({ length: changesInBatch }, (_, at) =>
      itemAt((first + at) % items, at < changesInBatch / 2 ? 'written' : 'running'),
    );
    const previews = Array.from({ length: previewsInBatch }, (_, at) => ({
      run: 'r',
      item: `item-${(first + changesInBatch / 2 + at) % items}`,
      text: 'The quick brown fox jumps over the lazy dog, and the dog does not mind at all. '.repeat(2),
    }));
    return [
      { type: 'changes', runs: [runOf(items)], items: changed, now: Date.now() },
      { type: 'previews', previews },
    ];
  });
}

async function openPanel(page: Page): Promise<void> {
  const dist = join(repository, 'dist');
  const html = `<!DOCTYPE html><html><head><link rel="stylesheet" href="queue.css">
    <style>:root { --vscode-font-size: 13px } html { height: 100% }</style></head><body><div id="queue"></div>
    <script>window.acquireVsCodeApi = () => ({ postMessage() {}, getState() {}, setState() {} })</script>
    <script type="module" src="queue.js"></script></body></html>`;
  await page.route('http://panel.invalid/**', async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === '') return route.fulfill({ contentType: 'text/html', body: html });
    const contentType = name.endsWith('.css') ? 'text/css' : name.endsWith('.js') ? 'text/javascript' : 'font/ttf';
    return route.fulfill({ contentType, body: await readFile(join(dist, name)) });
  });
  await page.goto('http://panel.invalid/');
}

/** @returns what says how much the page's thread has computed since, ms */
async function cpuOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const now = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  };
  const before = await now();
  return async () => (await now()) - before;
}

/** Runs in the page. */
async function measureFrames(given: {
  readonly snapshot: unknown;
  readonly batches: readonly (readonly unknown[])[];
  readonly batchMs: number;
  readonly pixelsPerFrame: number;
}): Promise<FrameReport> {
  const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
  const sentAt = performance.now();
  window.postMessage(given.snapshot, '*');
  while (document.querySelector('.item-row') === null) await frame();
  const firstDrawMs = (await frame()) - sentAt;
  const list = document.querySelector('.queue');
  if (list === null) throw new Error('There is no list.');
  let next = 0;
  const timer = setInterval(() => {
    for (const message of given.batches[next++] ?? []) window.postMessage(message, '*');
  }, given.batchMs);
  const deltas: number[] = [];
  let last = await frame();
  const startedAt = last;
  while (next < given.batches.length) {
    const at = await frame();
    deltas.push(at - last);
    last = at;
    list.scrollTop += given.pixelsPerFrame;
  }
  clearInterval(timer);
  deltas.sort((a, b) => a - b);
  const share = (part: number): number => deltas[Math.min(deltas.length - 1, Math.floor(part * deltas.length))] ?? 0;
  const { memory } = performance as unknown as { memory?: { usedJSHeapSize: number } };
  return {
    frames: deltas.length,
    perSecond: (deltas.length * 1000) / (last - startedAt),
    p95Ms: share(0.95),
    p99Ms: share(0.99),
    firstDrawMs,
    heapMb: (memory?.usedJSHeapSize ?? 0) / 2 ** 20,
    rowsInDocument: document.querySelectorAll('.item-row').length,
  };
}

/** The queue panel's page with very many items, in the browser alone: what the editor around it costs is not in it. */
export const panelBench: Bench = {
  name: 'panel',
  async run({ quick, rounds, progress }) {
    const sizes = quick ? [1000] : [1000, 10_000];
    const seconds = quick ? 3 : 8;
    const browser = await chromium.launch({ ...(await browserLaunchOptions()), headless: true });
    const measurements: Measurement[] = [];
    try {
      for (let round = 1; round <= rounds; round++) {
        for (const items of sizes) {
          for (const [kind, pixelsPerFrame] of [
            ['watching', 0],
            ['scrolling', 40],
          ] as const) {
            progress(`panel ${round}/${rounds}: ${items} items, ${kind}`);
            const page = await browser.newPage({ viewport: { width: 1200, height: 400 } });
            await openPanel(page);
            const count = (seconds * 1000) / batchMs;
            const given = { snapshot: snapshot(items), batches: batches(items, count), batchMs, pixelsPerFrame };
            const cpuMs = await cpuOf(page);
            const report = await page.evaluate(measureFrames, given);
            measurements.push({ items, kind, ...report, cpuMsPerFrame: (await cpuMs()) / report.frames });
            await page.close();
          }
        }
      }
    } finally {
      await browser.close();
    }
    return { tables: [tableOf(measurements)], targets: targetsOf(measurements, sizes.at(-1) ?? 0), measurements };
  },
};

function groups(measurements: readonly Measurement[]): Map<string, Measurement[]> {
  return Map.groupBy(measurements, ({ items, kind }) => `${items} items, ${kind}`);
}

function tableOf(measurements: readonly Measurement[]): Table {
  return {
    title: `panel: ${changesInBatch} items change and ${previewsInBatch} texts arrive every ${batchMs} ms`,
    columns: [
      'what',
      'frames/s',
      'frame p95 ms',
      'frame p99 ms',
      'CPU ms/frame',
      'first drawing ms',
      'heap MB',
      'rows in the document',
    ],
    rows: [...groups(measurements)].map(([name, found]) => [
      name,
      ...(['perSecond', 'p95Ms', 'p99Ms', 'cpuMsPerFrame', 'firstDrawMs', 'heapMb', 'rowsInDocument'] as const).map(
        (key) => figure(median(found.map((each) => each[key]))),
      ),
    ]),
    remarks: ['In a headless browser without a graphics card; scrolling goes 40 pixels with every frame.'],
  };
}

function targetsOf(measurements: readonly Measurement[], items: number): Target[] {
  return [...groups(measurements)]
    .filter(([name]) => name.startsWith(`${items} `))
    .map(([name, found]) => ({
      what: `panel: ${name}, frames/s`,
      measured: median(found.map(({ perSecond }) => perSecond)),
      atLeast: 58,
    }));
}
