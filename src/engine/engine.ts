import pLimit, { type LimitFunction } from 'p-limit';
import type { Clock } from './clock.ts';
import type { Governor, Permit } from './governor.ts';
import type { ItemState, Priority } from './item.ts';
import { isFinal, lowerPriority } from './item.ts';
import type { AttemptOutcome, Failure, FailureReason, TokenUsage } from './outcome.ts';
import { PriorityQueue, type QueueOrder, type Ticket } from './priorityQueue.ts';
import { retryDelay, type RetryPolicy } from './retry.ts';

/** Names the governor that an attempt runs under: one per endpoint, key and model family. */
export type ServiceKey = string;

export interface StageSpec {
  readonly name: string;
  /** Attempts of this stage in flight at once in one run; absent: only the services limit it. */
  readonly workers?: number;
}

export interface ItemSpec<Work> {
  readonly id: string;
  readonly priority: Priority;
  /** The service of each stage. */
  readonly services: readonly ServiceKey[];
  /** Tokens that one attempt may cost at most. */
  readonly reservation: number;
  readonly work: Work;
}

export interface RunSpec<Work> {
  readonly id: string;
  readonly stages: readonly StageSpec[];
  /** In the order of the plan. */
  readonly items: readonly ItemSpec<Work>[];
  readonly retry: RetryPolicy;
  /** Attempts of the run in flight at once: 1 is sequential mode. Absent: only the services limit it. */
  readonly maxInFlight?: number;
  readonly order?: QueueOrder;
}

/** What an attempt is given. */
export interface AttemptTask<Work, Result> {
  readonly run: string;
  readonly item: ItemSpec<Work>;
  readonly stage: StageSpec;
  readonly stageIndex: number;
  /** 1-based, within the stage. */
  readonly attempt: number;
  /** What the stage before came to. */
  readonly previous: Result | undefined;
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly reportProgress: (share: number) => void;
}

export type CommitOutcome = { readonly kind: 'written' } | { readonly kind: 'failed'; readonly failure: Failure };

/** The engine's only ways out: making an attempt, and making a finished item survive. */
export interface EnginePorts<Work, Result> {
  perform(task: AttemptTask<Work, Result>): Promise<AttemptOutcome<Result>>;
  commit(run: string, item: ItemSpec<Work>, result: Result, record: AttemptsRecord): Promise<CommitOutcome>;
  governor(service: ServiceKey): Governor;
}

/** What an item has cost so far. Times are the clock's ms. */
export interface AttemptsRecord {
  readonly attempts: number;
  readonly usage: TokenUsage;
  readonly startedAt: number;
}

/** An item as its listeners see it; only the engine changes it. Times are the clock's ms. */
export interface ItemView<Work> {
  readonly run: string;
  readonly spec: ItemSpec<Work>;
  readonly position: number;
  readonly state: ItemState;
  readonly stageIndex: number;
  readonly progress: number;
  /** Over all stages. */
  readonly attempts: number;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly dueAt: number | undefined;
  readonly failure: (Failure & { readonly stage: string }) | undefined;
}

export interface AttemptReport<Work> {
  readonly item: ItemView<Work>;
  readonly stage: string;
  readonly service: ServiceKey;
  readonly attempt: number;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly queueWaitMs: number;
  readonly outcome: 'completed' | FailureReason;
  readonly message: string | undefined;
  readonly usage: TokenUsage | undefined;
  readonly retryInMs: number | undefined;
}

export interface EngineListener<Work> {
  itemChanged(item: ItemView<Work>): void;
  /** Text is streaming in; called often, so it must be cheap. */
  itemProgressed(item: ItemView<Work>): void;
  attemptFinished(report: AttemptReport<Work>): void;
  /** Every item of the run has ended. */
  runFinished(run: string): void;
}

interface ItemRecord<Work, Result> extends ItemView<Work> {
  state: ItemState;
  stageIndex: number;
  progress: number;
  attempts: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  dueAt: number | undefined;
  failure: (Failure & { readonly stage: string }) | undefined;
  stageAttempts: number;
  priority: Priority;
  readyAt: number;
  usage: TokenUsage;
  result: Result | undefined;
  ticket: Ticket<ItemRecord<Work, Result>> | undefined;
  callOffRetry: (() => void) | undefined;
  abort: AbortController | undefined;
}

interface StageState {
  readonly spec: StageSpec;
  inFlight: number;
}

