import pLimit from 'p-limit';
import type { Clock } from '../base/clock.ts';
import type { Permit } from './governor/governor.ts';
import type { ItemState, Priority } from '../model/item.ts';
import { isFinal, lowerPriority } from '../model/item.ts';
import type { AttemptOutcome, Failure } from '../model/attempt.ts';
import { PriorityQueue } from './priorityQueue.ts';
import {
  newItem,
  type ItemRecord,
  type Lane,
  type RunRecord,
  type Slot,
  type StageQueue,
  type StageState,
} from './itemRecord.ts';
import { retryDelay } from './retry.ts';
import type {
  Checkpoint,
  CommitOutcome,
  EngineListener,
  EnginePorts,
  ItemView,
  RunSpec,
  ServiceKey,
  SlotView,
} from './work.ts';

export type * from './work.ts';

export interface EngineOptions {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** Share of the slots that this process can keep up with, above 0 to 1; asked often. */
  readonly capacity?: () => number;
}

/** Finished items that wait for the disk, and text that waits for it or for its next stage: more, and nothing new starts. */
const mostPendingCommits = 256;
const mostHeldCharacters = 64 * 1024 * 1024;

/**
 * Turns items into attempts, in order, within the limits of every service. An item leaves its queue only when its
 * attempt can start, so priority and cancel hold until the last moment.
 */
export class Engine<Work, Result> {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #capacity: () => number;
  readonly #ports: EnginePorts<Work, Result>;
  readonly #listener: EngineListener<Work>;
  readonly #runs = new Map<string, RunRecord<Work, Result>>();
  readonly #lanes = new Map<ServiceKey, Lane<Work, Result>>();
  /** Complete items of a run that goes on wait here, so that a large one does not flood the disk. */
  readonly #commitInTurn = pLimit(mostPendingCommits / 2);
  #pendingCommits = 0;
  #heldCharacters = 0;
  #waitsForCommits = false;

  constructor(ports: EnginePorts<Work, Result>, listener: EngineListener<Work>, options: EngineOptions) {
    this.#ports = ports;
    this.#listener = listener;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#capacity = options.capacity ?? (() => 1);
  }

