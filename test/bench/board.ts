import { chromium, type Page } from '@playwright/test';
import type { BoardCard, BoardHostMessage, BoardLayout, BoardPageMessage } from '../../src/boardProtocol.ts';
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

/** What of a page is used there. */
declare const window: {
  postMessage(message: BoardHostMessage, origin: string): void;
  acquireVsCodeApi?: () => {
    getState(): undefined;
    setState(): void;
    postMessage(message: BoardPageMessage): void;
  };
};

const cardCount = 1000;
/** Texts that grow at once, of those that are seen. */
const streaming = 30;
/** What a text grows by each time, characters: about what a service streams. */
const growth = 120;
const sought = 'dog';
const part = '.card';

function cardAt(place: number): BoardCard {
  const isRunning = place % 2 === 1;
  return {
    id: `c${place + 1}`,
    number: place + 1,
    name: String(place + 1).padStart(2, '0'),
    model: 'demo/small',
    state: isRunning ? 'running' : 'written',
    progress: isRunning ? 0.1 : 1,
    attempts: 1,
    dueAt: null,
    message: '',
    tokens: isRunning ? null : 420,
    cost: isRunning ? null : 0.0021,
    marks: place % 20 === 0 ? ['cut'] : [],
    isPicked: place === 0,
    isArchived: false,
    rating: place % 4,
    note: place % 10 === 0 ? 'Shorter, and without the second example.' : '',
    alike: null,
  };
}

function boardOf(cards: readonly BoardCard[]): BoardHostMessage {
  return {
    type: 'board',
    head: {
      resource: 'file:///folder/product.prompt.md',
      prompt: 'product',
      file: 'product.prompt.md',
      row: null,
      isRunning: true,
      left: 0,
      diversity: 0.7,
      canUndo: false,
    },
    order: cards.map(({ id }) => id),
    cards,
    now: Date.now(),
  };
}

/** Sentences that differ from text to text here and there, as candidates do. */
function textOf(place: number, sentences: number): string {
  const animals = ['dog', 'cat', 'heron', 'badger', 'otter'];
  return Array.from({ length: sentences }, (_, at) => {
    const animal = animals[(place * at + at) % animals.length] ?? '';
    const end = at % 4 === 3 ? '\n\n' : ' ';
    return `The quick brown fox jumps over the lazy ${animal}, and the ${animal} does not mind it ${at + 1} times.${end}`;
  }).join('');
}

interface Simulated {
  readonly cards: readonly BoardCard[];
  /** By place modulo their number: whole ones. */
  readonly texts: readonly string[];
  readonly head: Extract<BoardHostMessage, { readonly type: 'board' }>['head'];
  readonly batchMs: number;
  readonly streaming: number;
  readonly growth: number;
}

/** Runs in the page: answers it as the board's host does, and lets the texts that it looks at grow. */
function simulateHost({ cards, texts, head, batchMs, streaming, growth }: Simulated): void {
  const lengths = new Map<string, number>();
  const runningIds = new Set(cards.filter(({ state }) => state === 'running').map(({ id }) => id));
  const byId = new Map(cards.map((card, place) => [card.id, { card, text: texts[place % texts.length] ?? '' }]));
  let looked: readonly string[] = [];
  const post = (message: BoardHostMessage): void => window.postMessage(message, '*');
  const received = (message: BoardPageMessage): void => {
    if (message.type === 'look') {
      const before = new Set(looked);
      looked = message.cards;
      const sent = looked.flatMap((id) => {
        const known = byId.get(id);
        if (before.has(id) || !known) return [];
        const length = lengths.get(id) ?? (runningIds.has(id) ? known.text.length / 2 : known.text.length);
        lengths.set(id, length);
        return [{ id, from: 0, text: known.text.slice(0, length), hasMore: false }];
      });
      if (sent.length > 0) post({ type: 'texts', texts: sent });
    } else if (message.type === 'find') {
      post({ type: 'found', query: message.query, cards: cards.map(({ id }) => ({ id, count: 3 })) });
    }
  };
  window.acquireVsCodeApi = () => ({ getState: () => undefined, setState: () => undefined, postMessage: received });
  setInterval(() => {
    const growing = looked.filter((id) => runningIds.has(id)).slice(0, streaming);
    if (growing.length === 0) return;
    const pieces = growing.map((id) => {
      const from = lengths.get(id) ?? 0;
      const { text = '' } = byId.get(id) ?? {};
      // One that is through begins with a second one, so that as many grow at any time.
      const more = (text + text).slice(from % text.length, (from % text.length) + growth);
      lengths.set(id, from + more.length);
      return { id, from, text: more, hasMore: false };
    });
    post({ type: 'texts', texts: pieces });
    const changed = growing.flatMap((id) => {
      const { card } = byId.get(id) ?? {};
      return card ? [{ ...card, progress: Math.min(1, (lengths.get(id) ?? 0) / 10_000) }] : [];
    });
    post({ type: 'board', head, order: null, cards: changed, now: Date.now() });
  }, batchMs);
}

