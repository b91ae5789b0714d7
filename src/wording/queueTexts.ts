import * as l10n from '@vscode/l10n';
import type { ServiceSnapshot } from '../model/activity.ts';
import type { FailureReason } from '../model/attempt.ts';
import { formatDuration } from './format.ts';
import { numbers } from './numbers.ts';
import { outcomeWord } from './outcomes.ts';
import { strings } from './strings.ts';

/** A stage as a person is told of it. */
interface ToldStage {
  readonly name: string;
  readonly waiting: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly reasons: readonly (readonly [reason: FailureReason, count: number])[];
  readonly load?: { readonly held: number; readonly beyond: number; readonly queue?: number };
}

const orders = {
  plan: () => l10n.t({ message: 'In order', comment: 'Sorts the items of a run as they were planned' }),
  recent: () => l10n.t('Recently completed'),
  slowest: () => l10n.t('Slowest first'),
  urgent: () => l10n.t('Most urgent first'),
};

const breakers: Record<ServiceSnapshot['breaker'], () => string> = {
  closed: () => l10n.t({ message: 'answers', comment: 'State of a service' }),
  open: () => l10n.t({ message: 'is down', comment: 'State of a service' }),
  probing: () => l10n.t({ message: 'is being tried', comment: 'State of a service' }),
};

