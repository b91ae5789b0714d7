import { basename } from 'node:path';
import { visible, visibleLines } from '../../base/visible.ts';
import type { ServiceSnapshot } from '../../model/activity.ts';
import type { ItemSnapshot, RunSnapshot } from '../../model/run.ts';
import type { HostMessage, QueueAttempt, QueueItem, QueueRun, QueueStep } from '../../protocol.ts';
import type { ItemTexts, PricedAttempt, RecordWay, WayStep } from '../../runs/board/recordWay.ts';

/** The end of a text that one line of the panel has room for, characters. */
const previewCharacters = 160;

export function queueRun(run: RunSnapshot): QueueRun {
  const { label, waiting, stages } = run;
  return {
    ...run,
    label: visible(label),
    ...(waiting === undefined ? {} : { waiting: visible(waiting) }),
    ...(stages === undefined ? {} : { stages: stages.map((stage) => ({ ...stage, name: visible(stage.name) })) }),
  };
}

export function queueItem(item: ItemSnapshot): QueueItem {
  const { prompt: _prompt, failure, file, record, ...shown } = item;
  return {
    ...shown,
    promptName: visible(shown.promptName),
    row: visible(shown.row),
    ...(record === undefined ? {} : { record: visible(record) }),
    model: visible(shown.model),
    stage: visible(shown.stage),
    ...(failure ? { message: visible(failure.message), reason: failure.reason } : {}),
    ...(file === undefined ? {} : { file: visible(basename(file)) }),
  };
}

export function queueService(service: ServiceSnapshot): ServiceSnapshot {
  const { names, stopped, workers } = service;
  return {
    ...service,
    names: names.map(visible),
    ...(stopped === undefined ? {} : { stopped: visible(stopped) }),
    workers: workers.map((worker) =>
      worker.busy ? { ...worker, busy: { ...worker.busy, stage: visible(worker.busy.stage) } } : worker,
    ),
  };
}

/** What is read of a text while it is made. */
export function previewOf(text: string): string {
  const end = text.slice(-previewCharacters).replace(/^[\uDC00-\uDFFF]/, '');
  return visible(end.replace(/\s+/g, ' ').trim());
}

/** @param way absent: there is no such item any more */
export function recordMessage(run: string, item: string, way: RecordWay | undefined): HostMessage {
  return {
    ...{ type: 'record', run, item },
    ...(way ? { way: { steps: way.steps.map(queueStep), further: way.further } } : {}),
  };
}

function queueStep({ item, stage, attempts }: WayStep): QueueStep {
  const { id, key, row, prompt, state, startedAt, finishedAt, failure } = item;
  return {
    item: id,
    stage: visible(stage),
    label: visible(key || row || prompt.name),
    state,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(failure && state === 'failed' ? { message: visible(failure.message) } : {}),
    attempts: attempts.map(queueAttempt),
  };
}

function queueAttempt(made: PricedAttempt): QueueAttempt {
  const { attempt, service, model, startedAt, durationMs, outcome, message, usage, cost } = made;
  const tokens = usage && usage.input + usage.output;
  return {
    ...{ attempt, startedAt, durationMs, outcome },
    service: visible(service),
    model: visible(model),
    ...(message === undefined ? {} : { message: visible(message) }),
    ...(tokens === undefined || tokens === 0 ? {} : { tokens }),
    ...(cost === undefined ? {} : { cost }),
  };
}

export function textsMessage(run: string, item: string, { input, output }: ItemTexts): HostMessage {
  return {
    ...{ type: 'texts', run, item },
    input: visibleLines(input),
    ...(output === undefined ? {} : { output: visibleLines(output) }),
  };
}
