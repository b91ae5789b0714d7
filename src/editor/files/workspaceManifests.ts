import { dirname, join } from 'node:path';
import {
  chooseManifest,
  manifestNames,
  manifestState,
  mergeManifest,
  unreadableName,
  type ManifestEntry,
} from '../../candidates/manifest.ts';
import type { WorkspaceFiles } from './workspaceFiles.ts';

/** What could not be written is tried again after so long, ms. */
const defaultRetryMs = 5000;

/**
 * The manifests beside candidates that are not on a disk. Entries wait here until they are in their manifest; those of
 * files that are not there (any more) are left out.
 */
export class WorkspaceManifests {
  readonly #files: WorkspaceFiles;
  readonly #report: (message: string) => void;
  readonly #retryMs: number;
  /** By manifest and file. */
  readonly #waiting = new Map<string, Map<string, ManifestEntry>>();
  #passes: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isReported = false;

  /** @param report told of the first problem in one sentence, until all entries are written again */
  constructor(files: WorkspaceFiles, report: (message: string) => void, retryMs = defaultRetryMs) {
    this.#files = files;
    this.#report = report;
    this.#retryMs = retryMs;
  }

  add(path: string, entries: readonly ManifestEntry[]): void {
    const waiting = this.#waiting.get(path) ?? new Map<string, ManifestEntry>();
    for (const entry of entries) waiting.set(entry.file, entry);
    this.#waiting.set(path, waiting);
    void this.#flush();
  }

  /** Resolves when all that waits was written, or could not be. */
  async close(): Promise<void> {
    await this.#flush();
    clearTimeout(this.#timer);
  }

  /** One pass after the other: two would lose the entries of one. */
  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#passes = this.#passes.then(() => this.#pass());
    return this.#passes;
  }

  async #pass(): Promise<void> {
    let problem: string | undefined;
    for (const [path, entries] of [...this.#waiting]) {
      this.#waiting.delete(path);
      try {
        await this.#merge(path, [...entries.values()]);
      } catch (error) {
        problem ??= `The manifest ${path} cannot be written (${causeOf(error)}): mend that, and it gets what it lacks.`;
        // What came meanwhile is newer.
        this.#waiting.set(path, new Map([...entries, ...(this.#waiting.get(path) ?? [])]));
      }
    }
    if (problem !== undefined) {
      if (!this.#isReported) this.#report(problem);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#flush(), this.#retryMs);
    }
    this.#isReported = problem !== undefined;
  }

  async #merge(path: string, entries: readonly ManifestEntry[]): Promise<void> {
    const names = new Set(await this.#files.names(dirname(path)));
    const there = entries.filter(({ file }) => names.has(file));
    if (there.length === 0) return;
    const [firstPath, secondPath] = manifestNames.map((name) => join(dirname(path), name)) as [string, string];
    const [first, second] = await Promise.all([this.#files.read(firstPath), this.#files.read(secondPath)]);
    const chosen = chooseManifest([manifestState(first), manifestState(second)]);
    if (!chosen) throw new Error(`${manifestNames.join(' and ')} are not its own`);
    const [place, text] = chosen.name === manifestNames[0] ? [firstPath, first] : [secondPath, second];
    if (chosen.state === 'broken') await this.#files.setAside(place, unreadableName(place));
    const current = chosen.state === 'ours' ? text : undefined;
    const merged = mergeManifest(current, there);
    if (merged.isReadable && merged.text !== current) await this.#files.replace(place, merged.text);
  }
}

function causeOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/[\s.]+$/, '');
}
