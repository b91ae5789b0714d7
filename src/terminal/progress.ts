import { systemClock, type Clock } from '../base/clock.ts';
import { visible } from '../base/visible.ts';
import { isHopeless } from '../model/attempt.ts';
import type { AttemptSnapshot, RunEvent } from '../model/run.ts';
import type { EventStream } from '../runs/board/eventStream.ts';
import { describeAttempt, describeChanges, describeSummary } from '../wording/log.ts';
import { strings } from '../wording/strings.ts';
import { Dashboard } from './dashboard/dashboard.ts';
import type { ExpectedStage } from './dashboard/runTally.ts';

/** Whether a picture that changes in place is of use: somebody looks at a terminal that can show one. */
export function mayDraw(output: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  const isCi = !['', '0', 'false', undefined].includes(env.CI?.toLowerCase());
  return output.isTTY === true && env.TERM !== 'dumb' && !isCi;
}

/** Tells a person what goes on: a live picture on a terminal, plain lines anywhere else. */
export class Progress {
  readonly #output: NodeJS.WriteStream;
  readonly #env: NodeJS.ProcessEnv;
  readonly #clock: Clock;
  #isPlain = false;
  #stages: readonly ExpectedStage[] = [];
  #dashboard: Dashboard | undefined;
  readonly #hopeless = new Set<string>();

  constructor(events: EventStream, output: NodeJS.WriteStream, env: NodeJS.ProcessEnv, clock: Clock = systemClock) {
    this.#output = output;
    this.#env = env;
    this.#clock = clock;
    events.subscribe((event) => this.#take(event));
  }

  /** No picture, whatever the terminal is. */
  usePlainLines(): void {
    this.#isPlain = true;
  }

  /** What the next run has besides what items come to, in order. */
  expect(stages: readonly ExpectedStage[]): void {
    this.#stages = stages;
  }

  get isDrawn(): boolean {
    return this.#dashboard !== undefined;
  }

  /** One line for good. */
  print(text: string): void {
    if (this.#dashboard) this.#dashboard.print(text);
    else this.#output.write(`${visible(text)}\n`);
  }

  /** What is drawn stays as it is. */
  dispose(): void {
    this.#dashboard?.end();
    this.#dashboard = undefined;
  }

  #take(event: RunEvent): void {
    if (event.type === 'runStarted' && !this.#isPlain && mayDraw(this.#output, this.#env)) {
      this.#dashboard?.end();
      this.#dashboard = new Dashboard(event, {
        clock: this.#clock,
        output: this.#output,
        hasColours: (this.#env.NO_COLOR ?? '') === '',
        stages: this.#stages,
      });
    } else if (this.#dashboard) this.#draw(this.#dashboard, event);
    else this.#tell(event);
  }

  #draw(dashboard: Dashboard, event: RunEvent): void {
    dashboard.take(event);
    if (event.type === 'callsAdapted') dashboard.print(describeChanges(event.adapted));
    if (event.type !== 'runFinished') return;
    dashboard.end();
    this.#dashboard = undefined;
    this.#tell(event);
  }

  /** Those in flight find out together what none survives: it is told once. */
  #isTold({ outcome, message = '' }: AttemptSnapshot): boolean {
    if (outcome === 'completed' || !isHopeless(outcome)) return false;
    const told = this.#hopeless.has(message);
    this.#hopeless.add(message);
    return told;
  }

  #tell(event: RunEvent): void {
    switch (event.type) {
      case 'attemptFinished':
        if (!this.#isTold(event.attempt)) this.print(describeAttempt(event.attempt));
        return;
      case 'callsAdapted':
        this.print(describeChanges(event.adapted));
        return;
      case 'runFinished':
        for (const text of describeSummary(event.summary)) this.print(text);
        return;
      case 'itemChanged':
        if (event.item.state === 'failed' && event.item.failure?.reason === 'write-failed')
          this.print(event.item.failure.message);
        return;
      case 'runStarted':
        this.print(`${event.run.label}: ${strings.work(event.run.total, event.run.records)}`);
        return;
      case 'runChanged':
      case 'runsReplaced':
        return;
    }
  }
}
