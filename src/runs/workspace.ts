import { isAbsolute } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { CandidateWriter } from '../storage/candidateWriter.ts';
import type { FileStore } from '../storage/fileStore.ts';
import { JournalClient, type JournalClientOptions } from '../storage/journal/journalClient.ts';
import { success } from '../base/outcome.ts';
import type { CacheLimits, OwnerKind } from '../storage/journal/records.ts';
import { deleteJournal, moveJournal } from '../storage/journal/moveJournal.ts';
import type { JournalPlace, Repair } from '../storage/journal/settings.ts';
import { prepareStateFolder } from '../storage/journalFolders.ts';
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
  /** Whether manifests are written to the disk or handed to `onManifestEntries`. */
  readonly manifests: 'disk' | 'report';
  readonly onManifestEntries?: NonNullable<JournalClientOptions['onManifestEntries']>;
  readonly cacheLimits?: CacheLimits;
}

export interface WorkspacesOptions {
  /** The journal's worker script. */
  readonly worker: string | URL;
  readonly kind: OwnerKind;
  readonly journalOf: (base: string) => Promise<JournalOutcome<JournalPlace>>;
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

  /**
   * A failure is one sentence for the person; the next call tries again.
   *
   * @param meanwhile called while the journal's thread starts, if it has to
   */
  async open(base: string, meanwhile?: () => void): Promise<JournalOutcome<Workspace>> {
    let opening = this.#opening.get(base);
    if (!opening) {
      opening = this.#open(base, meanwhile);
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

  /**
   * Makes the runs of a folder that was moved those of a workspace.
   *
   * @returns how many runs
   */
  async adopt(from: JournalPlace, { journal }: Workspace): Promise<JournalOutcome<number>> {
    return this.visit(from, (moved) => moveJournal(moved, from, journal));
  }

  /**
   * Forgets all runs of a folder and deletes its journal; candidates stay.
   *
   * @returns how many runs there were
   */
  async clear(place: JournalPlace): Promise<JournalOutcome<number>> {
    return this.visit(place, (journal) => deleteJournal(journal, place));
  }

  /** Opens the journal of a folder that may be gone, for as long as an action takes; nothing is generated there. */
  async visit<Value>(
    place: JournalPlace,
    action: (journal: JournalClient) => Promise<JournalOutcome<Value>>,
  ): Promise<JournalOutcome<Value>> {
    const opened = await this.#openJournal(place.folder, place, { manifests: 'report' });
    if (!opened.ok) return opened;
    try {
      return await action(opened.value);
    } finally {
      await opened.value.close();
    }
  }

  async #open(base: string, meanwhile?: () => void): Promise<JournalOutcome<Workspace>> {
    const { journalOf, placesOf } = this.#options;
    const place = await journalOf(base);
    if (!place.ok) return place;
    const { files, ...places } = placesOf(base);
    const opened = await this.#openJournal(base, place.value, places, meanwhile);
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

  async #openJournal(
    base: string,
    place: JournalPlace,
    { manifests, onManifestEntries, cacheLimits }: Omit<WorkspacePlaces, 'files'>,
    meanwhile?: () => void,
  ): Promise<JournalOutcome<JournalClient>> {
    const { worker, kind, onRepair, onLost, onManifestProblem } = this.#options;
    const prepared = await prepareStateFolder(place);
    if (!prepared.ok) return prepared;
    const mending: Promise<void>[] = [];
    const mended = async ({ message }: Repair): Promise<void> => {
      const opened = await opening;
      // What the journal lost, the manifests beside the candidates may still know.
      if (opened.ok && isAbsolute(place.folder)) await opened.value.rebuildFromManifests(await findManifests(base));
      onRepair(message);
    };
    const opening = JournalClient.open({
      ...place,
      worker,
      base,
      kind,
      manifests,
      ...(onManifestEntries ? { onManifestEntries } : {}),
      ...(cacheLimits ? { cacheLimits } : {}),
      onRepair: (repair) => mending.push(mended(repair)),
      onLost,
      onManifestProblem,
    });
    meanwhile?.();
    const opened = await opening;
    await Promise.all(mending);
    return opened;
  }
}