interface RunRecord<Work, Result> {
  readonly spec: RunSpec<Work>;
  readonly items: ReadonlyMap<string, ItemRecord<Work, Result>>;
  readonly stages: readonly StageState[];
  paused: boolean;
  inFlight: number;
  unfinished: number;
}

/** The items of one run and stage that wait for one service. */
interface StageQueue<Work, Result> {
  readonly run: RunRecord<Work, Result>;
  readonly stageIndex: number;
  readonly ready: PriorityQueue<ItemRecord<Work, Result>>;
}

/** One service: its queues, its slots and its governor. */
interface Lane<Work, Result> {
  readonly key: ServiceKey;
  readonly governor: Governor;
  readonly slots: LimitFunction;
  readonly queues: Set<StageQueue<Work, Result>>;
  /** Slots that wait for admission and hold no item yet. */
  admitting: number;
  inFlight: number;
}

/** Finished items that wait for the disk; more than this and nothing new starts. */
const mostPendingCommits = 64;

/**
 * Turns items into attempts, in order, within the limits of every service. An item leaves its queue only when its
 * attempt can start, so priority and cancel hold until the last moment.
 */
export class Engine<Work, Result> {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #ports: EnginePorts<Work, Result>;
  readonly #listener: EngineListener<Work>;
  readonly #runs = new Map<string, RunRecord<Work, Result>>();
  readonly #lanes = new Map<ServiceKey, Lane<Work, Result>>();
  #pendingCommits = 0;

  constructor(
    ports: EnginePorts<Work, Result>,
    listener: EngineListener<Work>,
    options: { readonly clock: Clock; readonly random: () => number },
  ) {
    this.#ports = ports;
    this.#listener = listener;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  start(spec: RunSpec<Work>): void {
    if (this.#runs.has(spec.id)) throw new Error(`Run ${spec.id} was already started.`);
    const items = new Map<string, ItemRecord<Work, Result>>();
    const run: RunRecord<Work, Result> = {
      spec,
      items,
      stages: spec.stages.map((stage) => ({ spec: stage, inFlight: 0 })),
      paused: false,
      inFlight: 0,
      unfinished: spec.items.length,
    };
    this.#runs.set(spec.id, run);
    const now = this.#clock.now();
    for (const [position, item] of spec.items.entries()) {
      const record: ItemRecord<Work, Result> = {
        run: spec.id,
        spec: item,
        position,
        state: 'queued',
        stageIndex: 0,
        progress: 0,
        attempts: 0,
        startedAt: undefined,
        finishedAt: undefined,
        dueAt: undefined,
        failure: undefined,
        stageAttempts: 0,
        priority: item.priority,
        readyAt: now,
        usage: { input: 0, output: 0 },
        result: undefined,
        ticket: undefined,
        callOffRetry: undefined,
        abort: undefined,
      };
      items.set(item.id, record);
      this.#enqueue(run, record);
    }
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
    for (const item of run.items.values()) this.#cancel(run, item);
  }

  /** Cancels what has not started; what is in flight may finish. */
  cancelQueued(runId: string): void {
    const run = this.#runs.get(runId);
    if (!run) return;
    for (const item of run.items.values()) {
      if (item.state !== 'running') this.#cancel(run, item);
    }
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
      slots: pLimit(governor.concurrency),
      queues: new Set(),
      admitting: 0,
      inFlight: 0,
    };
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
    return queue;
  }

