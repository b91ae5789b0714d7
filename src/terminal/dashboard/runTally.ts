import { isHopeless } from '../../model/attempt.ts';
import type { ItemState } from '../../model/item.ts';
import type { AttemptSnapshot, ItemSnapshot, RunEvent, RunSnapshot } from '../../model/run.ts';
import { describeAttempt } from '../../wording/log.ts';

/** A stage that is known before items come to it. */
export interface ExpectedStage {
  readonly name: string;
  /** Items that wait in memory at most. */
  readonly queue?: number;
}

/** What became of one stage's items so far. */
export interface StageTally extends ExpectedStage {
  readonly waiting: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  /** Items that have ended in the last minute, or since the start, scaled to a minute. */
  readonly perMinute: number;
}

/** All that a picture of a run shows. */
export interface RunPicture {
  readonly run: RunSnapshot;
  readonly stages: readonly StageTally[];
  /** The stage that the others wait for. */
  readonly bottleneck: string | undefined;
  /** Sentences, newest last. */
  readonly failures: readonly string[];
}

const mostFailures = 5;
const windowSeconds = 60;

type Count = 'waiting' | 'running' | 'done' | 'failed';

const countOf: Readonly<Record<ItemState, Count>> = {
  queued: 'waiting',
  retrying: 'waiting',
  running: 'running',
  written: 'done',
  skipped: 'done',
  failed: 'failed',
  // Who stops a run may resume it.
  cancelled: 'waiting',
};

class Stage {
  readonly counts: Record<Count, number> = { waiting: 0, running: 0, done: 0, failed: 0 };
  name: string;
  queue: number | undefined;
  /** Ends by second, of the last minute. */
  readonly #ends = new Map<number, number>();

  constructor({ name, queue }: ExpectedStage) {
    this.name = name;
    this.queue = queue;
  }

  ended(second: number): void {
    this.#ends.set(second, (this.#ends.get(second) ?? 0) + 1);
    for (const old of this.#ends.keys()) {
      if (old > second - windowSeconds) break;
      this.#ends.delete(old);
    }
  }

  perMinute(second: number, elapsedSeconds: number): number {
    let ended = 0;
    for (const [at, count] of this.#ends) if (at > second - windowSeconds) ended += count;
    return (ended * windowSeconds) / Math.min(windowSeconds, Math.max(1, elapsedSeconds));
  }
}

/** Counts what the events of one run tell, stage by stage. */
export class RunTally {
  readonly #now: () => number;
  #run: RunSnapshot;
  readonly #startedAt: number;
  readonly #stages: Stage[];
  /** What each item is counted as. */
  readonly #items = new Map<string, Count>();
  readonly #failures: string[] = [];
  readonly #hopeless = new Set<string>();

  /** @param now monotonic, ms */
  constructor(run: RunSnapshot, items: readonly ItemSnapshot[], expected: readonly ExpectedStage[], now: () => number) {
    this.#now = now;
    this.#run = run;
    this.#startedAt = now();
    this.#stages = expected.map((stage) => new Stage(stage));
    for (const item of items) this.#count(item, false);
  }

  take(event: RunEvent): void {
    switch (event.type) {
      case 'itemChanged':
        if (event.item.run === this.#run.id) this.#count(event.item, true);
        if (event.item.state === 'failed' && event.item.failure?.reason === 'write-failed') {
          this.#fail(event.item.failure.message);
        }
        return;
      case 'attemptFinished':
        this.#attempted(event.attempt);
        return;
      case 'runChanged':
      case 'runFinished':
        if (event.run.id === this.#run.id) this.#run = event.run;
        return;
      case 'runStarted':
      case 'callsAdapted':
      case 'runsReplaced':
        return;
    }
  }

  picture(): RunPicture {
    const second = this.#second;
    const elapsed = (this.#now() - this.#startedAt) / 1000;
    const stages = this.#stages.map((stage): StageTally => ({
      name: stage.name,
      ...(stage.queue === undefined ? {} : { queue: stage.queue }),
      ...stage.counts,
      perMinute: stage.perMinute(second, elapsed),
    }));
    return {
      run: this.#run,
      stages,
      bottleneck: this.#run.state === 'running' ? bottleneckOf(stages) : undefined,
      failures: this.#failures,
    };
  }

  get #second(): number {
    return Math.floor(this.#now() / 1000);
  }

  #count(item: ItemSnapshot, isNews: boolean): void {
    for (let index = this.#stages.length; index <= item.stageIndex; index++) this.#stages.push(new Stage({ name: '' }));
    const stage = this.#stages[item.stageIndex];
    if (!stage) return;
    if (stage.name === '') stage.name = item.stage;
    const [before, count] = [this.#items.get(item.id), countOf[item.state]];
    if (before === count) return;
    if (before !== undefined) stage.counts[before]--;
    stage.counts[count]++;
    this.#items.set(item.id, count);
    if (isNews && count === 'done') stage.ended(this.#second);
  }

  #attempted(attempt: AttemptSnapshot): void {
    const { outcome, message = '' } = attempt;
    if (outcome === 'completed' || outcome === 'cancelled') return;
    // Those in flight find out together what none survives: it is told once.
    if (isHopeless(outcome)) {
      if (this.#hopeless.has(message)) return;
      this.#hopeless.add(message);
    }
    this.#fail(describeAttempt(attempt));
  }

  #fail(sentence: string): void {
    this.#failures.push(sentence);
    if (this.#failures.length > mostFailures) this.#failures.shift();
  }
}

/** The stage with most to do: it has more in its hands than any other. */
function bottleneckOf(stages: readonly StageTally[]): string | undefined {
  if (stages.length < 2) return undefined;
  let [most, name]: [number, string | undefined] = [0, undefined];
  for (const stage of stages) {
    const left = stage.waiting + stage.running;
    if (left > most) [most, name] = [left, stage.name];
  }
  return name;
}
