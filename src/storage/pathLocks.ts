import { Mutex } from 'async-mutex';

/** One lock per path; a path's lock goes when nobody holds or awaits it. Never take a second one while holding one. */
export class PathLocks {
  readonly #locks = new Map<string, { readonly mutex: Mutex; users: number }>();

  async run<Value>(path: string, action: () => Promise<Value>): Promise<Value> {
    const lock = this.#locks.get(path) ?? { mutex: new Mutex(), users: 0 };
    this.#locks.set(path, lock);
    lock.users++;
    try {
      return await lock.mutex.runExclusive(action);
    } finally {
      lock.users--;
      if (lock.users === 0) this.#locks.delete(path);
    }
  }
}
