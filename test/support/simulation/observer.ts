import type { EngineListener, ItemView } from '../../../src/engine/engine.ts';
import type { ItemState } from '../../../src/model/item.ts';
import { lowerPriority } from '../../../src/model/item.ts';

type View = ItemView<string>;

/** Watches an engine and counts what it does in the wrong order. Runs of one stage only. */
export class Observer implements EngineListener<string> {
  readonly #now: () => number;
  readonly #finished: (run: string) => void;
  readonly #states = new Map<string, ItemState>();
  readonly #ready = new Map<string, number[]>();
  /** Items that become ready by themselves, and when. */
  readonly #retrying = new Map<string, View>();
  readonly #lastStarted = new Map<string, number>();
  priorityInversions = 0;
  orderViolations = 0;

  constructor(now: () => number, finished: (run: string) => void) {
    this.#now = now;
    this.#finished = finished;
  }

  /** Items that wait from the beginning are not told of. */
  queued(service: string, priority: number): void {
    this.#countReady(service, priority, 1);
  }

  stateOf(item: string): ItemState | undefined {
    return this.#states.get(item);
  }

  itemChanged(item: View): void {
    const { id } = item.spec;
    const before = this.#states.get(id) ?? 'queued';
    this.#states.set(id, item.state);
    if (before === 'queued' && item.state !== 'queued') this.#countReady(this.#serviceOf(item), item.spec.priority, -1);
    this.#retrying.delete(id);
    if (item.state === 'retrying') this.#retrying.set(id, item);
    if (item.state === 'running') this.#started(item);
  }

  itemProgressed(): void {
    // Synthetic work has no progress.
  }

  attemptFinished(): void {
    // The service's ledger counts the calls.
  }

  runFinished(run: string): void {
    this.#finished(run);
  }

  #started(item: View): void {
    const { spec, run } = item;
    const priority = priorityOf(item, item.attempts - 1);
    const waiting = this.#ready.get(this.#serviceOf(item)) ?? [];
    const now = this.#now();
    if (
      waiting.slice(0, priority).some((count) => count > 0) ||
      [...this.#retrying.values()].some(
        (other) =>
          other.spec.service === spec.service &&
          other.dueAt !== undefined &&
          other.dueAt < now &&
          priorityOf(other, other.attempts) < priority,
      )
    ) {
      this.priorityInversions++;
    }
    if (item.attempts > 1) return;
    const key = `${run} ${spec.priority}`;
    if (spec.position < (this.#lastStarted.get(key) ?? -1)) this.orderViolations++;
    this.#lastStarted.set(key, spec.position);
  }

  #serviceOf(item: View): string {
    return item.spec.service;
  }

  #countReady(service: string, priority: number, change: number): void {
    const counts = this.#ready.get(service) ?? Array<number>(10).fill(0);
    counts[priority]! += change;
    this.#ready.set(service, counts);
  }
}

/** Each failed attempt lowers it by one step. */
function priorityOf({ spec }: View, failed: number): number {
  let { priority } = spec;
  for (let step = 0; step < failed; step++) priority = lowerPriority(priority);
  return priority;
}
