import type { DiskFiles } from '../../storage/diskFiles.ts';
import type { FileStore } from '../../storage/fileStore.ts';

type Wanted = Required<FileStore>;

/** Files of the disk, with all that keeps them where they belong: loaded when the first of them is asked for. */
export class LateFiles implements Wanted {
  #files: Promise<DiskFiles> | undefined;

  async names(...given: Parameters<Wanted['names']>): ReturnType<Wanted['names']> {
    return (await this.#loaded()).names(...given);
  }

  async read(...given: Parameters<Wanted['read']>): ReturnType<Wanted['read']> {
    return (await this.#loaded()).read(...given);
  }

  async readWithin(...given: Parameters<Wanted['readWithin']>): ReturnType<Wanted['readWithin']> {
    return (await this.#loaded()).readWithin(...given);
  }

  async create(...given: Parameters<Wanted['create']>): ReturnType<Wanted['create']> {
    return (await this.#loaded()).create(...given);
  }

  async replace(...given: Parameters<Wanted['replace']>): ReturnType<Wanted['replace']> {
    return (await this.#loaded()).replace(...given);
  }

  async update(...given: Parameters<Wanted['update']>): ReturnType<Wanted['update']> {
    return (await this.#loaded()).update(...given);
  }

  async move(...given: Parameters<Wanted['move']>): ReturnType<Wanted['move']> {
    return (await this.#loaded()).move(...given);
  }

  async removeCopy(...given: Parameters<Wanted['removeCopy']>): ReturnType<Wanted['removeCopy']> {
    return (await this.#loaded()).removeCopy(...given);
  }

  async realFolder(...given: Parameters<Wanted['realFolder']>): ReturnType<Wanted['realFolder']> {
    return (await this.#loaded()).realFolder(...given);
  }

  async folderProblem(...given: Parameters<Wanted['folderProblem']>): ReturnType<Wanted['folderProblem']> {
    return (await this.#loaded()).folderProblem(...given);
  }

  #loaded(): Promise<DiskFiles> {
    this.#files ??= import('../../storage/diskFiles.ts').then(({ DiskFiles }) => new DiskFiles());
    return this.#files;
  }
}
