import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { cacheKey } from '../storage/journal/cacheKey.ts';
import { success, type Outcome } from '../storage/journal/outcome.ts';
import { numberIn, seriesKey, type PlannedCandidate } from './candidate.ts';
import type { CandidateText } from './candidateKeeper.ts';
import type { Workspace } from './workspace.ts';

const keysAtOnce = 500;
/** Hashing gives way to others after so long, ms. */
const sliceMs = 4;

export interface CachedCandidates {
  /** The plan's candidates; those that call a service have the numbers after the candidates that are there. */
  readonly candidates: readonly PlannedCandidate[];
  /** By item id. */
  readonly texts: ReadonlyMap<string, CandidateText>;
}

/** @param identityOf says which endpoint a candidate's service is, without a secret */
export function cacheKeyOf(candidate: PlannedCandidate, identityOf: (candidate: PlannedCandidate) => string): string {
  const { model, messages, parameters, index } = candidate;
  return cacheKey({ service: identityOf(candidate), model, messages, parameters, index });
}

/** Finds the candidates of a plan whose texts were made before, and those of them whose files are still there. */
export async function findCached(
  candidates: readonly PlannedCandidate[],
  { journal, files }: Workspace,
  identityOf: (candidate: PlannedCandidate) => string,
): Promise<Outcome<CachedCandidates>> {
  const texts = new Map<string, CandidateText>();
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
    const cached = await journal.cached(await keysOf(batch, identityOf));
    if (!cached.ok) return cached;
    const hits = batch.flatMap((candidate, place) => {
      const text = cached.value[place];
      return text ? [{ candidate, text }] : [];
    });
    const written = await journal.filesOf(hits.map(({ candidate }) => candidate.id));
    if (!written.ok) return written;
    for (const [place, { candidate, text }] of hits.entries()) {
      let file: string | undefined;
      for (const { path } of written.value[place] ?? []) {
        if (file !== undefined || numberIn(candidate.output, path) === undefined || !(await isThere(path))) continue;
        file = path;
      }
      texts.set(candidate.id, { ...text, origin: 'cache', ...(file === undefined ? {} : { file }) });
    }
  }
  return success({ candidates: renumbered(candidates, texts), texts });
}

async function keysOf(
  candidates: readonly PlannedCandidate[],
  identityOf: (candidate: PlannedCandidate) => string,
): Promise<string[]> {
  const keys: string[] = [];
  let sliceEnd = performance.now() + sliceMs;
  for (const candidate of candidates) {
    keys.push(cacheKeyOf(candidate, identityOf));
    if (performance.now() < sliceEnd) continue;
    await setImmediate();
    sliceEnd = performance.now() + sliceMs;
  }
  return keys;
}

/** Candidates that are there keep their numbers; the others take those that were given out, without gaps. */
function renumbered(
  candidates: readonly PlannedCandidate[],
  texts: ReadonlyMap<string, CandidateText>,
): readonly PlannedCandidate[] {
  const next = new Map<string, number>();
  return candidates.map((candidate) => {
    const key = seriesKey(candidate.output);
    // The plan gave out the numbers of a series in order: the first of them is the first that is free.
    const free = next.get(key) ?? candidate.number;
    const file = texts.get(candidate.id)?.file;
    next.set(key, file === undefined ? free + 1 : free);
    return { ...candidate, number: file === undefined ? free : (numberIn(candidate.output, file) ?? candidate.number) };
  });
}
