import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Clock } from '../../../src/base/clock.ts';
import {
  Engine,
  type AttemptTask,
  type CommitOutcome,
  type ItemSpec,
  type ItemView,
} from '../../../src/engine/engine.ts';
import { Governor } from '../../../src/engine/governor/governor.ts';
import { isFinal, type ItemState, type Priority } from '../../../src/model/item.ts';
import type { AttemptOutcome, FailureReason, RateLimitHint, RateLimitHints } from '../../../src/model/attempt.ts';
import { seededRandom } from '../../../src/services/demo/seededRandom.ts';
import { chanceOf } from '../../support/simulation/chance.ts';
import { delay, inVirtualTime } from '../../support/virtualTime.ts';

type Task = AttemptTask<string>;

interface Run {
  readonly priorities: readonly Priority[];
  readonly stages: number;
  readonly workers: number | undefined;
  readonly maxInFlight: number | undefined;
  readonly weight: number;
  /** Prompts of the run that begin alike, by turns; 0: none do. */
  readonly prefixes: number;
}

type Step =
  | { readonly kind: 'start'; readonly run: Run }
  | { readonly kind: 'cancelItem'; readonly run: number; readonly item: number }
  | { readonly kind: 'cancelRun' | 'cancelQueued' | 'pause' | 'resume'; readonly run: number };

interface Scenario {
  readonly seed: number;
  readonly maxConcurrent: number;
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
  /** ms before the step. */
  readonly steps: readonly { readonly afterMs: number; readonly step: Step }[];
}

const secondMs = 1000;
const minuteMs = 60_000;
/** Longer than anything that the scenarios can do, with all their retries. */
const longestMs = 30 * minuteMs;
const retry = { attempts: 3, baseMs: 500 };
const reservation = 60;
const retryable: readonly FailureReason[] = ['server-error', 'connection', 'timeout', 'rate-limited', 'empty'];

const run: fc.Arbitrary<Run> = fc.record({
  priorities: fc.array(fc.integer({ min: 0, max: 9 }) as fc.Arbitrary<Priority>, { maxLength: 10 }),
  stages: fc.integer({ min: 1, max: 3 }),
  workers: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  maxInFlight: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  weight: fc.integer({ min: 1, max: 3 }),
  prefixes: fc.nat({ max: 3 }),
});

const index = fc.nat({ max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('start'), run }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('cancelItem'), run: index, item: index }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('cancelRun', 'cancelQueued', 'pause', 'pause', 'resume'),
      run: index,
    }),
  },
);

const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  maxConcurrent: fc.integer({ min: 1, max: 6 }),
  requestsPerMinute: fc.option(fc.integer({ min: 60, max: 600 }), { nil: undefined }),
  tokensPerMinute: fc.option(fc.integer({ min: 600, max: 12_000 }), { nil: undefined }),
  steps: fc.array(fc.record({ afterMs: fc.oneof(fc.constant(0), fc.nat({ max: 3000 })), step }), {
    minLength: 1,
    maxLength: 12,
  }),
});

/** Plays a scenario and notes all that must not happen. */
class Play {
  readonly violations: string[] = [];
  readonly #scenario: Scenario;
  readonly #clock: Clock;
  readonly #engine: Engine<string, string>;
  readonly #governor: Governor;
  readonly #runs: { readonly spec: Run; readonly finished: Promise<void>; readonly finish: () => void }[] = [];
  readonly #states = new Map<string, ItemState>();
  readonly #commits = new Map<string, number>();
  readonly #written = new Set<string>();
  readonly #cancelled = new Set<string>();
  readonly #paused = new Set<string>();
  readonly #inFlight = new Map<string, number>();
  readonly #lastStarted = new Map<string, number>();
  readonly #starts: number[] = [];
  /** The item that each record has come to, by the id of its first. */
  readonly #current = new Map<string, string>();
  readonly #stopped = new Set<string>();
  #lastPosition = 1000;

