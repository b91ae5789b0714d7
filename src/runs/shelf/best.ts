import type { ShelfCandidate } from './listCandidates.ts';

export const bestRules = ['first', 'longest', 'rated'] as const;

/** What makes a candidate the best of its row. */
export type BestRule = (typeof bestRules)[number];

type Candidate = Pick<ShelfCandidate, 'row' | 'isArchived' | 'length' | 'rating'>;

/**
 * The best candidate of each row, in the order of the rows; of several that are as good, the first. By ratings, rows that
 * nobody has rated have none.
 *
 * @param candidates of `listCandidates`
 */
export function bestOf<Each extends Candidate>(candidates: readonly Each[], rule: BestRule): readonly Each[] {
  const rows = Map.groupBy(
    candidates.filter(({ isArchived }) => !isArchived),
    ({ row }) => row,
  );
  return [...rows.values()].flatMap((row) => {
    let best: Each | undefined;
    for (const candidate of row) if (valueOf(candidate, rule) > (best ? valueOf(best, rule) : 0)) best = candidate;
    return best ? [best] : [];
  });
}

/** 0: no choice. */
function valueOf({ length, rating }: Candidate, rule: BestRule): number {
  switch (rule) {
    case 'first':
      return 1;
    case 'longest':
      return length;
    case 'rated':
      return rating ?? 0;
  }
}
