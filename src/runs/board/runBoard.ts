import type { Clock } from '../../base/clock.ts';
import type { RunSample, StageLoad } from '../../model/activity.ts';
import { isActive, type AttemptSnapshot, type Eta, type ItemSnapshot } from '../../model/run.ts';
import type { AdaptedCalls, RunSnapshot, RunState, RunSummary } from '../../model/run.ts';
import type { ItemCounts } from '../../model/item.ts';
import { EventStream } from './eventStream.ts';
import { countItems, type ShownRun } from './shownRun.ts';

/** Views are told of progress this often at most, ms. */
const progressIntervalMs = 250;
/** Finished runs that stay in the queue panel. */
const mostFinishedRuns = 20;

/** What only whoever works on a run can tell of it. */
export interface Pace {
  perMinute(now: number): number;
  eta(counts: ItemCounts, now: number): Eta | undefined;
  /** Why nothing starts at the moment, in words. */
  waiting(): string | undefined;
  /** In order; empty for a run without a pipeline. */
  stageLoads(): readonly StageLoad[];
  measure(now: number): Omit<RunSample, 'at'>;
}

/** Something whose state has moved on since it was last shown. */
export interface Progressing {
  /** Undefined when there is nothing to show any more. */
  snapshot(): ItemSnapshot | undefined;
}

/** What anybody may see of the runs, and the one stream that tells what changes. It decides nothing. */
export class RunBoard {
  readonly events: EventStream;
  readonly #clock: Clock;
  readonly #runs = new Map<string, ShownRun>();
  readonly #paces = new Map<string, Pace>();
  /** By item: those whose progress was not told yet. */
  readonly #progressed = new Map<string, Progressing>();
  #callOffFlush: (() => void) | undefined;

  constructor(clock: Clock, reportError: (error: unknown) => void) {
    this.events = new EventStream(reportError);
    this.#clock = clock;
  }

  get(id: string): ShownRun | undefined {
    return this.#runs.get(id);
  }

