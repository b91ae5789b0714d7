import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { Piscina as Pool } from 'piscina';
import type { Outcome } from '../../base/outcome.ts';
import { MemoryWatch } from './memoryWatch.ts';
import type { HostMessage, ThreadAnswer, ThreadMessage } from './moduleTask.ts';

/** Files of the programs that run in threads, absolute. */
export interface ThreadPrograms {
  /** The built or the source file of moduleWorker.ts. */
  readonly moduleWorker: string;
  /** Of builtIns/pdfText.ts. */
  readonly pdfText: string;
  /** Of builtIns/ocrPage.ts. */
  readonly ocrPage: string;
  /** Script of tesseract.js's own thread; absent: the one of its package. */
  readonly ocrEngine?: string;
  /** Folder with `eng.traineddata.gz`. */
  readonly ocrData: string;
}

/** The programs as they lie beside the bundle in `folder`. */
export function builtPrograms(folder: string): ThreadPrograms {
  return {
    moduleWorker: join(folder, 'moduleWorker.js'),
    pdfText: join(folder, 'pdfText.js'),
    ocrPage: join(folder, 'ocrPage.js'),
    ocrEngine: join(folder, 'ocrEngine.js'),
    ocrData: folder,
  };
}

export interface ThreadTask {
  /** File of the program. */
  readonly program: string;
  /** But for its port; its bytes are copied. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly readFile: (path: string) => Promise<Outcome<Uint8Array, string>>;
}

/** What became of a thread that gave no answer; `died`: it was ended from within. */
export type ThreadTrouble =
  { readonly kind: 'timeout' | 'memory' } | { readonly kind: 'died'; readonly error: unknown };

/** What became of a task. */
export type ThreadEnd = ThreadAnswer | { readonly kind: 'cancelled' } | ThreadTrouble;

/** A cancelled module may tidy up for so long. */
const graceMs = 300;
const idleMs = 20_000;

/**
 * Threads for what computes: they see nothing of the environment, have bounded memory, and are ended when their task takes
 * too long. Whatever a task does to its thread, the others go on.
 */
export class Threads {
  readonly programs: ThreadPrograms;
  readonly #threads: number;
  #pool: Promise<Pool> | undefined;

  readonly #megabytes: number;
  readonly #memory: MemoryWatch<Worker>;

  /**
   * @param threads at once; default: the cores
   * @param megabytes that each may take
   */
  constructor(programs: ThreadPrograms, threads = availableParallelism(), megabytes = 1024) {
    this.programs = programs;
    this.#threads = threads;
    this.#megabytes = megabytes;
    this.#memory = new MemoryWatch(megabytes * 2 ** 20);
  }

  async run(task: ThreadTask): Promise<ThreadEnd> {
    if (task.signal.aborted) return { kind: 'cancelled' };
    const pool = await (this.#pool ??= this.#open());
    const { port1: port, port2: theirs } = new MessageChannel();
    const ending = new AbortController();
    let verdict: 'timeout' | 'cancelled' | 'memory' | undefined;
    let unwatch: (() => void) | undefined;
    const timers: NodeJS.Timeout[] = [];
    const cancel = (): void => {
      verdict ??= 'cancelled';
      const message: HostMessage = { kind: 'cancel' };
      port.postMessage(message);
      timers.push(setTimeout(() => ending.abort(), hasBegun ? graceMs : 0));
    };
    const end = (why: 'timeout' | 'memory'): void => {
      verdict ??= why;
      ending.abort();
    };
    let hasBegun = false;
    port.on('message', (message: ThreadMessage) => {
      if (message.kind === 'read') return void answerRead(port, message, task);
      hasBegun = true;
      const thread = pool.threads.find(({ threadId }) => threadId === message.thread);
      unwatch = thread && this.#memory.watch(thread, () => end('memory'));
      // Waiting for a thread is no work.
      timers.push(setTimeout(() => end('timeout'), task.timeoutMs));
    });
    task.signal.addEventListener('abort', cancel, { once: true });
    try {
      const answer = (await pool.run(
        { ...task.data, port: theirs },
        { filename: task.program, transferList: [theirs], signal: ending.signal },
      )) as ThreadAnswer;
      return verdict === undefined ? answer : { kind: verdict };
    } catch (error) {
      if (verdict !== undefined) return { kind: verdict };
      const { code } = error as { readonly code?: unknown };
      return code === 'ERR_WORKER_OUT_OF_MEMORY' ? { kind: 'memory' } : { kind: 'died', error };
    } finally {
      for (const timer of timers) clearTimeout(timer);
      unwatch?.();
      task.signal.removeEventListener('abort', cancel);
      port.close();
    }
  }

  async close(): Promise<void> {
    await (await this.#pool)?.destroy();
    this.#pool = undefined;
  }

  async #open(): Promise<Pool> {
    const { Piscina } = await import('piscina');
    const pool = new Piscina({
      minThreads: 0,
      maxThreads: this.#threads,
      maxQueue: Infinity,
      idleTimeout: idleMs,
      // Else threads would sleep between their tasks, and what a module left behind would wake up in the next one.
      atomics: 'disabled',
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: this.#megabytes },
    });
    // A thread that dies without a task: there is nobody to tell.
    pool.on('error', () => undefined);
    return pool;
  }
}

async function answerRead(
  port: MessagePort,
  { id, path }: Extract<ThreadMessage, { kind: 'read' }>,
  { readFile }: ThreadTask,
): Promise<void> {
  const read = await readFile(path);
  const message: HostMessage = read.ok
    ? { kind: 'file', id, bytes: read.value }
    : { kind: 'no-file', id, message: read.failure };
  port.postMessage(message);
}
