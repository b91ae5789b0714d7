import { join, relative, sep } from 'node:path';
import { bytesHash } from '../../base/hash.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { Failure } from '../../model/attempt.ts';
import { archive } from '../../storage/archive.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { PathLocks } from '../../storage/pathLocks.ts';
import { writeFailure } from '../../storage/writeFailure.ts';

/** As large as anything that a stage may leave. */
const mostBytes = 256 * 1024 * 1024;

/** A file that was left. */
export interface LeftFile {
  /** Relative to the folder of the pipeline, with `/`. */
  readonly file: string;
  /** Of its bytes, hex. */
  readonly sha256: string;
}

/**
 * Files that stages and deliveries leave below the folder of a pipeline. One that is there with something else in it goes to
 * the archive beside it: a person may have changed it.
 */
export class StageFiles {
  readonly #files: FileStore;
  readonly #folder: string;
  readonly #locks = new PathLocks();
  /** SHA-256 of what was last written to each path. */
  readonly #written = new Map<string, string>();

  /** @param folder of the pipeline, absolute: no file leaves it */
  constructor(files: FileStore, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** @param path relative to the folder */
  async write(path: string, content: string | Uint8Array): Promise<Outcome<LeftFile, Failure>> {
    const target = join(this.#folder, path);
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    try {
      return await this.#locks.run(target, async () => {
        const hash = bytesHash(bytes);
        const there = await this.#hashOf(target);
        const isOurs = there !== undefined && there === this.#written.get(target);
        if (isOurs && there !== hash) await this.#files.replace(target, bytes, this.#folder);
        else if (there !== hash) {
          await archive(this.#files, [target], this.#folder);
          if (!(await this.#files.create(target, bytes, this.#folder))) {
            const message = `The file ${path} came into being while it was written: start the run again.`;
            return failed<Failure>({ reason: 'write-failed', message });
          }
        }
        this.#written.set(target, hash);
        return success({ file: relative(this.#folder, target).split(sep).join('/'), sha256: hash });
      });
    } catch (error) {
      return failed(writeFailure(target, error));
    }
  }

  /** @param hash SHA-256, hex */
  async has(path: string, hash: string): Promise<boolean> {
    return (await this.#hashOf(join(this.#folder, path))) === hash;
  }

  async #hashOf(target: string): Promise<string | undefined> {
    const found = await this.#files.readWithin(target, mostBytes, this.#folder).catch(() => undefined);
    return found && bytesHash(found);
  }
}
