import { basename, dirname } from 'node:path';
import { cacheKey } from '../../storage/journal/cacheKey.ts';
import { success } from '../../base/outcome.ts';
import type { PlannedCandidate, PlannedItem } from '../plan/plannedCandidate.ts';
import { numberIn } from '../../candidates/candidateNumbers.ts';
import type { CandidateText } from '../session/candidateKeeper.ts';
import { verbalizedMessages } from '../../services/verbalized/instruction.ts';
import { inSlices } from '../../base/slices.ts';
import type { Workspace } from '../workspace.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';

const keysAtOnce = 500;

/** By item id. */
export interface CachedCandidates {
  readonly texts: ReadonlyMap<string, CandidateText>;
  /** Numbers of the files that they were written to before, whether those are still there or not. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** @param identityOf says which endpoint a candidate's service is, without a secret */
export function cacheKeyOf(candidate: PlannedItem, identityOf: (candidate: PlannedItem) => string): string {
  const { model, parameters, schema, index, verbalized } = candidate;
  // One of several that were asked for at once is another text than one that was asked for alone.
  const messages =
    verbalized === undefined
      ? candidate.messages
      : verbalizedMessages(candidate.messages, verbalized, schema !== undefined);
  return cacheKey({ service: identityOf(candidate), model, messages, parameters, schema, index });
}

/** Finds the candidates whose texts were made before, and those of them whose files are still there. */
export async function findCached(
  candidates: readonly PlannedCandidate[],
  { journal, files }: Pick<Workspace, 'journal' | 'files'>,
  identityOf: (candidate: PlannedItem) => string,
): Promise<JournalOutcome<CachedCandidates>> {
  const texts = new Map<string, CandidateText>();
  const numbers = new Map<string, number>();
  const folders = new Map<string, ReadonlySet<string>>();
  const isThere = async (path: string): Promise<boolean> => {
    const folder = dirname(path);
    let names = folders.get(folder);
    if (!names) {
      names = new Set(await files.names(folder));
      folders.set(folder, names);
    }
    return names.has(basename(path));
  };
  for (let from = 0; from < candidates.length; from += keysAtOnce) {
    const batch = candidates.slice(from, from + keysAtOnce);
    const cached = await journal.cached(await inSlices(batch, (candidate) => cacheKeyOf(candidate, identityOf)));
    if (!cached.ok) return cached;
    const hits = batch.flatMap((candidate, place) => {
      const text = cached.value[place];
      return text ? [{ candidate, text }] : [];
    });
    const written = await journal.filesOf(hits.map(({ candidate }) => candidate.id));
    if (!written.ok) return written;
    for (const [place, { candidate, text }] of hits.entries()) {
      const paths = (written.value[place] ?? [])
        .map(({ path }) => path)
        .filter((path) => numberIn(candidate.output, path));
      let file: string | undefined;
      for (const path of paths) if (file === undefined && (await isThere(path))) file = path;
      const known = numberIn(candidate.output, file ?? paths[0] ?? '');
      if (known !== undefined) numbers.set(candidate.id, known);
      texts.set(candidate.id, { ...text, origin: 'cache', ...(file === undefined ? {} : { file }) });
    }
  }
  return success({ texts, numbers });
}
