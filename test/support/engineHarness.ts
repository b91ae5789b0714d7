import type { Clock } from '../../src/base/clock.ts';
import type {
  AttemptReport,
  AttemptTask,
  EngineListener,
  ItemSpec,
  ItemView,
  RunSpec,
} from '../../src/engine/engine.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { ServiceLimits } from '../../src/engine/governor/governor.ts';
import { Governor } from '../../src/engine/governor/governor.ts';
import type { ItemState } from '../../src/model/item.ts';
import { isFinal } from '../../src/model/item.ts';
import type { AttemptOutcome } from '../../src/model/attempt.ts';
import { seededRandom } from '../../src/services/demo/seededRandom.ts';

/** One stage's work on one record of a chain of stages, in which each record goes on with what it has come to. */
export interface Work {
  readonly record: string;
  /** The service of each stage. */
  readonly services: readonly string[];
  /** What the stage before came to. */
  readonly previous?: string;
}

export type Task = AttemptTask<Work>;
export type Perform = (task: Task) => Promise<AttemptOutcome<string>>;

export interface HarnessOptions {
  readonly capacity?: () => number;
  readonly sizeOf?: (result: string) => number;
  readonly recall?: (item: ItemSpec<Work>) => Promise<string | undefined> | undefined;
  /** What a commit takes before its result is durable, and afterwards; default: nothing. */
  readonly commit?: { readonly durable: () => Promise<void>; readonly rest: () => Promise<void> };
  /** Shared with others; absent: one of its own for each service. */
  readonly governor?: Governor;
}

export const completed: AttemptOutcome<string> = {
  kind: 'completed',
  result: 'text',
  usage: { input: 10, output: 10 },
};

/** An engine with synthetic work, and everything it told. */
export class EngineHarness implements EngineListener<Work> {
  readonly engine: Engine<Work, string>;
  /** Ids of the items in the order their attempts started. */
  readonly started: string[] = [];
  readonly reports: AttemptReport<Work>[] = [];
  readonly states = new Map<string, ItemState[]>();
  readonly committed: string[] = [];
  /** How many commits had begun before the ones that were told to be the last. */
  readonly committedWhenLastWereTold: number[] = [];
  /** `item0 1 text`: the record, the stage that it completed, and what it came to. */
  readonly results: string[] = [];
  /** Ids in the order in which the engine told that they and all before them had ended. */
  readonly endedInOrder: string[] = [];
  /** Items that were started again since they ended. */
  readonly restarted = new Set<string>();
  peak = 0;
  #inFlight = 0;
  #lastPosition = 0;
  readonly #finished = new Map<string, { readonly promise: Promise<void>; readonly resolve: () => void }>();

  constructor(clock: Clock, limits: Partial<ServiceLimits>, perform: Perform, options: HarnessOptions = {}) {
    const random = seededRandom(1);
    const governors = new Map<string, Governor>();
    this.engine = new Engine<Work, string>(
      {
        perform: async (task) => {
          this.started.push(task.item.id);
          this.#inFlight++;
          this.peak = Math.max(this.peak, this.#inFlight);
          try {
            return await perform(task);
          } finally {
            this.#inFlight--;
          }
        },
        commit: async (_run, item, result, durable) => {
          this.committed.push(item.id);
          this.results.push(`${item.work.record} ${item.stage} ${result}`);
          if (options.commit) {
            await options.commit.durable();
            durable();
            await options.commit.rest();
          }
          return { kind: 'written', followers: this.#followers(item, result) };
        },
        ...(options.recall ? { recall: (_run, item) => options.recall?.(item) } : {}),
        sizeOf: options.sizeOf ?? ((result) => result.length),
        governor: (key) => {
          const governor =
            options.governor ??
            governors.get(key) ??
            new Governor({ maxConcurrent: 5, safetyFactor: 1, ...limits }, clock, random);
          governors.set(key, governor);
          return governor;
        },
      },
      this,
      { clock, random, ...(options.capacity ? { capacity: options.capacity } : {}) },
    );
  }

  #followers({ root, stage, work, ...spec }: ItemSpec<Work>, previous: string): ItemSpec<Work>[] {
    const service = work.services[stage + 1];
    if (service === undefined) return [];
    this.#lastPosition++;
    return [
      {
        ...spec,
        id: `${work.record}/${stage + 1}`,
        position: this.#lastPosition,
        root,
        stage: stage + 1,
        service,
        work: { ...work, previous },
      },
    ];
  }

  start(spec: Partial<RunSpec<Work, string>> & Pick<RunSpec<Work>, 'items'>): Promise<void> {
    this.#lastPosition = Math.max(this.#lastPosition, spec.items.length);
    const id = spec.id ?? 'run';
    let resolve: () => void = () => undefined;
    const promise = new Promise<void>((settle) => {
      resolve = settle;
    });
    this.#finished.set(id, { promise, resolve });
    this.engine.start({ id, stages: [{ name: 'generate' }], retry: { attempts: 3, baseMs: 1000 }, ...spec });
    return promise;
  }

  stateOf(item: string): ItemState | undefined {
    return this.states.get(item)?.at(-1);
  }

  itemChanged(item: ItemView<Work>): void {
    const states = this.states.get(item.spec.id) ?? [];
    const last = states.at(-1);
    const endedBefore = last !== undefined && isFinal(last) && !this.restarted.delete(item.spec.id);
    if (endedBefore) throw new Error(`${item.spec.id} changed after it had ended.`);
    states.push(item.state);
    this.states.set(item.spec.id, states);
  }

  itemProgressed(): void {
    // Progress is not what these tests look at.
  }

  attemptFinished(report: AttemptReport<Work>): void {
    this.reports.push(report);
  }

  itemEnded(item: ItemView<Work>): void {
    this.endedInOrder.push(item.spec.id);
  }

  lastCommits(): void {
    this.committedWhenLastWereTold.push(this.committed.length);
  }

  runFinished(run: string): void {
    this.#finished.get(run)?.resolve();
  }
}

export type ItemOptions = Partial<ItemSpec<Work>> & Partial<Pick<Work, 'services'>>;

export function items(count: number, { services = ['service'], ...spec }: ItemOptions = {}): ItemSpec<Work>[] {
  return Array.from({ length: count }, (_, position) => ({
    id: `item${position}`,
    position,
    root: position,
    stage: 0,
    service: services[0] ?? '',
    priority: 5,
    reservation: 20,
    work: { record: `item${position}`, services },
    ...spec,
  }));
}
