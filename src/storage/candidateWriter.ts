import pLimit from 'p-limit';
import { contentHash } from '../base/hash.ts';
import type { FileStore } from './fileStore.ts';
import { pathKey, type PathLocks } from './pathLocks.ts';

export interface CandidateToWrite {
  /** The folder that the file must stay inside, absolute. */
  readonly root: string;
  /** Absolute, in order of preference, endless. */
  readonly paths: Iterable<string>;
  readonly text: string;
  /** An earlier process may have had just this text: it may be on disk already. */
  readonly recovered: boolean;
  /** For recovered texts: whether a file with just this text may be taken for the candidate. Takes no path lock. */
  readonly mayAdopt: (path: string) => Promise<boolean>;
}

export interface WrittenCandidate {
  readonly path: string;
  /** SHA-256 of the file's bytes, hex. */
  readonly contentHash: string;
}

/** Calls `action` after `delayMs`; the returned function calls it off. */
export type Schedule = (delayMs: number, action: () => void) => () => void;

interface Window {
  /** Those who wait for its end. */
  readonly waiting: (() => void)[];
  /** Whether those who come wait for one another. */
  readonly isShared: boolean;
  readonly callOff: () => void;
}

/** Candidates that come so soon after a group was written wait for the next, ms. */
const defaultWindowMs = 25;
const mostAtOnce = 8;

/** More than can wait for their commit. */
const mostRemembered = 1000;

const scheduleByTimeout: Schedule = (delayMs, action) => {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
};

/**
 * Writes candidate files: whole or not at all, one at a time per path, and never over what is there. They are written in
 * groups, so that those who watch the folder get bursts and not a constant stream of events.
 */
export class CandidateWriter {
  readonly #files: FileStore;
  readonly #locks: PathLocks;
  readonly #schedule: Schedule;
  readonly #windowMs: number;
  readonly #inTurn = pLimit(mostAtOnce);
  /** Present while a group was just written. */
  #window: Window | undefined;
  /** Paths given out of late, with the first choice of the candidate: their owners may not be in the journal yet. */
  readonly #given = new Map<string, string>();

  constructor(files: FileStore, locks: PathLocks, schedule: Schedule = scheduleByTimeout, windowMs = defaultWindowMs) {
    this.#files = files;
    this.#locks = locks;
    this.#schedule = schedule;
    this.#windowMs = windowMs;
  }

  /**
   * Writes the text to the first path that is free, or finds the file that an earlier process wrote.
   *
   * @throws the store's error when nothing could be written; nothing partial is left then
   */
  async write(candidate: CandidateToWrite): Promise<WrittenCandidate> {
    await this.#group();
    return await this.#inTurn(() => this.#writeOrAdopt(candidate));
  }

  /** Nobody else comes for a while: who waits is written now, and so are those who are just about to come. */
  hurry(): void {
    const { callOff, waiting = [] } = this.#window ?? {};
    callOff?.();
    this.#openWindow(false);
    for (const start of waiting) start();
  }

  /** Resolves at once after a pause; else for everybody of the window together. */
  async #group(): Promise<void> {
    const window = this.#window;
    if (!window) this.#openWindow(true);
    else if (window.isShared) await new Promise<void>((resolve) => window.waiting.push(resolve));
  }

  #openWindow(isShared: boolean): void {
    const waiting: (() => void)[] = [];
    const callOff = this.#schedule(this.#windowMs, () => {
      this.#window = undefined;
      if (waiting.length === 0) return;
      this.#openWindow(true);
      for (const start of waiting) start();
    });
    this.#window = { waiting, isShared, callOff };
  }

  async #writeOrAdopt(candidate: CandidateToWrite): Promise<WrittenCandidate> {
    const { root, paths, text } = candidate;
    const hash = contentHash(text);
    let first: string | undefined;
    for (const path of paths) {
      first ??= path;
      const firstChoice = first;
      const isTheirs = await this.#locks.run(path, async () => {
        const isWritten = await this.#files.create(path, text, root);
        if (!isWritten && !(await this.#canAdopt(candidate, path, hash, firstChoice))) return false;
        this.#remember(path, firstChoice);
        return true;
      });
      if (isTheirs) return { path, contentHash: hash };
    }
    throw new Error('No free name was offered.');
  }

  async #canAdopt(
    { text, recovered, mayAdopt }: CandidateToWrite,
    path: string,
    hash: string,
    firstChoice: string,
  ): Promise<boolean> {
    if (!recovered) return false;
    const key = pathKey(path);
    if (this.#given.has(key) && this.#given.get(key) !== firstChoice) return false;
    const found = await this.#files.read(path, Buffer.byteLength(text));
    return found !== undefined && contentHash(found) === hash && (await mayAdopt(path));
  }

  #remember(path: string, firstChoice: string): void {
    this.#given.set(pathKey(path), firstChoice);
    if (this.#given.size <= mostRemembered) return;
    const [oldest] = this.#given.keys();
    if (oldest !== undefined) this.#given.delete(oldest);
  }
}
