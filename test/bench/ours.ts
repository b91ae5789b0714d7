/** The only place where the benches touch the engine's own interface. */
import { systemClock } from '../../src/base/clock.ts';
import { Engine, type EngineListener, type ItemSpec } from '../../src/engine/engine.ts';
import { Governor } from '../../src/engine/governor/governor.ts';
import type { AttemptOutcome } from '../../src/model/attempt.ts';
import type { ChatMessage } from '../../src/model/message.ts';
import { OpenAiService } from '../../src/services/openai/openai.ts';
import type { Generation } from '../../src/services/service.ts';
import { Gate } from './gate.ts';

export { PriorityQueue } from '../../src/engine/priorityQueue.ts';
export type { Priority } from '../../src/model/item.ts';

const service = 'bench';

export interface OursOptions {
  readonly concurrency: number;
  /** Absent: the quota is unknown, and only what the service answers tells of it. */
  readonly requestsPerMinute?: number;
  readonly safetyFactor?: number;
  readonly attempts?: number;
  readonly retryBaseMs?: number;
  /** Sequential mode. */
  readonly oneAtATime?: boolean;
  /** `concurrency: auto` in place of a number; of runs only. */
  readonly isAuto?: boolean;
  /** The service is known to cache how prompts begin; of runs only. */
  readonly promptCaching?: boolean;
}

/** Generates one text per prompt; `keep` stands for the disk. */
export async function generateAll(
  baseUrl: string,
  model: string,
  prompts: readonly (readonly ChatMessage[])[],
  options: OursOptions,
  keep: (prompt: number, text: string) => void,
  failed: (reason: string) => void,
): Promise<void> {
  const openai = new OpenAiService({ name: service, baseUrl, credential: undefined });
  await openai.prepare();
  const governor = new Governor(
    {
      maxConcurrent: options.concurrency,
      safetyFactor: options.safetyFactor ?? 0.8,
      ...(options.requestsPerMinute === undefined ? {} : { requestsPerMinute: options.requestsPerMinute }),
    },
    systemClock,
    Math.random,
  );
  const finished = new Gate();
  const engine = new Engine<number, Generation>(
    {
      perform: ({ item, signal, reportProgress, reportHints }) =>
        openai.generate(
          { model, messages: prompts[item.work] ?? [], parameters: {}, index: 1 },
          { signal, onProgress: reportProgress, onHints: reportHints },
        ),
      commit: (_run, item, { text }) => {
        keep(item.work, text);
        return Promise.resolve({ kind: 'written' });
      },
      governor: () => governor,
    },
    {
      itemChanged: ({ state, failure }) => {
        if (state === 'failed') failed(failure?.reason ?? '');
      },
      itemProgressed: () => undefined,
      attemptFinished: () => undefined,
      runFinished: () => finished.open(),
    },
    { clock: systemClock, random: Math.random },
  );
  engine.start({
    id: 'run',
    stages: [{ name: 'generate' }],
    items: prompts.map((_, index) => itemSpec(index)),
    retry: { attempts: options.attempts ?? 3, baseMs: options.retryBaseMs ?? 1000 },
    ...(options.oneAtATime === true ? { maxInFlight: 1 } : {}),
  });
  await finished.opened;
  await governor.dispose();
}

const done: AttemptOutcome<undefined> = { kind: 'completed', result: undefined, usage: { input: 0, output: 0 } };

/** An engine whose work does nothing, and whose first attempts wait until `finish` is called. */
export class IdleEngine {
  readonly #gate = new Gate();
  readonly #finished = new Gate();
  readonly #engine: Engine<number, undefined>;
  readonly #items: readonly ItemSpec<number>[];

  constructor(count: number, concurrency: number) {
    this.#items = Array.from({ length: count }, (_, index) => itemSpec(index));
    const governor = new Governor({ maxConcurrent: concurrency, safetyFactor: 1 }, systemClock, Math.random);
    const listener: EngineListener<number> = {
      itemChanged: () => undefined,
      itemProgressed: () => undefined,
      attemptFinished: () => undefined,
      runFinished: () => this.#finished.open(),
    };
    this.#engine = new Engine<number, undefined>(
      {
        perform: () => (this.#gate.isOpen ? Promise.resolve(done) : this.#gate.opened.then(() => done)),
        commit: () => Promise.resolve({ kind: 'written' }),
        governor: () => governor,
      },
      listener,
      { clock: systemClock, random: Math.random },
    );
  }

  start(): void {
    this.#engine.start({
      id: 'run',
      stages: [{ name: 'generate' }],
      items: this.#items,
      retry: { attempts: 3, baseMs: 1000 },
    });
  }

  cancel(item: number): void {
    this.#engine.cancelItem('run', `item${item}`);
  }

  async finish(): Promise<void> {
    this.#gate.open();
    await this.#finished.opened;
  }
}

function itemSpec(index: number): ItemSpec<number> {
  return {
    id: `item${index}`,
    position: index,
    root: index,
    stage: 0,
    priority: 5,
    service,
    reservation: 100,
    work: index,
  };
}
