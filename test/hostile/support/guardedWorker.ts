import { Worker, type ResourceLimits } from 'node:worker_threads';

/** A worker that takes longer hangs: it is ended, and the test has failed. Nothing else is timed. */
export const hangsAfterMs = 10_000;

/** Asks a script that answers each message with one message, in a thread of its own that can be ended while it hangs. */
export class GuardedWorker<Input, Answer> {
  readonly #script: URL;
  readonly #resourceLimits: ResourceLimits;
  #worker: Worker | undefined;

  constructor(script: URL, resourceLimits: ResourceLimits = {}) {
    this.#script = script;
    this.#resourceLimits = resourceLimits;
  }

  ask(input: Input): Promise<Answer> {
    const worker = (this.#worker ??= new Worker(this.#script, { resourceLimits: this.#resourceLimits }));
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(guard);
        worker.off('error', fail).off('message', pass);
      };
      const fail = (error: Error): void => {
        settle();
        this.#worker = undefined;
        void worker.terminate();
        reject(error);
      };
      const pass = (answer: Answer): void => {
        settle();
        resolve(answer);
      };
      const guard = setTimeout(() => fail(new Error('It hangs.')), hangsAfterMs);
      worker.on('error', fail).on('message', pass);
      worker.postMessage(input);
    });
  }

  async end(): Promise<void> {
    await this.#worker?.terminate();
  }
}
