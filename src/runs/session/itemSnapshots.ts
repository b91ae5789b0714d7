import type { Clock } from '../../base/clock.ts';
import type { ItemView } from '../../engine/engine.ts';
import type { ItemSnapshot } from '../../model/run.ts';
import { newItemSnapshot, type ShownRun } from '../board/shownRun.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';

/** The engine's items as the views see them: with the files and attempts of all sessions, and epoch times. */
export class ItemSnapshots {
  readonly #run: ShownRun;
  readonly #clock: Clock;
  readonly #earlierAttempts: ReadonlyMap<string, number>;
  /** Of the items that were written in this session. */
  readonly #files = new Map<string, string>();
  readonly #cut = new Set<string>();

  /** @param earlierAttempts what earlier sessions made, by item */
  constructor(run: ShownRun, clock: Clock, earlierAttempts: ReadonlyMap<string, number>) {
    this.#run = run;
    this.#clock = clock;
    this.#earlierAttempts = earlierAttempts;
  }

  wrote(item: string, file: string): void {
    this.#files.set(item, file);
  }

  /** Whether the text of an item was cut at the output limit. */
  ended(item: string, isCut: boolean): void {
    if (isCut) this.#cut.add(item);
    else this.#cut.delete(item);
  }

  isCut(item: string): boolean {
    return this.#cut.has(item);
  }

  of(view: ItemView<PlannedItem>): ItemSnapshot {
    const { spec } = view;
    const file = this.#files.get(spec.id);
    return {
      ...newItemSnapshot(this.#run, spec.work, view.state),
      priority: view.priority,
      progress: view.progress,
      attempts: view.attempts + (this.#earlierAttempts.get(spec.id) ?? 0),
      ...(view.startedAt === undefined ? {} : { startedAt: this.epoch(view.startedAt) }),
      ...(view.finishedAt === undefined ? {} : { finishedAt: this.epoch(view.finishedAt) }),
      ...(view.dueAt === undefined ? {} : { dueAt: this.epoch(view.dueAt) }),
      ...(view.failure ? { failure: view.failure } : {}),
      ...(file === undefined ? {} : { file }),
      ...(view.state === 'written' && this.#cut.has(spec.id) ? { cut: true as const } : {}),
    };
  }

  epoch(clockMs: number): number {
    // Not from a moment in the past: a machine that slept has a clock that stood still.
    return Math.round(Date.now() - (this.#clock.now() - clockMs));
  }
}

/** An item that was stopped before it ended: whoever resumes the run goes on with it. */
export function queuedAgain({
  finishedAt: _finishedAt,
  dueAt: _dueAt,
  failure: _failure,
  ...item
}: ItemSnapshot): ItemSnapshot {
  return { ...item, state: 'queued', progress: 0 };
}
