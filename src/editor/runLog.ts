import type * as vscode from 'vscode';
import type { AttemptSnapshot, RunSummary } from '../model/run.ts';
import type { EventStream } from '../runs/board/eventStream.ts';
import type { Log } from './outputLog.ts';
import { describeAttempt, describeChanges, describeStart, describeSummary } from '../wording/log.ts';

/** The output channel: a line per attempt, a summary per run. */
export class RunLog implements vscode.Disposable {
  readonly #log: Log;
  readonly #unsubscribe: () => void;

  constructor(events: EventStream, log: Log) {
    this.#log = log;
    this.#unsubscribe = events.subscribe((event) => {
      switch (event.type) {
        case 'runStarted':
          log.info(describeStart(event.run));
          return;
        case 'attemptFinished':
          this.#attempt(event.attempt);
          return;
        case 'callsAdapted':
          log.info(describeChanges(event.adapted));
          return;
        case 'itemChanged':
          if (event.item.failure && event.item.state === 'failed' && event.item.failure.reason === 'write-failed') {
            log.error(event.item.failure.message);
          }
          return;
        case 'runFinished':
          this.#summary(event.summary);
          return;
        case 'runChanged':
        case 'runsReplaced':
          return;
      }
    });
  }

  dispose(): void {
    this.#unsubscribe();
  }

  showMetrics(): void {
    this.#log.show();
  }

  #attempt(attempt: AttemptSnapshot): void {
    const line = describeAttempt(attempt);
    if (attempt.outcome === 'completed' || attempt.outcome === 'cancelled') this.#log.info(line);
    else if (attempt.retryInMs === undefined) this.#log.error(line);
    else this.#log.warn(line);
  }

  #summary(summary: RunSummary): void {
    for (const line of describeSummary(summary)) this.#log.info(line);
  }
}
