import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../engine/clock.ts';
import type { AttemptReport, CommitOutcome, EngineListener, EnginePorts, ItemSpec, ItemView } from '../engine/engine.ts';
import { Engine } from '../engine/engine.ts';
import type { QueueOrder } from '../engine/priorityQueue.ts';
import type { RetryPolicy } from '../engine/retry.ts';
import type { Generation } from '../services/service.ts';
import { costOf } from '../services/serviceSettings.ts';
import { CandidateWriter } from '../storage/candidateWriter.ts';
import { ManifestWriter } from '../storage/manifest.ts';
import { PathLocks } from '../storage/pathLocks.ts';
import { writeFailure } from '../storage/writeFailure.ts';
import type { ItemSnapshot, ProcessUse, RunSnapshot, RunState, RunSummary } from './events.ts';
import { EventStream } from './eventStream.ts';
import type { Plan, PlannedCandidate } from './plan.ts';
import { ProcessLoad } from './processLoad.ts';
import { RunMetrics, type Limits } from './runMetrics.ts';
import type { ServiceDirectory } from './serviceDirectory.ts';

export interface RunOptions {
  readonly retry: RetryPolicy;
  readonly sequential: boolean;
  readonly order?: QueueOrder;
}

export interface StartedRun {
  readonly id: string;
  /** Resolves when every item has ended. */
  readonly finished: Promise<RunSummary>;
}

/** One stage: a plain prompt needs no more. */
const stages = [{ name: 'generate' }] as const;

/** Views are told of progress this often at most, ms. */
const progressIntervalMs = 250;
/** Finished runs that stay in the queue panel. */
const mostFinishedRuns = 20;

interface ActiveRun {
  readonly id: string;
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly metrics: RunMetrics;
  readonly startedAtEpoch: number;
  readonly items: Map<string, ItemSnapshot>;
  readonly files: Map<string, string>;
  readonly resolve: (summary: RunSummary) => void;
  readonly finished: Promise<RunSummary>;
  /** Outages of its services before it began. */
  readonly tripsBefore: number;
  readonly measured: () => ProcessUse;
  finishedAtEpoch: number | undefined;
  state: RunState;
}

/** Everything that happens to runs goes through here: start, pause, resume, cancel, and what anybody may know of them. */
export class Runs {
  readonly events: EventStream;
  readonly #clock: Clock;
  readonly #engine: Engine<PlannedCandidate, Generation>;
  readonly #services: ServiceDirectory;
  readonly #writer: CandidateWriter;
  readonly #manifests: ManifestWriter;
  readonly #load: ProcessLoad;
  readonly #runs = new Map<string, ActiveRun>();
  readonly #progressed = new Set<ItemView<PlannedCandidate>>();
  readonly #epochOffset: number;
  #callOffFlush: (() => void) | undefined;

