import * as l10n from '@vscode/l10n';
import { numbers } from './numbers.ts';
import { strings } from './strings.ts';

/** What a person calls a candidate by. */
export interface NamedCandidate {
  /** Name of the prompt file without its ending. */
  readonly promptName: string;
  readonly row: string;
  readonly number?: number;
  /** Absolute. */
  readonly path: string;
}

/** `03`; the name of its file where a person has given it one. */
export function candidateNumber({ number, path }: Pick<NamedCandidate, 'number' | 'path'>): string {
  return number === undefined ? path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1) : two(number);
}

/** `haiku · 03`, `page · mug · 03`. */
export function candidateLabel(candidate: NamedCandidate): string {
  return strings.join([candidate.promptName, candidate.row, candidateNumber(candidate)]);
}

const two = (number: number): string => numbers.twoDigits(number);

/** What is said of what a person has done with candidates, or why it cannot be done: one sentence each. */
export const choiceSentences = {
  picked: (candidate: NamedCandidate, target: string) =>
    l10n.t('{0} is picked: its text is in {1}.', candidateLabel(candidate), target),
  pickedInto: (candidate: NamedCandidate, target: string) =>
    l10n.t('{0} is picked: its text is in {1} where you had selected.', candidateLabel(candidate), target),
  pickedBest: (promptName: string, count: number) =>
    numbers.isOne(count)
      ? l10n.t('{0}: {1} candidate is picked.', promptName, numbers.whole(count))
      : l10n.t('{0}: {1} candidates are picked, one of each row.', promptName, numbers.whole(count)),
  archived: (candidates: readonly NamedCandidate[]) => {
    const [first] = candidates;
    return candidates.length === 1 && first
      ? l10n.t('{0} is in the archive.', candidateLabel(first))
      : l10n.t('{0} candidates are in the archive.', numbers.whole(candidates.length));
  },
  archivedOthers: (promptName: string, count: number) =>
    numbers.isOne(count)
      ? l10n.t('{0}: {1} candidate that was not picked is in the archive.', promptName, numbers.whole(count))
      : l10n.t('{0}: {1} candidates that were not picked are in the archive.', promptName, numbers.whole(count)),
  /** @param rating undefined: it was taken away */
  rated: (candidates: readonly NamedCandidate[], rating: number | undefined) => {
    const [first] = candidates;
    const isOne = candidates.length === 1 && first !== undefined;
    const what = isOne ? candidateLabel(first) : numbers.whole(candidates.length);
    if (rating === undefined) {
      return isOne
        ? l10n.t('{0} has no rating any more.', what)
        : l10n.t('{0} candidates have no rating any more.', what);
    }
    return isOne
      ? l10n.t('{0} is rated {1} of 5.', what, numbers.whole(rating))
      : l10n.t('{0} candidates are rated {1} of 5.', what, numbers.whole(rating));
  },
  noted: (candidate: NamedCandidate, isThere: boolean) =>
    isThere
      ? l10n.t('The note of {0} is kept.', candidateLabel(candidate))
      : l10n.t('{0} has no note any more.', candidateLabel(candidate)),
  exported: (count: number, target: string) =>
    numbers.isOne(count)
      ? l10n.t('The candidates of {0} prompt file are in {1}.', numbers.whole(count), target)
      : l10n.t('The candidates of {0} prompt files are in {1}.', numbers.whole(count), target),
  undone: (said: string) => l10n.t('Taken back: {0}', said),

  nothingToUndo: () => l10n.t('There is nothing to take back: nothing was decided in this window.'),
  noCandidate: (file: string) =>
    l10n.t('{0} is no candidate of a prompt file: choose one in the Candidates view.', file),
  /** @param cause the end of a sentence */
  unreadable: (promptName: string, cause: string) =>
    l10n.t('The candidates of {0} cannot be read: {1}. Mend that, then refresh.', promptName, cause),
  gone: (file: string) => l10n.t('{0} is gone: choose another candidate.', file),
  noneChosen: () => l10n.t('Choose a candidate first.'),
  archivedAlready: (candidates: readonly NamedCandidate[]) => {
    const [first] = candidates;
    return candidates.length === 1 && first
      ? l10n.t('{0} is in the archive already.', candidateLabel(first))
      : l10n.t('All of them are in the archive already.');
  },
  noOthers: (promptName: string) =>
    l10n.t('{0}: every candidate beside the picked ones is in the archive.', promptName),
  /** @param rule what should make one the best */
  noBest: (promptName: string, rule: 'first' | 'longest' | 'rated') =>
    rule === 'rated'
      ? l10n.t('{0}: nobody has rated a candidate yet, so none is the best: rate some first.', promptName)
      : l10n.t('{0}: there are no candidates yet: generate some first.', promptName),
  noTwo: () => l10n.t('There is nothing to compare with: choose two candidates, or pick one first.'),
  noSibling: (promptName: string) => l10n.t('{0} has no other candidate.', promptName),
  otherFileSystem: (target: string) =>
    l10n.t('{0} belongs to another file system: name a file in the folder of the candidates.', target),
  readOnly: (target: string) => l10n.t('{0} cannot be edited: select where the text goes in another file.', target),
  noEditor: () => l10n.t('Open the file that the text goes into and put the cursor there, then pick again.'),
  changedSince: (target: string) =>
    l10n.t('{0} was changed since, so it stays as it is: take it back there by hand.', target),
  notTrusted: () =>
    l10n.t('This workspace is not trusted, so nothing of it is read: trust it to choose among its candidates.'),
} as const;

