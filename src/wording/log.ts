import { itemStates } from '../model/item.ts';
import type { AttemptSnapshot, RunSummary } from '../model/run.ts';

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** One line of the log: `tagline 03: completed in 2.10 s after 0.50 s in the queue, 120 in + 48 out tokens (demo/demo)`. */
export function describeAttempt(attempt: AttemptSnapshot): string {
  const parts = [`${attempt.label}: ${attempt.outcome} in ${seconds(attempt.durationMs)}`];
  if (attempt.attempt > 1) parts.push(`attempt ${attempt.attempt}`);
  if (attempt.queueWaitMs >= 10) parts.push(`waited ${seconds(attempt.queueWaitMs)}`);
  if (attempt.usage) parts.push(`${attempt.usage.input} in + ${attempt.usage.output} out tokens`);
  parts.push(`${attempt.service}/${attempt.model}`);
  const line = parts.join(', ');
  const message = attempt.message === undefined || attempt.outcome === 'cancelled' ? '' : `. ${attempt.message}`;
  const retry = attempt.retryInMs === undefined ? '' : ` Retry in ${seconds(attempt.retryInMs)}.`;
  return `${line}${message}${retry}`;
}

/** The metrics of a run, for the log and the terminal. */
export function describeSummary(summary: RunSummary): string[] {
  const states = itemStates
    .filter((state) => summary.counts[state] > 0)
    .map((state) => `${summary.counts[state]} ${state}`);
  const reasons = Object.entries(summary.retriesByReason).map(([reason, count]) => `${count} ${reason}`);
  const { slots, latency, queueWait, tokens } = summary;
  return [
    `${summary.label}: run ${summary.run} finished in ${seconds(summary.durationMs)}`,
    `  Items       ${states.join(', ') || 'none'}`,
    `  Attempts    ${summary.attempts}, of which ${summary.retries} were repeated${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`,
    `  Tokens      ${tokens.input} in, ${tokens.output} out`,
    ...(summary.cost === undefined ? [] : [`  Cost        ${summary.cost.toFixed(4)}`]),
    `  Latency     p50 ${seconds(latency.p50)}, p95 ${seconds(latency.p95)}, p99 ${seconds(latency.p99)}`,
    `  Queue wait  p50 ${seconds(queueWait.p50)}, p95 ${seconds(queueWait.p95)}`,
    `  Throughput  ${summary.perMinute.toFixed(1)} items/min`,
    `  Slots used  ${slots.mean.toFixed(1)} on average, ${slots.peak} at most, of ${slots.limit}`,
    ...(summary.breakerTrips === 0 ? [] : [`  Outages     ${summary.breakerTrips}`]),
    `  Process     event loop p99 ${summary.process.eventLoopDelayMs.toFixed(1)} ms late, ${(summary.process.heapBytes / 2 ** 20).toFixed(0)} MB heap, ${seconds(summary.process.cpuMs)} CPU`,
  ];
}
