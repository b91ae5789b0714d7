import type { Clock } from '../base/clock.ts';
import { describeError } from '../base/redact.ts';
import { cancelledFailure, type AttemptOutcome } from '../model/attempt.ts';
import { fateOf, type Fate } from './fate.ts';
import type { Permit } from './governor/permit.ts';
import { stageOf, type ItemRecord, type RunRecord } from './itemRecord.ts';
import type { Lane } from './lane.ts';
import type { EngineListener, EnginePorts } from './work.ts';

/** What every attempt of an engine needs. */
export interface AttemptTools<Work, Result> extends Pick<EnginePorts<Work, Result>, 'perform'> {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly listener: Pick<EngineListener<Work>, 'itemChanged' | 'itemProgressed' | 'attemptFinished'>;
  /** The item holds no place in the queue of its stage any more. */
  readonly begun: (run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>) => void;
  /** The service has begun to answer the item, or its attempt has ended; called often. */
  readonly heard: (run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>) => void;
}

/** One attempt: the item was taken out of its queue, and the permit lets it start now. */
interface Attempt<Work, Result> {
  readonly lane: Lane<Work, Result>;
  readonly run: RunRecord<Work, Result>;
  readonly item: ItemRecord<Work, Result>;
  readonly permit: Permit;
}

/** Makes an attempt and counts it everywhere that it counts; what its fate means for the item is the engine's. */
export async function makeAttempt<Work, Result>(
  tools: AttemptTools<Work, Result>,
  attempt: Attempt<Work, Result>,
): Promise<Fate<Result>> {
  const startedAt = tools.clock.now();
  const queueWaitMs = startedAt - attempt.item.readyAt;
  const { signal } = begin(tools, attempt, startedAt);
  let outcome: AttemptOutcome<Result>;
  try {
    outcome = await perform(tools, attempt, signal);
  } catch (error) {
    outcome = {
      kind: 'failed',
      failure: { reason: 'bad-request', message: `Internal error: ${describeError(error)}` },
    };
  }
  if (outcome.kind === 'failed' && signal.aborted) outcome = { ...outcome, failure: cancelledFailure };
  return end(tools, attempt, { outcome, startedAt, queueWaitMs });
}

function begin<Work, Result>(
  { begun, listener }: AttemptTools<Work, Result>,
  { lane, run, item, permit }: Attempt<Work, Result>,
  startedAt: number,
): AbortController {
  const stage = stageOf(run, item.spec.stage);
  const abort = new AbortController();
  item.ticket = undefined;
  item.abort = abort;
  item.attempts++;
  item.startedAt ??= startedAt;
  item.progress = 0;
  item.failure = undefined;
  item.dueAt = undefined;
  item.state = 'running';
  stage.inFlight++;
  stage.held--;
  run.inFlight++;
  lane.inFlight++;
  begun(run, item);
  permit.start(item.spec.reservation);
  listener.itemChanged(item);
  return abort;
}

function perform<Work, Result>(
  tools: AttemptTools<Work, Result>,
  { run, item, permit }: Attempt<Work, Result>,
  signal: AbortSignal,
): Promise<AttemptOutcome<Result>> {
  return tools.perform({
    run: run.spec.id,
    item: item.spec,
    stage: stageOf(run, item.spec.stage).spec,
    attempt: item.attempts,
    signal,
    reportProgress: (share) => {
      item.progress = Math.min(1, share);
      tools.heard(run, item);
      tools.listener.itemProgressed(item);
    },
    reportHints: permit.hear,
  });
}

function end<Work, Result>(
  { clock, random, listener, heard }: AttemptTools<Work, Result>,
  { lane, run, item, permit }: Attempt<Work, Result>,
  made: { readonly outcome: AttemptOutcome<Result>; readonly startedAt: number; readonly queueWaitMs: number },
): Fate<Result> {
  const { outcome, startedAt, queueWaitMs } = made;
  const stage = stageOf(run, item.spec.stage);
  item.abort = undefined;
  stage.inFlight--;
  run.inFlight--;
  lane.inFlight--;
  const durationMs = clock.now() - startedAt;
  permit.finish(outcome, durationMs);
  lane.learn(item.spec, outcome);
  heard(run, item);
  const isAskedAgain = outcome.kind === 'failed' && outcome.failure.isAskedAgain === true;
  // Finding out that a service is still down says nothing about the item.
  if (!permit.isProbe && !isAskedAgain) item.countedAttempts++;
  const fate = fateOf(outcome, {
    retry: stage.retry,
    countedAttempts: Math.max(1, item.countedAttempts),
    stopped: lane.stoppedFor(item.spec),
    random,
  });
  if (fate.kind === 'completed') {
    // Until nothing can lose the result, its place is taken.
    stage.settling++;
    run.settling++;
  }
  listener.attemptFinished({
    item,
    stage: stage.spec.name,
    service: lane.key,
    attempt: item.attempts,
    startedAt,
    durationMs,
    queueWaitMs,
    outcome: outcome.kind === 'completed' ? 'completed' : outcome.failure.reason,
    message: outcome.kind === 'failed' ? outcome.failure.message : outcome.remark,
    usage: outcome.usage,
    retryInMs: fate.kind === 'retried' ? fate.delayMs : undefined,
  });
  return fate;
}
