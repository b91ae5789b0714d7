import * as v from 'valibot';
import type { RunSample, ServiceSnapshot } from './model/activity.ts';
import { itemStates, type Priority } from './model/item.ts';
import type { HostMessage, PanelMessage, QueueItem, QueueRun, QueueWay } from './protocol.ts';
import { outcomes, type Outcome } from './wording/outcomes.ts';

const text = v.string();
const number = v.pipe(v.number(), v.finite());
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const priority = v.picklist([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) satisfies v.GenericSchema<unknown, Priority>;
const outcome = v.picklist(outcomes);
const reason = v.picklist(outcomes.filter((each): each is Exclude<Outcome, 'completed'> => each !== 'completed'));

const stageLoad = v.object({
  name: text,
  held: whole,
  beyond: whole,
  queue: v.exactOptional(number),
  workers: v.exactOptional(number),
});

const run = v.object({
  id: text,
  label: text,
  state: v.picklist(['running', 'paused', 'watching', 'stopping', 'finished', 'unfinished', 'elsewhere']),
  total: whole,
  records: v.exactOptional(whole),
  isWatched: v.exactOptional(v.literal(true)),
  stages: v.exactOptional(v.array(stageLoad)),
  counts: v.object({
    queued: whole,
    running: whole,
    retrying: whole,
    written: whole,
    failed: whole,
    cancelled: whole,
    skipped: whole,
  }),
  startedAt: number,
  finishedAt: v.exactOptional(number),
  perMinute: number,
  eta: v.exactOptional(v.object({ low: number, high: number })),
  waiting: v.exactOptional(text),
}) satisfies v.GenericSchema<unknown, QueueRun>;

const item = v.object({
  run: text,
  id: text,
  position: whole,
  promptName: text,
  row: text,
  record: v.exactOptional(text),
  model: text,
  index: whole,
  state: v.picklist(itemStates),
  priority,
  stage: text,
  stageIndex: whole,
  stageCount: whole,
  progress: number,
  attempts: whole,
  startedAt: v.exactOptional(number),
  finishedAt: v.exactOptional(number),
  dueAt: v.exactOptional(number),
  message: v.exactOptional(text),
  reason: v.exactOptional(reason),
  file: v.exactOptional(text),
  cut: v.exactOptional(v.literal(true)),
}) satisfies v.GenericSchema<unknown, QueueItem>;

const rate = v.object({ used: number, limit: v.exactOptional(number) });

const service = v.object({
  names: v.array(text),
  requests: rate,
  tokens: rate,
  inFlight: whole,
  concurrency: number,
  configured: v.union([number, v.literal('auto')]),
  breaker: v.picklist(['closed', 'open', 'probing']),
  trips: whole,
  pause: v.exactOptional(v.object({ reason: v.picklist(['asked', 'down']), until: number })),
  stopped: v.exactOptional(text),
  workers: v.array(
    v.object({
      slot: whole,
      since: number,
      busy: v.exactOptional(v.object({ run: text, item: text, stage: text })),
    }),
  ),
  workerCount: whole,
}) satisfies v.GenericSchema<unknown, ServiceSnapshot>;

const sample = v.object({
  at: number,
  perMinute: number,
  latency: v.exactOptional(v.object({ p50: number, p95: number })),
  cost: v.exactOptional(number),
}) satisfies v.GenericSchema<unknown, RunSample>;

const attempt = v.object({
  attempt: whole,
  service: text,
  model: text,
  startedAt: number,
  durationMs: number,
  outcome,
  message: v.exactOptional(text),
  tokens: v.exactOptional(number),
  cost: v.exactOptional(number),
});

const way = v.object({
  steps: v.array(
    v.object({
      item: text,
      stage: text,
      label: text,
      state: v.picklist(itemStates),
      startedAt: v.exactOptional(number),
      finishedAt: v.exactOptional(number),
      message: v.exactOptional(text),
      attempts: v.array(attempt),
    }),
  ),
  further: whole,
}) satisfies v.GenericSchema<unknown, QueueWay>;

const queue = { runs: v.array(run), items: v.array(item), now: number };

const hostMessage = v.variant('type', [
  v.object({ type: v.literal('snapshot'), snapshot: v.object(queue) }),
  v.object({ type: v.literal('changes'), ...queue }),
  v.object({ type: v.literal('services'), services: v.array(service), now: number }),
  v.object({ type: v.literal('samples'), run: text, samples: v.array(sample) }),
  v.object({ type: v.literal('previews'), previews: v.array(v.object({ run: text, item: text, text })) }),
  v.object({ type: v.literal('record'), run: text, item: text, way: v.exactOptional(way) }),
  v.object({ type: v.literal('texts'), run: text, item: text, input: text, output: v.exactOptional(text) }),
]) satisfies v.GenericSchema<unknown, HostMessage>;

const ofRun = { run: text };
const ofItem = { run: text, item: text };
const ofItems = { run: text, items: v.array(text) };

const panelMessage = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('generate') }),
  v.object({ type: v.literal('openCandidate'), ...ofItem }),
  v.object({ type: v.literal('cancelItems'), ...ofItems }),
  v.object({ type: v.literal('runItemsAgain'), ...ofItems }),
  v.object({ type: v.literal('retryItems'), ...ofItems }),
  v.object({ type: v.literal('prioritise'), ...ofItems, by: v.picklist([-1, 1]) }),
  v.object({ type: v.literal('runStageAgain'), ...ofRun, stage: text }),
  v.object({
    type: v.literal('watch'),
    services: v.boolean(),
    samples: v.exactOptional(text),
    previews: v.array(v.object(ofItem)),
  }),
  v.object({ type: v.literal('showRecord'), ...ofItem }),
  v.object({ type: v.literal('showTexts'), ...ofItem }),
  v.object({ type: v.literal('pauseRun'), ...ofRun }),
  v.object({ type: v.literal('resumeRun'), ...ofRun }),
  v.object({ type: v.literal('retryFailed'), ...ofRun }),
  v.object({ type: v.literal('discardRun'), ...ofRun }),
  v.object({ type: v.literal('cancelRun'), ...ofRun }),
  v.object({ type: v.literal('endWatch'), ...ofRun }),
  v.object({ type: v.literal('clearFinished') }),
]) satisfies v.GenericSchema<unknown, PanelMessage>;

/** What the host sends, or undefined for anything else. */
export function readHostMessage(message: unknown): HostMessage | undefined {
  const { success, output } = v.safeParse(hostMessage, message, { abortEarly: true });
  return success ? output : undefined;
}

/** What the panel sends, or undefined for anything else. */
export function readPanelMessage(message: unknown): PanelMessage | undefined {
  const { success, output } = v.safeParse(panelMessage, message, { abortEarly: true });
  return success ? output : undefined;
}
