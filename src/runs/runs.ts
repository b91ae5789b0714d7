import { randomBytes } from 'node:crypto';
import type { Clock } from '../engine/clock.ts';
import type { AttemptReport, Checkpoint, CommitOutcome, EngineListener, EnginePorts, ItemView, ServiceKey } from '../engine/engine.ts';
import { Engine } from '../engine/engine.ts';
import { isFinal } from '../engine/item.ts';
import type { AttemptOutcome } from '../engine/outcome.ts';
import type { Generation } from '../services/service.ts';
import { costOf, type ServiceSettings } from '../services/serviceSettings.ts';
import { failpoint } from '../storage/failpoint.ts';
import { readAll } from '../storage/journal/journalClient.ts';
import { done, failure, success, type JournalFailure, type Outcome } from '../storage/journal/outcome.ts';
import { journalStates, type ItemOverview, type JournalItem, type Requeue, type RunDetails, type RunLease, type RunOverview } from '../storage/journal/records.ts';
import { cacheKeyOf, findCached } from './cachedCandidates.ts';
import { CandidateNumbers, labelOf, type PlannedCandidate } from './candidate.ts';
import { keepCandidate, type CandidateText,  } from './candidateKeeper.ts';
import { isActive, type ItemSnapshot, type RunSnapshot, type RunState, type RunSummary } from './events.ts';
import { EventStream } from './eventStream.ts';
import {
  journalItems,
  plannedCandidates,
  recoverTexts,
  storedServices,
  type Recovered,
} from './journalledRun.ts';
import type { Plan } from './plan.ts';
import { ProcessLoad } from './processLoad.ts';
import { RunMetrics, type Limits, type ServiceFacts } from './runMetrics.ts';
import { readRunOptions, type RunOptions } from './runOptions.ts';
import type { ServiceDirectory } from './serviceDirectory.ts';
import {
  countItems,
  journalledItem,
  newItemSnapshot,
  newShownRun,
  stages,
  stateOf,
  type Session,
  type ShownRun,
} from './shownRun.ts';
import type { Workspace } from './workspace.ts';

export interface StartedRun {
  readonly id: string;
  /** Resolves when every item has ended and the journal knows it. */
  readonly finished: Promise<RunSummary>;
}

