import { dirname, join, relative } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { budgetText } from '../model/budget.ts';
import { describeError } from '../base/redact.ts';
import { visible } from '../base/visible.ts';
import { Runs } from '../runs/runs.ts';
import type { StartedRun } from '../runs/startedRun.ts';
import type { RunSummary } from '../model/run.ts';
import { ServiceDirectory } from '../runs/serviceDirectory.ts';
import { runDiversity } from '../runs/shelf/runDiversity.ts';
import { Workspaces, type Workspace } from '../runs/workspace.ts';
import { DiskFiles } from '../storage/diskFiles.ts';
import type { JournalPlace } from '../storage/journal/settings.ts';
import { hasJournal, isThere, JournalFolders, lastRealPath } from '../storage/journalFolders.ts';
import { findStateFolder } from '../storage/stateFolder.ts';
import { Progress } from './progress.ts';
import { exitStatus, jsonReport, printFiles, printJson } from './report.ts';
import { describeCut, describeTables } from '../wording/log.ts';
import { Refusal } from './usage.ts';
import type { RunOutcome } from '../runs/runRefusal.ts';

/** Time for what is in flight to finish after an interrupt, ms. */
const graceMs = 10_000;

/** Ctrl+C, whoever ends the program, and the end of its terminal. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs and workspaces of one call of the terminal program. */
export class TerminalSession {
  readonly services: ServiceDirectory;
  readonly runs: Runs;
  readonly folders = new JournalFolders(() => findStateFolder());
  readonly workspaces: Workspaces;
  readonly progress: Progress;
  #interrupts = 0;
  /** Runs whose ends are waited for. */
  #waits = 0;

  constructor(services: ServiceDirectory) {
    this.services = services;
    this.runs = new Runs({
      services,
      clock: systemClock,
      random: Math.random,
      reportError: (error) => say(describeError(error)),
    });
    this.workspaces = new Workspaces({
      worker: join(__dirname, 'journalWorker.js'),
      kind: 'terminal',
      journalOf: (base) => this.folders.placeOnDisk(base),
      placesOf: () => ({ files: new DiskFiles(), manifests: 'disk' }),
      onRepair: say,
      onLost: (run) => this.runs.lost(run),
      onManifestProblem: (message) => {
        if (!this.runs.isInTrouble) say(message);
      },
    });
    this.progress = new Progress(this.runs.events, process.stderr, process.env);
    progressOnScreen = this.progress;
  }

  /**
   * @param meanwhile called while the journal's thread starts
   * @throws Refusal with the sentence that says why not
   */
  async open(base: string, meanwhile?: () => void): Promise<Workspace> {
    return valueOf(await this.workspaces.open(base, meanwhile));
  }

  /**
   * The workspace of a folder with runs: the one that is named, else the one that one works in or the nearest above it.
   * The runs of a folder that is gone go over to the one that one works in.
   *
   * @throws Refusal with the sentence that says why not
   */
  async openJournalled(named: string | undefined): Promise<Workspace> {
    const place = await this.journalled(named);
    if (await isThere(place.folder)) return this.open(place.folder);
    const workspace = await this.open(process.cwd());
    const adopted = valueOf(await this.workspaces.adopt(place, workspace));
    const runs = adopted === 1 ? 'The run' : `The ${adopted} runs`;
    say(`${runs} of ${place.folder} ${adopted === 1 ? 'is one' : 'are those'} of ${workspace.base} from now on.`);
    return workspace;
  }

  /** Where the journal of such a folder is. @throws Refusal when there is none */
  async journalled(named: string | undefined): Promise<JournalPlace> {
    if (named === undefined) return this.#nearestJournalled();
    const folder = await lastRealPath(named);
    const place = valueOf(await this.folders.placeOf(folder));
    if (await hasJournal(place)) return place;
    throw new Refusal(`There are no runs of ${folder}: "parallel-candidates runs --all" lists those of every folder.`);
  }

