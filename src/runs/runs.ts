import type { Clock } from '../base/clock.ts';
import { done, success, type Outcome } from '../base/outcome.ts';
import type { ServiceSnapshot } from '../model/activity.ts';
import type { ItemSnapshot, RunSnapshot } from '../model/run.ts';
import type { JournalFailure } from '../storage/journal/journalFailure.ts';
import type { NewRow } from '../storage/journal/records.ts';
import type { EventStream } from './board/eventStream.ts';
import { LiveTexts } from './board/liveTexts.ts';
import { RunActivity } from './board/runActivity.ts';
import { RunBoard } from './board/runBoard.ts';
import type { Plan } from './plan/plan.ts';
import type { UnfinishedRun } from './resume/loading.ts';
import type { ResumeRequest } from './resume/resumption.ts';
import type { RunOptions } from './runOptions.ts';
import type { RunOutcome } from './runRefusal.ts';
import type { RunsAtWork } from './runsAtWork.ts';
import type { ServiceDirectory } from './serviceDirectory.ts';
import type { StartedRun } from './startedRun.ts';
import type { Workspace } from './workspace.ts';

/**
 * What can be done with runs: start, pause, resume, cancel, discard, and look at them. Whoever only looks need not load what
 * works: that comes with the first run.
 */
export class Runs {
  readonly #board: RunBoard;
  readonly #begin: () => Promise<RunsAtWork>;
  #beginning: Promise<RunsAtWork> | undefined;
  #work: RunsAtWork | undefined;
  readonly texts: LiveTexts;
  readonly activity: RunActivity;

  constructor(options: {
    readonly services: ServiceDirectory | (() => Promise<ServiceDirectory>);
    readonly clock: Clock;
    readonly random: () => number;
    readonly reportError: (error: unknown) => void;
  }) {
    const { services, clock, random, reportError } = options;
    this.#board = new RunBoard(clock, reportError);
    this.texts = new LiveTexts(clock, reportError);
    this.activity = new RunActivity(this.#board, (): readonly ServiceSnapshot[] => this.#work?.services() ?? []);
    this.#begin = async () => {
      const { RunsAtWork } = await import('./runsAtWork.ts');
      const directory = typeof services === 'function' ? await services() : services;
      this.#work = new RunsAtWork({ board: this.#board, texts: this.texts }, { services: directory, clock, random });
      return this.#work;
    };
  }

  get events(): EventStream {
    return this.#board.events;
  }

  /** The plan is in the journal before the first call. A failure is the journal's, and nothing was started. */
  async start(plan: Plan, options: RunOptions, workspace: Workspace): Promise<RunOutcome<StartedRun>> {
    return (await this.#atWork()).start(plan, options, workspace);
  }

  /**
   * Goes on with a run of the journal: writes what was generated and never reached the disk, then generates the rest.
   * A failure says why that is not possible, and the run is as it was.
   */
  async resume(request: ResumeRequest): Promise<RunOutcome<StartedRun>> {
    return (await this.#atWork()).resume(request);
  }

  /** An item of a run that is going on here starts again; the text that a failed one has is only written. */
  async startAgain(run: string, item: string): Promise<RunOutcome<undefined>> {
    return (await this.#work?.startAgain(run, item)) ?? done;
  }

  /** See `SessionRows.put`. */
  async putRows(id: string, rows: readonly NewRow[]): Promise<Outcome<readonly string[] | undefined, JournalFailure>> {
    return (await this.#work?.putRows(id, rows)) ?? success(undefined);
  }

  /** No row comes to a run any more: it ends with what there is. */
  endWatch(id: string): void {
    this.#work?.endWatch(id);
  }

  /** Forgets a run that nobody works on, and the texts that were not written; candidates stay. */
  async discard(workspace: Workspace, id: string): Promise<RunOutcome<undefined>> {
    return (await this.#atWork()).discard(workspace, id);
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
    return (await this.#atWork()).load(workspace, rootProblem);
  }

  /** Shows one run of a journal as it is there now. */
  async show(workspace: Workspace, id: string): Promise<Outcome<undefined, JournalFailure>> {
    return (await this.#atWork()).show(workspace, id);
  }

  /** Brings the runs that others work on up to date. */
  async refreshElsewhere(): Promise<void> {
    for (const { workspace, id } of this.#board.elsewhere) await this.show(workspace, id);
  }

  /** Newest first. */
  snapshots(): { readonly runs: readonly RunSnapshot[]; readonly items: readonly ItemSnapshot[] } {
    return this.#board.snapshots();
  }

  /** Items of a run that have not started move up (`by` below 0) or down among those that wait. */
  reprioritise(run: string, items: readonly string[], by: number): void {
    this.#work?.reprioritise(run, items, by);
  }

  item(run: string, item: string): ItemSnapshot | undefined {
    return this.#board.item(run, item);
  }

  /** Where a run that is shown lives. */
  workspaceOf(run: string): Workspace | undefined {
    return this.#board.get(run)?.workspace;
  }

  /** Whether this process works on the run now. */
  isGoingOn(id: string): boolean {
    return this.#work?.isGoingOn(id) === true;
  }

  isUnfinished(id: string): boolean {
    return this.#board.get(id)?.state === 'unfinished';
  }

  /** Whether a run has to stop because of its journal; its summary will say why. */
  get isInTrouble(): boolean {
    return this.#work?.isInTrouble === true;
  }

  get active(): readonly RunSnapshot[] {
    return this.#board.active;
  }

  /** Runs that are shown, that nobody works on and that are not through. */
  get unfinished(): readonly RunSnapshot[] {
    return this.#board.unfinished;
  }

  pause(id: string): void {
    this.#work?.pause(id);
  }

  unpause(id: string): void {
    this.#work?.unpause(id);
  }

  cancelItem(run: string, item: string): void {
    this.#work?.cancelItem(run, item);
  }

  cancel(id: string): void {
    this.#work?.cancel(id);
  }

  cancelAll(): void {
    this.#work?.cancelAll();
  }

  /**
   * Starts nothing new, lets what is in flight finish for the grace period, then aborts it. What has not ended can be
   * resumed.
   */
  async stop(graceMs: number): Promise<void> {
    await this.#work?.stop(graceMs);
  }

  /** What `stop` is waiting for ends now. */
  abort(): void {
    this.#work?.abort();
  }

  /** Somebody else has taken over a run of this process: everything about it stops here. */
  lost(id: string): void {
    this.#work?.lost(id);
  }

  dispose(): void {
    this.#work?.dispose();
  }

  clearFinished(): void {
    this.#board.clearFinished();
  }

  async #atWork(): Promise<RunsAtWork> {
    return this.#work ?? (this.#beginning ??= this.#begin());
  }
}
