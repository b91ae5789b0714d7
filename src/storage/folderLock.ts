import { DatabaseSync } from 'node:sqlite';

/**
 * Runs an action while no other process does the same: creating or mending a journal, which is rare and short. The lock
 * is SQLite's own on an empty database, so the system gives it back when its holder is killed.
 *
 * @param patienceMs how long to wait for it
 */
export function withLock<Value>(path: string, patienceMs: number, action: () => Value): Value {
  const lock = new DatabaseSync(path);
  try {
    lock.exec(`PRAGMA busy_timeout = ${patienceMs}; BEGIN EXCLUSIVE`);
    return action();
  } finally {
    lock.close();
  }
}

/** The same for an action that takes its time; nobody else in this process may ask for the lock meanwhile. */
export async function whileLocked<Value>(
  path: string,
  patienceMs: number,
  action: () => Promise<Value>,
): Promise<Value> {
  const lock = new DatabaseSync(path);
  try {
    lock.exec(`PRAGMA busy_timeout = ${patienceMs}; BEGIN EXCLUSIVE`);
    return await action();
  } finally {
    lock.close();
  }
}
