import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import * as nodeFileSystem from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { isInside } from '../base/paths.ts';
import { FileStoreError } from './fileStore.ts';
import { codeOf, identityOf, type FileSystem } from './fileSystem.ts';

/** Systems without one of these have no such constant. Without `O_NONBLOCK`, a pipe is waited for. */
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

const firstBytes = 64 * 1024;
const pieceBytes = 256 * 1024;

/**
 * Reads a file, but never through a link under its own name, and never anything that is no file: a pipe would be waited
 * for, and opening a device may do something.
 *
 * @throws NOT_A_FILE, TOO_LARGE, or the file system's error
 */
export async function readOwnFile(path: string, mostBytes: number, fs: FileSystem = nodeFileSystem): Promise<Buffer> {
  return withOwnFile(path, mostBytes, fs, (file, size) => readAll(file, path, size, mostBytes));
}

async function withOwnFile<Value>(
  path: string,
  mostBytes: number,
  fs: FileSystem,
  action: (file: FileHandle, size: number) => Promise<Value>,
): Promise<Value> {
  const { file, size } = await openOwnFile(path, mostBytes, fs);
  try {
    return await action(file, size);
  } finally {
    await file.close();
  }
}

interface OpenFile {
  readonly file: FileHandle;
  readonly size: number;
}

async function openOwnFile(path: string, mostBytes: number, fs: FileSystem): Promise<OpenFile> {
  const before = await fs.lstat(path);
  if (!before.isFile()) throw new FileStoreError('NOT_A_FILE', path);
  if (before.size > mostBytes) throw new FileStoreError('TOO_LARGE', path);
  let file: FileHandle;
  try {
    file = await fs.open(path, fileFlags);
  } catch (error) {
    // A link or a socket came meanwhile.
    if (codeOf(error) === 'ELOOP' || codeOf(error) === 'ENXIO') throw new FileStoreError('NOT_A_FILE', path);
    throw error;
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new FileStoreError('NOT_A_FILE', path);
    return { file, size: stat.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readAll(file: FileHandle, path: string, size: number, mostBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for (let room = Math.min(size, mostBytes) + 1; ; room = firstBytes) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(room), 0, room, null);
    if (bytesRead === 0) return Buffer.concat(parts);
    length += bytesRead;
    // It has grown since.
    if (length > mostBytes) throw new FileStoreError('TOO_LARGE', path);
    parts.push(buffer.subarray(0, bytesRead));
  }
}

/**
 * Reads a file that may be reached through links.
 *
 * @param within the folder that it must really lie in; absent: it may lie anywhere
 * @throws as `readOwnFile` does, and OUTSIDE_ROOT
 */
export async function readFileWithin(
  path: string,
  mostBytes: number,
  within?: string,
  fs: FileSystem = nodeFileSystem,
): Promise<Buffer> {
  return withFileWithin(path, mostBytes, within, fs, (file, size) => readAll(file, path, size, mostBytes));
}

/** SHA-256, 64 hex digits, of what `readFileWithin` would read; it is read in pieces. @throws as that does */
export async function hashFileWithin(
  path: string,
  mostBytes: number,
  within: string,
  fs: FileSystem = nodeFileSystem,
): Promise<string> {
  return withFileWithin(path, mostBytes, within, fs, async (file) => {
    const hash = createHash('sha256');
    const room = Buffer.alloc(pieceBytes);
    for (let length = 0; ;) {
      const { bytesRead } = await file.read(room, 0, pieceBytes, null);
      if (bytesRead === 0) return hash.digest('hex');
      length += bytesRead;
      // It has grown since.
      if (length > mostBytes) throw new FileStoreError('TOO_LARGE', path);
      hash.update(room.subarray(0, bytesRead));
    }
  });
}

/** Whether `readFileWithin` would read a file. @throws what it would */
export async function checkFileWithin(
  path: string,
  mostBytes: number,
  within?: string,
  fs: FileSystem = nodeFileSystem,
): Promise<void> {
  await withFileWithin(path, mostBytes, within, fs, () => Promise.resolve());
}

async function withFileWithin<Value>(
  path: string,
  mostBytes: number,
  within: string | undefined,
  fs: FileSystem,
  action: (file: FileHandle, size: number) => Promise<Value>,
): Promise<Value> {
  const { file, size } = await openFileWithin(path, mostBytes, within, fs);
  try {
    return await action(file, size);
  } finally {
    await file.close();
  }
}

/** Opens what `readFileWithin` would read; whoever has it closes it. @throws as that does */
export async function openFileWithin(
  path: string,
  mostBytes: number,
  within?: string,
  fs: FileSystem = nodeFileSystem,
): Promise<OpenFile> {
  const real = await fs.realpath(path);
  if (within === undefined) return openOwnFile(real, mostBytes, fs);
  const base = await fs.realpath(within);
  if (!isInside(base, real)) throw new FileStoreError('OUTSIDE_ROOT', path);
  const opened = await openOwnFile(real, mostBytes, fs);
  try {
    // A folder above may have been exchanged between the look and the opening.
    const [stat, again] = await Promise.all([opened.file.stat({ bigint: true }), fs.realpath(path)]);
    const found = await fs.lstat(again, { bigint: true });
    if (again !== real || identityOf(found) !== identityOf(stat)) throw new FileStoreError('MOVED', path);
    return opened;
  } catch (error) {
    await opened.file.close();
    throw error;
  }
}
