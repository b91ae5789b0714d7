import { renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** What a swapper exchanges: the folder for a link to the target, back and forth, until it is told to stop. */
export interface Swap {
  readonly folder: string;
  readonly target: string;
  /** Not 0: stop. */
  readonly flags: Int32Array;
}

const { folder, target, flags } = workerData as Swap;
const aside = `${folder}-aside`;

function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

parentPort?.postMessage('ready');
let swaps = 0;
while (Atomics.load(flags, 0) === 0) {
  if (!attempt(() => renameSync(folder, aside))) continue;
  if (attempt(() => symlinkSync(target, folder))) swaps++;
  attempt(() => unlinkSync(folder));
  // Whoever writes may have made it anew: then both stay.
  if (!attempt(() => renameSync(aside, folder))) attempt(() => renameSync(aside, `${aside}-${swaps}`));
}
parentPort?.postMessage(swaps);
