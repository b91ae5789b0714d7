import * as l10n from '@vscode/l10n';
import type { ItemState } from '../model/item.ts';
import type { RunState } from '../model/run.ts';
import { numbers } from './numbers.ts';

const separator = ' · ';

const itemStateWords: Record<ItemState, () => string> = {
  queued: () => l10n.t({ message: 'queued', comment: 'State of an item' }),
  running: () => l10n.t({ message: 'running', comment: 'State of an item' }),
  retrying: () => l10n.t({ message: 'retrying', comment: 'State of an item' }),
  written: () => l10n.t({ message: 'written', comment: 'State of an item' }),
  failed: () => l10n.t({ message: 'failed', comment: 'State of an item' }),
  cancelled: () => l10n.t({ message: 'cancelled', comment: 'State of an item' }),
  skipped: () => l10n.t({ message: 'skipped', comment: 'State of an item' }),
};

const counted: Record<ItemState, (amount: string) => string> = {
  queued: (amount) => l10n.t('{0} queued', amount),
  running: (amount) => l10n.t('{0} running', amount),
  retrying: (amount) => l10n.t('{0} retrying', amount),
  written: (amount) => l10n.t('{0} written', amount),
  failed: (amount) => l10n.t('{0} failed', amount),
  cancelled: (amount) => l10n.t('{0} cancelled', amount),
  skipped: (amount) => l10n.t('{0} skipped', amount),
};

const runStateWords: Record<RunState, () => string> = {
  running: () => l10n.t({ message: 'Running', comment: 'State of a run' }),
  paused: () => l10n.t({ message: 'Paused', comment: 'State of a run' }),
  watching: () => l10n.t({ message: 'Watching', comment: 'State of a run: it waits for files' }),
  stopping: () => l10n.t({ message: 'Stopping', comment: 'State of a run' }),
  finished: () => l10n.t({ message: 'Finished', comment: 'State of a run' }),
  unfinished: () => l10n.t({ message: 'Unfinished', comment: 'State of a run' }),
  elsewhere: () => l10n.t('Running elsewhere'),
};

