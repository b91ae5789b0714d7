import type { RunSample, StageLoad } from '../../model/activity.ts';
import { success, type Outcome } from '../../base/outcome.ts';
import { inSlices } from '../../base/slices.ts';
import type { CandidateNumbers } from '../../candidates/candidateNumbers.ts';
import type {
  AttemptReport,
  AttemptTask,
  CommitOutcome,
  ItemSpec,
  ItemView,
  ServiceKey,
  WaitingItems,
} from '../../engine/engine.ts';
import type { AttemptOutcome } from '../../model/attempt.ts';
import { priorityWithin, type ItemCounts } from '../../model/item.ts';
import type { Eta, RunState, RunSummary } from '../../model/run.ts';
import type { Prices } from '../../model/prices.ts';
import type { JournalFailure, JournalOutcome } from '../../storage/journal/journalFailure.ts';
import { takenOver } from '../../storage/journal/tables/leaseTable.ts';
import type { BudgetScope, NewRow, RunLease } from '../../storage/journal/records.ts';
import type { Pace } from '../board/runBoard.ts';
import type { ShownRun } from '../board/shownRun.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import type { Workspace } from '../workspace.ts';
import { isSpentFor } from './budgetKeeper.ts';
import type { OwnedRun } from './candidateKeeper.ts';
import { FlowWork, type FollowedText } from './flowWork.ts';
import { ItemSnapshots } from './itemSnapshots.ts';
import { PatientWrites, type Persist } from './lockedWrites.ts';
import { openTables } from './openTables.ts';
import type { ReadyRun } from './readyRun.ts';
import type { KeptTables } from './resultTables.ts';
import { openBudgets, RunSpending } from './runSpending.ts';
import { SessionAttempts } from './sessionAttempts.ts';
import { SessionItems } from './sessionItems.ts';
import { isLookedAtAtRest, SessionRows } from './sessionRows.ts';
import { SessionMeter } from './sessionMeter.ts';
import type { SessionParts, SessionTools } from './sessionTools.ts';
import { StructuredAnswers } from './structuredAnswers.ts';
import { withinBounds } from './withinBounds.ts';

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
  readonly #attempts: SessionAttempts;
  readonly #items: SessionItems;
  /** Absent when the run ends with its items. */
  readonly #rows: SessionRows | undefined;
  readonly #flow: FlowWork | undefined;
  /** What has not ended when the session ends stays queued, for whoever resumes the run. */
  #givesBack = false;
  /** A person wants no more of it. */
  #isCancelled = false;
  /** The journal is locked, and nothing new is started. */
  #isHeld = false;
  #isPaused = false;
  /** Why the session had to stop. */
  #trouble: JournalFailure | undefined;
  /** Absent when nothing bounds what the run may spend. */
  #spending: RunSpending | undefined;

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
    this.#flow = ready.flow && new FlowWork(ready.flow, run.workspace, run.id);
    const parts: SessionParts = {
      tools,
      ready,
      owned: this,
      meter: this.#meter,
      snapshots: this.#snapshots,
      structured: new StructuredAnswers(this),
      flow: this.#flow,
      troubled: (trouble) => this.#troubled(trouble),
      watched: (write) => this.#watched(write),
    };
    this.#attempts = new SessionAttempts(parts);
    this.#items = new SessionItems(parts);
    this.#rows = isLookedAtAtRest(ready) ? new SessionRows(parts, this.#items) : undefined;
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
    session.#items.keepTables(await openTables(session.id, ready.options.tables, { workspace, clock }, isResumed));
    return success(session);
  }

  /** The engine's part begins. */
  async begin(): Promise<void> {
    const { engine, board } = this.#tools;
    const { items, texts, flow, isPart } = this.#ready;
    const specs = await inSlices(items, (item) => this.#items.spec(item));
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
      ...(this.#rows ? { isOpen: true } : {}),
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
    if (this.#rows?.isWatching === true && this.#tools.engine.rests(this.id)) this.#rows.rested();
  }

  /** Every item of a run that may get more has ended. */
  rested(): void {
    this.#rows?.rested();
  }

  /** See `SessionRows.put`. */
  async putRows(rows: readonly NewRow[]): Promise<JournalOutcome<readonly string[] | undefined>> {
    return this.#rows?.put(rows) ?? success(undefined);
  }

  /** No row comes any more: the run ends with what there is. */
  endWatch(): void {
    this.#rows?.end();
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#run.state = 'stopping';
    this.#tools.engine.cancelRun(this.id);
  }

  /** Starts nothing new; what has not ended when the session ends can be resumed. */
  giveBack(): void {
    if (this.#run.state === 'watching' && !this.#trouble) {
      this.endWatch();
      return;
    }
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

  /** See `SessionItems.startAgain`. */
  startAgain(itemId: string): Promise<JournalOutcome<'started' | 'ended' | 'followed'>> {
    return this.#items.startAgain(itemId, () => this.#writes.settled());
  }

  perform(task: AttemptTask<PlannedItem>): Promise<AttemptOutcome<FollowedText>> {
    return this.#attempts.perform(task, this.#spending);
  }

  recall(item: PlannedItem): Promise<FollowedText | undefined> | undefined {
    return this.#items.recall(item);
  }

  commit(item: PlannedItem, result: FollowedText, durable: () => void): Promise<CommitOutcome<PlannedItem>> {
    return this.#items.commit(item, result, durable);
  }

  ended(view: ItemView<PlannedItem>): Promise<ItemSpec<PlannedItem>[]> | undefined {
    const isStopped = this.#givesBack || this.#spending?.isUsedUpFor(view.spec.work.prompt.path) === true;
    const stop = isStopped ? 'stopped' : undefined;
    return this.#items.ended(view, this.#trouble ? 'trouble' : stop);
  }

  load(waiting: WaitingItems, most: number): Promise<ItemSpec<PlannedItem>[]> {
    return this.#items.load(waiting, most);
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
    this.#attempts.finished(report, !this.#trouble);
  }

  /**
   * Every item has ended: the journal hears of it, then everybody else.
   *
   * @param ended called once the run is anybody's
   */
  async finish(ended: () => void): Promise<void> {
    const { journal } = this.workspace;
    await this.#rows?.settled();
    await this.#writes.settled();
    const kept = await this.#items.keepLate(this.#trouble?.reason === 'lost');
    const isWholeFlow = this.#flow !== undefined && !this.#ready.isPart;
    if (this.#isCancelled && isWholeFlow && !this.#givesBack) await this.#items.cancelWaiting();
    const counts = { ...this.#run.counts };
    for (const { before, item } of kept) {
      counts[before]--;
      counts[item.state]++;
    }
    const cut = [...this.#run.items.values()].filter((item) => item.cut).length;
    const stopped = this.#spending?.ending(counts.written, this.#items.left);
    if (stopped) this.#items.countLeft(counts);
    await this.#spending?.close();
    const { problem: usedUp, ...stop } = stopped ?? {};
    const summary = { ...this.#meter.summary(counts), ...(cut > 0 ? { cut } : {}), ...stop };
    const isThrough = !this.#givesBack && counts.queued === 0 && this.#items.postponed === undefined && !stopped;
    const metrics = this.#meter.byService();
    const tables = await this.#items.closeTables();
    if (isThrough && !this.#trouble) await this.#ready.flow?.deliver?.();
    if (this.#trouble?.reason !== 'lost') {
      const closed = isThrough
        ? await this.persist(() => journal.finishRun(this.lease, { summary, metrics }))
        : await this.persist(() => journal.release(this.lease));
      if (!closed.ok) this.#trouble ??= closed.failure;
    }
    ended();
    const problem = this.#trouble?.message ?? usedUp ?? this.#items.postponed;
    const told = { ...summary, ...(problem === undefined ? {} : { problem }), ...keptTables(tables) };
    const changed = [...kept.map(({ item }) => item), ...this.#items.queuedAgain()];
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
