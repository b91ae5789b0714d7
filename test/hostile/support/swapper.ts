import { renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** What a swapper exchanges: the folder for a link to the target, back and forth, fast, until it is told to stop. */
export interface Swap {
  readonly folder: string;
  readonly target: string;
  /** First whether to stop, if not 0; then how often it has exchanged them. */
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

/** Long enough, now and then, for a candidate to be written as if nothing had happened. */
function rest(): void {
  const ms = Math.random() * 6 - 3;
  if (ms > 0) Atomics.wait(flags, 0, 0, ms);
}

parentPort?.postMessage('ready');
let swaps = 0;
while (Atomics.load(flags, 0) === 0) {
  if (!attempt(() => renameSync(folder, aside))) continue;
  if (attempt(() => symlinkSync(target, folder))) Atomics.store(flags, 1, ++swaps);
  rest();
  attempt(() => unlinkSync(folder));
  // Whoever writes may have made it anew: then both stay.
  if (!attempt(() => renameSync(aside, folder))) attempt(() => renameSync(aside, `${aside}-${swaps}`));
  rest();
}
parentPort?.postMessage(swaps);
