import * as l10n from '@vscode/l10n';
import type { SheetEstimate, SheetRange } from '../planProtocol.ts';
import { counts } from './counts.ts';
import { describeThere } from './estimates.ts';
import { numbers } from './numbers.ts';
import { strings } from './strings.ts';

/** Above this ratio of highest to lowest, one number in the middle would promise too much. */
const wideRange = 1.5;
const minute = 60;
const hour = 60 * minute;

/** An amount of money with as many digits as it is worth. */
export function formatMoney(amount: number, isInDollars: boolean): string {
  return isInDollars ? numbers.dollars(amount) : numbers.money(amount);
}

/** `about $1.40`, `$0.20 to $1.40` */
export function formatCost({ low, high }: SheetRange, isInDollars: boolean): string {
  const [least, most] = [formatMoney(low, isInDollars), formatMoney(high, isInDollars)];
  return least === most ? l10n.t('about {0}', most) : l10n.t('{0} to {1}', least, most);
}

/** One amount for a line that has little room: `about $1.40`, `up to $1.40`. */
export function formatCostBriefly({ low, high }: SheetRange, isInDollars: boolean): string {
  return isWide(low, high)
    ? l10n.t('up to {0}', formatMoney(high, isInDollars))
    : l10n.t('about {0}', formatMoney((low + high) / 2, isInDollars));
}

/** @param range seconds. @returns `about 6 min`, `4 to 9 min` */
export function formatSpan({ low, high }: SheetRange): string {
  const { size, word } = unitOf(high);
  const [from, to] = [inUnit(low, size), inUnit(high, size)];
  if (from === to) return l10n.t('about {0}', word(numbers.upToOneDecimal(to)));
  return from === 0
    ? l10n.t('up to {0}', word(numbers.upToOneDecimal(to)))
    : l10n.t('{0} to {1}', numbers.upToOneDecimal(from), word(numbers.upToOneDecimal(to)));
}

/** @param range seconds. @returns `6 min`, `up to 6 min` */
export function formatSpanBriefly({ low, high }: SheetRange): string {
  const isUpTo = isWide(low, high);
  const seconds = isUpTo ? high : (low + high) / 2;
  const { size, word } = unitOf(seconds);
  const span = word(numbers.upToOneDecimal(Math.max(1, inUnit(seconds, size))));
  return isUpTo ? l10n.t('up to {0}', span) : span;
}

function isWide(low: number, high: number): boolean {
  return high > low * wideRange;
}

function unitOf(seconds: number): { readonly size: number; readonly word: (amount: string) => string } {
  if (seconds < 90) return { size: 1, word: strings.seconds };
  if (seconds < 90 * minute) return { size: minute, word: strings.minutes };
  return { size: hour, word: strings.hours };
}

function inUnit(seconds: number, size: number): number {
  const value = Math.max(0, seconds) / size;
  return size === hour ? Math.round(value * 2) / 2 : Math.round(value);
}

/** How many candidates, and how many calls they take. */
export function describeItems({ items, cached, rows }: Pick<SheetEstimate, 'items' | 'cached' | 'rows'>): string {
  const calls = items - cached;
  const made = counts.calls(calls);
  if (cached === 0) return rows === undefined ? made : `${made}, ${counts.rows(rows)}`;
  return l10n.t('{0}, {1} from the cache', made, numbers.percent(cached / items));
}

/** What an estimate is founded on. */
export function describeBasis({ isLearnt }: Pick<SheetEstimate, 'isLearnt'>): string {
  return isLearnt ? l10n.t('as in earlier runs') : l10n.t('no earlier run yet');
}

/** What the cost is founded on, or why nobody knows it. */
export function describeCostBasis(estimate: Pick<SheetEstimate, 'isLearnt' | 'cost'>): string {
  return estimate.cost === null ? l10n.t('a model has no price') : describeBasis(estimate);
}

