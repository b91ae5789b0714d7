import { join, relative, resolve, sep } from 'node:path';
import { comparablePath } from '../../base/comparablePath.ts';
import { bytesHash } from '../../base/hash.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { Failure } from '../../model/attempt.ts';
import { archive } from '../../storage/archive.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { PathLocks } from '../../storage/pathLocks.ts';
import { causeOf } from '../../storage/writeFailure.ts';
import { isPipelineFile } from './pipelineName.ts';

/** As large as anything that a stage may leave. */
const mostBytes = 4 * 1024 ** 3;
/** Of a text that is compared as a whole. */
const mostTextBytes = 64 * 1024 ** 2;

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
  /** What was put into the archive, with its hash, and where it is there. */
  readonly #archived: { readonly target: string; readonly hash: string; readonly to: string }[] = [];
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
    for (const path of paths) this.#own.add(comparablePath(resolve(this.#folder, path)));
  }

  /**
   * Writes a file whose name comes of a record: it takes the place neither of a file of the pipeline, nor of one that
   * another record has left.
   *
   * @param path relative to the folder
   * @param owner whoever may write it again: an item
   */
  async writeFor(path: string, content: string | Uint8Array, owner: string): Promise<Outcome<LeftFile, Failure>> {
    const claimed = this.#claim(path, this.leftAt(path, content).sha256, owner);
    return claimed ? failed(claimed) : this.write(path, content);
  }

  /** What `writeFor` leaves. */
  leftAt(path: string, content: string | Uint8Array): LeftFile {
    return { file: this.nameOf(path), sha256: bytesHash(bytesOf(content)) };
  }

  /**
   * Takes in the bytes of a file as they come; `put` puts it in its place.
   *
   * @param bytes throws when they break off, which is thrown on
   */
  async receive(
    path: string,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<Outcome<LeftFile & { readonly bytes: number }, string>> {
    const target = join(this.#folder, path);
    let broken: { readonly error: unknown } | undefined;
    const watched = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield* bytes;
      } catch (error) {
        broken = { error };
        throw error;
      }
    };
    try {
      const received = await this.#files.receive(target, watched(), this.#folder);
      return success({ file: this.nameOf(path), ...received });
    } catch (error) {
      if (broken) throw broken.error;
      return failed(notWritten(path, error));
    }
  }

  /**
   * Puts a file in its place that was received; one that is there already stays. `gone`: it is nowhere.
   *
   * @param owner as for `writeFor`
   */
  async put({ file, sha256 }: LeftFile, owner: string): Promise<Outcome<'placed' | 'gone', Failure>> {
    const target = join(this.#folder, file);
    const claimed = this.#claim(file, sha256, owner);
    if (claimed) {
      await this.#files.dropReceived(target, sha256, this.#folder).catch(() => undefined);
      return failed(claimed);
    }
    return this.#inPlace(file, sha256, (mayReplace) =>
      this.#files.placeReceived(target, sha256, this.#folder, mayReplace),
    );
  }

  /** @returns why a record may not leave a file there */
  #claim(path: string, hash: string, owner: string): Failure | undefined {
    const place = comparablePath(join(this.#folder, path));
    const refused = (why: string): Failure => ({
      reason: 'bad-request',
      message: `The file ${path} was not written: ${why}`,
    });
    if (isPipelineFile(path) || this.#own.has(place)) {
      return refused('it belongs to the pipeline. Give the files of records a folder of their own.');
    }
    const known = this.#owners.get(place);
    if (known && known.owner !== owner && known.hash !== hash) {
      return refused(
        'another record has left one of that name. Put into its path what tells them apart, such as {{ key }}.',
      );
    }
    this.#owners.set(place, { owner, hash });
    return undefined;
  }

  /** @param path relative to the folder */
  async write(path: string, content: string | Uint8Array): Promise<Outcome<LeftFile, Failure>> {
    const target = join(this.#folder, path);
    const bytes = bytesOf(content);
    const sha256 = bytesHash(bytes);
    const placed = await this.#inPlace(path, sha256, async (mayReplace) => {
      if (mayReplace) await this.#files.replace(target, bytes, this.#folder);
      else if (!(await this.#files.create(target, bytes, this.#folder))) return 'taken';
      return 'placed';
    });
    return placed.ok ? success({ file: this.nameOf(path), sha256 }) : placed;
  }

  /** Puts a file in place, unless it is there; one that is there with something else in it goes to the archive first. */
  async #inPlace(
    path: string,
    hash: string,
    place: (mayReplace: boolean) => Promise<'placed' | 'taken' | 'gone'>,
  ): Promise<Outcome<'placed' | 'gone', Failure>> {
    const target = join(this.#folder, path);
    const fails = (why: string): Outcome<never, Failure> => failed({ reason: 'write-failed', message: why });
    try {
      return await this.#locks.run(target, async () => {
        const there = await this.#hashOf(target);
        if (there !== hash) {
          const isOurs = there !== undefined && there === this.#written.get(target);
          if (!isOurs) await this.#setAside(target, there);
          const placed = await place(isOurs);
          if (placed === 'gone') return success(placed);
          if (placed === 'taken')
            return fails(`The file ${path} came into being while it was written: start the run again.`);
        } else if (!this.#written.has(target)) {
          // A process that was killed once it was there may have left its temporary file.
          await this.#files.dropReceived(target, hash, this.#folder).catch(() => undefined);
        }
        this.#written.set(target, hash);
        return success('placed' as const);
      });
    } catch (error) {
      return fails(notWritten(path, error));
    }
  }

  async #setAside(target: string, hash: string | undefined): Promise<void> {
    for (const { to } of await archive(this.#files, [target], this.#folder)) {
      if (hash !== undefined) this.#archived.push({ target, hash, to });
    }
  }

  /**
   * What was put into the archive and is in its old place again needs no copy there: a table that comes to the same as
   * before was another one only while its run went on.
   */
  async tidy(): Promise<void> {
    for (const { target, hash, to } of this.#archived.splice(0)) {
      if (this.#written.get(target) !== hash) continue;
      // A person may have changed either.
      const [there, kept] = await Promise.all([this.#hashOf(target), this.#hashOf(to)]);
      if (there !== hash || kept !== hash) continue;
      const copy = await this.#files.read(to, mostTextBytes).catch(() => undefined);
      if (copy !== undefined) await this.#files.removeCopy?.(to, copy, this.#folder).catch(() => undefined);
    }
  }

  /** @param hash SHA-256, hex */
  async has(path: string, hash: string): Promise<boolean> {
    return (await this.#hashOf(join(this.#folder, path))) === hash;
  }

  #hashOf(target: string): Promise<string | undefined> {
    return this.#files.hashWithin(target, mostBytes, this.#folder).catch(() => undefined);
  }

  /** As records name it. */
  nameOf(path: string): string {
    return relative(this.#folder, join(this.#folder, path)).split(sep).join('/');
  }
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

function notWritten(path: string, error: unknown): string {
  return `The file ${path} could not be written: ${causeOf(error)}. Mend that, then try the records again.`;
}
