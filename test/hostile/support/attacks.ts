import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Swap } from './swapper.ts';

/**
 * Exchanges a folder for a link to the target as fast as it can while the action goes on.
 *
 * @param action is told how often that was done until now
 * @returns how often it was done
 */
export async function whileSwapping(
  folder: string,
  target: string,
  action: (swaps: () => number) => Promise<void>,
): Promise<number> {
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const data: Swap = { folder, target, flags };
  const worker = new Worker(new URL('./swapper.ts', import.meta.url), { workerData: data });
  const message = (): Promise<unknown> =>
    new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await message();
  const swaps = message();
  try {
    await action(() => Atomics.load(flags, 1));
  } finally {
    Atomics.store(flags, 0, 1);
  }
  return Number(await swaps);
}

/** Everything below a folder, with what it says or leads to. */
export function contentsOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const path of readdirSync(folder, { recursive: true }) as string[]) {
    const whole = join(folder, path);
    const stat = lstatSync(whole);
    if (stat.isSymbolicLink()) found[path] = `link to ${readlinkSync(whole)}`;
    else found[path] = stat.isFile() ? readFileSync(whole, 'utf8') : 'no file';
  }
  return found;
}
