import { expect, type Page } from '@playwright/test';
import type { BoardCard, BoardHead, BoardHostMessage } from '../../../src/boardProtocol.ts';
import { emptyCounts, itemStates, type ItemState } from '../../../src/model/item.ts';
import type { PlanHostMessage, PreviewHostMessage, SheetMessage, SheetProblem } from '../../../src/planProtocol.ts';
import type { HostMessage, QueueItem, QueueRun } from '../../../src/protocol.ts';
import { sendTo, type Bundle } from './pages.ts';

/** Something that a page of ours shows: what its host says, and what a person does then. */
export interface Screen {
  readonly name: string;
  readonly bundle: Bundle;
  readonly messages: readonly unknown[];
  readonly prepare?: (page: Page) => Promise<void>;
}

const long =
  'A slow cold brew for people who are in no hurry at all, made from beans that somebody has picked by hand in the hills above the lake.';
const now = Date.now();

// The board

const plainCard: BoardCard = {
  id: '',
  number: 1,
  name: '01',
  model: 'local/writer',
  state: 'written',
  progress: 1,
  attempts: 1,
  dueAt: null,
  message: '',
  tokens: 240,
  cost: 0.0021,
  marks: [],
  isPicked: false,
  isArchived: false,
  rating: 0,
  note: '',
  alike: null,
};

const head: BoardHead = {
  resource: 'file:///prompts/page.prompt.md',
  prompt: 'page of a product with a rather long name',
  file: 'prompts/page.prompt.md',
  row: { key: 'mug', label: 'Enamel mug, white with a blue rim', place: 1, total: 12 },
  isRunning: false,
  left: 3,
  diversity: 0.62,
  canUndo: true,
};

function cardOf(number: number, what: Partial<BoardCard> = {}): BoardCard {
  return { ...plainCard, id: `c${number}`, number, name: String(number).padStart(2, '0'), ...what };
}

const cards: readonly BoardCard[] = [
  cardOf(1, { isPicked: true, rating: 4, note: 'Warm, and short enough for the front page.' }),
  cardOf(2, { marks: ['cut', 'edited'], rating: 2 }),
  cardOf(3, { state: 'running', progress: 0.4, model: 'local/writer-with-a-long-name-2026-11' }),
  cardOf(4, { state: 'retrying', attempts: 2, dueAt: now + 60_000, message: 'The service had an error (500).' }),
  cardOf(5, { state: 'failed', attempts: 3, message: `The service refused the request: ${long}` }),
  cardOf(6, { state: 'queued', progress: 0 }),
  cardOf(7, { isArchived: true }),
  cardOf(8, { alike: { id: 'c1', kind: 'near', share: 0.93 } }),
  cardOf(9, { state: 'cancelled', message: 'Cancelled.' }),
];

const textOf = (number: number): string => `Draft ${number}\n\n${`${long} `.repeat(3)}It ends with ${number}.\n`;

function board(what: Partial<BoardHead> = {}, shown = cards): BoardHostMessage[] {
  const withText = shown.filter(({ state }) => state === 'written' || state === 'running');
  return [
    { type: 'board', head: { ...head, ...what }, order: shown.map(({ id }) => id), cards: shown, now },
    {
      type: 'texts',
      texts: withText.map(({ id, number }) => ({ id, from: 0, text: textOf(number ?? 0), hasMore: number === 2 })),
    },
  ];
}

const press =
  (...names: readonly string[]) =>
  async (page: Page): Promise<void> => {
    for (const name of names) await page.getByRole('button', { name, exact: true }).first().click();
  };

// The queue

const stageNames = ['text', 'correct', 'fix', 'structure'];
const messages: Partial<Record<ItemState, string>> = {
  retrying: 'Tried again in 4 s: the service had an error (500).',
  failed: `The service refused the request: ${long}`,
};

function itemOf(position: number, state: ItemState, what: Partial<QueueItem> = {}): QueueItem {
  const message = messages[state];
  return {
    run: 'plain',
    id: `${what.run ?? 'plain'}-${position}`,
    position,
    promptName: 'page',
    row: 'Enamel mug, white with a blue rim',
    model: position % 2 === 0 ? 'local/writer-large-2026-11' : 'anthropic/haiku',
    index: position + 1,
    state,
    priority: 5,
    stage: 'page',
    stageIndex: 0,
    stageCount: 1,
    progress: state === 'running' ? 0.4 : 0,
    attempts: state === 'retrying' || state === 'failed' ? 2 : 1,
    startedAt: now - 8_000,
    ...(state === 'written' ? { finishedAt: now - 2_000, file: `${position + 1}.writer.md`, cut: true as const } : {}),
    ...(message === undefined ? {} : { message, reason: 'server-error' as const }),
    ...what,
  };
}

