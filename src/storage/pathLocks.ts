import { Mutex } from 'async-mutex';

/** HFS+ overlooks these when it compares names. */
const overlooked = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * The same for all paths that some file system takes for one: those that tell neither case nor Unicode normal forms
 * apart. Other paths may share a key too.
 */
export function pathKey(path: string): string {
  // Some letters meet their kin only in upper case (`ß`, `ſ`, `ς`), others only after lower case (`ẞ`).
  return path.normalize('NFD').replace(overlooked, '').toLowerCase().toUpperCase().normalize('NFC');
}

/** One lock per path; a path's lock goes when nobody holds or awaits it. Never take a second one while holding one. */
export class PathLocks {
  readonly #locks = new Map<string, { readonly mutex: Mutex; users: number }>();

  async run<Value>(path: string, action: () => Promise<Value>): Promise<Value> {
    const key = pathKey(path);
    const lock = this.#locks.get(key) ?? { mutex: new Mutex(), users: 0 };
    this.#locks.set(key, lock);
    lock.users++;
    try {
      return await lock.mutex.runExclusive(action);
    } finally {
      lock.users--;
      if (lock.users === 0) this.#locks.delete(key);
    }
  }
}
