import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type {
  AttemptReport,
  AttemptTask,
  Checkpoint,
  CommitOutcome,
  EngineListener,
  EnginePorts,
  ItemView,
} from '../engine/engine.ts';
import { Engine } from '../engine/engine.ts';
import { isFinal } from '../model/item.ts';
import type { AttemptOutcome } from '../model/attempt.ts';
import type { Generation } from '../services/service.ts';
import { costOf } from '../model/serviceSettings.ts';
import { failpoint } from '../storage/failpoint.ts';
import { readAll } from '../storage/journal/journalClient.ts';
import type { JournalFailure, JournalOutcome } from '../storage/journal/journalFailure.ts';
import { done, success } from '../base/outcome.ts';
import { takenOver } from '../storage/journal/tables/leaseTable.ts';
import type { ItemOverview, RunLease, RunOverview } from '../storage/journal/records.ts';
import { cacheKeyOf, findCached, type CachedCandidates } from './resume/cachedCandidates.ts';
import { labelOf, type PlannedCandidate } from './plan/plannedCandidate.ts';
import { CandidateNumbers, renumbered } from '../candidates/candidateNumbers.ts';
import { keepCandidate, type CandidateText, type OwnedRun } from './session/candidateKeeper.ts';
import { isActive, type ItemSnapshot, type RunSnapshot, type RunState, type RunSummary } from '../model/run.ts';
import { EventStream } from './board/eventStream.ts';
import { recoverTexts, type Recovered } from './resume/recovery.ts';
import { PatientWrites } from './session/lockedWrites.ts';
import type { Plan } from './plan/plan.ts';
import { inSlices } from '../base/slices.ts';
import { ProcessLoad } from './session/processLoad.ts';
import { RunMetrics, type ServiceFacts } from './session/runMetrics.ts';
import { readResumption, type ResumeRequest, type Resumption } from './resume/resumption.ts';
import type { RunOptions } from './runOptions.ts';
import { refusal, type RunOutcome } from './runRefusal.ts';
import type { Limits, ServiceDirectory } from './serviceDirectory.ts';
import {
  countItems,
  newItemSnapshot,
  newShownRun,
  readShownRun,
  stateOf,
  stages,
  type Session,
  type ShownRun,
} from './board/shownRun.ts';
import type { Workspace } from './workspace.ts';

export type { ResumeRequest } from './resume/resumption.ts';

export interface StartedRun {
  readonly id: string;
  /** One sentence each: what had been generated before and still cannot be written. */
  readonly problems: readonly string[];
  /** Resolves when every item has ended and the journal knows it. */
  readonly finished: Promise<RunSummary>;
}

/** A run of the journal that nobody works on and that is not through. */
export interface UnfinishedRun {
  readonly id: string;
  readonly label: string;
  readonly counts: RunSnapshot['counts'];
  readonly left: number;
  /** Texts that had been generated before and are on disk now. */
  readonly recovered: number;
  /** One sentence each: what could not be written. */
  readonly problems: readonly string[];
}

/** Everything that the engine needs for a run that is in the journal. */
interface ReadyRun extends Pick<Resumption, 'options' | 'candidates' | 'checkpoints' | 'serviceKeys'> {
  readonly lease: RunLease;
  readonly root: string;
  readonly numbers: CandidateNumbers;
  readonly problems: readonly string[];
}

/** Views are told of progress this often at most, ms. */
const progressIntervalMs = 250;
/** Finished runs that stay in the queue panel. */
const mostFinishedRuns = 20;
/** Runs of the journal that are shown at most. */
const mostLoadedRuns = 20;

/** Everything that happens to runs goes through here: start, pause, resume, cancel, and what anybody may know of them. */
export class Runs {
  readonly events: EventStream;
  readonly #clock: Clock;
  readonly #engine: Engine<PlannedCandidate, CandidateText>;
  readonly #services: ServiceDirectory;
  readonly #load: ProcessLoad;
  readonly #runs = new Map<string, ShownRun>();
  /** Runs that are being resumed, recovered or discarded. */
  readonly #takenUp = new Set<string>();
  readonly #progressed = new Set<ItemView<PlannedCandidate>>();
  #callOffFlush: (() => void) | undefined;

