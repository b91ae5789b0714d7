import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  manifestNames,
  manifestState,
  mergeManifest,
  readManifest,
  type ManifestEntry,
} from '../../candidates/manifest.ts';
import { updateBesideFile, type BesideFile } from '../besideFile.ts';
import { whileLocked } from '../folderLock.ts';
import { reasonOf, type JournalFailureReason } from '../journal/journalFailure.ts';
import type { FoundCandidate } from '../journal/tables/rebuild.ts';
import { codeOf } from '../fileSystem.ts';
import { readOwnFile } from '../ownFiles.ts';
import { type GatedFolder, type PathGate } from '../pathGate.ts';

/** How long to wait for another process to finish with its manifest, which takes some ms, ms. */
const patienceMs = 1000;

/** More than the manifest of a million candidates, and a text that still fits into memory. */
const mostBytes = 256 * 1024 * 1024;

const manifests: BesideFile = { names: manifestNames, mostBytes, stateOf: manifestState };

export interface ManifestProblem {
  readonly reason: JournalFailureReason;
  /** One sentence for the person. */
  readonly message: string;
}

/**
 * Adds entries to a manifest on disk, whole or not at all; those of files that are not there (any more) are left out. A
 * file of somebody else that has its name stays as it is: then the manifest has the other one of `manifestNames`. One
 * process at a time, so that none loses the entries of another.
 *
 * @param path of the manifest by its first name
 * @param root the folder that it must stay inside once symbolic links are resolved
 * @param lockPath a file that every process locks for any manifest
 * @returns what went wrong
 */
export async function addToManifest(
  path: string,
  entries: readonly ManifestEntry[],
  { gate, root, lockPath }: { readonly gate: PathGate; readonly root: string; readonly lockPath: string },
): Promise<ManifestProblem | undefined> {
  if (entries.length === 0) return undefined;
  try {
    // The folder of candidates that were all deleted may be gone too, and nobody wants it back.
    const folder = await gate.enter(dirname(path), root, false);
    if (!folder) return undefined;
    try {
      const there = entries.filter(({ file }) => existsSync(folder.at(file)));
      if (there.length === 0) return undefined;
      return await whileLocked(lockPath, patienceMs, () => merge(folder, path, there));
    } finally {
      await folder.close();
    }
  } catch (error) {
    return describe(path, error);
  }
}

async function merge(
  folder: GatedFolder,
  path: string,
  entries: readonly ManifestEntry[],
): Promise<ManifestProblem | undefined> {
  const isWritten = await updateBesideFile(folder, manifests, (current) => {
    const merged = mergeManifest(current, entries);
    return merged.isReadable ? merged.text : current;
  });
  if (isWritten) return undefined;
  const names = manifestNames.join(' and ');
  return {
    reason: 'internal',
    message: `The manifest of ${dirname(path)} has no name, because ${names} are not its own: rename one of them.`,
  };
}

/**
 * The entries of a manifest of either name; none when the file cannot be read, or lies elsewhere than its path says.
 *
 * @param root the folder that it must stay inside once symbolic links are resolved
 */
export async function readManifestFile(
  path: string,
  { gate, root }: { readonly gate: PathGate; readonly root: string },
): Promise<ManifestEntry[]> {
  // Most folders that are asked for have none.
  if (!existsSync(path)) return [];
  try {
    const folder = await gate.enter(dirname(path), root, false);
    if (!folder) return [];
    try {
      const entries = readManifest((await readOwnFile(folder.at(basename(path)), mostBytes)).toString('utf8'));
      await folder.check();
      // Whoever made it may have had other folders in mind.
      return entries.filter(({ file }) => basename(file) === file && !/^\.{0,2}$|[\\\0]/.test(file));
    } finally {
      await folder.close();
    }
  } catch {
    return [];
  }
}

/** The candidates that manifests tell of, see `readManifestFile`. @param paths absolute */
export async function candidatesOf(
  paths: readonly string[],
  place: { readonly gate: PathGate; readonly root: string },
): Promise<FoundCandidate[]> {
  const found: FoundCandidate[] = [];
  for (const path of paths) {
    for (const entry of await readManifestFile(path, place))
      found.push({ path: join(dirname(path), entry.file), entry });
  }
  return found;
}

const storeProblems: Readonly<Record<string, string>> = {
  OUTSIDE_ROOT: 'a link leads from there out of the folder that it must stay in, so remove that link',
  BROKEN_LINK: 'a link in its path leads to nothing, so mend or delete that link',
  GUARDED: 'programs run or read as configuration what lies there, so generate elsewhere',
  MOVED: 'its folder was moved or replaced meanwhile, so leave that in its place',
  TOO_LARGE: 'it is too large, so rename it',
};

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
      const problem = storeProblems[codeOf(error)];
      if (problem !== undefined) return { reason, message: `The manifest ${path} cannot be written: ${problem}.` };
      const cause = error instanceof Error ? error.message : String(error);
      return {
        reason,
        message: `The manifest ${path} cannot be written (${cause}): mend that, and it gets what it lacks.`,
      };
    }
  }
}