  constructor(played: Scenario, clock: Clock) {
    const { maxConcurrent, requestsPerMinute, tokensPerMinute } = played;
    this.#clock = clock;
    const random = seededRandom(played.seed);
    this.#scenario = played;
    this.#governor = new Governor(
      {
        maxConcurrent,
        safetyFactor: 1,
        ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
        ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
      },
      clock,
      random,
    );
    this.#engine = new Engine<string, string>(
      {
        perform: (task) => this.#perform(task),
        commit: (_run, item) => this.#commit(item),
        governor: () => this.#governor,
      },
      {
        itemChanged: (item) => this.#itemChanged(item),
        itemProgressed: () => undefined,
        attemptFinished: () => undefined,
        runFinished: (id) => this.#runs[Number(id)]?.finish(),
      },
      { clock, random },
    );
  }

  async play(): Promise<void> {
    for (const { afterMs, step: next } of this.#scenario.steps) {
      if (afterMs > 0) await delay(afterMs);
      this.#take(next);
    }
    for (const id of this.#runs.keys()) this.#take({ kind: 'resume', run: id });
    const all = Promise.all(this.#runs.map(({ finished }) => finished)).then(() => true);
    if (!(await Promise.race([all, delay(longestMs).then(() => false)]))) this.violations.push('a run never finished');
    if (this.#engine.inFlight !== 0) this.violations.push('the engine counts attempts that have ended');
    for (const id of this.#current.values()) this.#checkEnd(id);
    for (const id of this.#states.keys()) this.#checkEnd(id);
    this.#checkRate(secondMs);
    this.#checkRate(minuteMs);
    await this.#governor.dispose();
  }

  #take(next: Step): void {
    if (next.kind === 'start') {
      this.#start(next.run);
      return;
    }
    const spec = this.#runs[next.run]?.spec;
    if (!spec) return;
    const id = String(next.run);
    switch (next.kind) {
      case 'cancelItem':
        if (next.item < spec.priorities.length) this.#noteCancelled(itemId(id, next.item), true);
        this.#engine.cancelItem(id, this.#current.get(itemId(id, next.item)) ?? '');
        return;
      case 'cancelRun':
      case 'cancelQueued':
        for (const position of spec.priorities.keys()) {
          this.#noteCancelled(itemId(id, position), next.kind === 'cancelRun');
        }
        this.#stopped.add(id);
        this.#engine[next.kind](id);
        return;
      case 'pause':
        this.#paused.add(id);
        this.#engine.pause(id);
        return;
      case 'resume':
        this.#paused.delete(id);
        this.#engine.resume(id);
        return;
    }
  }

  #start(spec: Run): void {
    const id = String(this.#runs.length);
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    this.#runs.push({ spec, finished, finish });
    for (const position of spec.priorities.keys()) this.#current.set(itemId(id, position), itemId(id, position));
    this.#engine.start({
      id,
      retry,
      weight: spec.weight,
      ...(spec.maxInFlight === undefined ? {} : { maxInFlight: spec.maxInFlight }),
      stages: Array.from({ length: spec.stages }, (_, stage) => ({
        name: `stage${stage}`,
        ...(spec.workers === undefined ? {} : { workers: spec.workers }),
      })),
      items: spec.priorities.map((priority, position) => ({
        id: itemId(id, position),
        position,
        root: position,
        stage: 0,
        priority,
        service: 'service',
        reservation,
        ...(spec.prefixes === 0 ? {} : { prefix: `prefix${position % spec.prefixes}` }),
        work: itemId(id, position),
      })),
    });
  }

  #noteCancelled(record: string, alsoRunning: boolean): void {
    const id = this.#current.get(record) ?? record;
    if (alsoRunning || this.#states.get(id) !== 'running') this.#cancelled.add(id);
  }

  async #perform(task: Task): Promise<AttemptOutcome<string>> {
    const { id } = task.item;
    if (this.#stopped.has(task.run)) this.violations.push(`${id} started after its run was stopped`);
    if (this.#cancelled.has(id)) this.violations.push(`${id} started after it was cancelled`);
    if (this.#paused.has(task.run)) this.violations.push(`${id} started while its run was paused`);
    this.#noteOrder(task);
    this.#starts.push(this.#clock.now());
    const { spec } = this.#runs[Number(task.run)]!;
    const counted: readonly [string, number | undefined][] = [
      ['service', this.#scenario.maxConcurrent],
      [`run ${task.run}`, spec.maxInFlight],
      [`run ${task.run} ${task.stage.name}`, spec.workers],
    ];
    for (const [what, most] of counted) {
      const now = (this.#inFlight.get(what) ?? 0) + 1;
      this.#inFlight.set(what, now);
      if (most !== undefined && now > most)
        this.violations.push(`${now} at once in ${what}, at most ${most} are allowed`);
    }
    try {
      return await this.#outcome(task);
    } finally {
      for (const [what] of counted) this.#inFlight.set(what, this.#inFlight.get(what)! - 1);
    }
  }

  async #outcome(task: Task): Promise<AttemptOutcome<string>> {
    const chance = chanceOf(this.#scenario.seed, task.item.id, task.item.stage, task.attempt);
    const latencyMs = chance() < 0.1 ? 0 : chance() * 3000;
    // Some services do not notice an abort before they have finished.
    const heedsAbort = chance() < 0.7;
    const fate = chance();
    await abortable(latencyMs / 2, heedsAbort ? task.signal : undefined);
    if (chance() < 0.2) task.reportHints(hintsBy(chance));
    if (chance() < 0.7) task.reportProgress(0.5);
    await abortable(latencyMs / 2, heedsAbort ? task.signal : undefined);
    if (heedsAbort && task.signal.aborted) return failed('cancelled');
    if (fate < 0.02) throw new Error('a bug');
    if (fate < 0.05) return failed('bad-request');
    if (fate < 0.3) {
      const reason = retryable[Math.floor(chance() * retryable.length)]!;
      return failed(reason, chance() < 0.5 ? chance() * 2000 : undefined);
    }
    const output = Math.floor(chance() * reservation);
    return { kind: 'completed', result: 'text', usage: { input: 0, output } };
  }

  async #commit(item: ItemSpec<string>): Promise<CommitOutcome<string>> {
    const { id } = item;
    this.#commits.set(id, (this.#commits.get(id) ?? 0) + 1);
    const chance = chanceOf(this.#scenario.seed, 'commit', id);
    await delay(chance() * 20);
    const fate = chance();
    if (fate < 0.03) throw new Error('a bug');
    if (fate < 0.06) return { kind: 'failed', failure: { reason: 'write-failed', message: 'The disk is full.' } };
    this.#written.add(id);
    return { kind: 'written', followers: this.#followers(item) };
  }

  #followers({ work: record, stage, ...rest }: ItemSpec<string>): ItemSpec<string>[] {
    const run = record.split('/')[0]!;
    if (stage + 1 === this.#runs[Number(run)]!.spec.stages) return [];
    const id = `${record}/${stage + 1}`;
    if (!this.#stopped.has(run)) this.#current.set(record, id);
    return [{ ...rest, id, work: record, stage: stage + 1, position: ++this.#lastPosition }];
  }

  #itemChanged(item: ItemView<string>): void {
    const { id } = item.spec;
    const before = this.#states.get(id);
    if (before !== undefined && isFinal(before)) this.violations.push(`${id} changed after it had ended`);
    this.#states.set(id, item.state);
  }

  #noteOrder({ run: id, item, attempt }: Task): void {
    // Those that wait for one that leads them start after it, whatever else may start meanwhile.
    if (item.stage > 0 || attempt > 1 || item.prefix !== undefined) return;
    const key = `${id} ${item.priority}`;
    const position = Number(item.id.split('/')[1]);
    if (position < (this.#lastStarted.get(key) ?? -1)) this.violations.push(`${item.id} started out of order`);
    this.#lastStarted.set(key, position);
  }

  #checkEnd(id: string): void {
    const state = this.#states.get(id);
    const commits = this.#commits.get(id) ?? 0;
    if (state === undefined || !isFinal(state)) this.violations.push(`${id} ended as ${state ?? 'nothing'}`);
    if (commits > 1) this.violations.push(`${id} was committed ${commits} times`);
    if (this.#written.has(id) !== (state === 'written')) this.violations.push(`${id} is ${state ?? 'nothing'} wrongly`);
  }

  /**
   * One second of burst, which is at least one call, and the rate: more may start in no window. One more where a call
   * that has its request still waits for its tokens.
   */
  #checkRate(windowMs: number): void {
    const { requestsPerMinute } = this.#scenario;
    if (requestsPerMinute === undefined) return;
    const most = Math.max(1, requestsPerMinute / 60) + 1 + (requestsPerMinute * windowMs) / minuteMs;
    let first = 0;
    for (const [last, at] of this.#starts.entries()) {
      while (this.#starts[first]! <= at - windowMs) first++;
      const started = last - first + 1;
      if (started > most) {
        this.violations.push(`${started} started within ${windowMs} ms, at most ${most} are allowed`);
        return;
      }
    }
  }
}

describe('engine, whatever happens', function () {
  this.timeout(120_000);

  it('keeps its promises', () =>
    fc.assert(
      fc.asyncProperty(scenario, async (played) => {
        await inVirtualTime(async (clock) => {
          const play = new Play(played, clock);
          await play.play();
          assert.deepEqual(play.violations, []);
        });
      }),
      { numRuns: 250, seed: Number(process.env.SEED ?? 1) },
    ));
});

function failed(reason: FailureReason, retryAfterMs?: number): AttemptOutcome<string> {
  return {
    kind: 'failed',
    failure: { reason, message: reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  };
}

/** A service that changes its mind about its limits. */
function hintsBy(chance: () => number): RateLimitHints {
  const hint = (least: number, most: number): RateLimitHint => {
    const limit = Math.floor(least + chance() * (most - least));
    return { limit, remaining: Math.floor(chance() * limit) };
  };
  return { requests: hint(60, 600), tokens: hint(600, 12_000) };
}

function itemId(runId: string, position: number): string {
  return `${runId}/${position}`;
}

async function abortable(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
