import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { done, success, type Outcome } from '../base/outcome.ts';
import { inSlices } from '../base/slices.ts';
import { isCandidate } from '../candidates/plannedItem.ts';
import { CandidateNumbers, renumbered } from '../candidates/candidateNumbers.ts';
import { Engine } from '../engine/engine.ts';
import { isFinal } from '../model/item.ts';
import type { ServiceSnapshot } from '../model/activity.ts';
import { isActive } from '../model/run.ts';
import { restore } from '../storage/archive.ts';
import { failpoint } from '../storage/failpoint.ts';
import type { NewRow } from '../storage/journal/records.ts';
import { readAll } from '../storage/journal/journalClient.ts';
import type { JournalFailure } from '../storage/journal/journalFailure.ts';
import type { LiveTexts } from './board/liveTexts.ts';
import type { RunBoard } from './board/runBoard.ts';
import { serviceSnapshots } from './board/serviceSnapshots.ts';
import { newItemSnapshot, newShownRun, readShownRun } from './board/shownRun.ts';
import type { Plan } from './plan/plan.ts';
import type { PlannedItem } from './plan/plannedCandidate.ts';
import { archiveReplaced, nothingReplaced } from './plan/archiveReplaced.ts';
import { withNumber } from './plan/rowCandidate.ts';
import { unpricedProblem } from './plan/unpriced.ts';
import { findCached, type CachedCandidates } from './resume/cachedCandidates.ts';
import { exchangedRoot, loadRun, owned, type UnfinishedRun } from './resume/loading.ts';
import { recoverTexts } from './resume/recovery.ts';
import { readResumption, type ResumeRequest } from './resume/resumption.ts';
import { optionsOf, storedRunOptions, type RunOptions } from './runOptions.ts';
import { refusal, type RunOutcome, type RunRefusal } from './runRefusal.ts';
import type { ServiceDirectory } from './serviceDirectory.ts';
import type { FollowedText } from './session/flowWork.ts';
import { ProcessLoad } from './session/processLoad.ts';
import type { ReadyRun } from './session/readyRun.ts';
import { RunSession } from './session/runSession.ts';
import type { SessionTools } from './session/sessionTools.ts';
import type { StartedRun } from './startedRun.ts';
import type { Workspace } from './workspace.ts';

/** Runs of the journal that are shown at most. */
const mostLoadedRuns = 20;

/** What runs are shown by. */
export interface RunViews {
  readonly board: RunBoard;
  readonly texts: LiveTexts;
}

/** Runs at work: start, pause, resume, cancel and discard them. */
export class RunsAtWork {
  readonly #clock: Clock;
  readonly #engine: Engine<PlannedItem, FollowedText>;
  readonly #services: ServiceDirectory;
  readonly #load: ProcessLoad;
  readonly #board: RunBoard;
  readonly #tools: SessionTools;
  readonly #sessions = new Map<string, RunSession>();
  /** Runs that are being resumed, recovered or discarded. */
  readonly #takenUp = new Set<string>();

  constructor(
    { board, texts }: RunViews,
    options: { readonly services: ServiceDirectory; readonly clock: Clock; readonly random: () => number },
  ) {
    const { clock, random } = options;
    this.#clock = clock;
    this.#services = options.services;
    this.#board = board;
    this.#load = new ProcessLoad(clock);
    this.#engine = new Engine(
      {
        perform: (task) => this.#session(task.run).perform(task),
        commit: (run, { work }, result, durable) => this.#session(run).commit(work, result, durable),
        recall: (run, { work }) => this.#sessions.get(run)?.recall(work),
        ended: (view) => this.#sessions.get(view.run)?.ended(view),
        load: (run, waiting, most) => this.#session(run).load(waiting, most),
        governor: (key) => this.#services.governor(key),
        sizeOf: ({ text }) => text.length,
      },
      {
        itemChanged: (view) => this.#sessions.get(view.run)?.itemChanged(view),
        itemProgressed: (view) => this.#sessions.get(view.run)?.itemProgressed(view),
        attemptFinished: (report) => this.#sessions.get(report.item.run)?.attemptFinished(report),
        runRested: (id) => this.#sessions.get(id)?.rested(),
        lastCommits: (id) => this.#sessions.get(id)?.workspace.writer.hurry(),
        runFinished: (id) => void this.#sessions.get(id)?.finish(() => this.#sessions.delete(id)),
      },
      { clock, random, capacity: this.#load.capacity },
    );
    this.#tools = { engine: this.#engine, board, texts, services: this.#services, load: this.#load, clock };
  }