  #enqueue(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    item.readyAt = this.#clock.now();
    item.ticket = this.#queueOf(run, item).ready.add(item, item.priority, item.position);
  }

  #pumpAll(): void {
    for (const lane of this.#lanes.values()) this.#pump(lane);
  }

  /** Opens a slot for every item that could start now; the slot picks its item only once it is admitted. */
  #pump(lane: Lane<Work, Result>): void {
    const concurrency = lane.governor.concurrency;
    if (lane.slots.concurrency !== concurrency) lane.slots.concurrency = concurrency;
    let startable = this.#startable(lane) - lane.admitting;
    while (startable > 0 && lane.slots.activeCount + lane.slots.pendingCount < concurrency) {
      startable--;
      lane.admitting++;
      void lane.slots(() => this.#slot(lane)).then(() => this.#pumpAll());
    }
  }

  #startable(lane: Lane<Work, Result>): number {
    let startable = 0;
    for (const queue of lane.queues) startable += this.#room(queue);
    return startable;
  }

  /** How many items of a queue may start now. */
  #room(queue: StageQueue<Work, Result>): number {
    const { run } = queue;
    if (run.paused || this.#pendingCommits >= mostPendingCommits) return 0;
    const stage = this.#stage(run, queue.stageIndex);
    const workers = (stage.spec.workers ?? Number.POSITIVE_INFINITY) - stage.inFlight;
    const inRun = (run.spec.maxInFlight ?? Number.POSITIVE_INFINITY) - run.inFlight;
    return Math.max(0, Math.min(queue.ready.size, workers, inRun));
  }

  #stage(run: RunRecord<Work, Result>, index: number): StageState {
    const stage = run.stages[index];
    if (stage === undefined) throw new Error(`Run ${run.spec.id} has no stage ${index}.`);
    return stage;
  }

  async #slot(lane: Lane<Work, Result>): Promise<void> {
    let permit: Permit;
    try {
      permit = await lane.governor.admit(() => this.#next(lane)?.ready.peek()?.value.spec.reservation ?? 0);
    } finally {
      lane.admitting--;
    }
    const queue = this.#next(lane);
    const item = queue?.ready.pop()?.value;
    if (queue === undefined || item === undefined) {
      permit.giveBack();
      return;
    }
    await this.#attempt(lane, queue.run, item, permit);
  }

  /** The queue whose head is the most urgent; among equals the later stage, so that started items come out first. */
  #next(lane: Lane<Work, Result>): StageQueue<Work, Result> | undefined {
    let best: StageQueue<Work, Result> | undefined;
    let bestPriority = Number.POSITIVE_INFINITY;
    for (const queue of lane.queues) {
      if (this.#room(queue) === 0) continue;
      const head = queue.ready.peek();
      if (head === undefined) continue;
      if (head.priority < bestPriority || (head.priority === bestPriority && best && queue.stageIndex > best.stageIndex)) {
        best = queue;
        bestPriority = head.priority;
      }
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
    run.inFlight++;
    lane.inFlight++;
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
      });
    } catch (error) {
      outcome = { kind: 'failed', failure: { reason: 'bad-request', message: `Internal error: ${String(error)}` } };
    } finally {
      item.abort = undefined;
      stage.inFlight--;
      run.inFlight--;
      lane.inFlight--;
    }
    if (outcome.kind === 'failed' && abort.signal.aborted) {
      outcome = { ...outcome, failure: { reason: 'cancelled', message: 'Cancelled.' } };
    }
    permit.settle(outcome.usage);
    lane.governor.observe(outcome);
    if (outcome.usage) {
      item.usage = {
        input: item.usage.input + outcome.usage.input,
        output: item.usage.output + outcome.usage.output,
      };
    }

    const durationMs = this.#clock.now() - startedAt;
    const retryInMs =
      outcome.kind === 'failed'
        ? retryDelay(run.spec.retry, outcome.failure, item.stageAttempts, this.#random)
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

    if (outcome.kind === 'completed') {
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
    item.result = result;
    if (item.stageIndex + 1 < run.stages.length) {
      item.stageIndex++;
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

  async #commit(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>, result: Result): Promise<void> {
    this.#pendingCommits++;
    let outcome: CommitOutcome;
    try {
      outcome = await this.#ports.commit(run.spec.id, item.spec, result, {
        attempts: item.attempts,
        usage: item.usage,
        startedAt: item.startedAt ?? this.#clock.now(),
      });
    } catch (error) {
      outcome = { kind: 'failed', failure: { reason: 'write-failed', message: `Internal error: ${String(error)}` } };
    }
    this.#pendingCommits--;
    item.result = undefined;
    if (outcome.kind === 'written') this.#finish(run, item, 'written');
    else this.#fail(run, item, outcome.failure);
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
    item.callOffRetry = this.#clock.schedule(delayMs, () => {
      item.callOffRetry = undefined;
      this.#enqueue(run, item);
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
    item.result = undefined;
    run.unfinished--;
    this.#listener.itemChanged(item);
    if (run.unfinished === 0) this.#finishRun(run);
  }

  #finishRun(run: RunRecord<Work, Result>): void {
    this.#runs.delete(run.spec.id);
    for (const lane of this.#lanes.values()) {
      for (const queue of lane.queues) {
        if (queue.run === run) lane.queues.delete(queue);
      }
    }
    this.#listener.runFinished(run.spec.id);
  }
}