function runOf(id: string, items: readonly QueueItem[], what: Partial<QueueRun> = {}): QueueRun {
  const counts = emptyCounts();
  for (const { state } of items) counts[state]++;
  const eta = { low: 60_000, high: 90_000 };
  return {
    id,
    label: id,
    state: 'running',
    total: items.length,
    counts,
    startedAt: now - 10_000,
    perMinute: 40,
    eta,
    ...what,
  };
}

const plainItems = Array.from({ length: 21 }, (_, at) => itemOf(at, itemStates[at % itemStates.length] ?? 'queued'));
const stagedItems = Array.from({ length: 16 }, (_, at) =>
  itemOf(at, itemStates[(at * 3) % itemStates.length] ?? 'queued', {
    run: 'book',
    record: `page-${String(Math.floor(at / 4) + 1).padStart(3, '0')}`,
    row: '',
    stage: stageNames[at % 4] ?? '',
    stageIndex: at % 4,
    stageCount: 4,
  }),
);
const loads = stageNames.map((name) => ({ name, held: 4, beyond: 0, queue: 10, workers: 4 }));

function queue(isStaged = false): HostMessage[] {
  const runs = isStaged
    ? [runOf('book', stagedItems, { records: 4, stages: loads })]
    : [runOf('plain', plainItems, { label: 'page', waiting: 'local asked to wait for 12 s' })];
  const previews = plainItems.map(({ run, id }) => ({ run, item: id, text: long }));
  return [
    { type: 'snapshot', snapshot: { runs, items: isStaged ? stagedItems : plainItems, now } },
    { type: 'previews', previews },
  ];
}

const services: HostMessage = {
  type: 'services',
  now,
  services: [
    {
      names: ['local', 'local-2'],
      requests: { used: 12, limit: 60 },
      tokens: { used: 4_000, limit: 10_000 },
      inFlight: 3,
      concurrency: 5,
      configured: 'auto',
      breaker: 'closed',
      trips: 0,
      pause: { reason: 'asked', until: now + 12_000 },
      workers: [
        { slot: 0, since: now - 4_000, busy: { run: 'plain', item: 'plain-1', stage: 'page' } },
        { slot: 1, since: now - 9_000 },
      ],
      workerCount: 5,
    },
    {
      names: ['anthropic'],
      requests: { used: 3 },
      tokens: { used: 0 },
      inFlight: 0,
      concurrency: 2,
      configured: 2,
      breaker: 'open',
      trips: 2,
      pause: { reason: 'down', until: now + 30_000 },
      stopped: 'The key of anthropic was refused: set another one.',
      workers: [],
      workerCount: 0,
    },
  ],
};

const samples: HostMessage = {
  type: 'samples',
  run: 'plain',
  samples: Array.from({ length: 30 }, (_, at) => ({
    at: now - (30 - at) * 1_000,
    perMinute: 20 + 15 * Math.sin(at / 4),
    latency: { p50: 900 + 20 * at, p95: 2_400 - 10 * at },
    cost: 0.002 * at,
  })),
};

const record: HostMessage = {
  type: 'record',
  run: 'book',
  item: 'book-1',
  way: {
    further: 3,
    steps: stageNames.map((stage, at) => ({
      item: `book-${at}`,
      stage,
      label: 'page-001',
      state: at === 1 ? ('failed' as const) : ('written' as const),
      startedAt: now - 8_000,
      finishedAt: now - 4_000,
      attempts: [
        {
          attempt: 1,
          service: 'local',
          model: 'writer',
          startedAt: now - 8_000,
          durationMs: 1_200,
          outcome: at === 1 ? ('server-error' as const) : ('completed' as const),
          ...(at === 1 ? { message: `The service had an error: ${long}` } : {}),
          tokens: 320,
          cost: 0.001,
        },
      ],
    })),
  },
};

/** Presses a control of the head of the run, which shows it under the mouse. */
const control =
  (action: string) =>
  async (page: Page): Promise<void> => {
    await page.locator('.run-row').hover();
    await page.locator(`.run-row [data-action="${action}"]`).click();
    await page.mouse.move(0, 0);
  };

const told =
  (...sent: readonly HostMessage[]) =>
  async (page: Page): Promise<void> => {
    for (const message of sent) await sendTo(page, message);
  };

const inTurn =
  (...steps: readonly ((page: Page) => Promise<void>)[]) =>
  async (page: Page): Promise<void> => {
    for (const step of steps) await step(page);
  };

const click =
  (selector: string) =>
  (page: Page): Promise<void> =>
    page.locator(selector).first().click();

async function selectThree(page: Page): Promise<void> {
  // On their icons: a file name is a link.
  await page.locator('[data-item="plain-3"] > .state').click();
  await page.locator('[data-item="plain-5"] > .state').click({ modifiers: ['Shift'] });
  await expect(page.locator('.bulk-count')).toHaveText('3 selected');
}

// Plan and preview