  /** The services of the runs that are at work here, with their workers. */
  services(): readonly ServiceSnapshot[] {
    const now = this.#clock.now();
    const governed = this.#services.governed([...this.#sessions.values()].flatMap((each) => each.serviceKeys));
    return serviceSnapshots(governed, this.#engine.slots(), (at) => Date.now() - (now - at));
  }

  /** The plan is in the journal before the first call. A failure is the journal's, and nothing was started. */
  async start(plan: Plan, options: RunOptions, workspace: Workspace): Promise<RunOutcome<StartedRun>> {
    const bounded = optionsOf(plan, options);
    const unpriced = unpricedProblem(plan, bounded, this.#services);
    if (unpriced !== undefined) return refusal('no-price', unpriced);
    const id = `${new Date().toISOString().replace(/[-:]|\..*/g, '')}-${randomBytes(3).toString('hex')}`;
    const cached = await this.#cached(plan.flow ? [] : plan.items, options, workspace);
    if (!cached.ok) return cached;
    const { texts, numbers: known } = cached.value;
    const items = await renumbered(plan.items, known, withNumber);
    const startedAt = Date.now();
    const { label, root, serviceKeys, stages, flow } = plan;
    void this.#services.prepare(serviceKeys);
    const ofStages = flow?.flow.stages.flatMap(({ variants }) => variants) ?? [];
    const models = new Set([...items, ...ofStages].map(({ model }) => model));
    const services = this.#services.toStore(serviceKeys, [...models]);
    const archived = await archiveReplaced(plan, workspace);
    if (!archived.ok) return archived;
    const watched = bounded.watch ? { isWatched: true } : {};
    const kept = { options: storedRunOptions(bounded), services, ...(flow ? { flow: flow.flow } : {}), ...watched };
    const creating = workspace.journal.createRun({ id, label, root, stages, startedAt, ...kept }, items);
    const records = flow && items.filter(({ stage }) => stage === 0).length;
    const run = newShownRun({ id, label, total: items.length, workspace, stages, startedAt, records });
    run.isWatched = bounded.watch === true;
    const numbers = new CandidateNumbers([]);
    // While the journal commits the plan.
    await inSlices(items, (item) => {
      if (isCandidate(item)) numbers.learn([item]);
      run.items.set(item.id, newItemSnapshot(run, item, item.isSkipped === true ? 'skipped' : 'queued'));
    });
    const created = await creating;
    if (!created.ok) {
      await restore(workspace.files, archived.value.moved, root);
      return created;
    }
    failpoint('after-plan');
    const from = { isPart: false, madeAnew: new Set<string>(), earlier: [], lease: created.value };
    const left = items.filter(({ isSkipped }) => isSkipped !== true);
    const ready = { run, root, options: bounded, items: left, flow, numbers, texts, serviceKeys, ...from };
    return this.#begin(ready, [], archived.value);
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
    const giveBack = async (why: { readonly ok: false; readonly failure: JournalFailure | RunRefusal }) => {
      await journal.release(lease);
      return why;
    };
    const { root } = details.value;
    const rootProblem = request.rootProblem?.(root) ?? (await exchangedRoot(workspace, root));
    if (rootProblem !== undefined) return giveBack(refusal('outside-folder', rootProblem));
    const run = await owned(workspace, lease, root);
    if (!run.ok) return giveBack(run);
    const recovered = await recoverTexts(run.value);
    if (!recovered.ok) return giveBack(recovered);
    const { failures } = recovered.value;
    const resumption = await readResumption(request, details.value, new Set(failures.keys()));
    if (!resumption.ok) return giveBack(resumption);
    const { items, flow, options, ended, serviceKeys } = resumption.value;
    void this.#services.prepare(serviceKeys);
    const unpriced = unpricedProblem({ items, flow }, options, this.#services);
    if (unpriced !== undefined) return giveBack(refusal('no-price', unpriced));
    const madeAnew = new Set(again?.fresh === true ? ended : []);
    const askedFor = items.filter((each) => !madeAnew.has(each.id));
    const cached = await this.#cached(flow ? [] : askedFor, options, workspace);
    if (!cached.ok) return giveBack(cached);
    if (again && ended.length > 0) {
      const requeued = await journal.requeue(lease, { items: ended, fresh: again.fresh });
      if (!requeued.ok) return giveBack(requeued);
    }
    const overviews = await readAll((page) => journal.itemOverviews(id, [], page));
    if (!overviews.ok) return giveBack(overviews);
    const { texts } = cached.value;
    const { numbers } = run.value;
    const shown = await readShownRun(workspace, details.value, overviews.value);
    const earlier = overviews.value;
    // What followed an item that is made again is gone with what it was made from.
    const there = new Set(earlier.map((each) => each.id));
    const left = items.filter((each) => there.has(each.id));
    const from = { isPart: request.only === 'again', madeAnew, earlier };
    const ready = { run: shown, lease, root, options, items: left, flow, numbers, texts, serviceKeys, ...from };
    return this.#begin(ready, [...failures.values()]);
  }

  /** An item of a run that is going on here starts again; the text that a failed one has is only written. */
  async startAgain(runId: string, itemId: string): Promise<RunOutcome<undefined>> {
    const session = this.#sessions.get(runId);
    const state = this.#board.item(runId, itemId)?.state;
    if (!session || state === undefined || !isFinal(state)) return done;
    const started = await session.startAgain(itemId);
    if (!started.ok) return started;
    if (started.value === 'started') return done;
    if (started.value === 'followed') {
      return refusal('followed', `Others go on from this item: start it again when run ${runId} has ended.`);
    }
    return refusal('ended', `Run ${runId} has just ended: resume it to go on with this candidate.`);
  }

  /** See `SessionRows.put`. */
  async putRows(id: string, rows: readonly NewRow[]): Promise<Outcome<readonly string[] | undefined, JournalFailure>> {
    return this.#sessions.get(id)?.putRows(rows) ?? success(undefined);
  }

  /** No row comes to a run any more: it ends with what there is. */
  endWatch(id: string): void {
    this.#sessions.get(id)?.endWatch();
  }

  /** Forgets a run that nobody works on, and the texts that were not written; candidates stay. */
  async discard(workspace: Workspace, id: string): Promise<RunOutcome<undefined>> {
    return this.#alone(id, async () => {
      const acquired = await workspace.journal.acquire(id);
      if (!acquired.ok) return acquired;
      const discarded = await workspace.journal.discardRun(acquired.value);
      if (discarded.ok) {
        this.#board.remove(id);
        this.#board.replaced();
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
    const listed = await workspace.journal.listRuns({ unfinished: true }, { limit: mostLoadedRuns });
    if (!listed.ok) return listed;
    const unfinished: UnfinishedRun[] = [];
    for (const overview of listed.value.rows) {
      if (this.isGoingOn(overview.id)) continue;
      const loaded = await loadRun(workspace, overview, rootProblem, (settle) => this.#alone(overview.id, settle));
      if (!loaded.ok) return loaded;
      if (this.isGoingOn(overview.id)) continue;
      this.#board.put(loaded.value.shown);
      if (loaded.value.unfinished) unfinished.push(loaded.value.unfinished);
    }
    if (listed.value.rows.length > 0) this.#board.replaced();
    return success(unfinished);
  }

  /** Shows one run of a journal as it is there now. */
  async show(workspace: Workspace, id: string): Promise<Outcome<undefined, JournalFailure>> {
    if (this.isGoingOn(id)) return done;
    const details = await workspace.journal.run(id);
    if (!details.ok) {
      if (details.failure.reason === 'no-run' && this.#board.remove(id)) this.#board.replaced();
      return details;
    }
    const overviews = await readAll((page) => workspace.journal.itemOverviews(id, [], page));
    if (!overviews.ok) return overviews;
    const run = await readShownRun(workspace, details.value, overviews.value);
    if (this.isGoingOn(id)) return done;
    this.#board.put(run);
    this.#board.replaced();
    return done;
  }

  /** Items of a run that have not started move up (`by` below 0) or down among those that wait. */
  reprioritise(run: string, items: readonly string[], by: number): void {
    this.#sessions.get(run)?.reprioritise(items, by);
  }

  /** Whether this process works on the run now. */
  isGoingOn(id: string): boolean {
    return this.#sessions.has(id);
  }

  /** Whether a run has to stop because of its journal; its summary will say why. */
  get isInTrouble(): boolean {
    return [...this.#sessions.values()].some(({ isInTrouble }) => isInTrouble);
  }

  pause(id: string): void {
    const state = this.#board.get(id)?.state;
    if (state === 'running' || state === 'watching') this.#sessions.get(id)?.pause();
  }

  unpause(id: string): void {
    if (this.#board.get(id)?.state === 'paused') this.#sessions.get(id)?.unpause();
  }

  cancelItem(run: string, item: string): void {
    this.#engine.cancelItem(run, item);
  }

  cancel(id: string): void {
    const run = this.#board.get(id);
    if (run && isActive(run.state)) this.#sessions.get(id)?.cancel();
  }

  cancelAll(): void {
    for (const id of [...this.#sessions.keys()]) this.cancel(id);
  }

  /**
   * Starts nothing new, lets what is in flight finish for the grace period, then aborts it. What has not ended can be
   * resumed.
   */
  async stop(graceMs: number): Promise<void> {
    const sessions = [...this.#sessions.values()];
    const ends = sessions.map(({ finished }) => finished);
    for (const session of sessions) session.giveBack();
    const callOff = this.#clock.schedule(graceMs, () => {
      for (const { id } of sessions) this.#engine.cancelRun(id);
    });
    await Promise.all(ends);
    callOff();
  }

  /** What `stop` is waiting for ends now. */
  abort(): void {
    for (const session of this.#sessions.values()) session.abort();
  }

  /** Somebody else has taken over a run of this process: everything about it stops here. */
  lost(id: string): void {
    this.#sessions.get(id)?.lost();
  }

  dispose(): void {
    this.#load.dispose();
  }

  #session(id: string): RunSession {
    const session = this.#sessions.get(id);
    if (!session) throw new Error(`Run ${id} has ended before its items.`);
    return session;
  }

  async #begin(
    ready: ReadyRun,
    problems: readonly string[],
    replaced = nothingReplaced,
  ): Promise<RunOutcome<StartedRun>> {
    const session = await RunSession.prepare(this.#tools, ready);
    if (!session.ok) {
      await ready.run.workspace.journal.release(ready.lease);
      return session;
    }
    const { id, finished } = session.value;
    this.#sessions.set(id, session.value);
    await session.value.begin();
    return success({ id, problems, finished, replaced });
  }

  /** What of the candidates need not be made, as far as the options allow that. */
  async #cached(
    items: readonly PlannedItem[],
    options: RunOptions,
    workspace: Workspace,
  ): Promise<Outcome<CachedCandidates, JournalFailure>> {
    if (options.cache !== 'on') return success({ texts: new Map(), numbers: new Map() });
    return findCached(items.filter(isCandidate), workspace, ({ serviceKey }) => this.#services.identity(serviceKey));
  }

  /** A lease is this process's, so the process itself sees to it that a run is taken up once at a time. */
  async #alone<Value>(id: string, action: () => Promise<RunOutcome<Value>>): Promise<RunOutcome<Value>> {
    if (this.isGoingOn(id) || this.#takenUp.has(id)) {
      return refusal('going-on', `Run ${id} is going on here: pause or cancel it instead.`);
    }
    this.#takenUp.add(id);
    try {
      return await action();
    } finally {
      this.#takenUp.delete(id);
    }
  }
}
