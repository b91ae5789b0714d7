import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { Runs, type StartedRun } from '../runs/runs.ts';
import type { RunSummary } from '../model/run.ts';
import { ServiceDirectory } from '../runs/serviceDirectory.ts';
import { Workspaces, type Workspace } from '../runs/workspace.ts';
import { DiskFiles } from '../storage/diskFiles.ts';
import { journalFolder, journalPath } from '../storage/journal/settings.ts';
import { showProgress } from './progressLine.ts';
import { Refusal } from './usage.ts';
import type { RunOutcome } from '../runs/runRefusal.ts';

/** Time for what is in flight to finish after an interrupt, ms. */
const graceMs = 10_000;

export function journalDirectory(base: string): string {
  return join(base, journalFolder);
}

/** Runs and workspaces of one call of the terminal program. */
export class TerminalSession {
  readonly runs: Runs;
  readonly #workspaces: Workspaces;
  #interrupts = 0;

  constructor(services: ServiceDirectory) {
    this.runs = new Runs({
      services,
      clock: systemClock,
      random: Math.random,
      reportError: (error) => say(String(error)),
    });
    this.#workspaces = new Workspaces({
      worker: join(__dirname, 'journalWorker.js'),
      kind: 'terminal',
      placesOf: (base) => ({ files: new DiskFiles(), journalDirectory: journalDirectory(base), manifests: 'disk' }),
      onRepair: say,
      onLost: (run) => this.runs.lost(run),
      onManifestProblem: (message) => {
        if (!this.runs.isInTrouble) say(message);
      },
    });
    showProgress(this.runs.events, process.stderr);
  }

  /** @throws Refusal with the sentence that says why not */
  async open(base: string): Promise<Workspace> {
    return valueOf(await this.#workspaces.open(base));
  }

  get wasInterrupted(): boolean {
    return this.#interrupts > 0;
  }

  /** Waits for a run's end; the first interrupt stops it gently, the second at once. */
  async untilFinished({ id, finished }: StartedRun): Promise<RunSummary> {
    const interrupted = (): void => {
      this.#interrupts++;
      if (this.#interrupts > 1) {
        this.runs.abort();
        return;
      }
      say('\nStopping: what is in flight may finish. Press Ctrl+C again to stop at once.');
      void this.runs.stop(graceMs);
    };
    process.on('SIGINT', interrupted);
    process.on('SIGTERM', interrupted);
    try {
      const summary = await finished;
      if (summary.problem !== undefined) say(summary.problem);
      if (this.runs.isUnfinished(id)) say(`To go on with what is left: parallel-candidates resume ${id}`);
      else if (summary.counts.failed > 0 && summary.problem === undefined) {
        say(`To try again what has failed: parallel-candidates resume ${id} --failed`);
      }
      return summary;
    } finally {
      process.off('SIGINT', interrupted);
      process.off('SIGTERM', interrupted);
    }
  }

  async dispose(): Promise<void> {
    this.runs.dispose();
    await this.#workspaces.dispose();
  }
}

/** The folder one works in or the nearest one above it that has a journal. */
export async function journalledFolder(): Promise<string> {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    try {
      await access(journalPath(journalDirectory(folder)));
      return folder;
    } catch {
      if (dirname(folder) === folder) throw new Refusal('There are no runs in this folder: generate something first.');
    }
  }
}

/** Does something in the folder's journal, and closes it. */
export async function withWorkspace(
  action: (workspace: Workspace, session: TerminalSession) => Promise<number>,
): Promise<number> {
  const directory = new ServiceDirectory(systemClock, Math.random);
  const session = new TerminalSession(directory);
  try {
    return await action(await session.open(await journalledFolder()), session);
  } finally {
    await session.dispose();
    await directory.dispose();
  }
}

export function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** @throws Refusal with the failure's sentence */
export function valueOf<Value>(outcome: RunOutcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw new Refusal(outcome.failure.message);
}
