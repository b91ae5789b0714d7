import { join } from 'node:path';
import { failed, success, type Outcome } from '../base/outcome.ts';
import {
  changeShelf,
  emptyShelf,
  readShelf,
  shelfNames,
  shelfState,
  shelfText,
  type Shelf,
  type ShelfChange,
} from '../candidates/shelf.ts';
import { readBesideFile, updateBesideFile, type BesideFile } from './besideFile.ts';
import { codeOf } from './fileSystem.ts';
import { whileLocked } from './folderLock.ts';
import type { PathGate } from './pathGate.ts';
import { PathLocks } from './pathLocks.ts';
import { causeOf } from './writeFailure.ts';

/** How long to wait for another process to finish with its shelf, which takes some ms, ms. */
const patienceMs = 1_000;

const shelves: BesideFile = {
  names: shelfNames,
  // More than the shelf of 100,000 candidates.
  mostBytes: 32 * 1024 * 1024,
  stateOf: shelfState,
};

/** Where shelves are kept. A failure is one sentence for the person. */
export interface ShelfStore {
  /** Empty where there is none. @param folder of the candidates, absolute */
  read(folder: string): Promise<Outcome<Shelf, string>>;
  /**
   * Decides on what is there at that moment: two at once lose nothing.
   *
   * @returns the changes that take it back
   */
  change(folder: string, changes: readonly ShelfChange[]): Promise<Outcome<readonly ShelfChange[], string>>;
}

export interface DiskShelvesOptions {
  readonly gate: PathGate;
  /** The folder that shelves must stay inside once symbolic links are resolved, absolute. */
  readonly root: string;
  /** A file that every process locks for any shelf. */
  readonly lockPath: string;
  /** Epoch ms. */
  readonly now?: () => number;
  /** Hears in one sentence of a shelf that a person has broken, when it is read and when a new one is begun. */
  readonly tell?: (sentence: string, when: 'read' | 'changed') => void;
}

/** The lock tells processes apart and not those who ask in one process. */
const locks = new PathLocks();

/** Shelves on a disk. */
export class DiskShelves implements ShelfStore {
  readonly #options: DiskShelvesOptions;

  constructor(options: DiskShelvesOptions) {
    this.#options = options;
  }

  async read(folder: string): Promise<Outcome<Shelf, string>> {
    const { gate, root, tell } = this.#options;
    try {
      const entered = await gate.enter(folder, root, false);
      if (!entered) return success(emptyShelf);
      try {
        const text = await readBesideFile(entered, shelves, (name) =>
          tell?.(
            `The shelf ${join(folder, name)} cannot be read, so what was decided there is not known: mend it, or it is set aside with the next decision.`,
            'read',
          ),
        );
        await entered.check();
        return success(text === undefined ? emptyShelf : (readShelf(text) ?? emptyShelf));
      } finally {
        await entered.close();
      }
    } catch (error) {
      return failed(problemOf(folder, error));
    }
  }

  async change(folder: string, changes: readonly ShelfChange[]): Promise<Outcome<readonly ShelfChange[], string>> {
    if (changes.length === 0) return success([]);
    const { lockPath } = this.#options;
    try {
      return await locks.run(lockPath, () => whileLocked(lockPath, patienceMs, () => this.#change(folder, changes)));
    } catch (error) {
      return failed(problemOf(folder, error));
    }
  }

  async #change(folder: string, changes: readonly ShelfChange[]): Promise<Outcome<readonly ShelfChange[], string>> {
    const { gate, root, now = Date.now, tell } = this.#options;
    const entered = await gate.enter(folder, root, false);
    if (!entered) return failed(`The folder ${folder} is gone, so nothing is noted about its candidates.`);
    let inverse: readonly ShelfChange[] = [];
    try {
      const update = (current: string | undefined): string | undefined => {
        const there = current === undefined ? emptyShelf : (readShelf(current) ?? emptyShelf);
        const changed = changeShelf(there, changes, now());
        inverse = changed.inverse;
        return inverse.length === 0 ? current : shelfText(changed.shelf);
      };
      const isWritten = await updateBesideFile(entered, shelves, update, (name, aside) =>
        tell?.(
          `The shelf ${join(folder, name)} could not be read and is kept as ${aside}: what was decided there can be taken from it.`,
          'changed',
        ),
      );
      if (isWritten) return success(inverse);
      return failed(
        `The shelf of ${folder} has no name, because ${shelfNames.join(' and ')} are not its own: rename one of them.`,
      );
    } finally {
      await entered.close();
    }
  }
}

function problemOf(folder: string, error: unknown): string {
  const path = join(folder, shelfNames[0]);
  // SQLite's, of the lock.
  if (codeOf(error) === 'ERR_SQLITE_ERROR') {
    return `Another program keeps the shelf ${path} locked, or its lock cannot be made: try again.`;
  }
  if (codeOf(error) === 'TOO_LARGE') return `The shelf ${path} is too large: rename it, and a new one is begun.`;
  return `The shelf ${path} cannot be used: ${causeOf(error)}. Mend that, then try again.`;
}
