import type { ItemState } from '../model/item.ts';
import type { QueueRun } from '../protocol.ts';

/** Every word that the panel shows or speaks, so that a translation replaces this one module. */
const locale = 'en';

/** Formatters are slow to make, and the extension loads this module long before it needs the first of them. */
function lazy<Formatter>(make: () => Formatter): () => Formatter {
  let made: Formatter | undefined;
  return () => (made ??= make());
}

const wholeNumber = lazy(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }));
const oneDecimal = lazy(() => new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }));
const atMostOneDecimal = lazy(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }));
const percentNumber = lazy(() => new Intl.NumberFormat(locale, { style: 'percent' }));
const twoDigits = lazy(() => new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 }));
const plural = lazy(() => new Intl.PluralRules(locale));
const enumeration = lazy(() => new Intl.ListFormat(locale, { type: 'unit' }));

const timeOfDay = lazy(() => new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }));
const dayAndTime = lazy(
  () => new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }),
);

const separator = ' · ';

export const strings = {
  panel: 'Candidates being generated',
  empty: 'No candidates are being generated.',
  generate: 'Generate Candidates in Parallel',

  pause: 'Pause',
  resume: 'Resume',
  cancelAll: 'Cancel All',
  discard: 'Discard',
  retryFailed: (amount: number) =>
    `Retry ${wholeNumber().format(amount)} Failed ${plural().select(amount) === 'one' ? 'Candidate' : 'Candidates'}`,
  resumeCancelled: (amount: number) =>
    `Resume ${wholeNumber().format(amount)} Cancelled ${plural().select(amount) === 'one' ? 'Candidate' : 'Candidates'}`,
  clearFinished: 'Clear Finished Runs',
  cancelItem: 'Cancel (Delete)',
  runItemAgain: 'Run Again',
  showAll: 'All',
  showAllTitle: 'Show all items',

  join: (parts: readonly string[]) => parts.filter((part) => part !== '').join(separator),
  number: (value: number) => wholeNumber().format(value),
  percent: (share: number) => percentNumber().format(share),

  seconds: (value: number) => `${wholeNumber().format(value)} s`,
  tenthsOfSeconds: (value: number) => `${oneDecimal().format(value)} s`,
  minutesAndSeconds: (minutes: number, seconds: number) => `${minutes} min ${twoDigits().format(seconds)} s`,
  hoursAndMinutes: (hours: number, minutes: number) =>
    `${wholeNumber().format(hours)} h ${twoDigits().format(minutes)} min`,
  inUnit: {
    s: (value: string) => `${value} s`,
    min: (value: string) => `${value} min`,
    h: (value: string) => `${value} h`,
  },
  upToOneDecimal: (value: number) => atMostOneDecimal().format(value),
  etaAbout: (duration: string) => `about ${duration} left`,
  etaRange: (low: string, high: string) => `${low} to ${high} left`,
  etaUpTo: (high: string) => `up to ${high} left`,
  perMinute: (amount: string) => `${amount}/min`,
  clockTime: (at: number, now: number) =>
    (new Date(at).toDateString() === new Date(now).toDateString() ? timeOfDay() : dayAndTime()).format(at),

  itemState: (state: ItemState): string => state,
  runState: (state: QueueRun['state']): string => runStateWords[state],
  count: (amount: number, state: ItemState) => `${wholeNumber().format(amount)} ${state}`,
  filterTitle: (state: ItemState, active: boolean) => (active ? strings.showAllTitle : `Show only ${state} items`),
  nothingInState: (state: ItemState) => `No item of this run is ${state} now.`,

  promptPart: (promptName: string) => promptName + separator,
  placePart: (row: string, index: number) => strings.join([row, twoDigits().format(index)]),
  attempt: (attempts: number) => `attempt ${attempts}`,
  stageTitle: (stage: string, place: number, count: number) => `Stage ${place} of ${count}: ${stage}`,
  retryIn: (duration: string) => `retry in ${duration}`,
  retryDue: 'retry due',
  openTitle: (file: string) => `Open ${file} (Enter)`,
  waiting: (reason: string) => `Waiting: ${reason}`,
  took: (duration: string) => `took ${duration}`,
  started: (time: string) => `started ${time}`,
  left: (amount: number) => `${wholeNumber().format(amount)} left`,

  itemRowLabel: (parts: readonly string[]) => parts.filter((part) => part !== '').join(', '),
  runRowLabel: (label: string, state: QueueRun['state'], counts: readonly string[]) =>
    [label, runStateWords[state], ...counts].join(', '),
  runStarted: (label: string, total: number) =>
    `Generating ${wholeNumber().format(total)} ${plural().select(total) === 'one' ? 'candidate' : 'candidates'}: ${label}.`,
  runResumed: (label: string, counts: readonly string[]) => `Resumed: ${label}. ${enumeration().format(counts)}.`,
  runFinished: (label: string, counts: readonly string[]) => `Finished: ${label}. ${enumeration().format(counts)}.`,
  runStopped: (label: string, counts: readonly string[]) => `Stopped: ${label}. ${enumeration().format(counts)}.`,
};

const runStateWords: Record<QueueRun['state'], string> = {
  running: 'Running',
  paused: 'Paused',
  stopping: 'Stopping',
  finished: 'Finished',
  unfinished: 'Unfinished',
  elsewhere: 'Running elsewhere',
};