  start(spec: RunSpec<Work, Result>): void {
    if (this.#runs.has(spec.id)) throw new Error(`Run ${spec.id} was already started.`);
    const now = this.#clock.now();
    const inOrder = spec.items.map((item, position) => newItem<Work, Result>(spec.id, item, position, now));
    const items = new Map(inOrder.map((item) => [item.spec.id, item]));
    if (items.size !== inOrder.length) throw new Error(`Run ${spec.id} has two items with the same id.`);
    const run: RunRecord<Work, Result> = {
      spec,
      weight: spec.weight ?? 1,
      items,
      inOrder,
      stages: spec.stages.map((stage) => ({ spec: stage, inFlight: 0, held: 0 })),
      paused: false,
      inFlight: 0,
      unfinished: inOrder.length,
      endedInOrder: 0,
    };
    this.#runs.set(spec.id, run);
    for (const service of new Set(spec.items.flatMap((item) => item.services))) this.#lane(service).governor.reset();
    for (const item of inOrder) this.#begin(run, item, spec.checkpoints?.get(item.spec.id));
    if (run.unfinished === 0) this.#finishRun(run);
    this.#pumpAll();
  }

  item(runId: string, itemId: string): ItemView<Work> | undefined {
    return this.#runs.get(runId)?.items.get(itemId);
  }

  /** Attempts in flight over all services. */
  get inFlight(): number {
    let sum = 0;
    for (const lane of this.#lanes.values()) sum += lane.inFlight;
    return sum;
  }

  /** The slots of every service that has been used. */
  slots(): SlotView[] {
    return [...this.#lanes.values()].flatMap((lane) => {
      const shown = Math.max(lane.governor.concurrency, lane.slots.findLastIndex(({ item }) => item !== undefined) + 1);
      return lane.slots.slice(0, shown).map(({ item, since }, slot): SlotView => ({
        service: lane.key,
        slot,
        since,
        busy: item && {
          run: item.run,
          item: item.spec.id,
          stage: this.#runs.get(item.run)?.stages[item.stageIndex]?.spec.name ?? '',
        },
      }));
    });
  }

  /** Starts nothing new; what is in flight goes on. */
  pause(runId: string): void {
    const run = this.#runs.get(runId);
    if (run) run.paused = true;
  }

  resume(runId: string): void {
    const run = this.#runs.get(runId);
    if (!run?.paused) return;
    run.paused = false;
    this.#pumpAll();
  }

  cancelItem(runId: string, itemId: string): void {
    const run = this.#runs.get(runId);
    const item = run?.items.get(itemId);
    if (run && item) this.#cancel(run, item);
  }

  cancelRun(runId: string): void {
    const run = this.#runs.get(runId);
    if (!run) return;
    for (const item of run.inOrder) this.#cancel(run, item);
  }

  /** Cancels what has not started; what is in flight may finish. */
  cancelQueued(runId: string): void {
    const run = this.#runs.get(runId);
    if (!run) return;
    for (const item of run.inOrder) {
      if (item.state !== 'running') this.#cancel(run, item);
    }
  }

  /**
   * An item that has ended starts again, as long as its run goes on.
   *
   * @param checkpoint what it has reached; absent: it begins with the first stage
   */
  startAgain(runId: string, itemId: string, checkpoint?: Checkpoint<Result>): boolean {
    const run = this.#runs.get(runId);
    const ended = run?.items.get(itemId);
    if (!run || !ended || !isFinal(ended.state)) return false;
    const item = newItem<Work, Result>(runId, ended.spec, ended.position, this.#clock.now());
    run.items.set(itemId, item);
    run.inOrder[item.position] = item;
    run.unfinished++;
    this.#begin(run, item, checkpoint);
    this.#listener.itemChanged(item);
    this.#pumpAll();
    return true;
  }

  /** Moves an item that has not started up or down; a running one keeps the priority for its next attempt. */
  reprioritise(runId: string, itemId: string, priority: Priority): void {
    const run = this.#runs.get(runId);
    const item = run?.items.get(itemId);
    if (!run || !item || isFinal(item.state)) return;
    item.priority = priority;
    if (item.ticket) item.ticket = this.#queueOf(run, item).ready.reprioritise(item.ticket, priority);
  }

  #cancel(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    switch (item.state) {
      case 'queued':
      case 'retrying':
        this.#takeOut(run, item);
        this.#finish(run, item, 'cancelled');
        return;
      case 'running':
        // A finished text that is being written was paid for: it is kept.
        item.abort?.abort();
        return;
      case 'written':
      case 'failed':
      case 'cancelled':
      case 'skipped':
        return;
    }
  }

