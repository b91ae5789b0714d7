import * as v from 'valibot';
import { itemStates } from './model/item.ts';
import type { HostMessage, PanelMessage, QueueItem, QueueRun } from './protocol.ts';

const text = v.string();
const number = v.pipe(v.number(), v.finite());
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const run = v.object({
  id: text,
  label: text,
  state: v.picklist(['running', 'paused', 'stopping', 'finished', 'unfinished', 'elsewhere']),
  total: whole,
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
  model: text,
  index: whole,
  state: v.picklist(itemStates),
  stage: text,
  stageIndex: whole,
  stageCount: whole,
  progress: number,
  attempts: whole,
  startedAt: v.exactOptional(number),
  finishedAt: v.exactOptional(number),
  dueAt: v.exactOptional(number),
  message: v.exactOptional(text),
  file: v.exactOptional(text),
  cut: v.exactOptional(v.literal(true)),
}) satisfies v.GenericSchema<unknown, QueueItem>;

const queue = { runs: v.array(run), items: v.array(item), now: number };

const hostMessage = v.variant('type', [
  v.object({ type: v.literal('snapshot'), snapshot: v.object(queue) }),
  v.object({ type: v.literal('changes'), ...queue }),
]) satisfies v.GenericSchema<unknown, HostMessage>;

const ofRun = { run: text };
const ofItem = { run: text, item: text };

const panelMessage = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('generate') }),
  v.object({ type: v.literal('cancelItem'), ...ofItem }),
  v.object({ type: v.literal('openCandidate'), ...ofItem }),
  v.object({ type: v.literal('runItemAgain'), ...ofItem }),
  v.object({ type: v.literal('pauseRun'), ...ofRun }),
  v.object({ type: v.literal('resumeRun'), ...ofRun }),
  v.object({ type: v.literal('retryFailed'), ...ofRun }),
  v.object({ type: v.literal('discardRun'), ...ofRun }),
  v.object({ type: v.literal('cancelRun'), ...ofRun }),
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
