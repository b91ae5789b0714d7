import { basename, dirname } from 'node:path';
import { isInside } from '../../base/paths.ts';
import type { FileStore } from '../../storage/fileStore.ts';

interface Listing {
  readonly names: readonly string[];
  /** As any file system might compare them. */
  readonly comparable: ReadonlySet<string>;
}

/**
 * What lies in the folders of a plan. Each is looked into once, and one that its parent does not have not at all: a plan
 * may have a folder for each of a hundred thousand rows.
 */
export class FolderListings {
  readonly #files: Pick<FileStore, 'names' | 'folderProblem'>;
  readonly #root: string;
  readonly #listings = new Map<string, Promise<Listing | undefined>>();
  /** Length of the longest path that was asked for below a folder that is there. */
  readonly #checked = new Map<string, number>();

  /** @param root folders above it are not looked into */
  constructor(files: Pick<FileStore, 'names' | 'folderProblem'>, root: string) {
    this.#files = files;
    this.#root = root;
  }

  /** Empty when there is no such folder. */
  async names(folder: string): Promise<readonly string[]> {
    return (await this.#listing(folder))?.names ?? [];
  }

  /** As `FileStore.folderProblem`, told once for folders that have it for the same reason. */
  async problem(folder: string): Promise<string | undefined> {
    let existing = folder;
    while (existing !== this.#root && dirname(existing) !== existing && !(await this.#listing(existing))) {
      existing = dirname(existing);
    }
    // Of what is not there yet, only the length of its path may be wrong.
    const longest = this.#checked.get(existing) ?? -1;
    if (folder.length <= longest) return undefined;
    this.#checked.set(existing, folder.length);
    return this.#files.folderProblem(folder, this.#root);
  }

  #listing(folder: string): Promise<Listing | undefined> {
    let known = this.#listings.get(folder);
    if (!known) {
      known = this.#look(folder);
      this.#listings.set(folder, known);
    }
    return known;
  }

  async #look(folder: string): Promise<Listing | undefined> {
    const parent = dirname(folder);
    if (folder !== this.#root && parent !== folder && isInside(this.#root, folder)) {
      const above = await this.#listing(parent);
      if (above?.comparable.has(comparable(basename(folder))) !== true) return undefined;
    }
    const names = await this.#files.names(folder);
    return { names, comparable: new Set(names.map(comparable)) };
  }
}

function comparable(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
