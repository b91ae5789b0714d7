import type { Clock } from '../base/clock.ts';

export interface WatchOptions {
  readonly clock: Clock;
  /** How long nothing must change before something is done about it, ms. */
  readonly quietMs: number;
  /** Does what is to be done; it is not called again before it has ended. */
  readonly run: () => Promise<void>;
}

/** Does something about changes: once they have come to rest, and again for those that come meanwhile. */
export class Watch {
  readonly #options: WatchOptions;
  #callOff: (() => void) | undefined;
  #isRunning = false;
  #hasChanged = false;
  #isDisposed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  changed(): void {
    if (this.#isDisposed) return;
    this.#hasChanged = true;
    this.#callOff?.();
    this.#callOff = this.#options.clock.schedule(this.#options.quietMs, () => {
      this.#callOff = undefined;
      void this.#run();
    });
  }

  /** What has begun goes on; nothing begins any more. */
  dispose(): void {
    this.#isDisposed = true;
    this.#callOff?.();
  }

  async #run(): Promise<void> {
    if (this.#isRunning || !this.#hasChanged || this.#isDisposed) return;
    this.#isRunning = true;
    this.#hasChanged = false;
    try {
      await this.#options.run();
    } finally {
      this.#isRunning = false;
    }
    // Those that came to rest meanwhile; others have their own time.
    if (!this.#callOff) void this.#run();
  }
}
