import type { Clock } from '../../base/clock.ts';
import type { RunSample, StageLoad } from '../../model/activity.ts';
import { success, type Outcome } from '../../base/outcome.ts';
import { inSlices } from '../../base/slices.ts';
import type { CandidateNumbers } from '../../candidates/candidateNumbers.ts';
import type {
  AttemptReport,
  AttemptTask,
  CommitOutcome,
  Engine,
  ItemSpec,
  ItemView,
  ServiceKey,
  WaitingItems,
} from '../../engine/engine.ts';
import type { ParameterChanges } from '../../model/adaptation.ts';
import { cancelledFailure, type AttemptOutcome } from '../../model/attempt.ts';
import { priorityWithin, type ItemCounts } from '../../model/item.ts';
import type { Eta, ItemSnapshot, RunState, RunSummary } from '../../model/run.ts';
import { costOf, type Prices } from '../../model/prices.ts';
import type { NegotiationStore } from '../../services/negotiation.ts';
import type { Generation, GenerationOptions, TextSoFar } from '../../services/service.ts';
import type { JournalFailure, JournalOutcome } from '../../storage/journal/journalFailure.ts';
import { takenOver } from '../../storage/journal/tables/leaseTable.ts';
import { readAll } from '../../storage/journal/journalClient.ts';
import type { BudgetScope, EndedItem, JournalItem, RunLease } from '../../storage/journal/records.ts';
import type { LiveTexts } from '../board/liveTexts.ts';
import type { Pace, RunBoard } from '../board/runBoard.ts';
import { journalledItem, type ShownRun } from '../board/shownRun.ts';
import { JournalNegotiations } from '../negotiations.ts';
import { labelOf, recordLabel, type PlannedItem } from '../plan/plannedCandidate.ts';
import { cacheKeyOf } from '../resume/cachedCandidates.ts';
import type { ServiceDirectory } from '../serviceDirectory.ts';
import type { Workspace } from '../workspace.ts';
import { isSpentFor } from './budgetKeeper.ts';
import { keepResult, type OwnedRun } from './candidateKeeper.ts';
import { FlowWork, type FollowedText } from './flowWork.ts';
import { attachedFiles } from './attachedFiles.ts';
import { ItemSnapshots, queuedAgain } from './itemSnapshots.ts';
import type { StageAnswer } from './runFlow.ts';
import { PatientWrites, type Persist } from './lockedWrites.ts';
import { PromptPrefixes } from './promptPrefix.ts';
import type { ProcessLoad } from './processLoad.ts';
import type { ReadyRun } from './readyRun.ts';
import { openTables } from './openTables.ts';
import type { KeptTables, ResultTables } from './resultTables.ts';
import { StructuredAnswers } from './structuredAnswers.ts';
import { openBudgets, RunSpending } from './runSpending.ts';
import { SessionMeter } from './sessionMeter.ts';
import { VerbalizedCalls } from './verbalizedCalls.ts';
import { UnkeptTexts } from './unkeptTexts.ts';
import { withinBounds } from './withinBounds.ts';

export interface SessionTools {
  readonly engine: Engine<PlannedItem, FollowedText>;
  readonly board: RunBoard;
  readonly texts: LiveTexts;
  readonly services: ServiceDirectory;
  readonly load: ProcessLoad;
  readonly clock: Clock;
}

/**
 * The work of this process on one run, from its start or resumption to its end. It owns all that only concerns this run;
 * what the engine does with the run's items comes through here to the journal, the disk and the board.
 */
