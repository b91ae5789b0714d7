import { basename, dirname, join } from 'node:path';
import { success } from '../../base/outcome.ts';
import { describeError } from '../../base/redact.ts';
import { manifestNames, readManifest, type ManifestEntry } from '../../candidates/manifest.ts';
import { archive, restore, type MovedFile } from '../../storage/archive.ts';
import { refusal, type RunOutcome } from '../runRefusal.ts';
import type { Workspace } from '../workspace.ts';
import type { Plan } from './plan.ts';

/** What a run has taken the place of: enough to bring it back. */
export interface Replacement {
  /** The folder that the files stay inside, absolute. */
  readonly root: string;
  readonly moved: readonly MovedFile[];
  /** What the manifests told of the files, by the manifest's first name, absolute. */
  readonly entries: ReadonlyMap<string, readonly ManifestEntry[]>;
}

export const nothingReplaced: Replacement = { root: '', moved: [], entries: new Map() };

const mostManifestBytes = 256 * 1024 * 1024;

/** Moves what the candidates of a plan take the place of to its archive: all of it or nothing. */
export async function archiveReplaced(
  { replaced = [], root }: Pick<Plan, 'replaced' | 'root'>,
  { files }: Pick<Workspace, 'files'>,
): Promise<RunOutcome<Replacement>> {
  try {
    const entries = await manifestEntriesOf(replaced, files);
    return success({ root, entries, moved: await archive(files, replaced, root) });
  } catch (error) {
    return refusal(
      'not-archived',
      `The candidates that are there cannot be moved to their archive: ${describeError(error)}. Nothing was changed.`,
    );
  }
}

export interface UndoneReplacement {
  /** Candidates that are where they were. */
  readonly restored: number;
  /** Those that stay in the archive, because their place was taken meanwhile. */
  readonly left: readonly MovedFile[];
}

/**
 * Brings back what a run has taken the place of; what it has written goes to the archive instead, so that nothing is lost.
 *
 * @param written files of the run, absolute; those that are gone are left out
 */
export async function undoReplaced(
  { root, moved, entries }: Replacement,
  written: readonly string[],
  { files, journal }: Pick<Workspace, 'files' | 'journal'>,
): Promise<RunOutcome<UndoneReplacement>> {
  try {
    await archive(files, written, root);
  } catch (error) {
    return refusal(
      'not-archived',
      `The new candidates cannot be moved to their archive: ${describeError(error)}. Nothing was changed.`,
    );
  }
  const left = await restore(files, moved, root);
  const stays = new Set(left.map(({ from }) => from));
  for (const [path, told] of entries) {
    const back = told.filter(({ file }) => !stays.has(join(dirname(path), file)));
    const put = await journal.putManifestEntries(path, back);
    if (!put.ok) return put;
  }
  return success({ restored: moved.length - left.length, left });
}

async function manifestEntriesOf(
  paths: readonly string[],
  files: Pick<Workspace['files'], 'read'>,
): Promise<ReadonlyMap<string, readonly ManifestEntry[]>> {
  const entries = new Map<string, readonly ManifestEntry[]>();
  for (const [folder, inFolder] of Map.groupBy(paths, dirname)) {
    const names = new Set(inFolder.map((path) => basename(path)));
    const texts = await Promise.all(manifestNames.map((name) => files.read(join(folder, name), mostManifestBytes)));
    const told = texts.flatMap((text) => (text === undefined ? [] : readManifest(text)));
    const ofFiles = told.filter(({ file }) => names.has(file));
    if (ofFiles.length > 0) entries.set(join(folder, manifestNames[0]), ofFiles);
  }
  return entries;
}
