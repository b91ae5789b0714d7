import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { mergeManifest, readManifest, unreadableName, type ManifestEntry } from '../../candidates/manifest.ts';
import { withLock } from '../folderLock.ts';
import { reasonOf, type JournalFailureReason } from '../journal/journalFailure.ts';

/** How long to wait for another process to finish with its manifest, which takes some ms, ms. */
const patienceMs = 1000;

export interface ManifestProblem {
  readonly reason: JournalFailureReason;
  /** One sentence for the person. */
  readonly message: string;
}

/**
 * Adds entries to a manifest on disk, whole or not at all; those of files that are not there (any more) are left out. One
 * process at a time, so that none loses the entries of another.
 *
 * @param lockPath a file that every process locks for any manifest
 * @returns what went wrong
 */
export function addToManifest(
  path: string,
  entries: readonly ManifestEntry[],
  lockPath: string,
): ManifestProblem | undefined {
  const folder = dirname(path);
  const there = entries.filter(({ file }) => existsSync(join(folder, file)));
  if (there.length === 0) return undefined;
  try {
    withLock(lockPath, patienceMs, () => merge(path, there));
    return undefined;
  } catch (error) {
    return describe(path, error);
  }
}

function merge(path: string, entries: readonly ManifestEntry[]): void {
  const current = read(path);
  let merged = mergeManifest(current, entries);
  if (!merged.isReadable) {
    renameSync(path, unreadableName(path));
    merged = mergeManifest(undefined, entries);
  }
  if (merged.isReadable && merged.text !== current) replace(path, merged.text);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The entries of a manifest; none when the file cannot be read. */
export function readManifestFile(path: string): ManifestEntry[] {
  try {
    return readManifest(readFileSync(path, 'utf8'));
  } catch {
    return [];
  }
}

function replace(path: string, text: string): void {
  // Always the same name: the lock keeps others away, and what a killed process left is cleared by the next one.
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  rmSync(temporary, { force: true });
  try {
    const file = openSync(temporary, 'wx');
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function describe(path: string, error: unknown): ManifestProblem {
  const reason = reasonOf(error);
  switch (reason) {
    case 'disk-full':
      return {
        reason,
        message: `The disk is full, so the manifest ${path} cannot grow: free some space, and it gets what it lacks.`,
      };
    case 'read-only':
      return {
        reason,
        message: `The manifest ${path} cannot be written: make its folder writable, and it gets what it lacks.`,
      };
    case 'disk-error':
      return {
        reason,
        message: `The disk with the manifest ${path} reports an error: check the disk, and it gets what it lacks.`,
      };
    case 'busy':
      return {
        reason,
        message: `Another program keeps the manifest ${path} locked: close it there, and it gets what it lacks.`,
      };
    default: {
      const cause = error instanceof Error ? error.message : String(error);
      return {
        reason,
        message: `The manifest ${path} cannot be written (${cause}): mend that, and it gets what it lacks.`,
      };
    }
  }
}
