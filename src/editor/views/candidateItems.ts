import type { ItemSnapshot } from '../../model/run.ts';
import {
  candidateNumber,
  choiceWords,
  describeCandidate,
  describeCandidateFully,
  describeTally,
} from '../../wording/choices.ts';
import { numbers } from '../../wording/numbers.ts';
import { strings } from '../../wording/strings.ts';
import type { ListedCandidate } from '../candidateShelves.ts';

/** One line of the view, as text. */
export interface ShownLine {
  readonly label: string;
  readonly description: string;
  /** Lines of text. */
  readonly tooltip: readonly string[];
  /** Name of a codicon, and of a colour of the theme. */
  readonly icon: string;
  readonly color?: string;
  /** For whoever does not see it. */
  readonly spoken: string;
  /** What menus know it by. */
  readonly context: string;
}

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
  if (isArchived) return 'archive';
  if (isPicked) return 'pass-filled';
  return rating === undefined ? 'circle-outline' : 'star-full';
}

/** @param file its path as one who works here calls it */
export function candidateLine(candidate: ListedCandidate, file: string): ShownLine {
  const { isPicked, isArchived, isEdited, note } = candidate;
  const label = candidateNumber(candidate);
  const description = describeCandidate(candidate);
  const color = isArchived ? 'disabledForeground' : isPicked ? 'charts.green' : undefined;
  const marks = [isEdited ? choiceWords.edited() : '', note === undefined ? '' : choiceWords.hasNote()];
  return {
    label,
    description,
    tooltip: [file, ...describeCandidateFully(candidate)],
    icon: candidateIcon(candidate),
    ...(color === undefined ? {} : { color }),
    spoken: [label, description, ...marks].filter((part) => part !== '').join(', '),
    context: `candidate${isPicked ? '.picked' : ''}${isArchived ? '.archived' : ''}`,
  };
}

/** One that is being made, or came to nothing. */
export function itemLine(item: ItemSnapshot): ShownLine {
  const label = numbers.twoDigits(item.index);
  const state = strings.itemState(item.state);
  const description = strings.join([state, item.model]);
  const { icon, color } = itemIcon(item);
  return {
    label,
    description,
    tooltip: [strings.join([label, state, item.model]), ...(item.failure ? [item.failure.message] : [])],
    icon,
    ...(color === undefined ? {} : { color }),
    spoken: [label, description, item.failure?.message ?? ''].filter((part) => part !== '').join(', '),
    context: item.state === 'failed' ? 'item.failed' : 'item',
  };
}

function itemIcon({ state }: ItemSnapshot): { readonly icon: string; readonly color?: string } {
  switch (state) {
    case 'queued':
      return { icon: 'clock' };
    case 'running':
      return { icon: 'loading~spin' };
    case 'retrying':
      return { icon: 'debug-restart' };
    case 'written':
    case 'skipped':
      return { icon: 'circle-outline' };
    case 'failed':
      return { icon: 'error', color: 'list.errorForeground' };
    case 'cancelled':
      return { icon: 'circle-slash', color: 'disabledForeground' };
  }
}

/** @param counts of its candidates that are not archived */
export function rowLine(row: string, counts: Parameters<typeof describeTally>[0]): ShownLine {
  const description = describeTally(counts);
  return {
    label: row,
    description,
    tooltip: [strings.join([row, description])],
    icon: counts.picked > 0 ? 'pass' : 'list-unordered',
    spoken: `${row}, ${description}`,
    context: 'row',
  };
}

/**
 * @param file its path as one who works here calls it
 * @param counts of its candidates; undefined: nobody has looked yet
 */
export function promptLine(
  name: string,
  file: string,
  counts: Parameters<typeof describeTally>[0] | undefined,
): ShownLine {
  const folder = file.slice(0, Math.max(0, file.lastIndexOf('/')));
  const description = counts ? describeTally(counts) : folder;
  return {
    label: name,
    description,
    tooltip: counts ? [file, description] : [file],
    icon: 'note',
    spoken: `${name}, ${description}`,
    context: counts && counts.current > 0 ? 'prompt.full' : 'prompt',
  };
}
