import pLimit, { type LimitFunction } from 'p-limit';
import type { Clock } from '../base/clock.ts';
import type { AttemptOutcome, Failure } from '../model/attempt.ts';
import type { Governor } from './governor/governor.ts';
import type { Permit } from './governor/permit.ts';
import type { ItemRecord, RunRecord, StageState } from './itemRecord.ts';
import { PriorityQueue } from './priorityQueue.ts';
import type { ItemSpec, ServiceKey } from './work.ts';

/** The items of one run and stage that wait for one service. */
export interface StageQueue<Work, Result> {
  readonly run: RunRecord<Work, Result>;
  readonly stage: number;
  readonly ready: PriorityQueue<ItemRecord<Work, Result>>;
}

/** One of a service's places for an attempt. */
export interface Slot<Work, Result> {
  item: ItemRecord<Work, Result> | undefined;
  /** Clock ms at which it became busy or idle. */
  since: number;
}

export interface LaneOptions<Work, Result> {
  readonly key: ServiceKey;
  readonly governor: Governor;
  readonly clock: Clock;
  /** Share of the slots that this process can keep up with, above 0 to 1. */
  readonly capacity: () => number;
  /** Whether what is finished and not committed leaves no room for more. */
  readonly isFull: () => boolean;
  /**
   * Makes an attempt for an item that was taken out of its queue.
   *
   * @param free called when the slot may make the next one, which is at the end of this one if it is not called before
   */
  readonly attempt: (
    run: RunRecord<Work, Result>,
    item: ItemRecord<Work, Result>,
    permit: Permit,
    free: () => void,
  ) => Promise<void>;
  /** A slot is free again, which other lanes may have waited for too. */
  readonly freed: () => void;
  /** No attempt can succeed any more, at the service or at one of its models: what waits for it has failed. */
  readonly stopped: () => void;
}

/** How long items wait for the slots that a busy process leaves unused before they ask again. */
const pumpAgainMs = 1000;

/** One service: the queues of those who wait for it, its slots, and its governor's leave to start. */
export class Lane<Work, Result> {
  readonly key: ServiceKey;
  readonly governor: Governor;
  inFlight = 0;
  readonly #options: LaneOptions<Work, Result>;
  readonly #limit: LimitFunction;
  readonly #slots: Slot<Work, Result>[] = [];
  readonly #freeSlots: Slot<Work, Result>[] = [];
  readonly #queues = new Set<StageQueue<Work, Result>>();
  /** What each run was given, in attempts by weight: the one with the least comes next (stride scheduling). */
  readonly #given = new Map<RunRecord<Work, Result>, number>();
  readonly #unknownModels = new Map<string, Failure>();
  /** Slots that wait for admission and hold no item yet. */
  #admitting = 0;
  #callOffPump: (() => void) | undefined;

  constructor(options: LaneOptions<Work, Result>) {
    this.key = options.key;
    this.governor = options.governor;
    this.#options = options;
    this.#limit = pLimit(options.governor.concurrency);
  }

  /** A person starts anew: what stopped the service may be mended. */
  reset(): void {
    this.governor.reset();
    this.#unknownModels.clear();
  }