export class RunSession implements Pace, OwnedRun {
  readonly id: string;
  readonly workspace: Workspace;
  readonly lease: RunLease;
  readonly root: string;
  readonly numbers: CandidateNumbers;
  readonly persist: Persist;
  readonly isResumed: boolean;
  /** Resolves when every item has ended and the journal knows it. */
  readonly finished: Promise<RunSummary>;
  readonly #resolve: (summary: RunSummary) => void;
  readonly #tools: SessionTools;
  readonly #ready: ReadyRun;
  readonly #run: ShownRun;
  readonly #serviceKeys: readonly ServiceKey[];
  readonly #meter: SessionMeter;
  readonly #snapshots: ItemSnapshots;
  readonly #writes: PatientWrites;
  readonly #prefixes = new PromptPrefixes();
  readonly #givenBack = new Set<string>();
  readonly #unkept = new UnkeptTexts();
  readonly #structured = new StructuredAnswers(this);
  readonly #verbalized = new VerbalizedCalls();
  readonly #flow: FlowWork | undefined;
  readonly #madeAnew: Set<string>;
  /** Items of this session whose results wait for their files. */
  readonly #unfiled = new Set<string>();
  /** By endpoint. */
  readonly #negotiations = new Map<string, NegotiationStore>();
  readonly #toldAdapted = new Set<string>();
  /** What has not ended when the session ends stays queued, for whoever resumes the run. */
  #givesBack = false;
  /** A person wants no more of it. */
  #isCancelled = false;
  /** The journal is locked, and nothing new is started. */
  #isHeld = false;
  #isPaused = false;
  /** Why the session had to stop. */
  #trouble: JournalFailure | undefined;
  /** Why items were left for later, as a sentence. */
  #postponed: string | undefined;
  /** Absent when nothing bounds what the run may spend. */
  #spending: RunSpending | undefined;
  /** Absent when it keeps none. */
  #tables: ResultTables | undefined;

  private constructor(tools: SessionTools, ready: ReadyRun, earlierAttempts: ReadonlyMap<string, number>) {
    const { run, lease, root, numbers, options, serviceKeys } = ready;
    const { promise, resolve } = Promise.withResolvers<RunSummary>();
    this.id = run.id;
    this.workspace = run.workspace;
    this.lease = lease;
    this.root = root;
    this.numbers = numbers;
    this.isResumed = ready.earlier.length > 0;
    this.finished = promise;
    this.#resolve = resolve;
    this.#tools = tools;
    this.#ready = ready;
    this.#run = run;
    this.#serviceKeys = serviceKeys;
    this.#meter = new SessionMeter(tools, { run, serviceKeys, sequential: options.sequential });
    this.#snapshots = new ItemSnapshots(run, tools.clock, earlierAttempts);
    this.#writes = new PatientWrites(tools.clock, (isHeld) => this.#hold(isHeld));
    this.persist = this.#writes.persist;
    run.workspace.journal.answerAtOnce(run.id);
    this.#madeAnew = new Set(ready.madeAnew);
    this.#flow = ready.flow && new FlowWork(ready.flow, run.workspace, run.id);
  }

