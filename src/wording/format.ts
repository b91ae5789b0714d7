import type { ItemState } from '../model/item.ts';
import { emptyCounts, isFinal } from '../model/item.ts';
import type { QueueItem, QueueRun } from '../protocol.ts';
import { numbers } from './numbers.ts';
import { strings } from './strings.ts';

/** The order in which counts are read: what is done, what is going on, what went wrong, what is to come. */
export const countOrder: readonly ItemState[] = [
  'written',
  'running',
  'retrying',
  'failed',
  'queued',
  'cancelled',
  'skipped',
];

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * How finely a duration is told. `ticking`: full seconds, while tenths would only flicker. `measured`: tenths below ten
 * seconds. `logged`: seconds alone and one digit more, so that lines of a log can be compared.
 */
export type DurationDetail = 'ticking' | 'measured' | 'logged';

/** @param ms a negative one counts as none: two clocks may disagree */
export function formatDuration(ms: number, detail: DurationDetail = 'ticking'): string {
  const time = Math.max(0, ms) / second;
  if (detail === 'logged') {
    return strings.seconds(time < 10 ? numbers.twoDecimals(time) : numbers.oneDecimal(time));
  }
  if (detail === 'measured' && time < 9.95) {
    return strings.seconds(numbers.oneDecimal(time));
  }
  const seconds = detail === 'measured' ? Math.round(time) : Math.floor(time);
  if (seconds < 60) {
    return strings.seconds(numbers.whole(seconds));
  }
  if (seconds < 3600) {
    return strings.minutesAndSeconds(Math.floor(seconds / 60), seconds % 60);
  }
  return strings.hoursAndMinutes(Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60));
}

/** Above this ratio of longest to shortest, one number would promise too much. */
const wideRange = 1.5;

/** An estimate is worth one unit and few digits: "about 18 s left", "18 to 40 s left", "up to 3 min left". */
export function formatEta(eta: NonNullable<QueueRun['eta']>): string {
  const high = Math.max(0, eta.high);
  const low = Math.min(Math.max(0, eta.low), high);
  const unit = high < 90 * second ? 's' : high < 90 * minute ? 'min' : 'h';
  const size = { s: second, min: minute, h: hour }[unit];
  const inUnit = { s: strings.seconds, min: strings.minutes, h: strings.hours }[unit];
  const rounded = (ms: number) => {
    const value = ms / size;
    if (unit === 'h') {
      return Math.round(value * 2) / 2;
    }
    return unit === 's' && value > 30 ? Math.round(value / 5) * 5 : Math.round(value);
  };
  const [from, to] = [rounded(low), rounded(high)];
  if (high > low * wideRange && to - from > 1) {
    const longest = inUnit(numbers.upToOneDecimal(to));
    return from === 0 ? strings.etaUpTo(longest) : strings.etaRange(numbers.upToOneDecimal(from), longest);
  }
  const smallest = unit === 'h' ? 0.5 : 1;
  const middle = Math.max(smallest, rounded((low + high) / 2));
  return strings.etaAbout(inUnit(numbers.upToOneDecimal(middle)));
}

/** Empty below one item in ten minutes: nothing worth a number has happened yet. */
export function formatRate(perMinute: number): string {
  if (perMinute < 0.1) {
    return '';
  }
  return strings.perMinute(perMinute < 10 ? numbers.upToOneDecimal(perMinute) : numbers.whole(perMinute));
}

/** Counts that are not zero, worded, in reading order. */
export function formatCounts(counts: QueueRun['counts']): string[] {
  return countOrder.filter((state) => counts[state] > 0).map((state) => strings.count(counts[state], state));
}

/** A record by its key and stage, a candidate by its prompt, row and number. */
export function formatItemLabel(
  item: Pick<QueueItem, 'promptName' | 'row' | 'index'> & Partial<Pick<QueueItem, 'record' | 'stage'>>,
): string {
  if (item.record !== undefined) return strings.recordPlace(item.record || item.promptName, item.stage ?? '');
  return strings.promptPart(item.promptName) + strings.placePart(item.row, item.index);
}

/** What the time column of an item says: how long it has taken, or when it is tried again. */
export function formatItemTime(
  item: Pick<QueueItem, 'state' | 'startedAt' | 'finishedAt' | 'dueAt'>,
  now: number,
): string {
  if (item.state === 'retrying' && item.dueAt !== undefined) {
    const left = Math.ceil((item.dueAt - now) / second) * second;
    return left > 0 ? strings.retryIn(formatDuration(left)) : strings.retryDue;
  }
  if (item.startedAt === undefined || item.state === 'queued' || item.state === 'skipped') {
    return '';
  }
  if (isFinal(item.state)) {
    return item.finishedAt === undefined ? '' : formatDuration(item.finishedAt - item.startedAt, 'measured');
  }
  return formatDuration(now - item.startedAt);
}

/**
 * What a run says of its pace: rate and estimate while it runs, duration and time of day once it is over, what is left
 * if it was interrupted.
 */
export function formatRunMeta(run: QueueRun, now: number): string {
  if (run.state === 'finished') {
    const end = run.finishedAt;
    return end === undefined
      ? strings.runState('finished')
      : strings.join([strings.took(formatDuration(end - run.startedAt, 'measured')), numbers.clockTime(end, now)]);
  }
  if (run.state === 'unfinished') {
    const started = strings.started(numbers.clockTime(run.startedAt, now));
    return strings.join([strings.runState('unfinished'), strings.left(run.counts.queued), started]);
  }
  if (run.state === 'elsewhere') {
    return strings.runState('elsewhere');
  }
  const state = run.state === 'running' ? '' : strings.runState(run.state);
  const eta = run.state === 'running' && run.eta !== undefined ? formatEta(run.eta) : '';
  return strings.join([state, run.state === 'stopping' || run.state === 'watching' ? '' : formatRate(run.perMinute), eta]);
}

export function formatRunResumed({ label, counts }: Pick<QueueRun, 'label' | 'counts'>): string {
  return strings.runResumed(label, countsAndLeft(counts));
}

/** What is said of a run that is over, or was left before its end. */
export function formatRunEnd({ label, state, counts }: Pick<QueueRun, 'label' | 'state' | 'counts'>): string {
  return state === 'unfinished'
    ? strings.runStopped(label, countsAndLeft(counts))
    : strings.runFinished(label, formatCounts(counts));
}

/** Counts of what has ended, and everything else as one. */
function countsAndLeft({ queued, running, retrying, ...ended }: QueueRun['counts']): string[] {
  return [...formatCounts({ ...emptyCounts(), ...ended }), strings.left(queued + running + retrying)];
}