  constructor(options: {
    readonly services: ServiceDirectory;
    readonly clock: Clock;
    readonly random: () => number;
    readonly reportError: (error: unknown) => void;
  }) {
    this.events = new EventStream(options.reportError);
    this.#clock = options.clock;
    this.#services = options.services;
    const ports: EnginePorts<PlannedCandidate, CandidateText> = {
      perform: (task) => this.#perform(task),
      commit: (run, { work }, result) => this.#commit(run, work, result),
      keepCheckpoint: (run, { work }, checkpoint) => this.#keepCheckpoint(run, work, checkpoint),
      governor: (key) => this.#services.governor(key),
      sizeOf: ({ text }) => text.length,
    };
    const listener: EngineListener<PlannedCandidate> = {
      itemChanged: (item) => this.#itemChanged(item),
      itemProgressed: (item) => {
        this.#progressed.add(item);
        this.#flushSoon();
      },
      attemptFinished: (report) => this.#attemptFinished(report),
      runFinished: (id) => void this.#runFinished(id),
    };
    this.#load = new ProcessLoad(options.clock);
    this.#engine = new Engine(ports, listener, {
      clock: options.clock,
      random: options.random,
      capacity: this.#load.capacity,
    });
  }

  /** The plan is in the journal before the first call. A failure is the journal's, and nothing was started. */
  async start(plan: Plan, options: RunOptions, workspace: Workspace): Promise<JournalOutcome<StartedRun>> {
    const id = `${new Date().toISOString().replace(/[-:]|\..*/g, '')}-${randomBytes(3).toString('hex')}`;
    const cached = await this.#cached(plan.candidates, options, workspace);
    if (!cached.ok) return cached;
    const { texts, numbers: known } = cached.value;
    const candidates = await renumbered(plan.candidates, known);
    const startedAt = Date.now();
    const { label, root, serviceKeys } = plan;
    const created = await workspace.journal.createRun(
      {
        id,
        label,
        root,
        stages: stages.map(({ name }) => name),
        startedAt,
        options,
        services: this.#services.toStore(serviceKeys),
      },
      candidates,
    );
    if (!created.ok) return created;
    failpoint('after-plan');
    const run = newShownRun({ id, label, total: candidates.length, workspace, startedAt });
    const numbers = new CandidateNumbers([]);
    await inSlices(candidates, (candidate) => {
      numbers.learn([candidate]);
      run.items.set(candidate.id, newItemSnapshot(id, candidate));
    });
    const checkpoints = completeCheckpoints(texts);
    const lease = created.value;
    return success(
      await this.#begin(run, { lease, root, options, candidates, numbers, checkpoints, serviceKeys, problems: [] }),
    );
  }

  /**
   * Goes on with a run of the journal: writes what was generated and never reached the disk, then generates the rest.
   * A failure says why that is not possible, and the run is as it was.
   */
  resume(request: ResumeRequest): Promise<RunOutcome<StartedRun>> {
    return this.#alone(request.run, () => this.#resume(request));
  }

  async #resume(request: ResumeRequest): Promise<RunOutcome<StartedRun>> {
    const { workspace, run: id, again } = request;
    const { journal } = workspace;
    const details = await journal.run(id);
    if (!details.ok) return details;
    const acquired = await journal.acquire(id, request.waitMs);
    if (!acquired.ok) return acquired;
    const lease = acquired.value;
    const giveBack = async (why: { readonly ok: false } & RunOutcome<never>): Promise<RunOutcome<never>> => {
      await journal.release(lease);
      return why;
    };
    const { root } = details.value;
    const rootProblem = request.rootProblem?.(root);
    if (rootProblem !== undefined) return giveBack(refusal('outside-folder', rootProblem));
    const owned = await this.#owned(workspace, lease, root);
    if (!owned.ok) return giveBack(owned);
    const recovered = await recoverTexts(owned.value);
    if (!recovered.ok) return giveBack(recovered);
    const { failures } = recovered.value;
    const left = await readResumption(request, details.value, new Set(failures.keys()));
    if (!left.ok) return giveBack(left);
    const { candidates, options, ended } = left.value;
    const madeAnew = new Set(again?.fresh === true ? ended : []);
    const cached = await this.#cached(
      candidates.filter((each) => !madeAnew.has(each.id)),
      options,
      workspace,
    );
    if (!cached.ok) return giveBack(cached);
    if (again && ended.length > 0) {
      const requeued = await journal.requeue(lease, { items: ended, fresh: again.fresh });
      if (!requeued.ok) return giveBack(requeued);
    }
    const checkpoints = new Map([...completeCheckpoints(cached.value.texts), ...left.value.checkpoints]);
    const overviews = await readAll((page) => journal.itemOverviews(id, [], page));
    if (!overviews.ok) return giveBack(overviews);
    const run = await readShownRun(workspace, details.value, overviews.value);
    const ready = {
      ...left.value,
      checkpoints,
      lease,
      root,
      numbers: owned.value.numbers,
      problems: [...failures.values()],
    };
    return success(await this.#begin(run, ready, overviews.value));
  }

  /** An item of a run that is going on here starts again; the text that a failed one has is only written. */
  async startAgain(runId: string, itemId: string): Promise<RunOutcome<undefined>> {
    const run = this.#runs.get(runId);
    const state = run?.items.get(itemId)?.state;
    if (!run?.session || state === undefined || !isFinal(state)) return done;
    const { journal } = run.workspace;
    const { lease, writes } = run.session;
    // What became of the item before must not be written after this.
    await writes.settled();
    const text = await journal.unwrittenResult(runId, itemId);
    if (!text.ok) return text;
    const kept = text.value;
    const requeued = await journal.requeue(lease, { items: [itemId], fresh: kept === undefined });
    if (!requeued.ok) return requeued;
    const checkpoint = kept && { stage: kept.stage, result: { ...kept, origin: 'journal' } as const };
    if (this.#engine.startAgain(runId, itemId, checkpoint)) return done;
    return refusal('ended', `Run ${runId} has just ended: resume it to go on with this candidate.`);
  }

  /** Forgets a run that nobody works on, and the texts that were not written; candidates stay. */
  async discard(workspace: Workspace, id: string): Promise<RunOutcome<undefined>> {
    return this.#alone(id, async () => {
      const acquired = await workspace.journal.acquire(id);
      if (!acquired.ok) return acquired;
      const discarded = await workspace.journal.discardRun(acquired.value);
      if (discarded.ok) {
        this.#runs.delete(id);
        this.events.emit({ type: 'runsReplaced' });
      }
      return discarded;
    });
  }

  /**
   * Shows the runs of a journal that are not through, and writes the texts of those that nobody works on any more.
   *
   * @param rootProblem as in `ResumeRequest`
   * @returns the runs that can be resumed, newest first
   */
  async load(
    workspace: Workspace,
    rootProblem: (root: string) => string | undefined,
  ): Promise<RunOutcome<UnfinishedRun[]>> {
    const { journal } = workspace;
    const listed = await journal.listRuns({ unfinished: true }, { limit: mostLoadedRuns });
    if (!listed.ok) return listed;
    const unfinished: UnfinishedRun[] = [];
    for (const overview of listed.value.rows) {
      if (this.#runs.get(overview.id)?.session) continue;
      const loaded = await this.#loadRun(workspace, overview, rootProblem);
      if (!loaded.ok) return loaded;
      if (loaded.value) unfinished.push(loaded.value);
    }
    if (listed.value.rows.length > 0) this.events.emit({ type: 'runsReplaced' });
    return success(unfinished);
  }

  /** Shows one run of a journal as it is there now. */
  async show(workspace: Workspace, id: string): Promise<JournalOutcome<undefined>> {
    const shown = this.#runs.get(id);
    if (shown?.session) return done;
    const details = await workspace.journal.run(id);
    if (!details.ok) {
      if (details.failure.reason === 'no-run' && this.#runs.delete(id)) this.events.emit({ type: 'runsReplaced' });
      return details;
    }
    const overviews = await readAll((page) => workspace.journal.itemOverviews(id, [], page));
    if (!overviews.ok) return overviews;
    const run = await readShownRun(workspace, details.value, overviews.value);
    if (this.#runs.get(id)?.session) return done;
    this.#runs.set(id, run);
    this.events.emit({ type: 'runsReplaced' });
    return done;
  }

  /** Brings the runs that others work on up to date. */
  async refreshElsewhere(): Promise<void> {
    const elsewhere = [...this.#runs.values()].filter(({ state }) => state === 'elsewhere');
    for (const run of elsewhere) await this.show(run.workspace, run.id);
  }

  /** Newest first. */
  snapshots(): { readonly runs: readonly RunSnapshot[]; readonly items: readonly ItemSnapshot[] } {
    const runs = [...this.#runs.values()].sort((a, b) => b.startedAt - a.startedAt);
    return { runs: runs.map((run) => this.#snapshot(run)), items: runs.flatMap((run) => [...run.items.values()]) };
  }

  item(run: string, item: string): ItemSnapshot | undefined {
    return this.#runs.get(run)?.items.get(item);
  }

  /** Where a run that is shown lives. */
  workspaceOf(run: string): Workspace | undefined {
    return this.#runs.get(run)?.workspace;
  }

  /** Whether this process works on the run now. */
  isGoingOn(id: string): boolean {
    return this.#runs.get(id)?.session !== undefined;
  }

  isUnfinished(id: string): boolean {
    return this.#runs.get(id)?.state === 'unfinished';
  }

  /** Whether a run has to stop because of its journal; its summary will say why. */
  get isInTrouble(): boolean {
    return [...this.#runs.values()].some(({ session }) => session?.trouble !== undefined);
  }

  get active(): readonly RunSnapshot[] {
    return [...this.#runs.values()].filter((run) => isActive(run.state)).map((run) => this.#snapshot(run));
  }

  /** Runs that are shown, that nobody works on and that are not through. */
  get unfinished(): readonly RunSnapshot[] {
    return [...this.#runs.values()].filter(({ state }) => state === 'unfinished').map((run) => this.#snapshot(run));
  }

  pause(id: string): void {
    this.#setState(id, 'running', 'paused', () => this.#engine.pause(id));
  }

  unpause(id: string): void {
    this.#setState(id, 'paused', 'running', (run) => {
      if (run.session?.isHeld !== true) this.#engine.resume(id);
    });
  }

  cancelItem(run: string, item: string): void {
    this.#engine.cancelItem(run, item);
  }

  cancel(id: string): void {
    const run = this.#runs.get(id);
    if (!run?.session || !isActive(run.state)) return;
    run.state = 'stopping';
    this.#engine.cancelRun(id);
  }

  cancelAll(): void {
    for (const run of [...this.#runs.values()]) this.cancel(run.id);
  }

  /**
   * Starts nothing new, lets what is in flight finish for the grace period, then aborts it. What has not ended can be
   * resumed.
   */
  async stop(graceMs: number): Promise<void> {
    const active = [...this.#runs.values()].filter((run) => isActive(run.state));
    const ends = active.flatMap(({ session }) => session?.finished ?? []);
    for (const run of active) this.#giveBack(run);
    const callOff = this.#clock.schedule(graceMs, () => {
      for (const run of active) this.#engine.cancelRun(run.id);
    });
    await Promise.all(ends);
    callOff();
  }

  /** What `stop` is waiting for ends now. */
  abort(): void {
    for (const run of this.#runs.values()) {
      if (run.session?.givesBack === true) this.#engine.cancelRun(run.id);
    }
  }

  /** Somebody else has taken over a run of this process: everything about it stops here. */
  lost(id: string): void {
    const run = this.#runs.get(id);
    if (!run?.session) return;
    this.#troubled(run, takenOver(id).failure);
  }

  dispose(): void {
    this.#load.dispose();
  }

  clearFinished(): void {
    for (const run of [...this.#runs.values()]) {
      if (run.state === 'finished') this.#runs.delete(run.id);
    }
    this.events.emit({ type: 'runsReplaced' });
  }

  /** What of the candidates need not be made, as far as the options allow that. */
  async #cached(
    candidates: readonly PlannedCandidate[],
    options: RunOptions,
    workspace: Workspace,
  ): Promise<JournalOutcome<CachedCandidates>> {
    if (options.cache !== 'on') return success({ texts: new Map(), numbers: new Map() });
    return findCached(candidates, workspace, this.#identityOf);
  }

  readonly #identityOf = ({ serviceKey }: PlannedCandidate): string => this.#services.identity(serviceKey);

  /** A lease is this process's, so the process itself sees to it that a run is taken up once at a time. */
  async #alone<Value>(id: string, action: () => Promise<RunOutcome<Value>>): Promise<RunOutcome<Value>> {
    if (this.#runs.get(id)?.session || this.#takenUp.has(id)) {
      return refusal('going-on', `Run ${id} is going on here: pause or cancel it instead.`);
    }
    this.#takenUp.add(id);
    try {
      return await action();
    } finally {
      this.#takenUp.delete(id);
    }
  }

  async #perform(task: AttemptTask<PlannedCandidate, CandidateText>): Promise<AttemptOutcome<CandidateText>> {
    const { item, signal, reportProgress: onProgress, reportHints: onHints } = task;
    const { serviceKey, model, messages, parameters, number: index, siblings } = item.work;
    const run = this.#runs.get(task.run);
    if (!run?.session || !(await this.#confirmed(run, run.session))) {
      return { kind: 'failed', failure: { reason: 'cancelled', message: 'Cancelled.' } };
    }
    return paidFor(
      await this.#services
        .service(serviceKey)
        .generate({ model, messages, parameters, index, siblings }, { signal, onProgress, onHints }),
    );
  }

  /** Whether the run is still this process's: one that was stopped for long may have lost it. */
  #confirmed(run: ShownRun, session: Session): Promise<boolean> {
    return this.#watched(run, session, () => run.workspace.journal.confirm(session.lease));
  }

  /** The engine's part of a run begins. */
  async #begin(
    run: ShownRun,
    { lease, root, options, candidates, numbers, checkpoints, serviceKeys, problems }: ReadyRun,
    earlier: readonly ItemOverview[] = [],
  ): Promise<StartedRun> {
    const attempted = earlier.filter(({ attempts }) => attempts > 0);
    const earlierAttempts = new Map(await inSlices(attempted, ({ id, attempts }) => [id, attempts] as const));
    run.counts = countItems(run.items.values());
    const items = await inSlices(candidates, (candidate) => ({
      id: candidate.id,
      priority: candidate.priority,
      services: [this.#services.governorKey(candidate.serviceKey)],
      reservation: candidate.reservation,
      work: candidate,
    }));
    let resolve: (summary: RunSummary) => void = () => undefined;
    const finished = new Promise<RunSummary>((settle) => {
      resolve = settle;
    });
    run.state = 'running';
    run.finishedAt = undefined;
    const writes = new PatientWrites(
      this.#clock,
      () => run.session?.givesBack === false,
      (isHeld) => this.#hold(run, isHeld),
    );
    const session: Session = {
      workspace: run.workspace,
      lease,
      root,
      numbers,
      writes,
      persist: writes.persist,
      options,
      serviceKeys,
      metrics: new RunMetrics(this.#clock.now()),
      measured: this.#load.measure(),
      tripsBefore: new Map(serviceKeys.map((key) => [key, this.#services.breakerTrips([key])])),
      writtenBefore: run.counts.written,
      files: new Map(),
      givenBack: new Set(),
      unkept: [],
      isHeld: false,
      earlierAttempts,
      finished,
      resolve,
      givesBack: false,
      trouble: undefined,
    };
    run.session = session;
    // The run is new, or newly at work: it comes first.
    this.#runs.delete(run.id);
    this.#runs.set(run.id, run);
    if (options.cache === 'on') {
      for (const { id, service } of candidates)
        session.metrics.cacheAsked(service, checkpoints.get(id)?.result.origin === 'cache');
    }
    this.events.emit({ type: 'runStarted', run: this.#snapshot(run), items: [...run.items.values()] });
    this.#engine.start({
      id: run.id,
      stages,
      items,
      checkpoints,
      retry: options.retry,
      order: options.order,
      ...(options.sequential ? { maxInFlight: 1 } : {}),
    });
    return { id: run.id, problems, finished };
  }

  /** A run of the journal that this process has just taken. */
  async #owned(workspace: Workspace, lease: RunLease, root: string): Promise<JournalOutcome<OwnedRun>> {
    const numbers = await workspace.journal.lastNumbers(lease.run);
    if (!numbers.ok) return numbers;
    return success({
      workspace,
      lease,
      root,
      numbers: new CandidateNumbers(numbers.value),
      persist: (write) => write(),
    });
  }

  async #loadRun(
    workspace: Workspace,
    overview: RunOverview,
    rootProblem: (root: string) => string | undefined,
  ): Promise<RunOutcome<UnfinishedRun | undefined>> {
    const { journal } = workspace;
    const { id, label, unwritten, counts } = overview;
    let recovered: Recovered = { written: 0, failures: new Map() };
    if (stateOf(overview) !== 'elsewhere' && (unwritten > 0 || counts.queued === 0)) {
      const settled = await this.#alone(id, () => this.#settle(workspace, id, rootProblem));
      if (!settled.ok && !['owned', 'going-on'].includes(settled.failure.reason)) return settled;
      if (settled.ok) recovered = settled.value;
    }
    const details = await journal.run(id);
    if (!details.ok) return details;
    const overviews = await readAll((page) => journal.itemOverviews(id, [], page));
    if (!overviews.ok) return overviews;
    const run = await readShownRun(workspace, details.value, overviews.value);
    if (this.#runs.get(id)?.session) return success(undefined);
    this.#runs.set(id, run);
    const left = run.counts.queued;
    if (run.state === 'elsewhere' || left + recovered.written + recovered.failures.size === 0)
      return success(undefined);
    return success({
      id,
      label,
      counts: run.counts,
      left,
      recovered: recovered.written,
      problems: [...recovered.failures.values()],
    });
  }

  /** Writes what a run has generated, and closes it when nothing of it is left. */
  async #settle(
    workspace: Workspace,
    id: string,
    rootProblem: (root: string) => string | undefined,
  ): Promise<JournalOutcome<Recovered>> {
    const { journal } = workspace;
    const details = await journal.run(id);
    if (!details.ok) return details;
    const problem = rootProblem(details.value.root);
    if (problem !== undefined) return success({ written: 0, failures: new Map([['', problem]]) });
    const acquired = await journal.acquire(id);
    if (!acquired.ok) return acquired;
    const owned = await this.#owned(workspace, acquired.value, details.value.root);
    const recovered = owned.ok ? await recoverTexts(owned.value) : owned;
    const after = await journal.run(id);
    const isThrough = recovered.ok && after.ok && after.value.counts.queued === 0;
    const ended = isThrough
      ? await journal.finishRun(acquired.value, { summary: null, metrics: [] })
      : await journal.release(acquired.value);
    return ended.ok ? recovered : ended;
  }

  /** While the journal is locked, nothing new is started: what comes of it could not be kept. */
  #hold(run: ShownRun, isHeld: boolean): void {
    if (!run.session) return;
    run.session.isHeld = isHeld;
    if (isHeld) this.#engine.pause(run.id);
    else if (run.state === 'running') this.#engine.resume(run.id);
    this.#flushSoon();
  }

  #giveBack(run: ShownRun): void {
    if (!run.session) return;
    run.session.givesBack = true;
    run.state = 'stopping';
    this.#engine.cancelQueued(run.id);
  }

  /** What was paid for can no longer be kept: nothing more is spent, and what is left can be resumed. */
  #troubled(run: ShownRun, trouble: JournalFailure): void {
    const { session } = run;
    if (!session || session.trouble) return;
    session.trouble = trouble;
    this.#giveBack(run);
    if (trouble.reason === 'lost') this.#engine.cancelRun(run.id);
  }

  #setState(id: string, from: RunState, to: RunState, action: (run: ShownRun) => void): void {
    const run = this.#runs.get(id);
    if (run?.state !== from) return;
    run.state = to;
    action(run);
    this.events.emit({ type: 'runChanged', run: this.#snapshot(run) });
  }

  #epoch(clockMs: number): number {
    // Not from a moment in the past: a machine that slept has a clock that stood still.
    return Math.round(Date.now() - (this.#clock.now() - clockMs));
  }

  #snapshot(run: ShownRun): RunSnapshot {
    const { session } = run;
    const now = this.#clock.now();
    const eta =
      session && run.finishedAt === undefined ? session.metrics.eta(run.counts, now, this.#limits(session)) : undefined;
    const waiting = session && run.state === 'running' ? this.#waiting(session) : undefined;
    return {
      id: run.id,
      label: run.label,
      state: run.state,
      total: run.total,
      counts: { ...run.counts },
      startedAt: run.startedAt,
      perMinute: session?.metrics.perMinute(now) ?? run.perMinute,
      ...(run.finishedAt === undefined ? {} : { finishedAt: run.finishedAt }),
      ...(eta ? { eta } : {}),
      ...(waiting === undefined ? {} : { waiting }),
    };
  }

  #waiting({ isHeld, serviceKeys }: Session): string | undefined {
    return isHeld ? 'another program keeps the journal locked' : this.#services.waiting(serviceKeys);
  }

  #limits({ serviceKeys, options }: Session): Limits {
    const limits = this.#services.limits(serviceKeys);
    return options.sequential ? { ...limits, concurrency: 1 } : limits;
  }

  #itemSnapshot(run: ShownRun, view: ItemView<PlannedCandidate>): ItemSnapshot {
    const { spec } = view;
    const file = run.session?.files.get(spec.id);
    return {
      ...newItemSnapshot(run.id, spec.work, view.state),
      stage: stages[view.stageIndex as 0].name,
      stageIndex: view.stageIndex,
      progress: view.progress,
      attempts: view.attempts + (run.session?.earlierAttempts.get(spec.id) ?? 0),
      ...(view.startedAt === undefined ? {} : { startedAt: this.#epoch(view.startedAt) }),
      ...(view.finishedAt === undefined ? {} : { finishedAt: this.#epoch(view.finishedAt) }),
      ...(view.dueAt === undefined ? {} : { dueAt: this.#epoch(view.dueAt) }),
      ...(view.failure ? { failure: view.failure } : {}),
      ...(file === undefined ? {} : { file }),
    };
  }

  #itemChanged(view: ItemView<PlannedCandidate>): void {
    const run = this.#runs.get(view.run);
    const session = run?.session;
    if (!run || !session) return;
    const before = run.items.get(view.spec.id);
    const item = this.#itemSnapshot(run, view);
    run.items.set(item.id, item);
    this.#progressed.delete(view);
    if (before && before.state !== item.state) {
      run.counts[before.state]--;
      run.counts[item.state]++;
      if (item.state === 'running') session.metrics.attemptStarted(view.spec.work.service, this.#clock.now());
      if (item.state === 'written') session.metrics.itemWritten(this.#clock.now());
      this.#keepEnd(run, session, item);
    }
    this.events.emit({ type: 'itemChanged', item });
    this.#flushSoon();
  }

  /** A person's cancel and a failure are for good; what was only stopped is not. */
  #keepEnd(run: ShownRun, session: Session, { id, state, failure: why }: ItemSnapshot): void {
    if (state !== 'failed' && state !== 'cancelled') return;
    if (session.trouble || (session.givesBack && state === 'cancelled')) {
      session.givenBack.add(id);
      return;
    }
    const ended = { item: id, state, ...(why ? { failure: why } : {}) };
    const { journal } = run.workspace;
    void this.#watched(run, session, () => journal.markEnded(session.lease, ended)).then((isKept) => {
      if (!isKept) session.givenBack.add(id);
    });
  }

  /** A write whose failure stops the run. @returns whether it was made */
  async #watched(run: ShownRun, session: Session, write: () => Promise<JournalOutcome<unknown>>): Promise<boolean> {
    const outcome = await session.persist(write);
    if (!outcome.ok) this.#troubled(run, outcome.failure);
    return outcome.ok;
  }

  #attemptFinished(report: AttemptReport<PlannedCandidate>): void {
    const run = this.#runs.get(report.item.run);
    const session = run?.session;
    if (!run || !session) return;
    const { id, work } = report.item.spec;
    const { prices } = this.#services.settings(work.serviceKey);
    const cost = report.usage && costOf(prices, report.usage);
    session.metrics.attemptFinished(work.service, report, cost, this.#clock.now());
    const facts = {
      item: id,
      service: work.service,
      model: work.model,
      attempt: report.attempt,
      durationMs: report.durationMs,
      queueWaitMs: report.queueWaitMs,
      outcome: report.outcome,
      ...(report.usage ? { usage: report.usage } : {}),
      ...(report.message === undefined ? {} : { message: report.message }),
      ...(report.retryInMs === undefined ? {} : { retryInMs: report.retryInMs }),
    };
    if (!session.trouble) {
      const { stageIndex: stage } = report.item;
      const startedAt = this.#epoch(report.startedAt);
      const { journal } = run.workspace;
      void this.#watched(run, session, () => journal.recordAttempt(session.lease, { ...facts, stage, startedAt }));
    }
    this.events.emit({
      type: 'attemptFinished',
      attempt: { ...facts, run: run.id, label: labelOf(work), stage: report.stage },
    });
  }

  async #runFinished(id: string): Promise<void> {
    const run = this.#runs.get(id);
    const session = run?.session;
    if (!run || !session) return;
    const { journal } = run.workspace;
    await session.writes.settled();
    await this.#keepAgain(run, session);
    const summary = this.#summary(run, session);
    const isThrough = !session.givesBack && run.counts.queued === 0;
    const metrics = session.metrics.byService(this.#clock.now(), (service) => this.#serviceFacts(session, service));
    if (session.trouble?.reason !== 'lost') {
      const ended = isThrough
        ? await journal.finishRun(session.lease, { summary, metrics })
        : await journal.release(session.lease);
      if (!ended.ok) session.trouble ??= ended.failure;
    }
    run.session = undefined;
    run.perMinute = summary.perMinute;
    run.finishedAt = Math.max(Date.now(), run.startedAt);
    run.state =
      session.trouble?.reason === 'lost' ? 'elsewhere' : isThrough && !session.trouble ? 'finished' : 'unfinished';
    for (const item of session.givenBack) {
      const shown = run.items.get(item);
      if (shown) run.items.set(item, queuedAgain(shown));
    }
    run.counts = countItems(run.items.values());
    const finished = [...this.#runs.values()].filter(({ state }) => state === 'finished');
    for (const old of finished.slice(0, -mostFinishedRuns)) this.#runs.delete(old.id);
    const problem = session.trouble?.message;
    const told = problem === undefined ? summary : { ...summary, problem };
    this.events.emit({ type: 'runFinished', run: this.#snapshot(run), summary: told });
    if (session.givenBack.size > 0) this.events.emit({ type: 'runsReplaced' });
    session.resolve(told);
  }

  /** What was paid for and could not be kept gets another chance: by now the disk may have room again. */
  async #keepAgain(run: ShownRun, session: Session): Promise<void> {
    let isRefused = session.trouble?.reason === 'lost';
    for (const { candidate, result, options } of session.unkept) {
      const kept = isRefused ? undefined : await keepCandidate(session, candidate, result, options);
      isRefused ||= kept?.trouble !== undefined;
      const item = run.items.get(candidate.id);
      if (kept === undefined || kept.kind === 'failed' || kept.trouble || !item) {
        session.givenBack.add(candidate.id);
        continue;
      }
      session.givenBack.delete(candidate.id);
      run.counts[item.state]--;
      run.counts[kept.kind]++;
      const { failure: _failure, ...rest } = item;
      run.items.set(item.id, { ...rest, state: kept.kind, file: kept.file.path });
    }
  }

  #serviceFacts({ serviceKeys, tripsBefore }: Session, service: string): ServiceFacts {
    const key = serviceKeys.find((each) => this.#services.settings(each).name === service);
    return {
      configuredConcurrency: (key === undefined ? undefined : this.#services.settings(key).maxConcurrent) ?? 'auto',
      breakerTrips: key === undefined ? 0 : this.#services.breakerTrips([key]) - (tripsBefore.get(key) ?? 0),
    };
  }

  #summary(run: ShownRun, session: Session): RunSummary {
    const { metrics, serviceKeys, tripsBefore } = session;
    const now = this.#clock.now();
    const durationMs = now - metrics.startedAt;
    const tripsAtStart = [...tripsBefore.values()].reduce((sum, trips) => sum + trips, 0);
    return {
      run: run.id,
      label: run.label,
      counts: { ...run.counts },
      attempts: metrics.attempts,
      retries: metrics.retries,
      retriesByReason: { ...metrics.retriesByReason },
      rateLimited: metrics.rateLimited,
      tokens: metrics.tokens,
      ...(metrics.cost === undefined ? {} : { cost: metrics.cost }),
      latency: metrics.latency,
      queueWait: metrics.queueWait,
      breakerTrips: serviceKeys.reduce((sum, key) => sum + this.#services.breakerTrips([key]), 0) - tripsAtStart,
      process: session.measured(),
      perMinute: durationMs > 0 ? ((run.counts.written - session.writtenBefore) * 60_000) / durationMs : 0,
      slots: { ...metrics.slots(now), limit: this.#limits(session).concurrency },
      cache: metrics.cache,
      durationMs,
    };
  }

  async #commit(runId: string, candidate: PlannedCandidate, result: CandidateText): Promise<CommitOutcome> {
    const run = this.#runs.get(runId);
    const session = run?.session;
    if (!run || !session) throw new Error(`Run ${runId} has ended before its items.`);
    const options = {
      stage: stages.length - 1,
      ...(session.options.cache === 'off' ? {} : { cacheKey: cacheKeyOf(candidate, this.#identityOf) }),
    };
    const kept = await keepCandidate(session, candidate, result, options);
    const file = kept.kind === 'failed' ? undefined : kept.file;
    if (kept.trouble) {
      this.#troubled(run, kept.trouble);
      session.unkept.push({ candidate, result, options: { ...options, ...(file && { file }) } });
    }
    if (kept.kind === 'failed') return kept;
    session.files.set(candidate.id, kept.file.path);
    return { kind: kept.kind };
  }

  #keepCheckpoint(runId: string, { id }: PlannedCandidate, { stage, result }: Checkpoint<CandidateText>): void {
    const run = this.#runs.get(runId);
    if (!run?.session) return;
    const { text, model, usage } = result;
    const { session, workspace } = run;
    void this.#watched(run, session, () =>
      workspace.journal.recordResult(session.lease, { item: id, stage, text, model, usage }),
    );
  }

  #flushSoon(): void {
    this.#callOffFlush ??= this.#clock.schedule(progressIntervalMs, () => {
      this.#callOffFlush = undefined;
      for (const view of this.#progressed) {
        const run = this.#runs.get(view.run);
        if (!run?.session || view.state !== 'running') continue;
        const item = this.#itemSnapshot(run, view);
        run.items.set(item.id, item);
        this.events.emit({ type: 'itemChanged', item });
      }
      this.#progressed.clear();
      for (const run of this.#runs.values()) {
        if (run.session) this.events.emit({ type: 'runChanged', run: this.#snapshot(run) });
      }
    });
  }
}

function paidFor(outcome: AttemptOutcome<Generation>): AttemptOutcome<CandidateText> {
  if (outcome.kind === 'failed') return outcome;
  return { ...outcome, result: { ...outcome.result, usage: outcome.usage, origin: 'service' } };
}

/** Items whose texts are there wait for nothing but their commit. */
function completeCheckpoints(texts: ReadonlyMap<string, CandidateText>): Map<string, Checkpoint<CandidateText>> {
  return new Map([...texts].map(([item, result]) => [item, { stage: stages.length - 1, result }]));
}

/** An item that was stopped before it ended: whoever resumes the run goes on with it. */
function queuedAgain({
  finishedAt: _finishedAt,
  dueAt: _dueAt,
  failure: _failure,
  ...item
}: ItemSnapshot): ItemSnapshot {
  return { ...item, state: 'queued', progress: 0 };
}
