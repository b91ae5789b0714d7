import { systemClock } from '../base/clock.ts';
import { CandidateWriter } from '../storage/candidateWriter.ts';
import type { FileStore } from '../storage/fileStore.ts';
import { JournalClient, type JournalClientOptions } from '../storage/journal/journalClient.ts';
import { success } from '../base/outcome.ts';
import type { CacheLimits, OwnerKind } from '../storage/journal/records.ts';
import type { Repair } from '../storage/journal/settings.ts';
import { findManifests } from '../storage/manifests/findManifests.ts';
import { PathLocks } from '../storage/pathLocks.ts';
import type { JournalOutcome } from '../storage/journal/journalFailure.ts';

/** A folder that candidates are generated in: its journal and its files. */
export interface Workspace {
  /** The folder, absolute; its runs' paths are kept relative to it. */
  readonly base: string;
  readonly journal: JournalClient;
  readonly files: FileStore;
  readonly writer: CandidateWriter;
}

/** Where the parts of a workspace are. */
export interface WorkspacePlaces {
  readonly files: FileStore;
  /** The folder of the journal, absolute and on a disk. */
  readonly journalDirectory: string;
  /** Whether manifests are written to the disk or handed to `onManifestEntries`. */
  readonly manifests: 'disk' | 'report';
  readonly onManifestEntries?: NonNullable<JournalClientOptions['onManifestEntries']>;
  readonly cacheLimits?: CacheLimits;
}

export interface WorkspacesOptions {
  /** The journal's worker script. */
  readonly worker: string | URL;
  readonly kind: OwnerKind;
  readonly placesOf: (base: string) => WorkspacePlaces;
  /** A damaged journal was mended: one sentence. */
  readonly onRepair: (message: string) => void;
  /** Somebody else has taken the run over. */
  readonly onLost: (run: string) => void;
  /** One sentence: a manifest cannot be written at the moment. */
  readonly onManifestProblem: (message: string) => void;
}

/** When old things go, days: texts are on disk by then as candidates, and nobody resumes a run of last season. */
const textDays = 7;
const runDays = 90;
const dayMs = 24 * 60 * 60 * 1000;

/** The workspaces of this process, each opened once, when it is first needed. */
export class Workspaces {
  readonly #options: WorkspacesOptions;
  readonly #opening = new Map<string, Promise<JournalOutcome<Workspace>>>();

  constructor(options: WorkspacesOptions) {
    this.#options = options;
  }

  /** A failure is one sentence for the person; the next call tries again. */
  async open(base: string): Promise<JournalOutcome<Workspace>> {
    let opening = this.#opening.get(base);
    if (!opening) {
      opening = this.#open(base);
      this.#opening.set(base, opening);
    }
    const opened = await opening;
    if (!opened.ok) this.#opening.delete(base);
    return opened;
  }

  async dispose(): Promise<void> {
    const opened = await Promise.all(this.#opening.values());
    this.#opening.clear();
    for (const workspace of opened) if (workspace.ok) await workspace.value.journal.close();
  }

  async #open(base: string): Promise<JournalOutcome<Workspace>> {
    const { worker, kind, placesOf, onRepair, onLost, onManifestProblem } = this.#options;
    const { files, journalDirectory: directory, manifests, onManifestEntries, cacheLimits } = placesOf(base);
    const mending: Promise<void>[] = [];
    const mended = async ({ message }: Repair): Promise<void> => {
      const opened = await opening;
      // What the journal lost, the manifests beside the candidates may still know.
      if (opened.ok && manifests === 'disk') await opened.value.rebuildFromManifests(await findManifests(base));
      onRepair(message);
    };
    const opening = JournalClient.open({
      worker,
      directory,
      base,
      kind,
      manifests,
      ...(onManifestEntries ? { onManifestEntries } : {}),
      ...(cacheLimits ? { cacheLimits } : {}),
      onRepair: (repair) => mending.push(mended(repair)),
      onLost,
      onManifestProblem,
    });
    const opened = await opening;
    await Promise.all(mending);
    if (!opened.ok) return opened;
    const journal = opened.value;
    const writer = new CandidateWriter(files, new PathLocks(), (delayMs, action) =>
      systemClock.schedule(delayMs, action),
    );
    const workspace: Workspace = { base, journal, files, writer };
    const now = Date.now();
    void journal.deleteOld({ finishedBefore: now - runDays * dayMs, textsBefore: now - textDays * dayMs });
    return success(workspace);
  }
}