  /** Why no attempt for the item can succeed any more. */
  stoppedFor({ model }: ItemSpec<Work>): Failure | undefined {
    return this.governor.stopped ?? (model === undefined ? undefined : this.#unknownModels.get(model));
  }

  /** What an attempt says of the model that it asked for. */
  learn({ model }: ItemSpec<Work>, outcome: AttemptOutcome<Result>): void {
    if (model === undefined || outcome.kind === 'completed' || outcome.failure.reason !== 'unknown-model') return;
    this.#unknownModels.set(model, outcome.failure);
    // The attempt that found out ends before those that wait.
    queueMicrotask(this.#options.stopped);
  }

  /** The item waits for a slot. */
  add(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    item.ticket = this.#queueOf(run, item).ready.add(item, item.priority, item.spec.position);
  }

  /** The item does not wait any more. */
  remove(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    if (item.ticket) this.#queueOf(run, item).ready.cancel(item.ticket);
    item.ticket = undefined;
  }

  /** A waiting item takes its place among those of its new priority. */
  move(run: RunRecord<Work, Result>, item: ItemRecord<Work, Result>): void {
    if (item.ticket) item.ticket = this.#queueOf(run, item).ready.reprioritise(item.ticket, item.priority);
  }

  /** The run has ended. */
  forget(run: RunRecord<Work, Result>): void {
    this.#given.delete(run);
    for (const queue of this.#queues) if (queue.run === run) this.#queues.delete(queue);
    // Others still wait for it.
    if (this.#queues.size > 0) return;
    this.#callOffPump?.();
    this.#callOffPump = undefined;
  }

  /** Those that wait for this service or may come to wait for it. */
  get runs(): ReadonlySet<RunRecord<Work, Result>> {
    return new Set([...this.#queues].map(({ run }) => run));
  }

  /** As many as may be used, and those that are still busy. */
  get slots(): readonly Slot<Work, Result>[] {
    const lastBusy = this.#slots.findLastIndex(({ item }) => item !== undefined);
    return this.#slots.slice(0, Math.max(this.governor.concurrency, lastBusy + 1));
  }

  /** Opens a slot for every item that could start now; the slot picks its item only once it is admitted. */
  pump(): void {
    const { governor } = this;
    if (governor.stopped) {
      this.#options.stopped();
      return;
    }
    const capacity = this.#options.capacity();
    const concurrency = Math.max(1, Math.floor(governor.concurrency * capacity));
    if (this.#limit.concurrency !== concurrency) this.#limit.concurrency = concurrency;
    let free = concurrency - this.#limit.activeCount - this.#limit.pendingCount;
    if (free <= 0 && capacity === 1) return;
    let startable = this.#startable() - this.#admitting;
    while (startable > 0 && free > 0) {
      startable--;
      free--;
      this.#admitting++;
      void this.#limit(() => this.#useSlot()).then(this.#options.freed);
    }
    if (startable > 0 && capacity < 1) this.#pumpLater();
  }

  /** Nobody tells when this process keeps up with more slots again. */
  #pumpLater(): void {
    this.#callOffPump ??= this.#options.clock.schedule(pumpAgainMs, () => {
      this.#callOffPump = undefined;
      this.pump();
    });
  }

  #queueOf(run: RunRecord<Work, Result>, { spec: { stage } }: ItemRecord<Work, Result>): StageQueue<Work, Result> {
    for (const queue of this.#queues) if (queue.run === run && queue.stage === stage) return queue;
    const queue: StageQueue<Work, Result> = { run, stage, ready: new PriorityQueue(run.spec.order) };
    this.#queues.add(queue);
    if (!this.#given.has(run)) {
      // A run that comes later does not catch up on what others were given before it was there.
      this.#given.set(run, this.#given.size === 0 ? 0 : Math.min(...this.#given.values()));
    }
    return queue;
  }

  #startable(): number {
    let startable = 0;
    for (const queue of this.#queues) startable += this.#room(queue);
    return startable;
  }

  /** How many items of a queue may start now. */
  #room({ run, stage: index, ready }: StageQueue<Work, Result>): number {
    if (ready.size === 0 || run.paused || this.#options.isFull()) return 0;
    const stage = run.stages[index];
    if (!stage) return 0;
    return Math.max(
      0,
      Math.min(
        ready.size,
        (stage.spec.workers ?? Number.POSITIVE_INFINITY) - stage.inFlight - stage.settling,
        (run.spec.maxInFlight ?? Number.POSITIVE_INFINITY) - run.inFlight - run.settling,
        roomBehind(stage, run.stages[index + 1]),
      ),
    );
  }

  /**
   * The queue whose head is the most urgent; among equals the run that was given the least for its weight, then the
   * later stage, so that started records come out first.
   */
  #next(): StageQueue<Work, Result> | undefined {
    let best: StageQueue<Work, Result> | undefined;
    let bestPriority = 0;
    let bestGiven = 0;
    for (const queue of this.#queues) {
      if (this.#room(queue) === 0) continue;
      const head = queue.ready.peek();
      if (head === undefined) continue;
      const given = this.#given.get(queue.run) ?? 0;
      const better =
        best === undefined ||
        head.priority < bestPriority ||
        (head.priority === bestPriority && (queue.run === best.run ? queue.stage > best.stage : given < bestGiven));
      if (!better) continue;
      best = queue;
      bestPriority = head.priority;
      bestGiven = given;
    }
    return best;
  }

  async #useSlot(): Promise<void> {
    let permit: Permit;
    try {
      const admitted = this.governor.admit(() => this.#next()?.ready.peek()?.value.spec.reservation ?? 0);
      permit = admitted instanceof Promise ? await admitted : admitted;
    } finally {
      this.#admitting--;
    }
    const queue = this.#next();
    const item = queue?.ready.pop()?.value;
    if (queue === undefined || item === undefined) {
      permit.giveBack();
      return;
    }
    this.#given.set(queue.run, (this.#given.get(queue.run) ?? 0) + 1 / queue.run.weight);
    const slot = this.#takeSlot(item);
    const free = (): void => {
      if (slot.item !== item) return;
      slot.item = undefined;
      slot.since = this.#options.clock.now();
      this.#freeSlots.push(slot);
    };
    try {
      await this.#options.attempt(queue.run, item, permit, free);
    } finally {
      free();
    }
  }

  #takeSlot(item: ItemRecord<Work, Result>): Slot<Work, Result> {
    let slot = this.#freeSlots.pop();
    if (!slot) {
      slot = { item: undefined, since: 0 };
      this.#slots.push(slot);
    }
    slot.item = item;
    slot.since = this.#options.clock.now();
    return slot;
  }
}

/** How many more items of a stage may be under way before the queue of the next is full. */
function roomBehind(stage: StageState, next: StageState | undefined): number {
  if (next?.spec.queue === undefined) return Number.POSITIVE_INFINITY;
  return next.spec.queue - next.held - next.overflow.count - stage.inFlight - stage.committing;
}