  #takeOut(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    item.callOffRetry?.();
    item.callOffRetry = undefined;
    if (item.ticket) this.#queueOf(run, item).ready.cancel(item.ticket);
    item.ticket = undefined;
    this.#stage(run, item.stageIndex).held--;
  }

  #serviceOf(item: ItemRecord<Work, Result>): ServiceKey {
    const service = item.spec.services[item.stageIndex];
    if (service === undefined) throw new Error(`Item ${item.spec.id} names no service for stage ${item.stageIndex}.`);
    return service;
  }

  #lane(key: ServiceKey): Lane<Work, Result> {
    const known = this.#lanes.get(key);
    if (known) return known;
    const governor = this.#ports.governor(key);
    const lane: Lane<Work, Result> = {
      key,
      governor,
      limit: pLimit(governor.concurrency),
      slots: [],
      freeSlots: [],
      queues: new Set(),
      given: new Map(),
      admitting: 0,
      inFlight: 0,
    };
    governor.changed = () => this.#pump(lane);
    this.#lanes.set(key, lane);
    return lane;
  }

  #queueOf(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): StageQueue<Work, Result> {
    const lane = this.#lane(this.#serviceOf(item));
    for (const queue of lane.queues) {
      if (queue.run === run && queue.stageIndex === item.stageIndex) return queue;
    }
    const queue: StageQueue<Work, Result> = {
      run,
      stageIndex: item.stageIndex,
      ready: new PriorityQueue(run.spec.order),
    };
    lane.queues.add(queue);
    if (!lane.given.has(run)) {
      // A run that comes later does not catch up on what others were given before it was there.
      lane.given.set(run, lane.given.size === 0 ? 0 : Math.min(...lane.given.values()));
    }
    return queue;
  }

  /** An item goes on from its checkpoint; one that is complete waits for nothing but its commit. */
  #begin(
    run: RunRecord<Work, Result>,
    item: ItemRecord<Work, Result>,
    checkpoint: Checkpoint<Result> | undefined,
  ): void {
    if (!checkpoint) {
      this.#enqueue(run, item);
      return;
    }
    item.stageIndex = checkpoint.stage;
    this.#hold(item, checkpoint.result);
    if (checkpoint.stage + 1 < run.stages.length) {
      item.stageIndex++;
      this.#enqueue(run, item);
    } else {
      item.state = 'running';
      item.progress = 1;
      void this.#commitInTurn(() => this.#commit(run, item, checkpoint.result));
    }
  }

  /** The item waits for the stage that it has reached. */
  #enqueue(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    this.#stage(run, item.stageIndex).held++;
    this.#makeReady(run, item);
  }

  #makeReady(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    item.readyAt = this.#clock.now();
    item.ticket = this.#queueOf(run, item).ready.add(item, item.priority, item.position);
  }

  #pumpAll(): void {
    for (const lane of this.#lanes.values()) this.#pump(lane);
  }

  /** Opens a slot for every item that could start now; the slot picks its item only once it is admitted. */
  #pump(lane: Lane<Work, Result>): void {
    const { stopped } = lane.governor;
    if (stopped) {
      this.#failWaiting(lane, stopped);
      return;
    }
    const concurrency = Math.max(1, Math.floor(lane.governor.concurrency * this.#capacity()));
    if (lane.limit.concurrency !== concurrency) lane.limit.concurrency = concurrency;
    let free = concurrency - lane.limit.activeCount - lane.limit.pendingCount;
    if (free <= 0) return;
    let startable = this.#startable(lane) - lane.admitting;
    while (startable > 0 && free > 0) {
      startable--;
      free--;
      lane.admitting++;
      void lane.limit(() => this.#runSlot(lane)).then(() => this.#pumpAll());
    }
  }

  /** Once no attempt can succeed, everything that waits for the service fails with the one reason. */
  #failWaiting(lane: Lane<Work, Result>, failure: Failure): void {
    for (const { run } of [...lane.queues]) {
      for (const item of run.inOrder) {
        const waits = item.state === 'queued' || item.state === 'retrying';
        if (!waits || this.#serviceOf(item) !== lane.key) continue;
        this.#takeOut(run, item);
        this.#fail(run, item, failure);
      }
    }
  }

  #startable(lane: Lane<Work, Result>): number {
    let startable = 0;
    for (const queue of lane.queues) startable += this.#room(queue);
    return startable;
  }

  /** How many items of a queue may start now. */
  #room(queue: StageQueue<Work, Result>): number {
    const { run, stageIndex, ready } = queue;
    if (ready.size === 0 || run.paused) return 0;
    // Later stages free what earlier ones hold.
    const full = stageIndex === 0 && this.#heldCharacters >= mostHeldCharacters;
    if (full || this.#pendingCommits >= mostPendingCommits) {
      this.#waitsForCommits = true;
      return 0;
    }
    const stage = this.#stage(run, stageIndex);
    const next = run.stages[stageIndex + 1];
    return Math.max(
      0,
      Math.min(
        ready.size,
        (stage.spec.workers ?? Number.POSITIVE_INFINITY) - stage.inFlight,
        (run.spec.maxInFlight ?? Number.POSITIVE_INFINITY) - run.inFlight,
        next === undefined
          ? Number.POSITIVE_INFINITY
          : (next.spec.capacity ?? Number.POSITIVE_INFINITY) - next.held - stage.inFlight,
      ),
    );
  }

  #stage(run: RunRecord<Work, Result>, index: number): StageState {
    const stage = run.stages[index];
    if (stage === undefined) throw new Error(`Run ${run.spec.id} has no stage ${index}.`);
    return stage;
  }

  async #runSlot(lane: Lane<Work, Result>): Promise<void> {
    let permit: Permit;
    try {
      const admitted = lane.governor.admit(() => this.#next(lane)?.ready.peek()?.value.spec.reservation ?? 0);
      permit = admitted instanceof Promise ? await admitted : admitted;
    } finally {
      lane.admitting--;
    }
    const queue = this.#next(lane);
    const item = queue?.ready.pop()?.value;
    if (queue === undefined || item === undefined) {
      permit.giveBack();
      return;
    }
    lane.given.set(queue.run, (lane.given.get(queue.run) ?? 0) + 1 / queue.run.weight);
    const slot = this.#takeSlot(lane, item);
    try {
      await this.#attempt(lane, queue.run, item, permit);
    } finally {
      slot.item = undefined;
      slot.since = this.#clock.now();
      lane.freeSlots.push(slot);
    }
  }

  #takeSlot(lane: Lane<Work, Result>, item: ItemRecord<Work, Result>): Slot<Work, Result> {
    let slot = lane.freeSlots.pop();
    if (!slot) {
      slot = { item: undefined, since: 0 };
      lane.slots.push(slot);
    }
    slot.item = item;
    slot.since = this.#clock.now();
    return slot;
  }

  /**
   * The queue whose head is the most urgent; among equals the run that was given the least for its weight, then the
   * later stage, so that started items come out first.
   */
  #next(lane: Lane<Work, Result>): StageQueue<Work, Result> | undefined {
    let best: StageQueue<Work, Result> | undefined;
    let bestPriority = 0;
    let bestGiven = 0;
    for (const queue of lane.queues) {
      if (this.#room(queue) === 0) continue;
      const head = queue.ready.peek();
      if (head === undefined) continue;
      const given = lane.given.get(queue.run) ?? 0;
      const better =
        best === undefined ||
        head.priority < bestPriority ||
        (head.priority === bestPriority &&
          (queue.run === best.run ? queue.stageIndex > best.stageIndex : given < bestGiven));
      if (!better) continue;
      best = queue;
      bestPriority = head.priority;
      bestGiven = given;
    }
    return best;
  }

  async #attempt(
    lane: Lane<Work, Result>,
    run: RunRecord<Work, Result>,
    item: ItemRecord<Work, Result>,
    permit: Permit,
  ): Promise<void> {
    const stage = this.#stage(run, item.stageIndex);
    const startedAt = this.#clock.now();
    const queueWaitMs = startedAt - item.readyAt;
    const abort = new AbortController();
    item.ticket = undefined;
    item.abort = abort;
    item.attempts++;
    item.stageAttempts++;
    item.startedAt ??= startedAt;
    item.progress = 0;
    item.failure = undefined;
    item.dueAt = undefined;
    item.state = 'running';
    stage.inFlight++;
    stage.held--;
    run.inFlight++;
    lane.inFlight++;
    permit.start(item.spec.reservation);
    this.#listener.itemChanged(item);

    let outcome: AttemptOutcome<Result>;
    try {
      outcome = await this.#ports.perform({
        run: run.spec.id,
        item: item.spec,
        stage: stage.spec,
        stageIndex: item.stageIndex,
        attempt: item.stageAttempts,
        previous: item.result,
        signal: abort.signal,
        reportProgress: (share) => {
          item.progress = Math.min(1, share);
          this.#listener.itemProgressed(item);
        },
        reportHints: permit.hear,
      });
    } catch (error) {
      outcome = { kind: 'failed', failure: { reason: 'bad-request', message: `Internal error: ${String(error)}` } };
    }
    item.abort = undefined;
    stage.inFlight--;
    run.inFlight--;
    lane.inFlight--;
    if (outcome.kind === 'failed' && abort.signal.aborted) {
      outcome = { ...outcome, failure: { reason: 'cancelled', message: 'Cancelled.' } };
    }
    const durationMs = this.#clock.now() - startedAt;
    permit.finish(outcome, durationMs);
    // Finding out that a service is still down says nothing about the item.
    if (!permit.isProbe) item.countedAttempts++;
    const retryInMs =
      outcome.kind === 'failed' && lane.governor.stopped === undefined
        ? retryDelay(run.spec.retry, outcome.failure, Math.max(1, item.countedAttempts), this.#random)
        : undefined;
    this.#listener.attemptFinished({
      item,
      stage: stage.spec.name,
      service: lane.key,
      attempt: item.stageAttempts,
      startedAt,
      durationMs,
      queueWaitMs,
      outcome: outcome.kind === 'completed' ? 'completed' : outcome.failure.reason,
      message: outcome.kind === 'failed' ? outcome.failure.message : undefined,
      usage: outcome.usage,
      retryInMs,
    });

    if (outcome.kind === 'completed' && abort.signal.aborted && item.stageIndex + 1 < run.stages.length) {
      this.#finish(run, item, 'cancelled');
    } else if (outcome.kind === 'completed') {
      this.#stageCompleted(run, item, outcome.result);
    } else if (outcome.failure.reason === 'cancelled') {
      this.#finish(run, item, 'cancelled');
    } else if (retryInMs === undefined) {
      this.#fail(run, item, outcome.failure);
    } else {
      this.#retryLater(lane, run, item, outcome.failure, retryInMs);
    }
  }

  #stageCompleted(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>, result: Result): void {
    item.progress = 1;
    this.#hold(item, result);
    if (item.stageIndex + 1 < run.stages.length) {
      this.#ports.keepCheckpoint?.(run.spec.id, item.spec, { stage: item.stageIndex, result });
      item.stageIndex++;
      item.countedAttempts = 0;
      item.stageAttempts = 0;
      item.progress = 0;
      item.priority = item.spec.priority;
      item.state = 'queued';
      this.#enqueue(run, item);
      this.#listener.itemChanged(item);
      return;
    }
    void this.#commit(run, item, result);
  }

  #hold(item: ItemRecord<Work, Result>, result: Result | undefined): void {
    if (item.result !== undefined) this.#heldCharacters -= this.#sizeOf(item.result);
    if (result !== undefined) this.#heldCharacters += this.#sizeOf(result);
    item.result = result;
  }

  #sizeOf(result: Result): number {
    return this.#ports.sizeOf?.(result) ?? 0;
  }

  async #commit(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>, result: Result): Promise<void> {
    this.#pendingCommits++;
    let outcome: CommitOutcome;
    try {
      outcome = await this.#ports.commit(run.spec.id, item.spec, result);
    } catch (error) {
      outcome = { kind: 'failed', failure: { reason: 'write-failed', message: `Internal error: ${String(error)}` } };
    }
    this.#pendingCommits--;
    if (outcome.kind === 'failed') this.#fail(run, item, outcome.failure);
    else this.#finish(run, item, outcome.kind);
    if (!this.#waitsForCommits) return;
    this.#waitsForCommits = false;
    this.#pumpAll();
  }

  #retryLater(
    lane: Lane<Work, Result>,
    run: RunRecord<Work, Result>,
    item: ItemRecord<Work, Result>,
    failure: Failure,
    delayMs: number,
  ): void {
    item.state = 'retrying';
    item.priority = lowerPriority(item.priority);
    item.progress = 0;
    item.dueAt = this.#clock.now() + delayMs;
    item.failure = { ...failure, stage: this.#stage(run, item.stageIndex).spec.name };
    this.#stage(run, item.stageIndex).held++;
    item.callOffRetry = this.#clock.schedule(delayMs, () => {
      item.callOffRetry = undefined;
      this.#makeReady(run, item);
      this.#pump(lane);
    });
    this.#listener.itemChanged(item);
  }

  #fail(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>, failure: Failure): void {
    item.failure = { ...failure, stage: this.#stage(run, item.stageIndex).spec.name };
    this.#finish(run, item, 'failed');
  }

  #finish(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>, state: ItemState): void {
    if (isFinal(item.state)) throw new Error(`Item ${item.spec.id} ended twice.`);
    item.state = state;
    item.dueAt = undefined;
    item.finishedAt = this.#clock.now();
    this.#hold(item, undefined);
    run.unfinished--;
    this.#listener.itemChanged(item);
    this.#tellEndedInOrder(run);
    if (run.unfinished === 0) this.#finishRun(run);
  }

  #tellEndedInOrder(run: RunRecord<Work, Result>): void {
    for (let item = run.inOrder[run.endedInOrder]; item && isFinal(item.state); item = run.inOrder[run.endedInOrder]) {
      run.endedInOrder++;
      this.#listener.itemEnded?.(item);
    }
  }

  #finishRun(run: RunRecord<Work, Result>): void {
    this.#runs.delete(run.spec.id);
    for (const lane of this.#lanes.values()) {
      lane.given.delete(run);
      for (const queue of lane.queues) {
        if (queue.run === run) lane.queues.delete(queue);
      }
    }
    this.#listener.runFinished(run.spec.id);
  }
}