/** What is told of a candidate beside its name. */
export interface DescribedCandidate {
  readonly isPicked: boolean;
  readonly isArchived: boolean;
  readonly isEdited: boolean;
  readonly rating?: number;
  readonly note?: string;
  readonly model?: string;
  /** UTF-16 units. */
  readonly length: number;
  readonly similarTo?: { readonly kind: 'exact' | 'near'; readonly key: string };
  readonly made?: { readonly cost?: number; readonly finish?: 'length' };
}

/** `4 of 5 · cut · 1,240 characters · gpt-5-mini · $0.01`: what a list has room for. */
export function describeCandidate({ rating, model, length, made, isPicked, isArchived }: DescribedCandidate): string {
  return strings.join([
    isPicked ? choiceWords.picked() : '',
    isArchived ? choiceWords.archived() : '',
    rating === undefined ? '' : choiceWords.rating(rating),
    made?.finish === 'length' ? choiceWords.cut() : '',
    choiceWords.length(length),
    model ?? '',
    made?.cost === undefined ? '' : choiceWords.cost(made.cost),
  ]);
}

/** All that is known of it, a line each. */
export function describeCandidateFully(candidate: DescribedCandidate): readonly string[] {
  const { note, similarTo, isEdited } = candidate;
  return [
    describeCandidate(candidate),
    ...(note === undefined ? [] : [l10n.t('Note: {0}', note)]),
    ...(isEdited ? [l10n.t('Edited since it was generated')] : []),
    ...(similarTo ? [choiceWords.similar(similarTo.kind, fileName(similarTo.key))] : []),
  ];
}

function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

export const choiceWords = {
  picked: () => l10n.t({ message: 'picked', comment: 'A candidate that somebody has chosen' }),
  archived: () => l10n.t({ message: 'archived', comment: 'A candidate that somebody has put away' }),
  cut: () => l10n.t({ message: 'cut', comment: 'A candidate that ends at the output limit' }),
  edited: () => l10n.t({ message: 'edited', comment: 'A candidate that a person has changed' }),
  hasNote: () => l10n.t('has a note'),
  more: (count: number) => l10n.t('{0} more: choose a filter, or open their folder', numbers.whole(count)),
  rating: (rating: number) => l10n.t({ message: '{0} of 5', args: [numbers.whole(rating)], comment: 'A rating' }),
  cost: (cost: number) => l10n.t({ message: 'cost {0}', args: [numbers.money(cost)], comment: 'Of a candidate' }),
  length: (length: number) =>
    numbers.isOne(length)
      ? l10n.t('{0} character', numbers.whole(length))
      : l10n.t('{0} characters', numbers.whole(length)),
  similar: (kind: 'exact' | 'near', name: string) =>
    kind === 'exact' ? l10n.t('Says the same as {0}', name) : l10n.t('Says nearly the same as {0}', name),
} as const;

/** `8 candidates · 1 picked`: what a prompt file has, or a row. */
export function describeTally({ current, picked }: { readonly current: number; readonly picked: number }): string {
  if (current === 0) return l10n.t('no candidates yet');
  return strings.join([
    strings.candidates(current),
    picked === 0 ? '' : l10n.t({ message: '{0} picked', args: [numbers.whole(picked)], comment: 'Candidates' }),
  ]);
}