/** How the input tokens were found. */
export function describeCounting({ inputBasis }: Pick<SheetEstimate, 'inputBasis'>): string {
  switch (inputBasis) {
    case 'count':
      return l10n.t('input counted');
    case 'sample':
      return l10n.t('input counted in samples');
    case 'guess':
      return l10n.t('input guessed by length');
  }
}

/** What a person should know beside the numbers, a sentence each. */
export function describeNotes(estimate: SheetEstimate): string[] {
  const { attachedBytes, ofOtherPlan, there, replaced, items } = estimate;
  const notes: string[] = [];
  if (items === 0) notes.push(l10n.t('There is nothing to generate.'));
  if (replaced > 0) {
    notes.push(
      replaced === 1
        ? l10n.t('1 candidate that is there goes to the archive beside it.')
        : l10n.t('{0} candidates that are there go to the archive beside them.', numbers.whole(replaced)),
    );
  }
  if (there > 0) notes.push(describeThere(there));
  if (attachedBytes > 0) {
    notes.push(l10n.t('{0} MB of files go with the calls.', numbers.upToOneDecimal(attachedBytes / 1_000_000)));
  }
  if (ofOtherPlan > 0) {
    notes.push(
      ofOtherPlan === 1
        ? l10n.t("This makes one request of your plan for the editor's models.")
        : l10n.t("This makes {0} requests of your plan for the editor's models.", numbers.whole(ofOtherPlan)),
    );
  }
  return notes;
}

/** The whole plan in one sentence, for who hears it read. */
export function describePlan(estimate: SheetEstimate): string {
  const { items, cost, eta, isInDollars } = estimate;
  return strings.join([
    strings.candidates(items),
    cost === null ? l10n.t('cost not known') : formatCost(cost, isInDollars),
    eta === null ? '' : formatSpan(eta),
  ]);
}

/** What is known of a prompt's next run before anybody asks. */
export interface KnownAhead {
  /** Rows of its data; absent for a prompt without data. */
  readonly rows?: { readonly count: number; readonly hasMore: boolean };
  readonly estimate?: Pick<SheetEstimate, 'cost' | 'eta' | 'isInDollars'> & Partial<Pick<SheetEstimate, 'items'>>;
}

/**
 * `Generate 5 candidates of each row`: says nothing that is known later, so that what stands behind it stays where it is.
 *
 * @param isOfEachRow `by row` where each row says what makes how many of it
 */
export function describeAction(candidates: number | undefined, isOfEachRow: boolean | 'by row'): string {
  if (isOfEachRow === 'by row') return l10n.t('Generate candidates of each row');
  if (candidates === undefined) return l10n.t('Generate candidates');
  const count = numbers.whole(candidates);
  if (isOfEachRow) {
    return candidates === 1
      ? l10n.t('Generate 1 candidate of each row')
      : l10n.t('Generate {0} candidates of each row', count);
  }
  return candidates === 1 ? l10n.t('Generate 1 candidate') : l10n.t('Generate {0} candidates', count);
}

/**
 * `5 × 120 rows · about $1.40 · 6 min`: what the action would come to, as far as that is known; empty where nothing is.
 *
 * @param isOfEachRow as in `describeAction`
 */
export function describeForecast(
  candidates: number | undefined,
  isOfEachRow: boolean | 'by row',
  { rows, estimate }: KnownAhead,
): string {
  const { cost = null, eta = null, isInDollars = false } = estimate ?? {};
  return strings.join([
    rows && isOfEachRow !== false ? rowsText(isOfEachRow === 'by row' ? undefined : candidates, rows, estimate) : '',
    // An amount without its currency would be any number.
    cost === null
      ? ''
      : isInDollars
        ? formatCostBriefly(cost, true)
        : l10n.t('cost {0}', formatCostBriefly(cost, false)),
    eta === null ? '' : formatSpanBriefly(eta),
  ]);
}

