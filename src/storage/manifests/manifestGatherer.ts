import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Outcome } from '../../base/outcome.ts';
import { manifestNames, type ManifestEntry } from '../../candidates/manifest.ts';
import type { ManifestProblem } from './manifestFile.ts';

/** Entries wait for others at least so long, ms. */
const gatherMs = 1000;
/** Writing takes at most one part in this many of the time, so that large manifests are written less often. */
const restPerPass = 10;
/** Entries that are made from the journal before others get their turn. */
const entriesAtOnce = 100;

/** Hands entries to a manifest, named by its first name. @returns what went wrong */
export type ManifestOutlet = (path: string, entries: readonly ManifestEntry[]) => Promise<ManifestProblem | undefined>;

/** Who knows what belongs into manifests: the journal. */
export interface ManifestSource {
  /** The files that items of a run are written to, absolute. */
  writtenFiles(run: string): Outcome<readonly string[], ManifestProblem>;
  /** What manifests tell of files: nothing of those that are no item's file any more. */
  manifestEntries(files: readonly string[]): Outcome<readonly ManifestEntry[], ManifestProblem>;
}

/**
 * Keeps the manifests beside candidates in step with the journal: a file that the journal knows as written is gathered
 * here until its entry is in the manifest. What a killed process had gathered is found again by `addRun`.
 */
export class ManifestGatherer {
  readonly #source: ManifestSource;
  readonly #outlet: ManifestOutlet;
  readonly #report: (message: string) => void;
  /** Written files by manifest, absolute. */
  readonly #waiting = new Map<string, Set<string>>();
  #passes: Promise<void> = Promise.resolve();
  #passesLeft = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastPassMs = 0;
  #isReported = false;

  /** @param report told of the first problem, until all entries are written again */
  constructor(source: ManifestSource, outlet: ManifestOutlet, report: (message: string) => void) {
    this.#source = source;
    this.#outlet = outlet;
    this.#report = report;
  }

  /** Whether there is nothing to wait for. */
  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#passesLeft === 0;
  }

  /** @param files that the journal knows as written, absolute */
  add(files: Iterable<string>): void {
    for (const file of files) {
      const path = join(dirname(file), manifestNames[0]);
      const waiting = this.#waiting.get(path);
      if (waiting) waiting.add(file);
      else this.#waiting.set(path, new Set([file]));
    }
    this.#passLater();
  }

  /** All that a run has written; entries that are there already stay as they are. */
  addRun(run: string): void {
    const files = this.#source.writtenFiles(run);
    if (files.ok) this.add(files.value);
    else this.#report(files.failure.message);
  }

  /** Resolves when all that waits now was written, or could not be: that stays for the next time. */
  flush(): Promise<void> {
    this.#callOff();
    this.#passesLeft++;
    this.#passes = this.#passes.then(async () => {
      await this.#pass();
      this.#passesLeft--;
      this.#passLater();
    });
    return this.#passes;
  }

  async close(): Promise<void> {
    await this.flush();
    this.#callOff();
  }

  #passLater(): void {
    if (this.#waiting.size === 0 || this.#passesLeft > 0) return;
    this.#timer ??= setTimeout(() => void this.flush(), Math.max(gatherMs, this.#lastPassMs * restPerPass));
  }

  #callOff(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** One manifest at a time with others' turns between them: results are committed on the same thread. */
  async #pass(): Promise<void> {
    let spentMs = 0;
    let problem: ManifestProblem | undefined;
    for (const [path, files] of [...this.#waiting]) {
      this.#waiting.delete(path);
      const entries: ManifestEntry[] = [];
      let failed: ManifestProblem | undefined;
      for (const some of inBatches([...files])) {
        const startedAt = performance.now();
        const read = this.#source.manifestEntries(some);
        if (read.ok) entries.push(...read.value);
        else failed = read.failure;
        spentMs += performance.now() - startedAt;
        await setImmediate();
      }
      const startedAt = performance.now();
      failed ??= await this.#outlet(path, entries);
      spentMs += performance.now() - startedAt;
      if (!failed) continue;
      problem ??= failed;
      this.add(files);
      // The others would have to wait as long for the same lock.
      if (failed.reason === 'busy') break;
    }
    this.#lastPassMs = spentMs;
    if (problem && !this.#isReported) this.#report(problem.message);
    this.#isReported = problem !== undefined;
  }
}

function* inBatches<Value>(values: readonly Value[]): Iterable<readonly Value[]> {
  for (let from = 0; from < values.length; from += entriesAtOnce) yield values.slice(from, from + entriesAtOnce);
}
