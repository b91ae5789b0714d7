import { randomBytes } from 'node:crypto';
import { posix, sep } from 'node:path';
import * as vscode from 'vscode';
import { FileStoreError, type FileStore, type ReceivedFile } from '../../storage/fileStore.ts';
import { guardedPlace } from '../../candidates/guardedPlaces.ts';
import { bytesHash } from '../../base/hash.ts';
import { isInside } from '../../base/paths.ts';
import { nameOfReceived } from '../../storage/receivedFile.ts';

function codeOf(error: unknown): string {
  return error instanceof vscode.FileSystemError ? error.code : '';
}

/** The path of a uri as runs know it: on a disk the disk's own, elsewhere that of the uri. */
export function pathOf(uri: vscode.Uri): string {
  return uri.scheme === 'file' ? uri.fsPath : uri.path;
}

/** @param path of a run in the folder: joined by the rules of this machine, whatever file system it belongs to */
export function uriAt(folder: vscode.Uri, path: string): vscode.Uri {
  return folder.scheme === 'file' ? vscode.Uri.file(path) : folder.with({ path: slashed(path) });
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}

/**
 * Candidates in a workspace folder that is not on a disk. Paths are those of its uris. What its symbolic links lead to is
 * known to nobody but its file system.
 */
export class WorkspaceFiles implements FileStore {
  readonly #base: vscode.Uri;

  /** @param base the workspace folder */
  constructor(base: vscode.Uri) {
    this.#base = base;
  }

