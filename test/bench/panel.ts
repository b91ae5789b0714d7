import { chromium } from '@playwright/test';
import { emptyCounts, type ItemState } from '../../src/model/item.ts';
import type { HostMessage, QueueItem, QueueRun } from '../../src/protocol.ts';
import { browserLaunchOptions } from '../support/editor/browser.ts';
import type { Bench, Target } from './bench.ts';
import {
  batchMs,
  cpuOf,
  drawFirst,
  frameCells,
  frameColumns,
  ofOneKind,
  openBundle,
  type PageMeasurement,
  watchFrames,
} from './pages.ts';
import { median } from './stats.ts';
import type { Table } from './table.ts';

const changesInBatch = 200;
const previewsInBatch = 30;
/** Selector of what it shows of an item. */
const part = '.item-row';
const stages = ['text', 'correct', 'fix', 'structure'];

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

/** The queue panel's page with very many items, in the browser alone: what the editor around it costs is not in it. */
export const panelBench: Bench = {
  name: 'panel',
  async run({ quick, rounds, progress }) {
    const sizes = quick ? [1000] : [1000, 10_000];
    const seconds = quick ? 3 : 8;
    const browser = await chromium.launch({ ...(await browserLaunchOptions()), headless: true });
    const measurements: PageMeasurement[] = [];
    try {
      for (let round = 1; round <= rounds; round++) {
        for (const items of sizes) {
          for (const [kind, pixelsPerFrame] of [
            ['watching', 0],
            ['scrolling', 40],
          ] as const) {
            progress(`panel ${round}/${rounds}: ${items} items, ${kind}`);
            const page = await browser.newPage({ viewport: { width: 1200, height: 400 } });
            await openBundle(page, 'queue');
            const count = (seconds * 1000) / batchMs;
            const firstDrawMs = await drawFirst(page, snapshot(items), part);
            const cpuMs = await cpuOf(page);
            const sent = { batches: batches(items, count), pixelsPerFrame, part, list: '.queue' };
            const report = await watchFrames(page, sent);
            measurements.push({ items, kind, firstDrawMs, ...report, cpuMsPerFrame: (await cpuMs()) / report.frames });
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

function tableOf(measurements: readonly PageMeasurement[]): Table {
  return {
    title: `panel: ${changesInBatch} items change and ${previewsInBatch} texts arrive every ${batchMs} ms`,
    columns: ['what', ...frameColumns.map(([, name]) => name), 'rows in the document'],
    rows: [...ofOneKind(measurements, 'items')].map(([name, found]) => [name, ...frameCells(found)]),
    remarks: ['In a headless browser without a graphics card; scrolling goes 40 pixels with every frame.'],
  };
}

function targetsOf(measurements: readonly PageMeasurement[], items: number): Target[] {
  return [...ofOneKind(measurements, 'items')]
    .filter(([name]) => name.startsWith(`${items} `))
    .map(([name, found]) => ({
      what: `panel: ${name}, frames/s`,
      measured: median(found.map(({ perSecond }) => perSecond)),
      atLeast: 58,
    }));
}
