import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { repository } from '../support/editor/cache.ts';
import { median } from './stats.ts';
import { figure } from './table.ts';

/** What of a page is used there. */
declare const window: { postMessage(message: unknown, origin: string): void };
declare const document: {
  querySelector(selector: string): { scrollTop: number } | null;
  querySelectorAll(selector: string): { readonly length: number };
};
declare function requestAnimationFrame(drawn: (at: number) => void): number;

/** Hosts send changes this often at most. */
export const batchMs = 250;

export interface FrameReport {
  readonly frames: number;
  readonly perSecond: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly heapMb: number;
  /** Rows or cards. */
  readonly partsInDocument: number;
}

export interface PageMeasurement extends FrameReport {
  /** From the message to the first frame that shows it. */
  readonly firstDrawMs: number;
  /** Of the page's thread, in ms for each frame: a busy machine inflates it less than the others. */
  readonly cpuMsPerFrame: number;
  readonly items: number;
  readonly kind: string;
}

/** What stands in each row of a table of measurements, and in what it is called. */
export const frameColumns = [
  ['perSecond', 'frames/s'],
  ['p95Ms', 'frame p95 ms'],
  ['p99Ms', 'frame p99 ms'],
  ['cpuMsPerFrame', 'CPU ms/frame'],
  ['firstDrawMs', 'first drawing ms'],
  ['heapMb', 'heap MB'],
] as const satisfies readonly (readonly [keyof PageMeasurement, string])[];

/**
 * Opens a page as the editor would, from the bundles in `dist/`.
 *
 * @param bundle name of its script and its style, and id of the element that it draws in
 */
export async function openBundle(page: Page, bundle: string): Promise<void> {
  const dist = join(repository, 'dist');
  const html = `<!DOCTYPE html><html><head><link rel="stylesheet" href="${bundle}.css">
    <style>:root { --vscode-font-size: 13px } html { height: 100% }</style></head><body><div id="${bundle}"></div>
    <script>window.acquireVsCodeApi ??= () => ({ postMessage() {}, getState() {}, setState() {} })</script>
    <script type="module" src="${bundle}.js"></script></body></html>`;
  await page.route('http://panel.invalid/**', async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === '') return route.fulfill({ contentType: 'text/html', body: html });
    const contentType = name.endsWith('.css') ? 'text/css' : name.endsWith('.js') ? 'text/javascript' : 'font/ttf';
    return route.fulfill({ contentType, body: await readFile(join(dist, name)) });
  });
  await page.goto('http://panel.invalid/');
}

/** @returns what says how much the page's thread has computed since, ms */
export async function cpuOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const now = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  };
  const before = await now();
  return async () => (await now()) - before;
}

/**
 * Sends a page what it shows first.
 *
 * @param part selector of a row or card
 * @returns until when it has drawn one, ms
 */
export async function drawFirst(page: Page, first: unknown, part: string): Promise<number> {
  return page.evaluate(measureFirst, { first, part });
}

/** What a page is sent while it is watched. */
export interface Showing {
  /** One list every `batchMs`. */
  readonly batches: readonly (readonly unknown[])[];
  readonly pixelsPerFrame: number;
  /** Selector of a row or card. */
  readonly part: string;
  /** Selector of what is scrolled. */
  readonly list: string;
}

/** Sends a page its messages, scrolls it, and tells how it kept up. */
export async function watchFrames(page: Page, showing: Showing): Promise<FrameReport> {
  return page.evaluate(measureFrames, { ...showing, batchMs });
}

/** Runs in the page. */
async function measureFirst({ first, part }: { readonly first: unknown; readonly part: string }): Promise<number> {
  const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
  const sentAt = performance.now();
  window.postMessage(first, '*');
  while (document.querySelector(part) === null) await frame();
  return (await frame()) - sentAt;
}

/** Runs in the page. It goes down to the end, and up again. */
async function measureFrames(given: Showing & { readonly batchMs: number }): Promise<FrameReport> {
  const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
  const list = document.querySelector(given.list);
  if (list === null) throw new Error('There is no list.');
  let next = 0;
  const timer = setInterval(() => {
    for (const message of given.batches[next++] ?? []) window.postMessage(message, '*');
  }, given.batchMs);
  const deltas: number[] = [];
  let last = await frame();
  const startedAt = last;
  let step = given.pixelsPerFrame;
  while (next < given.batches.length) {
    const at = await frame();
    deltas.push(at - last);
    last = at;
    const before = list.scrollTop;
    list.scrollTop += step;
    if (step !== 0 && list.scrollTop === before) step = -step;
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
    heapMb: (memory?.usedJSHeapSize ?? 0) / 2 ** 20,
    partsInDocument: document.querySelectorAll(given.part).length,
  };
}

export function ofOneKind<Each extends PageMeasurement>(
  measurements: readonly Each[],
  called: string,
): ReadonlyMap<string, readonly Each[]> {
  return Map.groupBy(measurements, ({ items, kind }) => `${items} ${called}, ${kind}`);
}

export function frameCells(found: readonly PageMeasurement[]): string[] {
  return [...frameColumns.map(([key]) => key), 'partsInDocument' as const].map((key) =>
    figure(median(found.map((each) => each[key]))),
  );
}