interface Kind {
  readonly layout: BoardLayout;
  readonly pixelsPerFrame: number;
  /** Whether something is looked for, and differences are shown. */
  readonly isMarked: boolean;
}

const kinds: readonly Kind[] = [
  { layout: 'columns', pixelsPerFrame: 0, isMarked: false },
  { layout: 'columns', pixelsPerFrame: 40, isMarked: false },
  { layout: 'columns', pixelsPerFrame: 0, isMarked: true },
  { layout: 'columns', pixelsPerFrame: 40, isMarked: true },
  { layout: 'stack', pixelsPerFrame: 0, isMarked: true },
  { layout: 'stack', pixelsPerFrame: 40, isMarked: true },
];

function nameOf({ layout, pixelsPerFrame, isMarked }: Kind): string {
  return `${layout}, ${pixelsPerFrame === 0 ? 'watching' : 'scrolling'}${isMarked ? ', marks and differences' : ''}`;
}

async function prepare(page: Page, { layout, isMarked }: Kind): Promise<void> {
  await page.click(`[data-action="layout"][data-value="${layout}"]`);
  if (!isMarked) return;
  await page.click('[data-action="differences"]');
  await page.fill('.find input', sought);
  await page.waitForSelector('.found');
  await page.waitForSelector('.text ins');
}

/** The board's page with very many cards, in the browser alone: what the editor around it costs is not in it. */
export const boardBench: Bench = {
  name: 'board',
  async run({ quick, rounds, progress }) {
    const seconds = quick ? 2 : 8;
    const cards = Array.from({ length: cardCount }, (_, place) => cardAt(place));
    const board = boardOf(cards);
    if (board.type !== 'board') throw new Error('It is no board.');
    const texts = Array.from({ length: 25 }, (_, place) => textOf(place, 36));
    const simulated: Simulated = { cards, texts, head: board.head, batchMs, streaming, growth };
    const browser = await chromium.launch({ ...(await browserLaunchOptions()), headless: true });
    const measurements: PageMeasurement[] = [];
    try {
      for (let round = 1; round <= rounds; round++) {
        for (const kind of quick ? kinds.slice(-1) : kinds) {
          progress(`board ${round}/${rounds}: ${nameOf(kind)}`);
          const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
          await page.addInitScript(simulateHost, simulated);
          await openBundle(page, 'board');
          const firstDrawMs = await drawFirst(page, board, part);
          await prepare(page, kind);
          const cpuMs = await cpuOf(page);
          const batches = Array.from({ length: (seconds * 1000) / batchMs }, () => []);
          const report = await watchFrames(page, {
            batches,
            pixelsPerFrame: kind.pixelsPerFrame,
            part,
            list: '.scroll',
          });
          const cpuMsPerFrame = (await cpuMs()) / report.frames;
          measurements.push({ items: cardCount, kind: nameOf(kind), firstDrawMs, ...report, cpuMsPerFrame });
          await page.close();
        }
      }
    } finally {
      await browser.close();
    }
    return { tables: [tableOf(measurements)], targets: targetsOf(measurements), measurements };
  },
};

function tableOf(measurements: readonly PageMeasurement[]): Table {
  return {
    title: `board: up to ${streaming} texts grow by ${growth} characters every ${batchMs} ms`,
    columns: ['what', ...frameColumns.map(([, name]) => name), 'cards in the document'],
    rows: [...ofOneKind(measurements, 'cards')].map(([name, found]) => [name, ...frameCells(found)]),
    remarks: ['In a headless browser without a graphics card; scrolling goes 40 pixels with every frame.'],
  };
}

function targetsOf(measurements: readonly PageMeasurement[]): Target[] {
  return [...ofOneKind(measurements, 'cards')].map(([name, found]) => ({
    what: `board: ${name}, frames/s`,
    measured: median(found.map(({ perSecond }) => perSecond)),
    atLeast: 58,
  }));
}
