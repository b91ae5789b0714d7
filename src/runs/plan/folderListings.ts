import { basename, dirname, join, sep } from 'node:path';
import { comparablePath } from '../../base/comparablePath.ts';
import type { FileStore } from '../../storage/fileStore.ts';

/** What lies in a folder. */
interface Listing {
  readonly folder: string;
  readonly names: readonly string[];
  /** As any file system might compare them. */
  readonly comparable: ReadonlySet<string>;
}

/**
 * What lies in the folders of a plan. Each is looked into once, and one that its parent does not have not at all, nor is
 * it remembered: a plan may have a folder for each of a hundred thousand rows. It is asked for one folder after the other.
 */
export class FolderListings {
  readonly #files: Pick<FileStore, 'names' | 'folderProblem'>;
  readonly #root: string;
  readonly #listings = new Map<string, Listing>();
  /** Length of the longest path that was asked for below a folder that is there. */
  readonly #checked = new Map<string, number>();

  /** The last folder that was not there, with the one that it would be in. */
  #absent: { readonly folder: string; readonly inside: string; readonly within: string } | undefined;

  /** @param root folders above it are not looked into */
  constructor(files: Pick<FileStore, 'names' | 'folderProblem'>, root: string) {
    this.#files = files;
    this.#root = root;
  }

  /** Empty when there is no such folder. */
  async names(folder: string): Promise<readonly string[]> {
    const nearest = await this.#nearest(folder);
    return nearest.folder === folder ? nearest.names : [];
  }

  /** Whether it is known without a look that a folder is not there, and that it has no problem. @param folder normalized */
  isAbsent(folder: string): boolean {
    if (!this.#absent) return false;
    const { folder: absent, inside, within } = this.#absent;
    const isWithin = folder === absent || folder.startsWith(inside);
    return isWithin && folder.length <= (this.#checked.get(within) ?? -1);
  }

  /** As `FileStore.folderProblem`, told once for folders that have it for the same reason. */
  async problem(folder: string): Promise<string | undefined> {
    const { folder: existing } = await this.#nearest(folder);
    // Of what is not there yet, only the length of its path may be wrong.
    const longest = this.#checked.get(existing) ?? -1;
    if (folder.length <= longest) return undefined;
    this.#checked.set(existing, folder.length);
    return this.#files.folderProblem(folder, this.#root);
  }

  /** The folder itself, or the last one on the way to it that is there; the root counts as there. */
  async #nearest(folder: string): Promise<Listing> {
    const missing: string[] = [];
    let known = folder;
    while (known !== this.#root && !this.#listings.has(known)) {
      const parent = dirname(known);
      // Outside of the root, folders are looked into as they are.
      if (parent === known) return this.#look(folder);
      missing.push(basename(known));
      known = parent;
    }
    let nearest = this.#listings.get(known) ?? (await this.#look(known));
    for (let name = missing.pop(); name !== undefined; name = missing.pop()) {
      const next = join(nearest.folder, name);
      if (!nearest.comparable.has(comparablePath(name))) {
        this.#absent = { folder: next, inside: next + sep, within: nearest.folder };
        break;
      }
      nearest = await this.#look(next);
    }
    return nearest;
  }

  async #look(folder: string): Promise<Listing> {
    const names = await this.#files.names(folder);
    const listing = { folder, names, comparable: new Set(names.map(comparablePath)) };
    this.#listings.set(folder, listing);
    return listing;
  }
}
