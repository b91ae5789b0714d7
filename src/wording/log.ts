import * as l10n from '@vscode/l10n';
import type { FailureReason } from '../model/attempt.ts';
import { itemStates } from '../model/item.ts';
import type { AdaptedCalls, AttemptSnapshot, RunSnapshot, RunSummary } from '../model/run.ts';
import { visible } from '../base/visible.ts';
import { formatDuration } from './format.ts';
import { numbers } from './numbers.ts';
import { outcomeWord } from './outcomes.ts';
import { strings } from './strings.ts';

const logged = (ms: number): string => formatDuration(ms, 'logged');

export function describeStart({
  label,
  id,
  total,
  records,
}: Pick<RunSnapshot, 'label' | 'id' | 'total' | 'records'>): string {
  return visible(l10n.t('{0}: run {1} of {2} started', label, id, strings.work(total, records)));
}

/** One line of the log: `tagline 03: completed in 2.10 s, waited 0.50 s, 120 in + 48 out tokens, demo/demo`. */
export function describeAttempt(attempt: AttemptSnapshot): string {
  const { label, outcome, queueWaitMs, usage } = attempt;
  const parts = [l10n.t('{0}: {1} in {2}', label, outcomeWord(outcome), logged(attempt.durationMs))];
  if (attempt.attempt > 1) parts.push(strings.attempt(attempt.attempt));
  if (queueWaitMs >= 10) parts.push(l10n.t('waited {0}', logged(queueWaitMs)));
  if (usage) parts.push(l10n.t('{0} in + {1} out tokens', numbers.whole(usage.input), numbers.whole(usage.output)));
  parts.push(`${attempt.service}/${attempt.model}`);
  if (attempt.cut) parts.push(l10n.t('cut at the output limit'));
  if (attempt.isOfPlan) parts.push(l10n.t('1 request of your plan'));
  const line = parts.join(', ');
  const message = attempt.message === undefined || outcome === 'cancelled' ? '' : `. ${attempt.message}`;
  const retry = attempt.retryInMs === undefined ? '' : ` ${l10n.t('Retry in {0}.', logged(attempt.retryInMs))}`;
  return visible(`${line}${message}${retry}`);
}

/** What a model is not sent as it was asked for: `openai/gpt-5: max_tokens is sent as max_completion_tokens`. */
export function describeChanges(changes: Omit<AdaptedCalls, 'run'>): string {
  const { service, model, renamed, lowered = {}, leftOut } = changes;
  const parts = [
    ...Object.entries(renamed).map(([parameter, name]) => l10n.t('{0} is sent as {1}', parameter, name)),
    ...Object.entries(lowered).map(([parameter, most]) => l10n.t('{0} is at most {1}', parameter, String(most))),
    ...leftOut.map((parameter) => l10n.t('{0} is left out', parameter)),
  ];
  return visible(`${service}/${model}: ${parts.join('; ')}`);
}

/** What a person does about candidates that were cut at the output limit. */
export function describeCut(count: number): string {
  return count === 1
    ? l10n.t('1 candidate was cut at the output limit: raise max_tokens.')
    : l10n.t('{0} candidates were cut at the output limit: raise max_tokens.', count);
}

/** Where the results of a run are, and what kept them from there; a sentence each. @param shown paths as a person reads them */
export function describeTables(
  { tables = [], tableProblem }: Pick<RunSummary, 'tables' | 'tableProblem'>,
  shown: (path: string) => string,
): readonly string[] {
  const there = tables.map((path) => l10n.t('The table of the results is {0}.', shown(path)));
  return tableProblem === undefined ? there : [...there, tableProblem];
}

/** The metrics of a run, for the log and the terminal: a heading, and a table of names and values below it. */
export function describeSummary(summary: RunSummary): string[] {
  const { counts, slots, latency, queueWait, tokens } = summary;
  const states = itemStates.filter((state) => counts[state] > 0).map((state) => strings.count(counts[state], state));
  const rows: (readonly [name: string, value: string])[] = [
    [l10n.t('Items'), states.join(', ') || l10n.t({ message: 'none', comment: 'No items' })],
    [l10n.t('Attempts'), attemptsOf(summary)],
    [l10n.t('Tokens'), describeTokens(tokens)],
  ];
  if (summary.cost !== undefined) {
    const cost = numbers.fourDecimals(summary.cost);
    const isPartial = summary.isCostPartial === true;
    rows.push([l10n.t('Cost'), isPartial ? l10n.t('{0}, and what has no known price', cost) : cost]);
  }
  rows.push(
    [l10n.t('Latency'), `p50 ${logged(latency.p50)}, p95 ${logged(latency.p95)}, p99 ${logged(latency.p99)}`],
    [l10n.t('Queue wait'), `p50 ${logged(queueWait.p50)}, p95 ${logged(queueWait.p95)}`],
    [l10n.t('Throughput'), l10n.t('{0} items/min', numbers.oneDecimal(summary.perMinute))],
    [
      l10n.t('Slots used'),
      l10n.t(
        '{0} on average, {1} at most, of {2}',
        numbers.oneDecimal(slots.mean),
        numbers.whole(slots.peak),
        numbers.whole(slots.limit),
      ),
    ],
  );
  if (summary.cut !== undefined) rows.push([l10n.t('Cut'), describeCut(summary.cut)]);
  for (const path of summary.tables ?? []) rows.push([l10n.t('Table'), visible(path)]);
  if (summary.tableProblem !== undefined) rows.push([l10n.t('Table'), visible(summary.tableProblem)]);
  if (summary.breakerTrips > 0) rows.push([l10n.t('Outages'), numbers.whole(summary.breakerTrips)]);
  rows.push([l10n.t({ message: 'Process', comment: 'The process of the operating system' }), processUse(summary)]);
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return [
    visible(l10n.t('{0}: run {1} finished in {2}', summary.label, summary.run, logged(summary.durationMs))),
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}${value}`),
  ];
}

function describeTokens({ input, output, cached, reasoning }: RunSummary['tokens']): string {
  const parts = [l10n.t('{0} in, {1} out', numbers.whole(input), numbers.whole(output))];
  if (cached !== undefined) parts.push(l10n.t('{0} of those in were cached', numbers.whole(cached)));
  if (reasoning !== undefined) parts.push(l10n.t('{0} of those out were thinking', numbers.whole(reasoning)));
  return parts.join('; ');
}

function attemptsOf({ attempts, retries, retriesByReason }: RunSummary): string {
  const repeated = l10n.t('{0}, of which {1} were repeated', numbers.whole(attempts), numbers.whole(retries));
  const reasons = (Object.entries(retriesByReason) as [FailureReason, number][]).map(
    ([reason, count]) => `${numbers.whole(count)} ${outcomeWord(reason)}`,
  );
  return reasons.length === 0 ? repeated : `${repeated} (${reasons.join(', ')})`;
}

function processUse({ process }: RunSummary): string {
  return l10n.t(
    'event loop p99 {0} ms late, {1} MB heap, {2} CPU',
    numbers.oneDecimal(process.eventLoopDelayMs),
    numbers.whole(process.heapBytes / 2 ** 20),
    logged(process.cpuMs),
  );
}