  constructor(options: {
    readonly services: ServiceDirectory;
    readonly clock: Clock;
    readonly random: () => number;
    readonly reportError: (error: unknown) => void;
  }) {
    this.events = new EventStream(options.reportError);
    this.#clock = options.clock;
    this.#epochOffset = Date.now() - options.clock.now();
    this.#services = options.services;
    const locks = new PathLocks();
    this.#writer = new CandidateWriter(locks);
    this.#manifests = new ManifestWriter(locks);
    const ports: EnginePorts<PlannedCandidate, Generation> = {
      perform: ({ item, signal, reportProgress, reportHints }) =>
        this.#services.service(item.work.serviceKey).generate(
          {
            model: item.work.model,
            messages: item.work.messages,
            parameters: item.work.parameters,
            index: item.work.index,
            siblings: item.work.siblings,
          },
          { signal, onProgress: reportProgress, onHints: reportHints },
        ),
      commit: (run, item, result, record) => this.#commit(run, item, result, record),
      governor: (key) => this.#services.governor(key),
      sizeOf: (generation) => generation.text.length,
    };
    const listener: EngineListener<PlannedCandidate> = {
      itemChanged: (item) => this.#itemChanged(item),
      itemProgressed: (item) => {
        this.#progressed.add(item);
        this.#flushSoon();
      },
      attemptFinished: (report) => this.#attemptFinished(report),
      runFinished: (id) => this.#runFinished(id),
    };
    this.#load = new ProcessLoad(options.clock);
    this.#engine = new Engine(ports, listener, {
      clock: options.clock,
      random: options.random,
      capacity: this.#load.capacity,
    });
  }

  start(plan: Plan, options: RunOptions): StartedRun {
    const id = `${new Date().toISOString().replace(/[-:]|\..*/g, '')}-${randomBytes(3).toString('hex')}`;
    let resolve: (summary: RunSummary) => void = () => undefined;
    const finished = new Promise<RunSummary>((settle) => {
      resolve = settle;
    });
    const run: ActiveRun = {
      id,
      plan,
      options,
      metrics: new RunMetrics(this.#clock.now()),
      startedAtEpoch: Date.now(),
      items: new Map(),
      files: new Map(),
      resolve,
      finished,
      tripsBefore: this.#services.breakerTrips(plan.serviceKeys),
      measured: this.#load.measure(),
      finishedAtEpoch: undefined,
      state: 'running',
    };
    this.#runs.set(id, run);
    for (const candidate of plan.candidates) {
      run.items.set(candidate.id, {
        run: id,
        id: candidate.id,
        position: candidate.position,
        prompt: candidate.prompt.path,
        promptName: candidate.prompt.name,
        row: candidate.row,
        model: candidate.model,
        index: candidate.number,
        state: 'queued',
        stage: stages[0].name,
        stageIndex: 0,
        stageCount: stages.length,
        progress: 0,
        attempts: 0,
      });
    }
    run.metrics.counts.queued = plan.candidates.length;
    this.events.emit({ type: 'runStarted', run: this.#snapshot(run), items: [...run.items.values()] });
    this.#engine.start({
      id,
      stages,
      items: plan.candidates.map((candidate) => ({
        id: candidate.id,
        priority: candidate.priority,
        services: [this.#services.governorKey(candidate.serviceKey)],
        reservation: candidate.reservation,
        work: candidate,
      })),
      retry: options.retry,
      ...(options.sequential ? { maxInFlight: 1 } : {}),
      ...(options.order === undefined ? {} : { order: options.order }),
    });
    return { id, finished };
  }

  /** Newest first. */
  snapshots(): { readonly runs: readonly RunSnapshot[]; readonly items: readonly ItemSnapshot[] } {
    const runs = [...this.#runs.values()].reverse();
    return { runs: runs.map((run) => this.#snapshot(run)), items: runs.flatMap((run) => [...run.items.values()]) };
  }

  item(run: string, item: string): ItemSnapshot | undefined {
    return this.#runs.get(run)?.items.get(item);
  }

  get active(): readonly RunSnapshot[] {
    return [...this.#runs.values()].filter((run) => run.state !== 'finished').map((run) => this.#snapshot(run));
  }

  pause(id: string): void {
    this.#setState(id, 'running', 'paused', () => this.#engine.pause(id));
  }

  resume(id: string): void {
    this.#setState(id, 'paused', 'running', () => this.#engine.resume(id));
  }

  cancelItem(run: string, item: string): void {
    this.#engine.cancelItem(run, item);
  }

  cancel(id: string): void {
    const run = this.#runs.get(id);
    if (!run || run.state === 'finished') return;
    run.state = 'stopping';
    this.#engine.cancelRun(id);
  }

  cancelAll(): void {
    for (const run of [...this.#runs.values()]) this.cancel(run.id);
  }

  /** Starts nothing new, lets what is in flight finish for the grace period, then aborts it. */
  async stop(graceMs: number): Promise<void> {
    const active = [...this.#runs.values()].filter((run) => run.state !== 'finished');
    for (const run of active) {
      run.state = 'stopping';
      this.#engine.cancelQueued(run.id);
    }
    const callOff = this.#clock.schedule(graceMs, () => {
      for (const run of active) this.#engine.cancelRun(run.id);
    });
    await Promise.all(active.map((run) => run.finished));
    callOff();
  }

  dispose(): void {
    this.#load.dispose();
  }

  clearFinished(): void {
    for (const run of [...this.#runs.values()]) {
      if (run.state === 'finished') this.#runs.delete(run.id);
    }
    this.events.emit({ type: 'runsCleared' });
  }

  #setState(id: string, from: RunState, to: RunState, action: () => void): void {
    const run = this.#runs.get(id);
    if (run?.state !== from) return;
    run.state = to;
    action();
    this.events.emit({ type: 'runChanged', run: this.#snapshot(run) });
  }

  #epoch(clockMs: number): number {
    return Math.round(clockMs + this.#epochOffset);
  }

  #snapshot(run: ActiveRun): RunSnapshot {
    const now = this.#clock.now();
    const eta = run.state === 'finished' ? undefined : run.metrics.eta(now, this.#limits(run));
    const waiting = run.state === 'running' ? this.#services.waiting(run.plan.serviceKeys) : undefined;
    return {
      id: run.id,
      label: run.plan.label,
      state: run.state,
      total: run.plan.candidates.length,
      counts: { ...run.metrics.counts },
      startedAt: run.startedAtEpoch,
      perMinute: run.finishedAtEpoch === undefined ? run.metrics.perMinute(now) : this.#overallPerMinute(run),
      ...(run.finishedAtEpoch === undefined ? {} : { finishedAt: run.finishedAtEpoch }),
      ...(eta ? { eta } : {}),
      ...(waiting === undefined ? {} : { waiting }),
    };
  }

  #limits(run: ActiveRun): Limits {
    const limits = this.#services.limits(run.plan.serviceKeys);
    return run.options.sequential ? { ...limits, concurrency: 1 } : limits;
  }

  #overallPerMinute(run: ActiveRun): number {
    const elapsed = (run.finishedAtEpoch ?? Date.now()) - run.startedAtEpoch;
    return elapsed > 0 ? (run.metrics.counts.written * 60_000) / elapsed : 0;
  }

  #itemSnapshot(run: ActiveRun, view: ItemView<PlannedCandidate>): ItemSnapshot {
    const { spec } = view;
    const file = run.files.get(spec.id);
    return {
      run: run.id,
      id: spec.id,
      position: view.position,
      prompt: spec.work.prompt.path,
      promptName: spec.work.prompt.name,
      row: spec.work.row,
      model: spec.work.model,
      index: spec.work.number,
      state: view.state,
      stage: stages[view.stageIndex as 0].name,
      stageIndex: view.stageIndex,
      stageCount: stages.length,
      progress: view.progress,
      attempts: view.attempts,
      ...(view.startedAt === undefined ? {} : { startedAt: this.#epoch(view.startedAt) }),
      ...(view.finishedAt === undefined ? {} : { finishedAt: this.#epoch(view.finishedAt) }),
      ...(view.dueAt === undefined ? {} : { dueAt: this.#epoch(view.dueAt) }),
      ...(view.failure ? { failure: view.failure } : {}),
      ...(file === undefined ? {} : { file }),
    };
  }

  #itemChanged(view: ItemView<PlannedCandidate>): void {
    const run = this.#runs.get(view.run);
    if (!run) return;
    const before = run.items.get(view.spec.id);
    const item = this.#itemSnapshot(run, view);
    run.items.set(item.id, item);
    this.#progressed.delete(view);
    if (before && before.state !== item.state) {
      run.metrics.counts[before.state]--;
      run.metrics.counts[item.state]++;
      if (item.state === 'running') run.metrics.attemptStarted(this.#clock.now());
      if (item.state === 'written') run.metrics.itemWritten(this.#clock.now());
    }
    this.events.emit({ type: 'itemChanged', item });
    this.#flushSoon();
  }

  #attemptFinished(report: AttemptReport<PlannedCandidate>): void {
    const run = this.#runs.get(report.item.run);
    if (!run) return;
    const { work } = report.item.spec;
    const settings = this.#services.settings(work.serviceKey);
    const cost = report.usage && costOf(settings.prices, report.usage);
    run.metrics.attemptFinished(report, cost, this.#clock.now());
    this.events.emit({
      type: 'attemptFinished',
      attempt: {
        run: run.id,
        item: report.item.spec.id,
        label: labelOf(work),
        stage: report.stage,
        service: settings.name,
        model: work.model,
        attempt: report.attempt,
        durationMs: report.durationMs,
        queueWaitMs: report.queueWaitMs,
        outcome: report.outcome,
        ...(report.usage ? { usage: report.usage } : {}),
        ...(report.message === undefined ? {} : { message: report.message }),
        ...(report.retryInMs === undefined ? {} : { retryInMs: report.retryInMs }),
      },
    });
  }

  #runFinished(id: string): void {
    const run = this.#runs.get(id);
    if (!run) return;
    run.state = 'finished';
    run.finishedAtEpoch = Date.now();
    const now = this.#clock.now();
    const { metrics } = run;
    const slots = metrics.slots(now);
    const summary: RunSummary = {
      run: id,
      label: run.plan.label,
      counts: { ...metrics.counts },
      attempts: metrics.attempts,
      retries: metrics.retries,
      retriesByReason: { ...metrics.retriesByReason },
      rateLimited: metrics.rateLimited,
      tokens: metrics.tokens,
      ...(metrics.cost === undefined ? {} : { cost: metrics.cost }),
      latency: metrics.latency,
      queueWait: metrics.queueWait,
      breakerTrips: this.#services.breakerTrips(run.plan.serviceKeys) - run.tripsBefore,
      process: run.measured(),
      perMinute: this.#overallPerMinute(run),
      slots: { ...slots, limit: this.#limits(run).concurrency },
      durationMs: now - metrics.startedAt,
    };
    const finished = [...this.#runs.values()].filter((other) => other.state === 'finished');
    for (const old of finished.slice(0, -mostFinishedRuns)) this.#runs.delete(old.id);
    this.events.emit({ type: 'runFinished', run: this.#snapshot(run), summary });
    run.resolve(summary);
  }

  async #commit(
    runId: string,
    item: ItemSpec<PlannedCandidate>,
    generation: Generation,
    record: { readonly attempts: number; readonly usage: { input: number; output: number }; readonly startedAt: number },
  ): Promise<CommitOutcome> {
    const { work } = item;
    try {
      const text = generation.text.endsWith('\n') ? generation.text : `${generation.text}\n`;
      const path = await this.#writer.write(work.paths(), text);
      this.#runs.get(runId)?.files.set(item.id, path);
      const settings = this.#services.settings(work.serviceKey);
      const cost = costOf(settings.prices, record.usage);
      await this.#manifests.add(join(dirname(path), 'manifest.json'), {
        file: basename(path),
        item: item.id,
        run: runId,
        prompt: { path: work.prompt.path, hash: work.prompt.hash },
        row: work.row,
        index: work.number,
        service: settings.name,
        model: work.model,
        variables: work.variables,
        parameters: work.parameters,
        tokens: record.usage,
        ...(cost === undefined ? {} : { cost }),
        attempts: record.attempts,
        startedAt: new Date(this.#epoch(record.startedAt)).toISOString(),
        finishedAt: new Date(this.#epoch(this.#clock.now())).toISOString(),
      });
      return { kind: 'written' };
    } catch (error) {
      const [first] = work.paths();
      return { kind: 'failed', failure: writeFailure(first ?? '', error) };
    }
  }

  #flushSoon(): void {
    this.#callOffFlush ??= this.#clock.schedule(progressIntervalMs, () => {
      this.#callOffFlush = undefined;
      for (const view of this.#progressed) {
        const run = this.#runs.get(view.run);
        if (!run || view.state !== 'running') continue;
        const item = this.#itemSnapshot(run, view);
        run.items.set(item.id, item);
        this.events.emit({ type: 'itemChanged', item });
      }
      this.#progressed.clear();
      for (const run of this.#runs.values()) {
        if (run.state !== 'finished') this.events.emit({ type: 'runChanged', run: this.#snapshot(run) });
      }
    });
  }
}

/** `tagline 03`, or `tagline · espresso · 03` with a row. */
export function labelOf(work: Pick<PlannedCandidate, 'prompt' | 'row' | 'number'>): string {
  const number = String(work.number).padStart(2, '0');
  return work.row === '' ? `${work.prompt.name} ${number}` : `${work.prompt.name} · ${work.row} · ${number}`;
}