/** The words that panel, notifications, log and terminal share, in the language in use when they are asked for. */
export const strings = {
  get panel() {
    return l10n.t('Queue');
  },
  get empty() {
    return l10n.t('No candidates are being generated.');
  },
  get generate() {
    return l10n.t('Generate Candidates in Parallel');
  },

  get pause() {
    return l10n.t('Pause');
  },
  get resume() {
    return l10n.t('Resume');
  },
  get cancelAll() {
    return l10n.t('Cancel All');
  },
  get stopWatching() {
    return l10n.t('Stop Watching');
  },
  get discard() {
    return l10n.t('Discard');
  },
  /** @param ofRecords of a pipeline */
  retryFailed: (amount: number, ofRecords = false) =>
    ofRecords
      ? numbers.isOne(amount)
        ? l10n.t('Retry {0} Failed Record', numbers.whole(amount))
        : l10n.t('Retry {0} Failed Records', numbers.whole(amount))
      : numbers.isOne(amount)
        ? l10n.t('Retry {0} Failed Candidate', numbers.whole(amount))
        : l10n.t('Retry {0} Failed Candidates', numbers.whole(amount)),
  resumeCancelled: (amount: number, ofRecords = false) =>
    ofRecords
      ? numbers.isOne(amount)
        ? l10n.t('Resume {0} Cancelled Record', numbers.whole(amount))
        : l10n.t('Resume {0} Cancelled Records', numbers.whole(amount))
      : numbers.isOne(amount)
        ? l10n.t('Resume {0} Cancelled Candidate', numbers.whole(amount))
        : l10n.t('Resume {0} Cancelled Candidates', numbers.whole(amount)),
  get clearFinished() {
    return l10n.t('Clear Finished Runs');
  },
  get cancelItem() {
    return l10n.t('Cancel (Delete)');
  },
  get runItemAgain() {
    return l10n.t('Run Again');
  },
  get showAll() {
    return l10n.t({ message: 'All', comment: 'Shows all items, whatever their state' });
  },
  get showAllTitle() {
    return l10n.t('Show all items');
  },

  join: (parts: readonly string[]) => parts.filter((part) => part !== '').join(separator),

  seconds: (amount: string) => l10n.t('{0} s', amount),
  minutes: (amount: string) => l10n.t('{0} min', amount),
  hours: (amount: string) => l10n.t('{0} h', amount),
  minutesAndSeconds: (minutes: number, seconds: number) =>
    l10n.t('{0} min {1} s', numbers.whole(minutes), numbers.twoDigits(seconds)),
  hoursAndMinutes: (hours: number, minutes: number) =>
    l10n.t('{0} h {1} min', numbers.whole(hours), numbers.twoDigits(minutes)),
  etaAbout: (duration: string) => l10n.t('about {0} left', duration),
  etaRange: (low: string, high: string) => l10n.t('{0} to {1} left', low, high),
  etaUpTo: (high: string) => l10n.t('up to {0} left', high),
  perMinute: (amount: string) => l10n.t('{0}/min', amount),

  itemState: (state: ItemState): string => itemStateWords[state](),
  runState: (state: RunState): string => runStateWords[state](),
  count: (amount: number, state: ItemState): string => counted[state](numbers.whole(amount)),
  left: (amount: number) => l10n.t('{0} left', numbers.whole(amount)),
  doneOf: (done: number, total: number) => l10n.t('{0} of {1}', numbers.whole(done), numbers.whole(total)),
  candidates: (amount: number) =>
    numbers.isOne(amount)
      ? l10n.t('{0} candidate', numbers.whole(amount))
      : l10n.t('{0} candidates', numbers.whole(amount)),
  records: (amount: number) =>
    numbers.isOne(amount) ? l10n.t('{0} record', numbers.whole(amount)) : l10n.t('{0} records', numbers.whole(amount)),
  /** What a run makes. @param records of a pipeline; undefined for a run without one */
  work: (total: number, records: number | undefined) =>
    records === undefined ? strings.candidates(total) : strings.records(records),
  filterTitle: (state: ItemState, active: boolean) =>
    active ? strings.showAllTitle : l10n.t('Show only {0} items', strings.itemState(state)),
  get nothingShown() {
    return l10n.t('No item of this run is like that now.');
  },

  recordPlace: (record: string, stage: string) => strings.join([record, stage]),
  promptPart: (promptName: string) => promptName + separator,
  placePart: (row: string, index: number) => strings.join([row, numbers.twoDigits(index)]),
  indexPart: (index: number) => separator + numbers.twoDigits(index),
  attempt: (attempts: number) => l10n.t('attempt {0}', numbers.whole(attempts)),
  stageTitle: (stage: string, place: number, count: number) =>
    l10n.t('Stage {0} of {1}: {2}', numbers.whole(place), numbers.whole(count), stage),
  retryIn: (duration: string) => l10n.t('retry in {0}', duration),
  get retryDue() {
    return l10n.t('retry due');
  },
  get cut() {
    return l10n.t({ message: 'cut', comment: 'Of a text that ended at the output limit' });
  },
  get cutTitle() {
    return l10n.t('Cut at the output limit: raise max_tokens');
  },
  openTitle: (file: string) => l10n.t('Open {0} (Enter)', file),
  waiting: (reason: string) => l10n.t('Waiting: {0}', reason),
  took: (duration: string) => l10n.t('took {0}', duration),
  started: (time: string) => l10n.t('started {0}', time),

  itemRowLabel: (parts: readonly string[]) => parts.filter((part) => part !== '').join(', '),
  runRowLabel: (label: string, state: RunState, counts: readonly string[]) =>
    [label, strings.runState(state), ...counts].join(', '),
  runStarted: (label: string, total: number, records?: number) =>
    records !== undefined
      ? l10n.t('Started: {0}, {1}.', label, strings.records(records))
      : numbers.isOne(total)
        ? l10n.t('Generating {0} candidate: {1}.', numbers.whole(total), label)
        : l10n.t('Generating {0} candidates: {1}.', numbers.whole(total), label),
  runResumed: (label: string, counts: readonly string[]) => l10n.t('Resumed: {0}. {1}.', label, numbers.list(counts)),
  runFinished: (label: string, counts: readonly string[]) => l10n.t('Finished: {0}. {1}.', label, numbers.list(counts)),
  runStopped: (label: string, counts: readonly string[]) => l10n.t('Stopped: {0}. {1}.', label, numbers.list(counts)),
};