/** The words of the queue panel alone. */
export const queueTexts = {
  // Filters and order
  get filterAndSort() {
    return l10n.t('Filter and Sort');
  },
  get search() {
    return l10n.t('Filter');
  },
  get searchHint() {
    return l10n.t('Filter by what a row says');
  },
  get sort() {
    return l10n.t({ message: 'Order', comment: 'In which order the items of a run are shown' });
  },
  order: (order: keyof typeof orders): string => orders[order](),
  shownOf: (shown: number, all: number) => l10n.t('{0} of {1} shown', numbers.whole(shown), numbers.whole(all)),

  // Stages
  get stages() {
    return l10n.t('Stages');
  },
  stageTitle: (stage: ToldStage, isBottleneck: boolean, isPressed: boolean) => {
    const told = queueTexts.stage(stage);
    const all = isBottleneck ? `${told}. ${queueTexts.bottleneck}` : told;
    const what = isPressed ? l10n.t('Show the records of all stages') : l10n.t('Show only the records in this stage');
    return `${all}\n${what}`;
  },
  get bottleneck() {
    return l10n.t('The others wait for it.');
  },
  stage: ({ name, waiting, running, done, failed, reasons, load }: ToldStage) => {
    const counts = [waiting, running, done, failed].map(numbers.whole);
    const parts = [l10n.t('{0}: {1} waiting, {2} running, {3} done, {4} failed', name, ...counts)];
    if (reasons.length > 0) parts.push(`(${queueTexts.reasons(reasons)})`);
    const told = parts.join(' ');
    return load?.queue === undefined ? told : `${told}, ${queueTexts.queueFill(load.held, load.queue, load.beyond)}`;
  },
  /** The same without what there is nothing of. */
  stageNote: ({ waiting, running, done, failed, reasons, load }: ToldStage) => {
    const why = reasons.length === 0 ? '' : ` (${queueTexts.reasons(reasons)})`;
    return strings.join([
      waiting > 0 ? l10n.t('{0} waiting', numbers.whole(waiting)) : '',
      running > 0 ? strings.count(running, 'running') : '',
      done > 0 ? l10n.t('{0} done', numbers.whole(done)) : '',
      failed > 0 ? `${strings.count(failed, 'failed')}${why}` : '',
      load?.queue === undefined ? '' : queueTexts.queueFill(load.held, load.queue, load.beyond),
    ]);
  },
  reasons: (reasons: ToldStage['reasons']) =>
    numbers.list(reasons.map(([reason, count]) => `${numbers.whole(count)} ${outcomeWord(reason)}`)),
  queueFill: (held: number, queue: number, beyond: number) => {
    const fill = l10n.t('queue {0} of {1}', numbers.whole(held), numbers.whole(queue));
    return beyond === 0 ? fill : `${fill}, ${l10n.t('{0} more behind it', numbers.whole(beyond))}`;
  },
  get runStageAgain() {
    return l10n.t('Run This Stage Again');
  },

  // Several items at once
  get selectedItems() {
    return l10n.t('What is done with the selected items');
  },
  selected: (amount: number) => l10n.t('{0} selected', numbers.whole(amount)),
  cancel: (amount: number) => l10n.t('Cancel {0}', numbers.whole(amount)),
  retry: (amount: number) => l10n.t('Retry {0} Failed', numbers.whole(amount)),
  runAgain: (amount: number) => l10n.t('Run {0} Again', numbers.whole(amount)),
  get raise() {
    return l10n.t('More Urgent (Alt+Up)');
  },
  get lower() {
    return l10n.t('Less Urgent (Alt+Down)');
  },
  get clearSelection() {
    return l10n.t('Clear Selection (Escape)');
  },
  priority: (priority: number) => l10n.t('priority {0}', numbers.whole(priority)),

  // The pane
  get close() {
    return l10n.t('Close (Escape)');
  },
  get open() {
    return l10n.t('Open');
  },
  get details() {
    return l10n.t('Attempts and Details (Right)');
  },
  get loading() {
    return l10n.t('Looking…');
  },
  get gone() {
    return l10n.t('This record is no longer there: another run, or the same one made again, has taken its place.');
  },
  recordTitle: (record: string) => l10n.t('The way of {0}', record),
  get input() {
    return l10n.t({ message: 'Input', comment: 'What a stage was given' });
  },
  get output() {
    return l10n.t({ message: 'Output', comment: 'What a stage has made' });
  },
  get noOutput() {
    return l10n.t('Nothing yet.');
  },
  get showTexts() {
    return l10n.t('Input and Output');
  },
  further: (amount: number) =>
    numbers.isOne(amount)
      ? l10n.t('{0} record goes on from here.', numbers.whole(amount))
      : l10n.t('{0} records go on from here.', numbers.whole(amount)),
  attempt: (attempt: number) => l10n.t('Attempt {0}', numbers.whole(attempt)),
  attempts: (amount: number) =>
    numbers.isOne(amount)
      ? l10n.t('{0} attempt', numbers.whole(amount))
      : l10n.t('{0} attempts', numbers.whole(amount)),
  get noAttempts() {
    return l10n.t('No attempt yet.');
  },
  outcome: outcomeWord,
  tokens: (amount: number) => l10n.t('{0} tokens', numbers.compact(amount)),
  cost: (amount: number) => l10n.t('cost {0}', numbers.money(amount)),

  // Services
  get services() {
    return l10n.t('Services and Workers');
  },
  get noServices() {
    return l10n.t('No service is at work now.');
  },
  breaker: (state: ServiceSnapshot['breaker']) => breakers[state](),
  askedToWait: (ms: number) => l10n.t('asked to wait, {0} left', formatDuration(ms)),
  nextTry: (ms: number) => l10n.t('next try in {0}', formatDuration(ms)),
  get requestsPerMinute() {
    return l10n.t('Requests per minute');
  },
  get tokensPerMinute() {
    return l10n.t('Tokens per minute');
  },
  get atOnce() {
    return l10n.t('At once');
  },
  usedOf: (used: number, limit: number | undefined) =>
    limit === undefined
      ? l10n.t('{0}, no limit known', numbers.compact(used))
      : l10n.t('{0} of {1}', numbers.compact(used), numbers.compact(Math.floor(limit))),
  atOnceOf: (inFlight: number, now: number, configured: number | 'auto') =>
    configured === 'auto'
      ? l10n.t('{0} of {1}, adapting', numbers.whole(inFlight), numbers.whole(now))
      : configured === now
        ? l10n.t('{0} of {1}', numbers.whole(inFlight), numbers.whole(now))
        : l10n.t('{0} of {1} now, {2} at most', numbers.whole(inFlight), numbers.whole(now), numbers.whole(configured)),
  trips: (amount: number) =>
    numbers.isOne(amount)
      ? l10n.t('{0} outage so far', numbers.whole(amount))
      : l10n.t('{0} outages so far', numbers.whole(amount)),
  workers: (busy: number, all: number) => l10n.t('{0} of {1} workers busy', numbers.whole(busy), numbers.whole(all)),
  worker: (place: number) => l10n.t('Worker {0}', numbers.whole(place)),
  get idle() {
    return l10n.t({ message: 'idle', comment: 'Of a worker that has nothing to do' });
  },
  moreWorkers: (amount: number) => l10n.t('and {0} more', numbers.whole(amount)),

  // Charts
  get charts() {
    return l10n.t('Throughput, Latency and Cost');
  },
  get throughput() {
    return l10n.t('Items per minute');
  },
  get latency() {
    return l10n.t('Latency');
  },
  get costSoFar() {
    return l10n.t('Cost so far');
  },
  get noSamples() {
    return l10n.t('Nothing was measured yet: charts are drawn of what this window works on.');
  },
  get noCost() {
    return l10n.t('No price is known for what this run uses: give the service prices in the settings.');
  },
  get asTable() {
    return l10n.t('As a table');
  },
  get time() {
    return l10n.t({ message: 'Time', comment: 'Heading of a table' });
  },
  get median() {
    return l10n.t({ message: 'median', comment: 'Of latencies: half of them are shorter' });
  },
  get slow() {
    return l10n.t({ message: '95 %', comment: 'Of latencies: 95 % of them are shorter' });
  },
  throughputTold: (now: string, most: string) => l10n.t('Items per minute: {0} now, {1} at most.', now, most),
  latencyTold: (median: string, slow: string) =>
    l10n.t('Latency now: half of the attempts take less than {0}, 95 % less than {1}.', median, slow),
  costTold: (now: string, perMinute: string) => l10n.t('Cost: {0} so far, {1} per minute.', now, perMinute),
  join: strings.join,
};
