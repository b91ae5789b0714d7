import type { ListedCandidate } from '../candidateShelves.ts';
import { describeCandidate } from '../../wording/choices.ts';

/** What a list says of a candidate beside its name. */
export function candidateDetails(candidate: ListedCandidate): string {
  return describeCandidate(candidate);
}

/** Name of a codicon: a picked and an archived one are told by it. */
export function candidateIcon({
  isPicked,
  isArchived,
  rating,
}: Pick<ListedCandidate, 'isPicked' | 'isArchived' | 'rating'>): string {
  if (isPicked) return 'pass-filled';
  if (isArchived) return 'archive';
  return rating === undefined ? 'circle-outline' : 'star-full';
}
