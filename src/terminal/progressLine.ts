import { visible } from '../base/visible.ts';
import { describeAttempt, describeChanges, describeSummary } from '../wording/log.ts';
import { formatCounts, formatEta, formatRate } from '../wording/format.ts';
import { strings } from '../wording/strings.ts';
import { isHopeless } from '../model/attempt.ts';
import type { AttemptSnapshot, RunEvent, RunSnapshot } from '../model/run.ts';
import type { EventStream } from '../runs/board/eventStream.ts';

/** Tells a person what goes on: a live line on a terminal, plain lines anywhere else. */
export function showProgress(events: EventStream, output: NodeJS.WriteStream): void {
  const live = output.isTTY;
  let line = '';
  const clear = (): void => {
    if (line !== '') output.write('\r\u001b[2K');
    line = '';
  };
  const show = (text: string): void => {
    if (text === line) return;
    clear();
    line = visible(text).slice(0, Math.max(0, (output.columns || 80) - 1));
    output.write(line);
  };
  const print = (text: string): void => {
    const current = line;
    clear();
    output.write(`${visible(text)}\n`);
    if (current !== '') show(current);
  };
  const hopeless = new Set<string>();
  /** Those in flight find out together what none survives: it is told once. */
  const isTold = ({ outcome, message = '' }: AttemptSnapshot): boolean => {
    if (outcome === 'completed' || !isHopeless(outcome)) return false;
    const told = hopeless.has(message);
    hopeless.add(message);
    return told;
  };
  events.subscribe((event: RunEvent) => {
    switch (event.type) {
      case 'attemptFinished':
        if (isTold(event.attempt)) return;
        if (!live || (event.attempt.outcome !== 'completed' && event.attempt.outcome !== 'cancelled')) {
          print(describeAttempt(event.attempt));
        }
        return;
      case 'callsAdapted':
        print(describeChanges(event.adapted));
        return;
      case 'runChanged':
        if (live) show(progressText(event.run));
        return;
      case 'runFinished':
        clear();
        for (const text of describeSummary(event.summary)) print(text);
        return;
      case 'itemChanged':
        if (event.item.state === 'failed' && event.item.failure?.reason === 'write-failed')
          print(event.item.failure.message);
        return;
      case 'runStarted':
        if (!live) print(`${event.run.label}: ${strings.work(event.run.total, event.run.records)}`);
        return;
      case 'runsReplaced':
        return;
    }
  });
}

function progressText(run: RunSnapshot): string {
  const done = run.counts.written + run.counts.failed + run.counts.cancelled + run.counts.skipped;
  const parts = [strings.doneOf(done, run.total), formatRate(run.perMinute)];
  if (run.waiting !== undefined) parts.push(run.waiting);
  else if (run.eta) parts.push(formatEta(run.eta));
  parts.push(...formatCounts({ ...run.counts, written: 0 }));
  return strings.join(parts);
}
