import type { FileHandle } from 'node:fs/promises';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { failed, success, type Outcome } from '../base/outcome.ts';
import { isInside } from '../base/paths.ts';
import { brief, grouped } from '../base/sentence.ts';
import { guardedPlace } from '../candidates/guardedPlaces.ts';
import { manifestNames } from '../candidates/manifest.ts';
import { UnreadableData, type DataInput } from '../model/dataInput.ts';
import { FileStoreError } from './fileStore.ts';
import { codeOf } from './fileSystem.ts';
import { openFileWithin } from './ownFiles.ts';
import { namesBelow } from './pathGate.ts';

/** Bytes that are read at a time. */
const pieceBytes = 256 * 1024;

/** UTF-16 units of a pattern. */
const longestPattern = 300;

/** More of them in a name, or `**` in a path, take time that no honest pattern does. */
const mostStars = 3;

/** Files of a prompt file's data on a disk. */
export class DataFiles implements DataInput {
  readonly #folder: string;
  readonly #within: string | undefined;

  /**
   * @param folder that paths are relative to, absolute
   * @param within the folder that files must really lie in; absent: they may lie anywhere
   */
  constructor(folder: string, within: string | undefined) {
    this.#folder = folder;
    this.#within = within;
  }

  async open(path: string): Promise<Outcome<AsyncIterable<Uint8Array>, string>> {
    const absolute = resolve(this.#folder, path);
    try {
      await this.#checkPlace(absolute);
      const { file, size } = await openFileWithin(absolute, Infinity, this.#within);
      return success(piecesOf(file, size, path));
    } catch (error) {
      return failed(sentenceOf(error, path));
    }
  }

  async modifiedAt(path: string): Promise<number | undefined> {
    return (await stat(resolve(this.#folder, path)).catch(() => undefined))?.mtimeMs;
  }

  async list(pattern: string, most: number): Promise<Outcome<readonly string[], string>> {
    const wrong = patternProblem(pattern);
    if (wrong !== undefined) return failed(`The pattern "${brief(pattern, 80)}" ${wrong}.`);
    try {
      await this.#checkFolder();
    } catch (error) {
      return failed(sentenceOf(error, '.'));
    }
    const names = pattern.split('/');
    const { glob } = await import('tinyglobby');
    const found = await glob(pattern, {
      cwd: this.#folder,
      dot: false,
      extglob: false,
      expandDirectories: false,
      followSymbolicLinks: false,
      // What candidates were made of must not be made of them: the folder is read only by its name.
      ignore: [
        '**/node_modules/**',
        ...(names.includes('candidates') ? [] : ['**/candidates/**']),
        ...manifestNames.map((name) => `**/${name}`),
      ],
    });
    if (found.length > most) {
      return failed(
        `The pattern "${brief(pattern, 80)}" matches more than ${grouped(most)} files: name a folder in it.`,
      );
    }
    return success(sortedNaturally(found));
  }

  /** By the letters and by the links. @throws GUARDED, or the file system's error */
  async #checkPlace(path: string): Promise<void> {
    const within = this.#within;
    if (within === undefined) return;
    const [base, real] = await Promise.all([realpath(within), realpath(path)]);
    for (const [root, file] of [
      [within, path],
      [base, real],
    ] as const) {
      const guarded = guardedPlace(namesBelow(root, dirname(file)) ?? [], basename(file));
      if (guarded !== undefined) throw new FileStoreError('GUARDED', guarded);
    }
  }

  /** @throws OUTSIDE_ROOT, or the file system's error */
  async #checkFolder(): Promise<void> {
    const folder = await realpath(this.#folder);
    if (this.#within === undefined) return;
    if (!isInside(await realpath(this.#within), folder)) throw new FileStoreError('OUTSIDE_ROOT', this.#folder);
  }
}

async function* piecesOf(file: FileHandle, size: number, path: string): AsyncIterable<Uint8Array> {
  try {
    const room = Math.min(pieceBytes, size + 1);
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(room), 0, room, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw new UnreadableData(sentenceOf(error, path), { cause: error });
  } finally {
    await file.close();
  }
}

/** What is wrong with a pattern, as the end of a sentence. */
function patternProblem(pattern: string): string | undefined {
  if (pattern.length > longestPattern) return `has more than ${longestPattern} characters: make it shorter`;
  const names = pattern.split(/[/\\]/);
  if (names.includes('..')) return 'leads out of the folder of the prompt file: leave out ".."';
  if (/^(?:[/\\~!]|[a-z]:)/i.test(pattern)) return 'must be relative to the prompt file: leave out its start';
  const stars = names.map((name) => (name === '**' ? 0 : name.split('*').length - 1));
  const isCostly = stars.some((count) => count > mostStars) || names.filter((name) => name === '**').length > mostStars;
  return isCostly ? `has more than ${mostStars} "*" in a name, or "**" in all: take some out` : undefined;
}

let collator: Intl.Collator | undefined;

/** As a person sorts: `10` after `9`. */
function sortedNaturally(paths: readonly string[]): readonly string[] {
  const { compare } = (collator ??= new Intl.Collator('en', { numeric: true }));
  return [...paths].sort((a, b) => compare(a, b) || (a < b ? -1 : 1));
}

function sentenceOf(error: unknown, path: string): string {
  const file = `"${brief(path)}"`;
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `There is no file ${file} beside the prompt file: correct candidates.data.`;
    case 'OUTSIDE_ROOT':
      return `${file} lies outside of the folder that data must lie in: move it there.`;
    case 'GUARDED':
      return `${file} leads to "${(error as FileStoreError).path}", which programs run or read as configuration: use another file.`;
    case 'NOT_A_FILE':
      return `${file} is no file but a folder, pipe or device: use a file.`;
    case 'MOVED':
      return `${file} was moved while it was opened: try again.`;
    case 'EACCES':
    case 'EPERM':
      return `${file} may not be read: change its permissions.`;
    case 'ELOOP':
      return `${file} cannot be read because the links in its path lead in a circle: mend them.`;
    default:
      return `${file} cannot be read (${error instanceof Error ? error.message : String(error)}): mend that.`;
  }
}