  /** Newest first. */
  snapshots(): { readonly runs: readonly RunSnapshot[]; readonly items: readonly ItemSnapshot[] } {
    const runs = [...this.#runs.values()].sort((a, b) => b.startedAt - a.startedAt);
    return { runs: runs.map((run) => this.#snapshot(run)), items: runs.flatMap((run) => [...run.items.values()]) };
  }

  item(run: string, item: string): ItemSnapshot | undefined {
    return this.#runs.get(run)?.items.get(item);
  }

  /** What a run was like while this process worked on it, oldest first. */
  samples(run: string): readonly RunSample[] {
    return this.#runs.get(run)?.samples.all ?? [];
  }

  get active(): readonly RunSnapshot[] {
    return [...this.#runs.values()].filter((run) => isActive(run.state)).map((run) => this.#snapshot(run));
  }

  /** Runs that nobody works on and that are not through. */
  get unfinished(): readonly RunSnapshot[] {
    return [...this.#runs.values()].filter(({ state }) => state === 'unfinished').map((run) => this.#snapshot(run));
  }

  /** Runs that others work on. */
  get elsewhere(): readonly ShownRun[] {
    return [...this.#runs.values()].filter(({ state }) => state === 'elsewhere');
  }

  /** A run as the journal knows it. */
  put(run: ShownRun): void {
    this.#runs.set(run.id, run);
  }

  /** @returns whether it was there */
  remove(id: string): boolean {
    return this.#runs.delete(id);
  }

  clearFinished(): void {
    for (const { id, state } of [...this.#runs.values()]) if (state === 'finished') this.#runs.delete(id);
    this.replaced();
  }

  /** Runs came or went otherwise than one by one: whoever lists them takes a new snapshot. */
  replaced(): void {
    this.events.emit({ type: 'runsReplaced' });
  }

  /** The run is new, or newly at work: it comes first. */
  started(run: ShownRun, pace: Pace): void {
    run.counts = countItems(run.items.values());
    run.state = 'running';
    run.finishedAt = undefined;
    this.#paces.set(run.id, pace);
    this.#runs.delete(run.id);
    this.#runs.set(run.id, run);
    this.events.emit({ type: 'runStarted', run: this.#snapshot(run), items: [...run.items.values()] });
  }

  setState(id: string, state: RunState): void {
    const run = this.#runs.get(id);
    if (!run || run.state === state) return;
    run.state = state;
    this.events.emit({ type: 'runChanged', run: this.#snapshot(run) });
  }

  /** @returns the state that it was in before; undefined for one that is new */
  itemChanged(item: ItemSnapshot): ItemSnapshot['state'] | undefined {
    const run = this.#runs.get(item.run);
    if (!run) return undefined;
    const before = run.items.get(item.id);
    this.#progressed.delete(keyOf(item));
    if (before?.state !== item.state) {
      if (before) run.counts[before.state]--;
      run.counts[item.state]++;
    }
    run.items.set(item.id, item);
    this.events.emit({ type: 'itemChanged', item });
    this.flushSoon();
    return before?.state;
  }

  /** Items are there no more, as others take their place. */
  itemsRemoved(id: string, items: readonly string[]): void {
    const run = this.#runs.get(id);
    if (!run) return;
    for (const item of items) {
      run.items.delete(item);
      this.#progressed.delete(keyOf({ run: id, id: item }));
    }
    run.counts = countItems(run.items.values());
    this.replaced();
  }

  /** Records have come to a run. */
  recount(id: string): void {
    const run = this.#runs.get(id);
    if (run?.records === undefined) return;
    let records = 0;
    for (const { stageIndex } of run.items.values()) if (stageIndex === 0) records++;
    run.records = records;
    this.flushSoon();
  }

  /** Called for every piece of text, so it only remembers. */
  progressed(item: Pick<ItemSnapshot, 'run' | 'id'>, progressing: Progressing): void {
    this.#progressed.set(keyOf(item), progressing);
    this.flushSoon();
  }

  attemptFinished(attempt: AttemptSnapshot): void {
    this.events.emit({ type: 'attemptFinished', attempt });
  }

  callsAdapted(adapted: AdaptedCalls): void {
    this.events.emit({ type: 'callsAdapted', adapted });
  }

  /** @param changed items that are not what was told of them last */
  finished(id: string, state: RunState, summary: RunSummary, changed: readonly ItemSnapshot[]): void {
    const run = this.#runs.get(id);
    if (!run) return;
    this.#sample(run, true);
    this.#paces.delete(id);
    for (const item of changed) run.items.set(item.id, item);
    run.counts = countItems(run.items.values());
    run.perMinute = summary.perMinute;
    run.finishedAt = Math.max(Date.now(), run.startedAt);
    run.state = state;
    const finished = [...this.#runs.values()].filter((each) => each.state === 'finished');
    for (const old of finished.slice(0, -mostFinishedRuns)) this.#runs.delete(old.id);
    this.events.emit({ type: 'runFinished', run: this.#snapshot(run), summary });
    if (changed.length > 0) this.replaced();
  }

  /** Tells what has moved on, some time from now at the latest. */
  flushSoon(): void {
    this.#callOffFlush ??= this.#clock.schedule(progressIntervalMs, () => {
      this.#callOffFlush = undefined;
      this.#flush();
    });
  }

  #flush(): void {
    for (const progressing of this.#progressed.values()) {
      const item = progressing.snapshot();
      const run = item && this.#runs.get(item.run);
      if (!item || !run) continue;
      run.items.set(item.id, item);
      this.events.emit({ type: 'itemChanged', item });
    }
    this.#progressed.clear();
    for (const id of this.#paces.keys()) {
      const run = this.#runs.get(id);
      if (!run) continue;
      this.#sample(run);
      this.events.emit({ type: 'runChanged', run: this.#snapshot(run) });
    }
  }

  #sample(run: ShownRun, isLast = false): void {
    const pace = this.#paces.get(run.id);
    if (pace) run.samples.add(Date.now(), () => pace.measure(this.#clock.now()), isLast);
  }

  #snapshot(run: ShownRun): RunSnapshot {
    const pace = this.#paces.get(run.id);
    const now = this.#clock.now();
    const eta = run.finishedAt === undefined ? pace?.eta(run.counts, now) : undefined;
    const waiting = run.state === 'running' ? pace?.waiting() : undefined;
    const stages = pace?.stageLoads() ?? [];
    return {
      id: run.id,
      label: run.label,
      state: run.state,
      total: Math.max(run.total, run.items.size),
      ...(run.records === undefined ? {} : { records: run.records }),
      ...(run.isWatched && isActive(run.state) ? { isWatched: true as const } : {}),
      ...(stages.length > 0 ? { stages } : {}),
      counts: { ...run.counts },
      startedAt: run.startedAt,
      perMinute: pace?.perMinute(now) ?? run.perMinute,
      ...(run.finishedAt === undefined ? {} : { finishedAt: run.finishedAt }),
      ...(eta ? { eta } : {}),
      ...(waiting === undefined ? {} : { waiting }),
    };
  }
}

function keyOf({ run, id }: Pick<ItemSnapshot, 'run' | 'id'>): string {
  return `${run} ${id}`;
}