  static async prepare(tools: SessionTools, ready: ReadyRun): Promise<JournalOutcome<RunSession>> {
    const attempted = ready.earlier.filter(({ attempts }) => attempts > 0);
    const earlierAttempts = await inSlices(attempted, ({ id, attempts }) => [id, attempts] as const);
    const session = new RunSession(tools, ready, new Map(earlierAttempts));
    const budgets = await openBudgets(session, ready.options, (name, model) => session.#prices(name, model));
    if (!budgets.ok) return budgets;
    session.#spending =
      budgets.value &&
      new RunSpending(budgets.value, {
        pricesOf: ({ serviceKey, model }) => tools.services.prices(serviceKey, model),
        usedUp: (scope) => session.#stopSpending(scope),
        failed: (failure) => session.#troubled(failure),
      });
    const { clock } = tools;
    const { workspace, isResumed } = session;
    session.#tables = await openTables(session.id, ready.options.tables, { workspace, clock }, isResumed);
    return success(session);
  }

  /** The engine's part begins. */
  async begin(): Promise<void> {
    const { engine, board } = this.#tools;
    const { items, texts, flow, isPart } = this.#ready;
    const specs = await inSlices(items, (item) => this.#itemSpec(item));
    if (this.#ready.options.cache === 'on' && !flow) {
      for (const { id, service } of items) this.#meter.metrics.cacheAsked(service, texts.get(id)?.origin === 'cache');
    }
    board.started(this.#run, this);
    engine.start({
      id: this.id,
      stages: flow?.flow.stages ?? this.#run.stages.map((name) => ({ name })),
      ...withinBounds(specs, flow?.flow, isPart),
      results: texts,
      retry: this.#ready.options.retry,
      order: this.#ready.options.order,
      ...(this.#ready.options.sequential ? { maxInFlight: 1 } : {}),
    });
  }

  get isInTrouble(): boolean {
    return this.#trouble !== undefined;
  }

  pause(): void {
    this.#isPaused = true;
    this.#tools.engine.pause(this.id);
    this.#tools.board.setState(this.id, 'paused');
  }

  unpause(): void {
    this.#isPaused = false;
    if (!this.#isHeld) this.#tools.engine.resume(this.id);
    this.#tools.board.setState(this.id, 'running');
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#run.state = 'stopping';
    this.#tools.engine.cancelRun(this.id);
  }

  /** Starts nothing new; what has not ended when the session ends can be resumed. */
  giveBack(): void {
    this.#givesBack = true;
    this.#writes.leave();
    this.#run.state = 'stopping';
    this.#tools.engine.cancelQueued(this.id);
  }

  /** What is in flight ends too, if the run is being given back. */
  abort(): void {
    if (this.#givesBack) this.#tools.engine.cancelRun(this.id);
  }

  /** Somebody else has taken the run over: everything about it stops here. */
  lost(): void {
    this.#troubled(takenOver(this.id).failure);
  }

  /**
   * An item that has ended starts again; the text that a failed one has is only written.
   *
   * @returns `ended` when the run has just ended, `followed` when others have gone on from the item
   */
  async startAgain(itemId: string): Promise<JournalOutcome<'started' | 'ended' | 'followed'>> {
    const { journal } = this.workspace;
    const known = await this.#known(itemId);
    if (!known.ok) return known;
    const item = known.value;
    if (!item) return success('ended');
    // What became of the item before must not be written after this.
    await this.#structured.settled();
    await this.#writes.settled();
    const text = await journal.unwrittenResult(this.id, itemId);
    if (!text.ok) return text;
    const kept = await this.#structured.toWrite(item, text.value);
    if (kept === undefined) this.#madeAnew.add(itemId);
    const again = { items: [itemId], fresh: kept === undefined, only: 'unfollowed' } as const;
    const requeued = await this.persist(() => journal.requeue(this.lease, again));
    if (!requeued.ok) return requeued;
    if (requeued.value === 0) return success('followed');
    if (kept && this.#flow) this.#unfiled.add(itemId);
    const result = this.#flow ? undefined : kept && ({ ...kept, origin: 'journal' } as const);
    const isStarted = this.#tools.engine.startAgain(this.id, this.#itemSpec(item), result);
    return success(isStarted ? 'started' : 'ended');
  }

  async perform(task: AttemptTask<PlannedItem>): Promise<AttemptOutcome<FollowedText>> {
    // One that was stopped for long may have lost the run.
    if (!(await this.#watched(() => this.workspace.journal.confirm(this.lease))))
      return { kind: 'failed', failure: cancelledFailure };
    if (!this.#spending) return this.#make(task, {});
    return this.#spending.within(task.item.work, task.signal, (admit) => this.#make(task, { admit }));
  }

  async #make(
    task: AttemptTask<PlannedItem>,
    admission: Pick<GenerationOptions, 'admit'>,
  ): Promise<AttemptOutcome<FollowedText>> {
    const { item, signal, reportProgress: onProgress, reportHints: onHints } = task;
    const { serviceKey, model, parameters, number: index } = item.work;
    const onText = (soFar: TextSoFar): void => this.#tools.texts.began({ run: this.id, item: item.id }, () => soFar(0));
    const negotiations = this.#negotiationsOf(serviceKey);
    const options = { signal, onProgress, onText, onHints, negotiations, ...admission };
    if (this.#flow) return paidFor(this.#noted(item.work, await this.#flow.work(item.work, options)));
    const service = this.#tools.services.service(serviceKey);
    const attached = await attachedFiles(item.work.messages, this.workspace);
    if (!attached.ok) return { kind: 'failed', failure: attached.failure, calls: 0 };
    const files = attached.value ? { files: attached.value } : {};
    const request = { model, parameters, index, ...this.#structured.request(item.work), ...files };
    const answer = await this.#verbalized.serviceFor(item.work, request, service).generate(request, options);
    const { outcome, trouble } = await this.#structured.judge(item.work, answer);
    if (trouble) this.#troubled(trouble);
    return paidFor(this.#noted(item.work, outcome));
  }

  /** What is told of an answer that was taken. */
  #noted<Outcome extends AttemptOutcome<Pick<Generation, 'adapted' | 'cut'>>>(
    item: PlannedItem,
    outcome: Outcome,
  ): Outcome {
    if (outcome.kind === 'completed' && outcome.result.adapted) this.#tellAdapted(item, outcome.result.adapted);
    this.#snapshots.ended(item.id, outcome.kind === 'completed' && outcome.result.cut === true);
    return outcome;
  }

  #negotiationsOf(serviceKey: ServiceKey): NegotiationStore {
    const endpoint = this.#tools.services.endpoint(serviceKey);
    const known = this.#negotiations.get(endpoint) ?? new JournalNegotiations(this.workspace.journal, endpoint);
    this.#negotiations.set(endpoint, known);
    return known;
  }

  #tellAdapted({ service, model }: PlannedItem, { renamed, lowered, leftOut }: ParameterChanges): void {
    const adapted = { run: this.id, service, model, renamed, ...(lowered === undefined ? {} : { lowered }), leftOut };
    const key = JSON.stringify(adapted);
    if (this.#toldAdapted.has(key)) return;
    this.#toldAdapted.add(key);
    this.#tools.board.callsAdapted(adapted);
  }

  /** What an item of a flow comes to without a call: its result in the journal that waits for its file, or in the cache. */
  recall(item: PlannedItem): Promise<FollowedText | undefined> | undefined {
    if (!this.#flow) return undefined;
    const isKept = (this.isResumed || this.#unfiled.has(item.id)) && this.#flow.leavesFile(item);
    const isCached = this.#ready.options.cache === 'on' && !this.#madeAnew.has(item.id);
    return isKept || isCached ? this.#recall(this.#flow, item, isKept, isCached) : undefined;
  }

  async #recall(
    flow: FlowWork,
    item: PlannedItem,
    isKept: boolean,
    isCached: boolean,
  ): Promise<FollowedText | undefined> {
    const kept = isKept ? await this.#unwritten(flow, item) : undefined;
    return kept ?? (isCached ? this.#fromCache(flow, item) : undefined);
  }

  /** Undefined as well where it must be fetched again, or can leave no file now. */
  async #unwritten(flow: FlowWork, item: PlannedItem): Promise<FollowedText | undefined> {
    const found = await this.workspace.journal.unwrittenResult(this.id, item.id);
    const text = found.ok ? found.value : undefined;
    const prepared = text && (await flow.prepare(item, text));
    if (!text || prepared?.ok !== true || !(await prepared.value.leaves?.isAtHand())) return undefined;
    const { item: _item, position: _position, ...result } = text;
    return { ...result, ...prepared.value, origin: 'journal' };
  }

  async #fromCache(flow: FlowWork, item: PlannedItem): Promise<FollowedText | undefined> {
    const key = await flow.cacheKey(item, this.#identityOf(item));
    const cached = key === undefined ? undefined : await this.workspace.journal.cached([key]);
    const found = cached?.ok ? cached.value[0] : undefined;
    const text = found && (await flow.restore(item, found)) ? found : undefined;
    this.#meter.metrics.cacheAsked(item.service, text !== undefined);
    if (!text) return undefined;
    const following = await flow.follow(item, text);
    return following.ok ? { ...text, origin: 'cache', following: following.value } : undefined;
  }

  async commit(item: PlannedItem, result: FollowedText, durable: () => void): Promise<CommitOutcome<PlannedItem>> {
    const following = await this.#flow?.follow(item, result);
    if (following?.ok === false) return { kind: 'failed', failure: following.failure };
    // What was cut is no text that anybody wants again.
    const cacheKey = result.origin === 'service' && !result.cut ? await this.#cacheKey(item) : undefined;
    const { record, ...comes } = following?.value ?? {};
    const { leaves } = result;
    const options = { ...(cacheKey === undefined ? {} : { cacheKey }), ...comes, ...(leaves ? { leaves } : {}) };
    const kept = await keepResult(this, item, result, options, durable);
    const file = kept.kind === 'failed' ? undefined : kept.file;
    if (kept.trouble) {
      this.#troubled(kept.trouble);
      this.#unkept.add({ item, result, options: { ...options, ...(file && { file }) } });
    }
    const followers = this.#adopt(kept.followers);
    const next = followers.map(({ work }) => work);
    if (record) this.#flow?.handOn(item, record, next);
    if (kept.kind === 'failed') return { kind: 'failed', failure: kept.failure, followers };
    if (file) this.#snapshots.wrote(item.id, file.path);
    this.#tables?.changed(item.id, item.prompt.path);
    return { kind: kept.kind, followers };
  }

  /** A person's cancel and a failure are for good; what was only stopped is not. */
  ended({ spec, state, failure }: ItemView<PlannedItem>): Promise<ItemSpec<PlannedItem>[]> | undefined {
    const { id, work } = spec;
    if (state !== 'failed' && state !== 'cancelled') return undefined;
    if (failure?.isForLater === true && failure.reason !== 'budget') this.#postponed ??= failure.message;
    const isStopped = this.#givesBack || this.#spending?.isUsedUpFor(work.prompt.path) === true;
    if (this.#trouble || failure?.isForLater === true || (isStopped && state === 'cancelled')) {
      this.#givenBack.add(id);
      return undefined;
    }
    if (state === 'failed' && failure && this.#structured.has(work)) return this.#endMismatch(work, failure);
    this.#structured.forget(work);
    const ending = this.#markEnded({ item: id, state, ...(failure ? { failure } : {}) });
    return this.#flow && ending;
  }

  /** What was paid for and is no candidate is kept before its item ends. */
  async #endMismatch(item: PlannedItem, why: NonNullable<EndedItem['failure']>): Promise<ItemSpec<PlannedItem>[]> {
    const { failure, isTextKept, trouble } = await this.#structured.end(item, why);
    if (trouble) {
      this.#troubled(trouble);
      this.#givenBack.add(item.id);
      return [];
    }
    const ended = { item: item.id, state: 'failed', failure: { ...failure, stage: why.stage } } as const;
    this.#tellFailure(ended);
    return this.#markEnded({ ...ended, ...(isTextKept ? { isTextKept } : {}) });
  }

  /** Where an answer was kept is known only after its item has ended. */
  #tellFailure({ item, failure }: Pick<EndedItem, 'item' | 'failure'>): void {
    const shown = this.#run.items.get(item);
    if (shown && failure) this.#tools.board.itemChanged({ ...shown, failure });
  }

  /** Items that wait in the journal, because there was no room for them. */
  async load({ stage, from, to }: WaitingItems, most: number): Promise<ItemSpec<PlannedItem>[]> {
    const loaded = await this.workspace.journal.queuedItems(this.id, { stage, from, to }, most);
    if (loaded.ok) return this.#adopt(loaded.value);
    this.#troubled(loaded.failure);
    return [];
  }

  itemChanged(view: ItemView<PlannedItem>): void {
    const item = this.#snapshots.of(view);
    if (item.state !== 'running') this.#tools.texts.ended({ run: this.id, item: item.id });
    const before = this.#tools.board.itemChanged(item);
    if (before === item.state) return;
    const now = this.#tools.clock.now();
    if (item.state === 'running') this.#meter.metrics.attemptStarted(view.spec.work.service, now);
    if (item.state === 'written') this.#meter.metrics.itemWritten(now);
  }

  itemProgressed(view: ItemView<PlannedItem>): void {
    const { id } = view.spec;
    this.#tools.texts.arrived({ run: this.id, item: id });
    this.#tools.board.progressed(
      { run: this.id, id },
      { snapshot: () => (view.state === 'running' ? this.#snapshots.of(view) : undefined) },
    );
  }

  attemptFinished(report: AttemptReport<PlannedItem>): void {
    const { id, work } = report.item.spec;
    const { services, clock, board } = this.#tools;
    if (report.outcome === 'budget' || report.isPutOff) {
      this.#meter.metrics.attemptCalledOff(work.service, clock.now());
      return;
    }
    const prices = services.prices(work.serviceKey, work.model);
    const cost = report.usage && costOf(prices, report.usage, work.parameters);
    this.#meter.metrics.attemptFinished(work.service, report, cost, clock.now());
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
    if (!this.#trouble) {
      const attempt = { ...facts, startedAt: this.#snapshots.epoch(report.startedAt) };
      void this.#watched(() => this.workspace.journal.recordAttempt(this.lease, attempt));
    }
    const isOfPlan = services.countsRequests(work.serviceKey) ? { isOfPlan: true as const } : {};
    const cut = report.outcome === 'completed' && this.#snapshots.isCut(id) ? { cut: true as const } : {};
    const label = this.#flow ? recordLabel(work.key, report.stage, work.prompt.name) : labelOf(work);
    board.attemptFinished({ ...facts, ...isOfPlan, ...cut, run: this.id, label, stage: report.stage });
  }

  /**
   * Every item has ended: the journal hears of it, then everybody else.
   *
   * @param ended called once the run is anybody's
   */
  async finish(ended: () => void): Promise<void> {
    const { journal } = this.workspace;
    await this.#writes.settled();
    const { kept, left } = await this.#unkept.keep(this, this.#run.items, this.#trouble?.reason === 'lost');
    for (const { item } of kept) this.#givenBack.delete(item.id);
    for (const id of left) this.#givenBack.add(id);
    const isWholeFlow = this.#flow !== undefined && !this.#ready.isPart;
    if (this.#isCancelled && isWholeFlow && !this.#givesBack) await this.#cancelWaiting();
    const counts = { ...this.#run.counts };
    for (const { before, item } of kept) {
      counts[before]--;
      counts[item.state]++;
    }
    const cut = [...this.#run.items.values()].filter((item) => item.cut).length;
    const stopped = this.#spending?.ending(counts.written, this.#givenBack.size);
    if (stopped) this.#countLeft(counts);
    await this.#spending?.close();
    const { problem: usedUp, ...stop } = stopped ?? {};
    const summary = { ...this.#meter.summary(counts), ...(cut > 0 ? { cut } : {}), ...stop };
    const isThrough = !this.#givesBack && counts.queued === 0 && this.#postponed === undefined && !stopped;
    const metrics = this.#meter.byService();
    const tables = await this.#tables?.close();
    if (this.#trouble?.reason !== 'lost') {
      const closed = isThrough
        ? await this.persist(() => journal.finishRun(this.lease, { summary, metrics }))
        : await this.persist(() => journal.release(this.lease));
      if (!closed.ok) this.#trouble ??= closed.failure;
    }
    ended();
    const problem = this.#trouble?.message ?? usedUp ?? this.#postponed;
    const told = { ...summary, ...(problem === undefined ? {} : { problem }), ...keptTables(tables) };
    const changed = [...kept.map(({ item }) => item), ...this.#queuedAgain()];
    this.#tools.board.finished(this.id, this.#endState(isThrough), told, changed);
    this.#resolve(told);
  }

  perMinute(now: number): number {
    return this.#meter.metrics.perMinute(now);
  }

  eta(counts: ItemCounts, now: number): Eta | undefined {
    return this.#meter.eta(counts, now);
  }

  stageLoads(): readonly StageLoad[] {
    return this.#flow ? this.#tools.engine.stageLoads(this.id) : [];
  }

  measure(now: number): Omit<RunSample, 'at'> {
    return this.#meter.metrics.measure(now);
  }

  get serviceKeys(): readonly ServiceKey[] {
    return this.#serviceKeys;
  }

  /** Items that have not started move up or down among those that wait. @param by below 0: they become more urgent */
  reprioritise(items: readonly string[], by: number): void {
    for (const item of items) {
      const priority = this.#run.items.get(item)?.priority;
      if (priority !== undefined) this.#tools.engine.reprioritise(this.id, item, priorityWithin(priority + by));
    }
  }

  waiting(): string | undefined {
    return this.#isHeld ? 'another program keeps the journal locked' : this.#tools.services.waiting(this.#serviceKeys);
  }

  #itemSpec(item: PlannedItem): ItemSpec<PlannedItem> {
    const { id, position, root, stage, priority, reservation, serviceKey, model } = item;
    const service = this.#tools.services.governorKey(serviceKey);
    const prefix = this.#tools.services.cachesPrompts(serviceKey) ? this.#prefixes.of(item) : undefined;
    const spec = { id, position, root, stage, priority, service, model, reservation, work: item };
    return prefix === undefined ? spec : { ...spec, prefix };
  }

  async #cacheKey(item: PlannedItem): Promise<string | undefined> {
    if (this.#ready.options.cache === 'off') return undefined;
    return this.#flow ? this.#flow.cacheKey(item, this.#identityOf(item)) : cacheKeyOf(item, this.#identityOf);
  }

  readonly #identityOf = ({ serviceKey }: PlannedItem): string => this.#tools.services.identity(serviceKey);

  /** While the journal is locked, nothing new is started: what comes of it could not be kept. */
  #hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (isHeld) this.#tools.engine.pause(this.id);
    else if (!this.#isPaused) this.#tools.engine.resume(this.id);
    this.#tools.board.flushSoon();
  }

  /** What was paid for can no longer be kept: nothing more is spent, and what is left can be resumed. */
  #troubled(trouble: JournalFailure): void {
    if (this.#trouble) return;
    this.#trouble = trouble;
    this.giveBack();
    if (trouble.reason === 'lost') this.#tools.engine.cancelRun(this.id);
  }

  /** A budget is used up: nothing more of what it is of starts, and what is left can be resumed. */
  #stopSpending(scope: BudgetScope): void {
    const { engine } = this.#tools;
    if (scope.kind !== 'prompt') {
      this.#givesBack = true;
      this.#run.state = 'stopping';
      engine.cancelQueued(this.id);
      return;
    }
    for (const { id, prompt } of this.#ready.items) {
      const state = this.#run.items.get(id)?.state;
      const hasNotStarted = state === 'queued' || state === 'retrying';
      if (isSpentFor(scope, prompt.path) && hasNotStarted) engine.cancelItem(this.id, id);
    }
  }

  #prices(name: string, model: string): Prices | undefined {
    const { services } = this.#tools;
    const key = this.#serviceKeys.find((each) => services.settings(each).name === name);
    return key === undefined ? undefined : services.prices(key, model);
  }

  /** A write whose failure stops the run. @returns whether it was made */
  async #watched(write: () => Promise<Outcome<unknown, JournalFailure>>): Promise<boolean> {
    const outcome = await this.persist(write);
    if (!outcome.ok) this.#troubled(outcome.failure);
    return outcome.ok;
  }

  async #markEnded(ended: EndedItem): Promise<ItemSpec<PlannedItem>[]> {
    const marked = await this.persist(() => this.workspace.journal.markEnded(this.lease, ended));
    if (marked.ok) {
      const prompt = this.#run.items.get(ended.item)?.prompt;
      if (prompt !== undefined) this.#tables?.changed(ended.item, prompt);
      return this.#adopt(marked.value);
    }
    this.#troubled(marked.failure);
    this.#givenBack.add(ended.item);
    return [];
  }

  /** Items that came into being are shown. @returns those that are to be made */
  #adopt(items: readonly JournalItem[]): ItemSpec<PlannedItem>[] {
    const { board } = this.#tools;
    return items.flatMap((item) => {
      if (item.state !== 'queued') {
        board.itemChanged(journalledItem(this.#run, item));
        return [];
      }
      return [this.#itemSpec(this.#follower(item))];
    });
  }

  #follower(item: JournalItem): PlannedItem {
    return { ...item, serviceKey: this.#ready.flow?.serviceKey(item.service) ?? '', siblings: 1 };
  }

  /** What came into being in this session is only in the journal: nobody could say how many that will be. */
  async #known(id: string): Promise<JournalOutcome<PlannedItem | undefined>> {
    const planned = this.#ready.items.find((item) => item.id === id);
    if (planned || !this.#flow) return success(planned);
    const found = await this.workspace.journal.itemsById(this.id, [id]);
    if (!found.ok) return found;
    const [item] = found.value;
    return success(item && this.#follower(item));
  }

  /** What waits in the journal is not the engine's to cancel. */
  async #cancelWaiting(): Promise<void> {
    const { journal } = this.workspace;
    const cancelled = await journal.cancelQueued(this.lease);
    if (!cancelled.ok) this.#troubled(cancelled.failure);
    if (!cancelled.ok || cancelled.value === 0) return;
    const ended = await readAll((page) => journal.itemOverviews(this.id, ['cancelled', 'failed'], page));
    if (!ended.ok) this.#troubled(ended.failure);
    for (const item of ended.ok ? ended.value : []) {
      const isNews = this.#run.items.get(item.id)?.state !== item.state;
      if (isNews) this.#tools.board.itemChanged(journalledItem(this.#run, item));
    }
  }

  /** What a budget has stopped is queued, as nobody has cancelled it. */
  #countLeft(counts: ItemCounts): void {
    for (const id of this.#givenBack) {
      const shown = this.#run.items.get(id);
      if (!shown) continue;
      counts[shown.state]--;
      counts.queued++;
    }
  }

  #queuedAgain(): ItemSnapshot[] {
    return [...this.#givenBack].flatMap((id) => {
      const shown = this.#run.items.get(id);
      return shown ? [queuedAgain(shown)] : [];
    });
  }

  #endState(isThrough: boolean): RunState {
    if (this.#trouble?.reason === 'lost') return 'elsewhere';
    return isThrough && !this.#trouble ? 'finished' : 'unfinished';
  }
}

function keptTables(kept: KeptTables | undefined): Pick<RunSummary, 'tables' | 'tableProblem'> {
  if (!kept) return {};
  const { paths, problem } = kept;
  return {
    ...(paths.length > 0 ? { tables: paths } : {}),
    ...(problem === undefined ? {} : { tableProblem: problem }),
  };
}

function paidFor(
  outcome: AttemptOutcome<(Generation | StageAnswer) & Pick<FollowedText, 'following'>>,
): AttemptOutcome<FollowedText> {
  if (outcome.kind === 'failed') return outcome;
  return { ...outcome, result: { ...outcome.result, usage: outcome.usage, origin: 'service' } };
}
