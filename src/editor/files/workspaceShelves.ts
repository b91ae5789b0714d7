import { join } from 'node:path';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { chooseBesideFile } from '../../candidates/besideNames.ts';
import { unreadableName } from '../../candidates/manifest.ts';
import {
  changeShelf,
  emptyShelf,
  readShelf,
  shelfNames,
  shelfState,
  shelfText,
  type Shelf,
  type ShelfChange,
} from '../../candidates/shelf.ts';
import { PathLocks } from '../../storage/pathLocks.ts';
import type { ShelfStore } from '../../storage/shelfFile.ts';
import { causeOf } from '../../storage/writeFailure.ts';
import type { WorkspaceFiles } from './workspaceFiles.ts';

/** The shelves beside candidates that are not on a disk. Only this window writes there, as far as anybody can know. */
export class WorkspaceShelves implements ShelfStore {
  readonly #files: WorkspaceFiles;
  readonly #locks = new PathLocks();

  constructor(files: WorkspaceFiles) {
    this.#files = files;
  }

  async read(folder: string): Promise<Outcome<Shelf, string>> {
    try {
      const found = await this.#find(folder);
      return success((found?.text === undefined ? undefined : readShelf(found.text)) ?? emptyShelf);
    } catch (error) {
      return failed(problemOf(folder, error));
    }
  }

  async change(folder: string, changes: readonly ShelfChange[]): Promise<Outcome<readonly ShelfChange[], string>> {
    if (changes.length === 0) return success([]);
    try {
      return await this.#locks.run(folder, () => this.#change(folder, changes));
    } catch (error) {
      return failed(problemOf(folder, error));
    }
  }

  async #change(folder: string, changes: readonly ShelfChange[]): Promise<Outcome<readonly ShelfChange[], string>> {
    const found = await this.#find(folder);
    if (!found) {
      const names = shelfNames.join(' and ');
      return failed(`The shelf of ${folder} has no name, because ${names} are not its own: rename one of them.`);
    }
    const path = join(folder, found.name);
    if (found.state === 'broken') await this.#files.setAside(path, unreadableName(path));
    const there = (found.text === undefined ? undefined : readShelf(found.text)) ?? emptyShelf;
    const { shelf, inverse } = changeShelf(there, changes, Date.now());
    if (inverse.length > 0) await this.#files.replace(path, shelfText(shelf));
    return success(inverse);
  }

  /** Undefined where both names are somebody else's. */
  async #find(folder: string) {
    const [first, second] = await Promise.all([
      this.#files.read(join(folder, shelfNames[0])),
      this.#files.read(join(folder, shelfNames[1])),
    ]);
    const chosen = chooseBesideFile(shelfNames, [shelfState(first), shelfState(second)]);
    if (!chosen) return undefined;
    const text = chosen.name === shelfNames[0] ? first : second;
    return { ...chosen, text: chosen.state === 'ours' ? text : undefined };
  }
}

function problemOf(folder: string, error: unknown): string {
  return `The shelf ${join(folder, shelfNames[0])} cannot be used: ${causeOf(error)}. Mend that, then try again.`;
}