  async #nearestJournalled(): Promise<JournalPlace> {
    for (let folder = await lastRealPath('.'); ; folder = dirname(folder)) {
      const place = valueOf(await this.folders.placeOf(folder));
      if (await hasJournal(place)) return place;
      if (dirname(folder) === folder) throw new Refusal('There are no runs in this folder: generate something first.');
    }
  }

  get wasInterrupted(): boolean {
    return this.#interrupts > 0;
  }

  /** Waits for a run's end and prints what came of it. @returns the exit status */
  async finish(started: StartedRun, { json }: { readonly json: boolean }): Promise<number> {
    const summary = await this.untilFinished(started);
    const { items } = this.runs.snapshots();
    if (json) printJson(jsonReport(summary, items, await runDiversity(items, new DiskFiles())));
    else printFiles(items);
    return exitStatus(summary, items.length, this.wasInterrupted);
  }

  /** Waits for a run's end; the first interrupt stops it gently, the second at once. */
  async untilFinished({ id, finished }: StartedRun): Promise<RunSummary> {
    if (++this.#waits === 1) for (const signal of stopSignals) process.on(signal, this.#interrupted);
    try {
      const summary = await finished;
      if (summary.problem !== undefined) say(summary.problem);
      if (summary.cut !== undefined) say(describeCut(summary.cut));
      for (const sentence of describeTables(summary, (path) => relative(process.cwd(), path))) say(sentence);
      if (this.runs.isUnfinished(id)) {
        const more = summary.moreBudget && ` --budget ${budgetText(summary.moreBudget).replaceAll(' ', '')}`;
        say(`To go on with what is left: parallel-candidates resume ${id}${more ?? ''}`);
      } else if (summary.counts.failed > 0 && summary.problem === undefined) {
        say(`To try again what has failed: parallel-candidates resume ${id} --failed`);
      }
      return summary;
    } finally {
      if (--this.#waits === 0) for (const signal of stopSignals) process.off(signal, this.#interrupted);
    }
  }

  readonly #interrupted = (): void => {
    this.#interrupts++;
    if (this.#interrupts > 1) {
      this.runs.abort();
      return;
    }
    // Leaves the line that Ctrl+C stands on; a picture is drawn over it.
    if (!this.progress.isDrawn) process.stderr.write('\n');
    // A run that only waits for files has nothing in flight.
    if (this.runs.active.some(({ state }) => state !== 'watching')) {
      say('Stopping: what is in flight may finish. Press Ctrl+C again to stop at once.');
    }
    void this.runs.stop(graceMs);
  };

  async dispose(): Promise<void> {
    this.progress.dispose();
    this.runs.dispose();
    await this.workspaces.dispose();
  }
}

/** Does something with the runs of this person, and closes the journals. */
export async function withSession(action: (session: TerminalSession) => Promise<number>): Promise<number> {
  // Throws where the working folder is gone: no thread starts there, not even for the journals of other folders.
  process.cwd();
  const directory = new ServiceDirectory(systemClock, Math.random);
  const session = new TerminalSession(directory);
  try {
    return await action(session);
  } finally {
    await session.dispose();
    await directory.dispose();
  }
}

/** Does something in a folder's journal, and closes it. @param named see `openJournalled` */
export function withWorkspace(
  action: (workspace: Workspace, session: TerminalSession) => Promise<number>,
  named?: string,
): Promise<number> {
  return withSession(async (session) => action(await session.openJournalled(named), session));
}

/** A picture that what is said must not break. */
let progressOnScreen: Progress | undefined;

/** Tells the person one thing on one line. */
export function say(message: string): void {
  if (progressOnScreen?.isDrawn === true) progressOnScreen.print(message);
  else process.stderr.write(`${visible(message)}\n`);
}

/** @throws Refusal with the failure's sentence */
export function valueOf<Value>(outcome: RunOutcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw new Refusal(outcome.failure.message);
}
