import type { Clock } from '../base/clock.ts';
import type { StageLoad } from '../model/activity.ts';
import type { Failure } from '../model/attempt.ts';
import { isFinal, lowerPriority, type FinalState, type Priority } from '../model/item.ts';
import { Commits } from './commits.ts';
import type { Fate } from './fate.ts';
import type { Permit } from './governor/permit.ts';
import { newItem, newRun, stageOf, type ItemRecord, type RunRecord, type StageState } from './itemRecord.ts';
import { Lane } from './lane.ts';
import { makeAttempt, type AttemptTools } from './makeAttempt.ts';
import { mostLoaded } from './overflow.ts';
import type { QueueOrder } from './priorityQueue.ts';
import type {
  CommitOutcome,
  EngineListener,
  EnginePorts,
  ItemSpec,
  RunSpec,
  ServiceKey,
  SlotView,
  WaitingItems,
} from './work.ts';

export type * from './work.ts';

export interface EngineOptions {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** Share of the slots that this process can keep up with, above 0 to 1; asked often. */
  readonly capacity?: () => number;
}

/**
 * Turns items into attempts, in order, within the limits of every service. An item leaves its queue only when its
 * attempt can start, so priority and cancel hold until the last moment. What follows an item is not known here: whoever
 * commits its result says which items come next.
 */
export class Engine<Work, Result> {
  readonly #clock: Clock;
  readonly #capacity: () => number;
  readonly #ports: EnginePorts<Work, Result>;
  readonly #listener: EngineListener<Work>;
  readonly #attempts: AttemptTools<Work, Result>;
  readonly #runs = new Map<string, RunRecord<Work, Result>>();
  readonly #lanes = new Map<ServiceKey, Lane<Work, Result>>();
  readonly #commits: Commits<Work, Result>;