/** @param each candidates of each row; undefined: each says so itself */
function rowsText(
  each: number | undefined,
  { count, hasMore }: NonNullable<KnownAhead['rows']>,
  estimate: KnownAhead['estimate'],
): string {
  const rows = numbers.whole(count);
  if (each !== undefined) {
    const times = numbers.whole(each);
    if (hasMore) return l10n.t('{0} × more than {1} rows', times, rows);
    return count === 1 ? l10n.t('{0} × 1 row', times) : l10n.t('{0} × {1} rows', times, rows);
  }
  if (hasMore) return l10n.t('more than {0} rows', rows);
  if (estimate?.items === undefined) return counts.rows(count);
  return l10n.t('{0} of {1}', strings.candidates(estimate.items), counts.rows(count));
}

/** The words of plan sheet and preview. */
export const planStrings = {
  question: (label: string) => l10n.t('Generate candidates of {0}?', label),
  problemTitle: (label: string) => l10n.t('{0} cannot be generated yet', label),
  get generate() {
    return l10n.t('Generate');
  },
  get edit() {
    return l10n.t('Edit');
  },
  get cancel() {
    return l10n.t('Cancel');
  },
  get close() {
    return l10n.t('Close');
  },
  get candidates() {
    return l10n.t('Candidates');
  },
  get cost() {
    return l10n.t('Cost');
  },
  get time() {
    return l10n.t('Time');
  },
  get tokens() {
    return l10n.t('Tokens');
  },
  get notKnown() {
    return l10n.t('not known');
  },
  tokensInOut: (input: number, output: number) =>
    l10n.t('{0} in, {1} out', numbers.compact(input), numbers.compact(output)),
  get parts() {
    return l10n.t('Prompts and models');
  },
  get prompt() {
    return l10n.t('Prompt');
  },
  get model() {
    return l10n.t('Model');
  },
  get cached() {
    return l10n.t('From the cache');
  },
  get files() {
    return l10n.t('Files');
  },
  moreFiles: (amount: number) => (amount === 1 ? l10n.t('and 1 more') : l10n.t('and {0} more', numbers.whole(amount))),
  get moreParts() {
    return l10n.t('and more');
  },
  get firstPrompt() {
    return l10n.t('What the first candidate is asked with');
  },
  get problems() {
    return l10n.t('Problems');
  },
  get hints() {
    return l10n.t('Hints');
  },
  get notes() {
    return l10n.t('Good to know');
  },
  goTo: (place: string) => l10n.t('Go to {0}', place),
  place: (file: string, line: number | undefined) => (line === undefined ? file : `${file}:${line}`),
  role: (role: 'system' | 'user' | 'assistant') => {
    switch (role) {
      case 'system':
        return l10n.t({ message: 'System', comment: 'Role of a message' });
      case 'user':
        return l10n.t({ message: 'User', comment: 'Role of a message' });
      case 'assistant':
        return l10n.t({ message: 'Assistant', comment: 'Role of a message' });
    }
  },
  tokenCount: (amount: number) => (amount === 1 ? l10n.t('1 token') : l10n.t('{0} tokens', numbers.whole(amount))),
  hidden: (characters: number) => l10n.t('… and {0} more characters', numbers.whole(characters)),
  attached: (names: readonly string[]) => l10n.t('With {0}', numbers.list(names)),
  get unknown() {
    return l10n.t('has no value');
  },
  get asked() {
    return l10n.t('is asked for when you generate');
  },
  get previousRow() {
    return l10n.t('Previous Row');
  },
  get nextRow() {
    return l10n.t('Next Row');
  },
  get chooseRow() {
    return l10n.t('Choose Row…');
  },
  rowPlace: (place: number, total: number, hasMore: boolean) =>
    hasMore
      ? l10n.t('Row {0} of more than {1}', numbers.whole(place + 1), numbers.whole(total))
      : l10n.t('Row {0} of {1}', numbers.whole(place + 1), numbers.whole(total)),
  get empty() {
    return l10n.t('There is nothing to show yet.');
  },
};