/** What a run that goes on needs from whoever resumes it. */
export interface ResumeRequest {
  readonly workspace: Workspace;
  readonly run: string;
  /** In place of the options that the run was started with. */
  readonly options?: Partial<RunOptions>;
  /** Items that have ended and start again. */
  readonly again?: Requeue;
  /** Only what `again` names; else everything that has not ended. */
  readonly only?: 'again';
  /** How long to watch an owner that gives no sign of life, ms. */
  readonly waitMs?: number;
  /**
   * Where the items of a service go.
   *
   * @param stored the service as it was when the run was started
   * @param options of the run, with those of this request
   * @returns the key under which the service takes part, or a sentence that says what to do
   */
  readonly serviceOf: (
    name: string,
    stored: ServiceSettings | undefined,
    options: RunOptions,
  ) => Promise<Outcome<ServiceKey>>;
  /** Why candidates must not go to a folder, as a sentence: asked for the root of the run. */
  readonly rootProblem?: (root: string) => string | undefined;
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
interface ReadyRun {
  readonly lease: RunLease;
  readonly root: string;
  readonly options: RunOptions;
  readonly candidates: readonly PlannedCandidate[];
  readonly checkpoints: ReadonlyMap<string, Checkpoint<CandidateText>>;
  readonly serviceKeys: readonly ServiceKey[];
}

/** Views are told of progress this often at most, ms. */
const progressIntervalMs = 250;
/** Finished runs that stay in the queue panel. */
const mostFinishedRuns = 20;
const endedStates = journalStates.filter((state) => state !== 'queued');
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
    const ports: EnginePorts<PlannedCandidate, CandidateText> = {
      perform: async ({ item: { work }, signal, reportProgress, reportHints }) =>
        paidFor(
          await this.#services.service(work.serviceKey).generate(
            {
              model: work.model,
              messages: work.messages,
              parameters: work.parameters,
              index: work.number,
              siblings: work.siblings,
            },
            { signal, onProgress: reportProgress, onHints: reportHints },
          ),
        ),
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
  async start(plan: Plan, options: RunOptions, workspace: Workspace): Promise<Outcome<StartedRun>> {
    const id = `${new Date().toISOString().replace(/[-:]|\..*/g, '')}-${randomBytes(3).toString('hex')}`;
    let { candidates } = plan;
    let cached: ReadonlyMap<string, CandidateText> = new Map();
    if (options.cache === 'on') {
      const found = await findCached(candidates, workspace, this.#identityOf);
      if (!found.ok) return found;
      ({ candidates, texts: cached } = found.value);
    }
    const startedAt = Date.now();
    const { label, root, serviceKeys } = plan;
    const created = await workspace.journal.createRun(
      { id, label, root, stages: stages.map(({ name }) => name), startedAt, options, services: this.#services.toStore(serviceKeys) },
      candidates,
    );
    if (!created.ok) return created;
    failpoint('after-plan');
    const run = newShownRun({ id, label, total: candidates.length, workspace, startedAt });
    for (const candidate of candidates) run.items.set(candidate.id, newItemSnapshot(id, candidate));
    const checkpoints = new Map<string, Checkpoint<CandidateText>>();
    for (const [item, result] of cached) checkpoints.set(item, { stage: stages.length - 1, result });
    return success(this.#begin(run, { lease: created.value, root, options, candidates, checkpoints, serviceKeys }));
  }

  /**
   * Goes on with a run of the journal: writes what was generated and never reached the disk, then generates the rest.
   * A failure says why that is not possible, and the run is as it was.
   */
  async resume(request: ResumeRequest): Promise<Outcome<StartedRun>> {
    const { workspace, run: id, again } = request;
    const { journal } = workspace;
    if (this.#runs.get(id)?.session) return failure('owned', `Run ${id} is going on here: pause or cancel it instead.`);
    const details = await journal.run(id);
    if (!details.ok) return details;
    const acquired = await journal.acquire(id, request.waitMs);
    if (!acquired.ok) return acquired;
    const lease = acquired.value;
    const giveBack = async (why: { readonly ok: false } & Outcome<never>): Promise<Outcome<never>> => {
      await journal.release(lease);
      return why;
    };
    const { root } = details.value;
    const rootProblem = request.rootProblem?.(root);
    if (rootProblem !== undefined) return giveBack(failure('unknown', rootProblem));
    const recovered = await this.#recover(workspace, lease, root);
    if (!recovered.ok) return giveBack(recovered);
    const ready = await this.#readyToResume(request, details.value, lease);
    if (!ready.ok) return giveBack(ready);
    if (again) {
      const requeued = await journal.requeue(lease, again);
      if (!requeued.ok) return giveBack(requeued);
    }
    const overviews = await readAll((page) => journal.itemOverviews(id, [], page));
    if (!overviews.ok) return giveBack(overviews);
    const run = this.#shown(workspace, details.value, overviews.value);
    return success(this.#begin(run, ready.value, overviews.value));
  }

  /** An item of a run that is going on here starts again; the text that a failed one has is only written. */
  async startAgain(runId: string, itemId: string): Promise<Outcome<undefined>> {
    const run = this.#runs.get(runId);
    const state = run?.items.get(itemId)?.state;
    if (!run?.session || state === undefined || !isFinal(state)) return done;
    const { journal } = run.workspace;
    const { lease } = run.session;
    const texts = await readAll((page) => journal.unwrittenResults(runId, page));
    if (!texts.ok) return texts;
    const kept = texts.value.find(({ item }) => item === itemId);
    const requeued = await journal.requeue(lease, { items: [itemId], fresh: kept === undefined });
    if (!requeued.ok) return requeued;
    const checkpoint = kept && { stage: kept.stage, result: { ...kept, origin: 'journal' } as const };
    this.#engine.startAgain(runId, itemId, checkpoint);
    return done;
  }

  /** Forgets a run that nobody works on, and the texts that were not written; candidates stay. */
  async discard(workspace: Workspace, id: string): Promise<Outcome<undefined>> {
    if (this.#runs.get(id)?.session) return failure('owned', `Run ${id} is going on here: cancel it first.`);
    const acquired = await workspace.journal.acquire(id);
    if (!acquired.ok) return acquired;
    const discarded = await workspace.journal.discardRun(acquired.value);
    if (discarded.ok) {
      this.#runs.delete(id);
      this.events.emit({ type: 'runsReplaced' });
    }
    return discarded;
  }

  /**
   * Shows the runs of a journal that are not through, and writes the texts of those that nobody works on any more.
   *
   * @param rootProblem as in `ResumeRequest`
   * @returns the runs that can be resumed, newest first
   */
  async load(workspace: Workspace, rootProblem: (root: string) => string | undefined): Promise<Outcome<UnfinishedRun[]>> {
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
  async show(workspace: Workspace, id: string): Promise<Outcome<undefined>> {
    const shown = this.#runs.get(id);
    if (shown?.session) return done;
    const details = await workspace.journal.run(id);
    if (!details.ok) {
      if (details.failure.reason === 'unknown' && this.#runs.delete(id)) this.events.emit({ type: 'runsReplaced' });
      return details;
    }
    const overviews = await readAll((page) => workspace.journal.itemOverviews(id, [], page));
    if (!overviews.ok) return overviews;
    if (this.#runs.get(id)?.session) return done;
    this.#shown(workspace, details.value, overviews.value);
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

  get active(): readonly RunSnapshot[] {
    return [...this.#runs.values()].filter((run) => isActive(run.state)).map((run) => this.#snapshot(run));
  }

  pause(id: string): void {
    this.#setState(id, 'running', 'paused', () => this.#engine.pause(id));
  }

  unpause(id: string): void {
    this.#setState(id, 'paused', 'running', () => this.#engine.resume(id));
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
    this.#troubled(run, failure('lost', `Run ${id} was taken over by another window or terminal: it goes on there.`).failure);
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

  readonly #identityOf = ({ serviceKey }: PlannedCandidate): string => this.#services.identity(serviceKey);

  /** The engine's part of a run begins. */
  #begin(
    run: ShownRun,
    { lease, root, options, candidates, checkpoints, serviceKeys }: ReadyRun,
    earlier: readonly ItemOverview[] = [],
  ): StartedRun {
    let resolve: (summary: RunSummary) => void = () => undefined;
    const finished = new Promise<RunSummary>((settle) => {
      resolve = settle;
    });
    run.counts = countItems(run.items.values());
    run.state = 'running';
    run.finishedAt = undefined;
    const session: Session = {
      workspace: run.workspace,
      lease,
      root,
      numbers: new CandidateNumbers(candidates),
      options,
      serviceKeys,
      metrics: new RunMetrics(this.#clock.now()),
      measured: this.#load.measure(),
      tripsBefore: new Map(serviceKeys.map((key) => [key, this.#services.breakerTrips([key])])),
      writtenBefore: run.counts.written,
      files: new Map(),
      givenBack: new Set(),
      earlierAttempts: new Map(earlier.filter(({ attempts }) => attempts > 0).map(({ id, attempts }) => [id, attempts])),
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
      for (const { id, service } of candidates) session.metrics.cacheAsked(service, checkpoints.get(id)?.result.origin === 'cache');
    }
    this.events.emit({ type: 'runStarted', run: this.#snapshot(run), items: [...run.items.values()] });
    this.#engine.start({
      id: run.id,
      stages,
      items: candidates.map((candidate) => ({
        id: candidate.id,
        priority: candidate.priority,
        services: [this.#services.governorKey(candidate.serviceKey)],
        reservation: candidate.reservation,
        work: candidate,
      })),
      checkpoints,
      retry: options.retry,
      order: options.order,
      ...(options.sequential ? { maxInFlight: 1 } : {}),
    });
    return { id: run.id, finished };
  }

  /** Reads what is left of a run, and makes sure that somebody can generate it. */
  async #readyToResume(
    { workspace, again, only, options: changed, serviceOf }: ResumeRequest,
    { id, root, options: stored, services }: RunDetails,
    lease: RunLease,
  ): Promise<Outcome<ReadyRun>> {
    const queued = only === 'again' ? success([]) : await journalItems(workspace, id, ['queued']);
    if (!queued.ok) return queued;
    const restarted = await this.#itemsAgain(workspace, id, again);
    if (!restarted.ok) return restarted;
    const items = [...queued.value, ...restarted.value].sort((a, b) => a.position - b.position);
    const options = { ...readRunOptions(stored), ...changed };
    const known = storedServices(services);
    const serviceKeys = new Map<string, ServiceKey>();
    for (const name of new Set(items.map(({ service }) => service))) {
      const key = await serviceOf(name, known.get(name), options);
      if (!key.ok) return key;
      serviceKeys.set(name, key.value);
    }
    const reached = await readAll((page) => workspace.journal.checkpoints(id, page));
    if (!reached.ok) return reached;
    return success({
      lease,
      root,
      options,
      candidates: plannedCandidates(items, serviceKeys),
      checkpoints: new Map(reached.value.map((result) => [result.item, { stage: result.stage, result: { ...result, origin: 'journal' } }])),
      serviceKeys: [...new Set(serviceKeys.values())],
    });
  }

  /** The items that have ended and are to start again. */
  async #itemsAgain(workspace: Workspace, id: string, again: Requeue | undefined): Promise<Outcome<JournalItem[]>> {
    if (!again) return success([]);
    const { items, states = endedStates } = again;
    const found =
      items === undefined ? await journalItems(workspace, id, states) : await workspace.journal.itemsById(id, items);
    if (!found.ok) return found;
    return success(found.value.filter(({ state }) => states.some((each) => each === state)));
  }

  /** Writes the texts of a run that never reached the disk. */
  #recover(workspace: Workspace, lease: RunLease, root: string): Promise<Outcome<Recovered>> {
    return recoverTexts({ workspace, lease, root, numbers: new CandidateNumbers([]) });
  }

  async #loadRun(
    workspace: Workspace,
    { id, label, unwritten, counts, owner }: RunOverview,
    rootProblem: (root: string) => string | undefined,
  ): Promise<Outcome<UnfinishedRun | undefined>> {
    const { journal } = workspace;
    const isElsewhere = owner !== undefined && !owner.mine && !owner.dead;
    let recovered: Recovered = { written: 0, failures: [] };
    if (!isElsewhere && (unwritten > 0 || counts.queued === 0)) {
      const settled = await this.#settle(workspace, id, rootProblem);
      if (!settled.ok && settled.failure.reason !== 'owned') return settled;
      if (settled.ok) recovered = settled.value;
    }
    const details = await journal.run(id);
    if (!details.ok) return details;
    const overviews = await readAll((page) => journal.itemOverviews(id, [], page));
    if (!overviews.ok) return overviews;
    if (this.#runs.get(id)?.session) return success(undefined);
    const run = this.#shown(workspace, details.value, overviews.value);
    const left = run.counts.queued;
    if (run.state === 'elsewhere' || left + recovered.written + recovered.failures.length === 0) return success(undefined);
    return success({ id, label, counts: run.counts, left, recovered: recovered.written, problems: recovered.failures });
  }

  /** Writes what a run has generated, and closes it when nothing of it is left. */
  async #settle(
    workspace: Workspace,
    id: string,
    rootProblem: (root: string) => string | undefined,
  ): Promise<Outcome<Recovered>> {
    const { journal } = workspace;
    const details = await journal.run(id);
    if (!details.ok) return details;
    const problem = rootProblem(details.value.root);
    if (problem !== undefined) return success({ written: 0, failures: [problem] });
    const acquired = await journal.acquire(id);
    if (!acquired.ok) return acquired;
    const recovered = await this.#recover(workspace, acquired.value, details.value.root);
    const after = await journal.run(id);
    const isThrough = recovered.ok && after.ok && after.value.counts.queued === 0;
    const ended = isThrough
      ? await journal.finishRun(acquired.value, { summary: null, metrics: [] })
      : await journal.release(acquired.value);
    return ended.ok ? recovered : ended;
  }

  /** Puts a run of the journal among those that the views see. */
  #shown(workspace: Workspace, details: RunDetails, overviews: readonly ItemOverview[]): ShownRun {
    const { id, label, total, startedAt } = details;
    const run = newShownRun({ id, label, total, workspace, startedAt });
    for (const item of overviews) run.items.set(item.id, journalledItem(id, item));
    run.counts = countItems(run.items.values());
    run.state = stateOf(details);
    run.finishedAt = details.finishedAt;
    this.#runs.set(id, run);
    return run;
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

  #snapshot(run: ShownRun): RunSnapshot {
    const { session } = run;
    const now = this.#clock.now();
    const eta = session && run.finishedAt === undefined ? session.metrics.eta(run.counts, now, this.#limits(session)) : undefined;
    const waiting = session && run.state === 'running' ? this.#services.waiting(session.serviceKeys) : undefined;
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
    this.#watch(run, run.workspace.journal.markEnded(session.lease, ended));
  }

  /** The journal's answer is not waited for, but a failure stops the run. */
  #watch(run: ShownRun, answer: Promise<Outcome<unknown>>): void {
    void answer.then((outcome) => {
      if (!outcome.ok) this.#troubled(run, outcome.failure);
    });
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
      this.#watch(run, run.workspace.journal.recordAttempt(session.lease, { ...facts, stage, startedAt }));
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
    run.finishedAt = Date.now();
    run.state = session.trouble?.reason === 'lost' ? 'elsewhere' : isThrough ? 'finished' : 'unfinished';
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
    const kept = await keepCandidate(session, candidate, result, {
      stage: stages.length - 1,
      ...(session.options.cache === 'off' ? {} : { cacheKey: cacheKeyOf(candidate, this.#identityOf) }),
    });
    if (kept.trouble) this.#troubled(run, kept.trouble);
    if (kept.kind === 'failed') return kept;
    session.files.set(candidate.id, kept.path);
    return { kind: kept.kind };
  }

  #keepCheckpoint(runId: string, { id }: PlannedCandidate, { stage, result }: Checkpoint<CandidateText>): void {
    const run = this.#runs.get(runId);
    if (!run?.session) return;
    const { text, model, usage } = result;
    this.#watch(run, run.workspace.journal.recordResult(run.session.lease, { item: id, stage, text, model, usage }));
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

/** An item that was stopped before it ended: whoever resumes the run goes on with it. */
function queuedAgain({ finishedAt: _finishedAt, dueAt: _dueAt, failure: _failure, ...item }: ItemSnapshot): ItemSnapshot {
  return { ...item, state: 'queued', progress: 0 };
}