  async names(folder: string): Promise<string[]> {
    try {
      return (await vscode.workspace.fs.readDirectory(this.#uri(folder))).map(([name]) => name);
    } catch (error) {
      if (codeOf(error) === 'FileNotFound' || codeOf(error) === 'FileNotADirectory') return [];
      throw error;
    }
  }

  async read(path: string, mostBytes = Infinity): Promise<string | undefined> {
    try {
      const found = await this.#stat(this.#uri(path));
      if (!found || (found.type & vscode.FileType.File) === 0 || found.size > mostBytes) return undefined;
      const bytes = await vscode.workspace.fs.readFile(this.#uri(path));
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    } catch (error) {
      if (codeOf(error) === 'FileNotFound' || codeOf(error) === 'FileIsADirectory') return undefined;
      throw error;
    }
  }

  async readWithin(path: string, mostBytes: number, within: string): Promise<Uint8Array> {
    if (!isInside(slashed(within), slashed(path), posix)) throw new FileStoreError('OUTSIDE_ROOT', path);
    const { type, size } = await vscode.workspace.fs.stat(this.#uri(path));
    if ((type & vscode.FileType.File) === 0) throw new FileStoreError('NOT_A_FILE', path);
    const bytes = size > mostBytes ? undefined : await vscode.workspace.fs.readFile(this.#uri(path));
    if (!bytes || bytes.byteLength > mostBytes) throw new FileStoreError('TOO_LARGE', path);
    return bytes;
  }

  async create(path: string, content: string | Uint8Array, root: string): Promise<boolean> {
    checkPlace(path, root);
    const target = this.#uri(path);
    if (await this.#stat(target)) return false;
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(target, '..'));
    const temporary = temporaryBeside(target, 'candidate');
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    let isLeft = true;
    try {
      await vscode.workspace.fs.writeFile(temporary, bytes);
      const placed = await this.#moveIntoPlace(temporary, target, bytes);
      isLeft = placed !== 'renamed';
      return placed !== 'taken';
    } finally {
      if (isLeft) await this.#remove(temporary);
    }
  }

  /** Only this window writes there, as far as anybody can know. */
  async update(
    path: string,
    root: string,
    mostBytes: number,
    change: (there: string | undefined) => string | undefined,
  ): Promise<void> {
    checkPlace(path, root);
    const found = await this.#stat(this.#uri(path));
    if (found && (found.type & vscode.FileType.File) === 0) throw new FileStoreError('NOT_A_FILE', path);
    if (found && found.size > mostBytes) throw new FileStoreError('TOO_LARGE', path);
    const there = found && (await this.read(path));
    const text = change(there);
    if (text === undefined || text === there) return;
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(this.#uri(path), '..'));
    await this.replace(path, text);
  }

  /** Puts a text in the place of what is there. @throws as `create` does */
  async replace(path: string, content: string | Uint8Array, root = pathOf(this.#base)): Promise<void> {
    checkPlace(path, root);
    const target = this.#uri(path);
    const temporary = temporaryBeside(target, 'manifest');
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    let isLeft = true;
    try {
      await vscode.workspace.fs.writeFile(temporary, bytes);
      isLeft = !(await this.#renamed(temporary, target, { overwrite: true }));
      if (isLeft) await vscode.workspace.fs.writeFile(target, bytes);
    } finally {
      if (isLeft) await this.#remove(temporary);
    }
  }

  /** Keeps what is at a path under another name; it may stay at the path too. @throws as `create` does */
  async setAside(path: string, name: string): Promise<void> {
    for (const each of [path, name]) checkPlace(each, pathOf(this.#base));
    const [from, to] = [this.#uri(path), this.#uri(name)];
    if (await this.#renamed(from, to, { overwrite: false })) return;
    await vscode.workspace.fs.writeFile(to, await vscode.workspace.fs.readFile(from));
  }

  async move(from: string, to: string, root: string): Promise<'moved' | 'taken' | 'gone'> {
    for (const path of [from, to]) checkPlace(path, root);
    const [source, target] = [this.#uri(from), this.#uri(to)];
    const found = await this.#stat(source);
    if (!found) return 'gone';
    if (await this.#stat(target)) return 'taken';
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(target, '..'));
    if (await this.#renamed(source, target, { overwrite: false })) return 'moved';
    const placed = await this.#moveIntoPlace(source, target, await vscode.workspace.fs.readFile(source));
    if (placed === 'taken') return 'taken';
    if (placed === 'written') await this.#remove(source);
    return 'moved';
  }

  /** File systems of the editor take files as wholes. */
  async receive(path: string, pieces: AsyncIterable<Uint8Array>, root: string): Promise<ReceivedFile> {
    checkPlace(path, root);
    const parts: Uint8Array[] = [];
    for await (const piece of pieces) parts.push(piece);
    const bytes = Buffer.concat(parts);
    const sha256 = bytesHash(bytes);
    const target = this.#uri(path);
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(target, '..'));
    await vscode.workspace.fs.writeFile(receivedFor(target, sha256), bytes);
    return { bytes: bytes.byteLength, sha256 };
  }

  async placeReceived(
    path: string,
    sha256: string,
    root: string,
    mayReplace: boolean,
  ): Promise<'placed' | 'taken' | 'gone'> {
    checkPlace(path, root);
    const target = this.#uri(path);
    const received = receivedFor(target, sha256);
    if (!(await this.#stat(received))) return 'gone';
    if (!mayReplace && (await this.#stat(target))) return 'taken';
    if (await this.#renamed(received, target, { overwrite: mayReplace })) return 'placed';
    const bytes = await vscode.workspace.fs.readFile(received);
    // What is half written has another hash, so that whoever comes next writes it again.
    await vscode.workspace.fs.writeFile(target, bytes);
    await this.#remove(received);
    return 'placed';
  }

  dropReceived(path: string, sha256: string): Promise<void> {
    return this.#remove(receivedFor(this.#uri(path), sha256));
  }

  async hashWithin(path: string, mostBytes: number, within: string): Promise<string> {
    return bytesHash(await this.readWithin(path, mostBytes, within));
  }

  async folderProblem(folder: string, root: string): Promise<string | undefined> {
    if (!isInside(slashed(root), slashed(folder), posix)) return `is outside ${root}: choose a folder inside it`;
    const { scheme } = this.#base;
    if (vscode.workspace.fs.isWritableFileSystem(scheme) === false) {
      return `is not writable: files of "${scheme}" can only be read, so work in a folder on a disk`;
    }
    try {
      for (let current = slashed(folder); ; current = posix.dirname(current)) {
        const found = await this.#stat(this.#uri(current));
        if (!found && posix.dirname(current) !== current) continue;
        if (found && (found.type & vscode.FileType.File) !== 0) {
          return `cannot be made because ${current} is a file: rename one of them`;
        }
        return found?.permissions && (found.permissions & vscode.FilePermission.Readonly) !== 0
          ? 'is not writable: change its permissions or choose another folder'
          : undefined;
      }
    } catch (error) {
      return `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  async #moveIntoPlace(
    temporary: vscode.Uri,
    target: vscode.Uri,
    bytes: Uint8Array,
  ): Promise<'renamed' | 'written' | 'taken'> {
    try {
      await vscode.workspace.fs.rename(temporary, target, { overwrite: false });
      return 'renamed';
    } catch (error) {
      if (codeOf(error) === 'FileExists') return 'taken';
    }
    // Not every file system can rename.
    if (await this.#stat(target)) return 'taken';
    try {
      await vscode.workspace.fs.writeFile(target, bytes);
      return 'written';
    } catch (error) {
      await this.#remove(target);
      throw error;
    }
  }

  /** Not every file system can rename. */
  async #renamed(from: vscode.Uri, to: vscode.Uri, options: { readonly overwrite: boolean }): Promise<boolean> {
    try {
      await vscode.workspace.fs.rename(from, to, options);
      return true;
    } catch {
      return false;
    }
  }

  #uri(path: string): vscode.Uri {
    return uriAt(this.#base, path);
  }

  /** Undefined when there is nothing. */
  async #stat(uri: vscode.Uri): Promise<vscode.FileStat | undefined> {
    try {
      return await vscode.workspace.fs.stat(uri);
    } catch (error) {
      if (codeOf(error) === 'FileNotFound') return undefined;
      throw error;
    }
  }

  async #remove(uri: vscode.Uri): Promise<void> {
    try {
      await vscode.workspace.fs.delete(uri, { useTrash: false });
    } catch {
      // It was never made, or nothing can be done about it.
    }
  }
}

/** By the letters: what links lead to, only the file system knows. @throws OUTSIDE_ROOT, GUARDED */
function checkPlace(path: string, root: string): void {
  if (!isInside(slashed(root), slashed(path), posix)) throw new FileStoreError('OUTSIDE_ROOT', path);
  const names = namesBelow(root, path);
  const guarded = guardedPlace(names.slice(0, -1), names.at(-1));
  if (guarded !== undefined) throw new FileStoreError('GUARDED', guarded);
}

function namesBelow(root: string, path: string): string[] {
  return posix.relative(slashed(root), slashed(path)).split('/');
}

function receivedFor(file: vscode.Uri, sha256: string): vscode.Uri {
  return vscode.Uri.joinPath(file, '..', nameOfReceived(posix.basename(file.path), sha256));
}

function temporaryBeside(file: vscode.Uri, kind: string): vscode.Uri {
  return vscode.Uri.joinPath(file, `../.${randomBytes(8).toString('hex')}.${kind}.tmp`);
}