const sheetMessages: readonly SheetMessage[] = [
  {
    role: 'system',
    tokens: 18,
    pieces: [{ kind: 'text', text: 'You write for a small shop.' }],
    hidden: 0,
    attachments: [],
  },
  {
    role: 'user',
    tokens: 1_240,
    pieces: [
      { kind: 'text', text: `Write the page for Enamel mug. ${long} Address ` },
      { kind: 'unknown', name: 'whom' },
      { kind: 'text', text: ' in ' },
      { kind: 'asked', name: 'style' },
      { kind: 'text', text: '.' },
    ],
    hidden: 12_000,
    attachments: ['photos/enamel-mug-white-with-a-blue-rim.jpg'],
  },
];

const problems: readonly SheetProblem[] = [
  {
    severity: 'problem',
    file: 'prompts/page.prompt.md',
    line: 3,
    message: 'The count is no number: write one from 1 on.',
  },
  {
    severity: 'hint',
    file: 'prompts/page.prompt.md',
    line: 12,
    message: 'This only looks like a variable: it is sent as it is.',
  },
];

const plan: PlanHostMessage = {
  type: 'plan',
  sheet: {
    label: 'page',
    estimate: {
      items: 360,
      cached: 12,
      tokens: { input: 400_000, output: 300_000 },
      cost: { low: 0.2, high: 1.4 },
      isInDollars: true,
      eta: { low: 240, high: 540 },
      inputBasis: 'sample',
      isLearnt: true,
      attachedBytes: 2_400_000,
      ofOtherPlan: 0,
      there: 4,
      replaced: 2,
      rows: 120,
    },
    parts: ['local/writer', 'anthropic/haiku-with-a-long-name-2026-11'].map((model) => ({
      prompt: 'prompts/page.prompt.md',
      model,
      items: 180,
      cached: 6,
      tokens: { input: 200_000, output: 150_000 },
      cost: { low: 0.1, high: 0.7 },
    })),
    files: ['prompts/candidates/page/mug/01.md', 'prompts/candidates/page/mug/02.md'],
    messages: sheetMessages,
    changes: ['The temperature is left out for anthropic/haiku: it does not take one.'],
    problems: problems.slice(1),
  },
};

const brokenPlan: PlanHostMessage = {
  type: 'plan',
  sheet: { label: 'page', parts: [], files: [], messages: [], changes: [], problems },
};

const preview: PreviewHostMessage = {
  type: 'preview',
  preview: {
    file: 'prompts/page.prompt.md',
    row: { label: 'Enamel mug, white with a blue rim', place: 0, total: 12, hasMore: true },
    messages: sheetMessages,
    problems,
  },
};

/** Every page in every state that looks its own way. */
export const screens: readonly Screen[] = [
  { name: 'board', bundle: 'board', messages: board(), prepare: press('Show archived candidates') },
  { name: 'board-running', bundle: 'board', messages: board({ isRunning: true, left: 0, row: null, diversity: null }) },
  { name: 'board-differences', bundle: 'board', messages: board(), prepare: click('[data-action="differences"]') },
  { name: 'board-stack', bundle: 'board', messages: board(), prepare: click('[data-value="stack"]') },
  { name: 'board-single', bundle: 'board', messages: board(), prepare: click('[data-value="single"]') },
  { name: 'board-empty', bundle: 'board', messages: board({ left: 0 }, []) },
  {
    name: 'board-problem',
    bundle: 'board',
    messages: [{ type: 'problem', message: 'The shelf cannot be read: mend it.' }],
  },
  {
    name: 'queue-empty',
    bundle: 'queue',
    messages: [{ type: 'snapshot', snapshot: { runs: [], items: [], now } } satisfies HostMessage],
  },
  { name: 'queue', bundle: 'queue', messages: queue() },
  { name: 'queue-search', bundle: 'queue', messages: queue(), prepare: control('toggle-search') },
  { name: 'queue-selected', bundle: 'queue', messages: queue(), prepare: selectThree },
  {
    name: 'queue-services',
    bundle: 'queue',
    messages: queue(),
    prepare: inTurn(control('show-services'), told(services), click('.pane .unfold')),
  },
  {
    name: 'queue-charts',
    bundle: 'queue',
    messages: queue(),
    prepare: inTurn(control('show-charts'), told(samples), click('.twin .unfold')),
  },
  { name: 'queue-stages', bundle: 'queue', messages: queue(true), prepare: click('.stage-tally[data-stage="fix"]') },
  {
    name: 'queue-record',
    bundle: 'queue',
    messages: queue(true),
    prepare: inTurn(click('[data-item="book-1"]'), told(record)),
  },
  { name: 'plan', bundle: 'plan', messages: [plan] },
  { name: 'plan-problems', bundle: 'plan', messages: [brokenPlan] },
  { name: 'preview', bundle: 'preview', messages: [preview] },
  {
    name: 'preview-empty',
    bundle: 'preview',
    messages: [
      {
        type: 'preview',
        preview: { file: 'prompts/page.prompt.md', messages: [], problems: [] },
      } satisfies PreviewHostMessage,
    ],
  },
];
