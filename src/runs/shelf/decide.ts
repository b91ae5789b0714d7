import { failed, success, type Outcome } from '../../base/outcome.ts';
import { grouped } from '../../base/sentence.ts';
import { longestNote, type Rating, type ShelfChange } from '../../candidates/shelf.ts';
import type { Choosing } from './choosing.ts';
import type { ShelfCandidate } from './listCandidates.ts';
import { perform, type Operation, type Step } from './operations.ts';

/** What takes something back; a failure is one sentence. */
export type Decision = Promise<Outcome<Operation, string>>;

type Candidate = Pick<ShelfCandidate, 'folder' | 'key' | 'from'>;

/** @param rating null: none any more */
export function rate(candidates: readonly Candidate[], rating: Rating | null, choosing: Choosing): Decision {
  return decide(candidates, { rating: { value: rating } }, choosing);
}

/** @param note empty: none any more */
export function note(candidate: Candidate, note: string, choosing: Choosing): Decision {
  if (note.length > longestNote) {
    const message = `The note has more than ${grouped(longestNote)} characters: make it shorter.`;
    return Promise.resolve(failed(message));
  }
  const text = note.trim();
  return decide([candidate], { note: { value: text === '' ? null : text } }, choosing);
}

async function decide(candidates: readonly Candidate[], set: ShelfChange['set'], choosing: Choosing): Decision {
  const done = await perform(decisions(candidates.map((candidate) => ({ candidate, set }))), choosing);
  return done.ok ? success(done.value.inverse) : done;
}

/** What is to be decided about some candidates, a step for each folder. */
export function decisions(
  wanted: readonly { readonly candidate: Candidate; readonly set: ShelfChange['set'] }[],
): readonly Step[] {
  const byFolder = Map.groupBy(wanted, ({ candidate: { folder } }) => folder);
  return [...byFolder].map(([folder, those]): Step => {
    const changes = those.map(({ candidate: { key, from }, set }): ShelfChange => {
      return { ...key, ...(from ? { from } : {}), set };
    });
    return { kind: 'decide', folder, changes };
  });
}
