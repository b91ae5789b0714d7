/** Between two looks, ms: a thread fills a gigabyte in a few of them. */
const lookMs = 50;

/** A thread that tells what it holds outside of its heap; Node's do from 22.16 on. */
interface Measured {
  readonly getHeapStatistics?: () => Promise<{ readonly external_memory?: number }>;
}

/**
 * Looks at the memory of threads that Node's own limits do not know: buffers lie outside of the heap, and without this a
 * single one that fills them takes the whole program down.
 */
export class MemoryWatch<Thread extends object> {
  readonly #mostBytes: number;
  readonly #watched = new Map<Thread & Measured, () => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /**
   * @param exceeded called once, when the thread holds more than it may
   * @returns ends it
   */
  watch(thread: Thread & Measured, exceeded: () => void): () => void {
    this.#watched.set(thread, exceeded);
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref();
    return () => {
      if (this.#watched.get(thread) === exceeded) this.#watched.delete(thread);
      if (this.#watched.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  #look(): void {
    for (const [thread, exceeded] of this.#watched) {
      // One that has ended, or cannot answer, has nothing to tell.
      thread.getHeapStatistics?.().then(
        ({ external_memory: bytes = 0 }) => {
          if (bytes <= this.#mostBytes || this.#watched.get(thread) !== exceeded) return;
          this.#watched.delete(thread);
          exceeded();
        },
        () => undefined,
      );
    }
  }
}