  constructor(ports: EnginePorts<Work, Result>, listener: EngineListener<Work>, options: EngineOptions) {
    this.#ports = ports;
    this.#listener = listener;
    this.#clock = options.clock;
    this.#capacity = options.capacity ?? (() => 1);
    this.#commits = new Commits(ports, listener, (...committed) => this.#committed(...committed));
    this.#attempts = {
      clock: options.clock,
      random: options.random,
      perform: (task) => ports.perform(task),
      listener,
      begun: (run, { spec }) => this.#refill(run, spec.stage),
      heard: (run, item) => this.#heard(run, item),
    };
  }

  start(spec: RunSpec<Work, Result>): void {
    if (this.#runs.has(spec.id)) throw new Error(`Run ${spec.id} was already started.`);
    const run = newRun<Work, Result>(spec, this.#listener);
    this.#runs.set(spec.id, run);
    for (const service of new Set(spec.items.map((item) => item.service))) this.#lane(service).reset();
    const now = this.#clock.now();
    for (const item of inTurn(spec.items, spec.order)) this.#take(run, item, spec.results?.get(item.id), now);
    for (const waiting of spec.waiting ?? []) {
      run.unfinished += waiting.count;
      stageOf(run, waiting.stage).overflow.add(waiting);
    }
    for (const stage of run.stages.keys()) this.#refill(run, stage);
    this.#finishRunAtEnd(run);
    this.#pumpAll();
  }

  /**
   * Items that came into being without an item that they follow.
   *
   * @returns false for a run that is not open any more
   */
  add(runId: string, specs: readonly ItemSpec<Work>[]): boolean {
    const run = this.#runs.get(runId);
    if (!run?.isOpen) return false;
    for (const spec of inTurn(specs, run.spec.order)) {
      // One of the same id may have been there, and may have ended.
      run.items.delete(spec.id);
      if (spec.stage > 0) this.#follow(run, [spec]);
      else this.#listener.itemChanged(this.#take(run, spec));
    }
    this.#pumpAll();
    return true;
  }

  /** Whether a run is open, and all its items have ended. */
  rests(runId: string): boolean {
    const run = this.#runs.get(runId);
    return run?.isOpen === true && run.unfinished === 0;
  }

  /** Nothing is added any more: the run ends with the last of its items. */
  close(runId: string): void {
    const run = this.#runs.get(runId);
    if (!run) return;
    run.isOpen = false;
    this.#finishRunAtEnd(run);
  }

  /** Attempts in flight over all services. */
  get inFlight(): number {
    let sum = 0;
    for (const lane of this.#lanes.values()) sum += lane.inFlight;
    return sum;
  }

  /** The slots of every service that has been used. */
  slots(): SlotView[] {
    return [...this.#lanes.values()].flatMap((lane) =>
      lane.slots.map(({ item, since }, slot): SlotView => ({
        service: lane.key,
        slot,
        since,
        busy: item && {
          run: item.run,
          item: item.spec.id,
          stage: this.#runs.get(item.run)?.stages[item.spec.stage]?.spec.name ?? '',
        },
      })),
    );
  }

  /** How full the stages of a run are, in order; empty for one that is not at work. */
  stageLoads(runId: string): StageLoad[] {
    const { stages = [] } = this.#runs.get(runId) ?? {};
    return stages.map(({ spec: { name, queue, workers }, held, overflow: { count: beyond } }) => ({
      ...{ name, held, beyond },
      ...(queue === undefined ? {} : { queue }),
      ...(workers === undefined ? {} : { workers }),
    }));
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

  /** Cancels everything, also what would follow. Items that are not in memory are the caller's to cancel. */
  cancelRun(runId: string): void {
    const run = this.#runs.get(runId);
    if (!run) return;
    run.stopping = 'cancelled';
    run.isOpen = false;
    for (const item of [...run.items.values()]) this.#cancel(run, item);
    this.#dropOverflow(run);
  }

  /** Cancels what has not started; what is in flight may finish, and nothing follows it. */
  cancelQueued(runId: string): void {
    const run = this.#runs.get(runId);
    if (!run) return;
    run.stopping ??= 'given-back';
    run.isOpen = false;
    for (const item of [...run.items.values()]) if (item.state !== 'running') this.#cancel(run, item);
    this.#dropOverflow(run);
  }

  /**
   * An item that has ended starts again, as long as its run goes on.
   *
   * @param result what it came to, to be committed only; absent: it is made anew
   */
  startAgain(runId: string, spec: ItemSpec<Work>, result?: Result): boolean {
    const run = this.#runs.get(runId);
    if (!run) return false;
    const before = run.items.get(spec.id);
    if (before && !isFinal(before.state)) return false;
    run.items.delete(spec.id);
    const item = this.#take(run, spec, result);
    this.#listener.itemChanged(item);
    this.#pumpAll();
    return true;
  }

  /** Moves an item that has not started up or down; a running one keeps the priority for its next attempt. */
  reprioritise(runId: string, itemId: string, priority: Priority): void {
    const run = this.#runs.get(runId);
    const item = run?.items.get(itemId);
    if (!run || !item || isFinal(item.state) || item.priority === priority) return;
    item.priority = priority;
    this.#lane(item.spec.service).move(run, item);
    this.#listener.itemChanged(item);
  }

  #cancel(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    switch (item.state) {
      case 'queued':
      case 'retrying':
        this.#takeOut(run, item);
        this.#end(run, item, 'cancelled');
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
    this.#lane(item.spec.service).remove(run, item);
    const next = item.spec.prefix === undefined ? undefined : run.leads.left(item.spec.prefix, item);
    if (next) this.#lane(next.spec.service).add(run, next);
    stageOf(run, item.spec.stage).held--;
    this.#refill(run, item.spec.stage);
  }

  #lane(key: ServiceKey): Lane<Work, Result> {
    const known = this.#lanes.get(key);
    if (known) return known;
    const lane: Lane<Work, Result> = new Lane<Work, Result>({
      key,
      governor: this.#ports.governor(key),
      clock: this.#clock,
      capacity: this.#capacity,
      isFull: () => this.#commits.isFull,
      attempt: (run, item, permit, free) => this.#attempt(lane, run, item, permit, free),
      freed: () => this.#pumpAll(),
      stopped: () => this.#failWaiting(lane),
    });
    lane.governor.onChange(() => lane.pump());
    this.#lanes.set(key, lane);
    return lane;
  }

  #pumpAll(): void {
    for (const lane of this.#lanes.values()) lane.pump();
  }

  /** The run has one item more; one that is complete waits for nothing but its commit. */
  #take(
    run: RunRecord<Work, Result>,
    spec: ItemSpec<Work>,
    result?: Result,
    now = this.#clock.now(),
  ): ItemRecord<Work, Result> {
    const item = newItem<Work, Result>(run.spec.id, spec, now);
    const { size } = run.items;
    run.items.set(spec.id, item);
    if (run.items.size === size) throw new Error(`Run ${run.spec.id} has two items with the id ${spec.id}.`);
    run.unfinished++;
    run.ends?.add(spec.root);
    if (result === undefined) {
      stageOf(run, spec.stage).held++;
      const recalling = this.#ports.recall?.(run.spec.id, spec);
      if (recalling) void this.#recall(run, item, recalling);
      else this.#queue(run, item);
    } else this.#commitOnly(run, item, result);
    return item;
  }

  /** The item is complete: what is left is its commit. */
  #commitOnly(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>, result: Result): void {
    item.state = 'running';
    item.progress = 1;
    this.#commits.later(run, item, result);
  }

  async #recall(
    run: RunRecord<Work, Result>,
    item: ItemRecord<Work, Result>,
    recalling: Promise<Result | undefined>,
  ): Promise<void> {
    // Whoever cannot say has told why: the item is made.
    const result = await recalling.catch(() => undefined);
    // It may have been cancelled meanwhile, or failed with its service.
    if (item.state !== 'queued') return;
    if (result === undefined) {
      this.#makeReady(run, item);
      this.#lane(item.spec.service).pump();
      return;
    }
    this.#commitOnly(run, item, result);
    this.#listener.itemChanged(item);
    stageOf(run, item.spec.stage).held--;
    this.#refill(run, item.spec.stage);
    this.#pumpAll();
  }

  #makeReady(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    item.readyAt = this.#clock.now();
    this.#queue(run, item);
  }

  /** The item waits for a slot, or first for the one that leads it. */
  #queue(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    const { prefix, service } = item.spec;
    const failure = this.#lane(service).stoppedFor(item.spec);
    if (failure) {
      // Whoever took it goes on with it first.
      queueMicrotask(() => this.#failIfWaiting(run, item, failure));
      return;
    }
    // Whoever was answered before has had its turn.
    if (prefix !== undefined && item.attempts === 0 && !run.leads.mayStart(prefix, item)) return;
    this.#lane(service).add(run, item);
  }

  #heard(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    const { prefix } = item.spec;
    if (prefix === undefined) return;
    const led = run.leads.heard(prefix, item);
    for (const each of led) this.#lane(each.spec.service).add(run, each);
    if (led.length > 0) this.#pumpAll();
  }

  /** Once no attempt can succeed, everything that waits for the service, or for its model, fails with the one reason. */
  #failWaiting(lane: Lane<Work, Result>): void {
    for (const run of lane.runs) {
      for (const item of [...run.items.values()]) {
        const failure = item.spec.service === lane.key ? lane.stoppedFor(item.spec) : undefined;
        if (failure) this.#failIfWaiting(run, item, failure);
      }
    }
  }

  #failIfWaiting(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>, failure: Failure): void {
    if (item.state !== 'queued' && item.state !== 'retrying') return;
    this.#takeOut(run, item);
    this.#fail(run, item, failure);
  }

  async #attempt(
    lane: Lane<Work, Result>,
    run: RunRecord<Work, Result>,
    item: ItemRecord<Work, Result>,
    permit: Permit,
    free: () => void,
  ): Promise<void> {
    const fate = await makeAttempt(this.#attempts, { lane, run, item, permit });
    switch (fate.kind) {
      case 'completed':
        item.progress = 1;
        await this.#commits.settle(run, item, fate.result, free);
        return;
      case 'cancelled':
        this.#end(run, item, 'cancelled');
        return;
      case 'failed':
        this.#fail(run, item, fate.failure);
        return;
      case 'retried':
        // Nothing new starts in a run that is being stopped.
        if (run.stopping) this.#end(run, item, 'cancelled');
        else this.#retryLater(lane, run, item, fate);
        return;
    }
  }

  #committed(
    run: RunRecord<Work, Result>,
    item: ItemRecord<Work, Result>,
    outcome: CommitOutcome<Work>,
    mayStart: boolean,
  ): void {
    const { followers = [] } = outcome;
    this.#follow(run, followers);
    if (outcome.kind === 'failed') this.#fail(run, item, outcome.failure);
    else this.#finish(run, item, outcome.kind);
    // The stage before may wait for room that there is now.
    if (mayStart || followers.length > 0 || run.stages.length > 1) this.#pumpAll();
  }

  /** Items that came into being; what the bound of their stage leaves no room for is loaded later. */
  #follow(run: RunRecord<Work, Result>, followers: readonly ItemSpec<Work>[]): void {
    if (run.stopping === 'given-back') return;
    for (const spec of followers) {
      const { held, overflow, spec: bounds } = stageOf(run, spec.stage);
      if (run.stopping === undefined && (overflow.count > 0 || held >= (bounds.queue ?? Number.POSITIVE_INFINITY))) {
        run.unfinished++;
        overflow.add({ from: spec.position, to: spec.position, count: 1 });
        continue;
      }
      const item = this.#take(run, spec);
      if (run.stopping === undefined) this.#listener.itemChanged(item);
      else this.#cancel(run, item);
    }
  }

  /** Loads what waits for a stage once half of its queue is free. */
  #refill(run: RunRecord<Work, Result>, index: number): void {
    const stage = stageOf(run, index);
    const { first } = stage.overflow;
    if (!first || stage.isLoading) return;
    const most = Math.min(stage.spec.queue ?? mostLoaded, mostLoaded);
    const room = most - stage.held;
    if (room < most / 2) return;
    stage.isLoading = true;
    void this.#load(run, stage, first, room).then(() => {
      stage.isLoading = false;
      this.#refill(run, index);
      this.#finishRunAtEnd(run);
      this.#pumpAll();
    });
  }

  async #load(run: RunRecord<Work, Result>, stage: StageState, asked: WaitingItems, most: number): Promise<void> {
    // A store that cannot hand them over has told why: the run goes on without them.
    const loaded = (await this.#ports.load?.(run.spec.id, asked, most).catch(() => [])) ?? [];
    if (stage.overflow.first?.from !== asked.from) return;
    const upTo = loaded.length < Math.min(most, asked.count) ? undefined : loaded.at(-1)?.position;
    run.unfinished -= loaded.length + stage.overflow.loaded(asked, upTo, loaded.length);
    for (const spec of loaded) this.#listener.itemChanged(this.#take(run, spec));
  }

  #dropOverflow(run: RunRecord<Work, Result>): void {
    for (const { overflow } of run.stages) run.unfinished -= overflow.clear();
    this.#finishRunAtEnd(run);
  }

  #retryLater(
    lane: Lane<Work, Result>,
    run: RunRecord<Work, Result>,
    item: ItemRecord<Work, Result>,
    { failure, delayMs }: Extract<Fate<Result>, { kind: 'retried' }>,
  ): void {
    const stage = stageOf(run, item.spec.stage);
    item.state = 'retrying';
    item.priority = lowerPriority(item.priority);
    item.progress = 0;
    item.dueAt = this.#clock.now() + delayMs;
    item.failure = { ...failure, stage: stage.spec.name };
    stage.held++;
    item.callOffRetry = this.#clock.schedule(delayMs, () => {
      item.callOffRetry = undefined;
      this.#makeReady(run, item);
      lane.pump();
    });
    this.#listener.itemChanged(item);
  }

  #fail(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>, failure: Failure): void {
    item.failure = { ...failure, stage: stageOf(run, item.spec.stage).spec.name };
    this.#end(run, item, 'failed');
  }

  /** An end without a result: others may have waited for it. */
  #end(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>, state: 'failed' | 'cancelled'): void {
    run.unfinished++;
    this.#finish(run, item, state);
    const following = this.#ports.ended?.(item);
    const settle = (followers: readonly ItemSpec<Work>[]): void => {
      this.#follow(run, followers);
      run.unfinished--;
      this.#finishRunAtEnd(run);
      if (followers.length > 0) this.#pumpAll();
    };
    if (following) void following.then(settle, () => settle([]));
    else settle([]);
  }

  #finish(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>, state: FinalState): void {
    if (isFinal(item.state)) throw new Error(`Item ${item.spec.id} ended twice.`);
    item.state = state;
    item.dueAt = undefined;
    item.finishedAt = this.#clock.now();
    // A run of one stage has had all its items from the beginning: letting them go together is faster.
    if (run.stages.length > 1) run.items.delete(item.spec.id);
    run.unfinished--;
    this.#listener.itemChanged(item);
    run.ends?.end(item.spec.root, item);
    this.#finishRunAtEnd(run);
  }

  #finishRunAtEnd(run: RunRecord<Work, Result>): void {
    if (run.unfinished > 0 || this.#runs.get(run.spec.id) !== run) return;
    if (run.isOpen) {
      this.#listener.runRested?.(run.spec.id);
      return;
    }
    this.#runs.delete(run.spec.id);
    for (const lane of this.#lanes.values()) lane.forget(run);
    this.#listener.runFinished(run.spec.id);
  }
}

/** As they are asked for what they came to before: whoever is asked first may start first. @param specs by position */
function inTurn<Spec>(specs: readonly Spec[], order: QueueOrder = 'oldest'): readonly Spec[] {
  return order === 'oldest' ? specs : specs.toReversed();
}
