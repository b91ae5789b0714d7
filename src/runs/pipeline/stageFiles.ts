import { join, relative, resolve, sep } from 'node:path';
import { bytesHash } from '../../base/hash.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { Failure } from '../../model/attempt.ts';
import { archive } from '../../storage/archive.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { PathLocks } from '../../storage/pathLocks.ts';
import { causeOf } from '../../storage/writeFailure.ts';
import { isPipelineFile } from './pipelineName.ts';

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
  /** Files that no record writes over, in the form of `comparable`. */
  readonly #own = new Set<string>();
  /** Whose file each path is that has values of records in it, with its hash; in the same form. */
  readonly #owners = new Map<string, { readonly owner: string; readonly hash: string }>();

  /** @param folder of the pipeline, absolute: no file leaves it */
  constructor(files: FileStore, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /**
   * The pipeline reads, runs or makes these itself: a record whose values lead there gets nothing written.
   *
   * @param paths relative to the folder, or absolute
   */
  keep(paths: readonly string[]): void {
    for (const path of paths) this.#own.add(comparable(resolve(this.#folder, path)));
  }

  /**
   * Writes a file whose name comes of a record: it takes the place neither of a file of the pipeline, nor of one that
   * another record has left.
   *
   * @param path relative to the folder
   * @param owner whoever may write it again: an item
   */
  async writeFor(path: string, content: string | Uint8Array, owner: string): Promise<Outcome<LeftFile, Failure>> {
    const place = comparable(join(this.#folder, path));
    const refused = (why: string): Outcome<never, Failure> =>
      failed({ reason: 'bad-request', message: `The file ${path} was not written: ${why}` });
    if (isPipelineFile(path) || this.#own.has(place)) {
      return refused('it belongs to the pipeline. Give the files of records a folder of their own.');
    }
    const hash = bytesHash(typeof content === 'string' ? new TextEncoder().encode(content) : content);
    const known = this.#owners.get(place);
    if (known && known.owner !== owner && known.hash !== hash) {
      return refused(
        'another record has left one of that name. Put into its path what tells them apart, such as {{ key }}.',
      );
    }
    this.#owners.set(place, { owner, hash });
    return this.write(path, content);
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
      const message = `The file ${path} could not be written: ${causeOf(error)}. Mend that, then try the records again.`;
      return failed({ reason: 'write-failed', message });
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

/** The same for paths that some file system takes for one. */
function comparable(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
