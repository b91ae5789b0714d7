import { relative, sep } from 'node:path';
import { failed, success } from '../../base/outcome.ts';
import type { Choosing } from './choosing.ts';
import { decisions, type Decision } from './decide.ts';
import type { ShelfCandidate } from './listCandidates.ts';
import { perform, type Step } from './operations.ts';

type Candidate = Pick<ShelfCandidate, 'path' | 'folder' | 'key' | 'from' | 'isArchived'>;

/** Moves candidates to the archive beside them, all or none. Their manifest keeps what it tells of them. */
export async function archiveCandidates(candidates: readonly Candidate[], choosing: Choosing): Decision {
  const { root } = choosing;
  const wanted = candidates.filter(({ isArchived }) => !isArchived);
  const moved = await perform(
    wanted.map(({ path }): Step => ({ kind: 'archive', path, root })),
    choosing,
  );
  if (!moved.ok) return moved;
  const places = new Map(moved.value.moved.map(({ from, to }) => [from, to]));
  const noted = wanted.flatMap((candidate) => {
    const place = places.get(candidate.path);
    if (place === undefined) return [];
    const to = relative(candidate.folder, place).split(sep).join('/');
    // One that has another name by now is found by the name that it had here.
    return [{ candidate, set: { archived: { value: true, to } } }];
  });
  const decided = await perform(decisions(noted), choosing);
  if (decided.ok) return success([...decided.value.inverse, ...moved.value.inverse]);
  await perform(moved.value.inverse, choosing);
  return decided;
}

/** Archives what was not picked, in each row that something was picked in: the others are still to be chosen from. */
export async function archiveOthers(
  candidates: readonly (Candidate & Pick<ShelfCandidate, 'row' | 'isPicked'>)[],
  choosing: Choosing,
): Decision {
  const others = [...Map.groupBy(candidates, ({ row }) => row).values()]
    .filter((row) => row.some(({ isPicked }) => isPicked))
    .flatMap((row) => row.filter(({ isPicked }) => !isPicked));
  if (!candidates.some(({ isPicked }) => isPicked)) {
    return failed('Nobody has picked a candidate yet, so it is not known which are the others: pick one first.');
  }
  return archiveCandidates(others, choosing);
}
