import type { RunSample } from '../../model/activity.ts';

/** So many are kept, however long a run takes. */
const mostSamples = 240;
const firstIntervalMs = 500;

/** What a run was like over time: often in the beginning, and ever less often, so that it never becomes too much. */
export class RunSamples {
  #samples: RunSample[] = [];
  #intervalMs = firstIntervalMs;

  /** Oldest first. */
  get all(): readonly RunSample[] {
    return this.#samples;
  }

  /**
   * @param at epoch ms
   * @param measure called only when it is time for a sample
   * @param isLast the run ends: what it came to belongs to it
   */
  add(at: number, measure: () => Omit<RunSample, 'at'>, isLast = false): void {
    const last = this.#samples.at(-1);
    if (!isLast && last && at - last.at < this.#intervalMs && at >= last.at) return;
    if (this.#samples.length >= mostSamples) {
      this.#intervalMs *= 2;
      // The first one stays: it is where the run began.
      this.#samples = this.#samples.filter((_, place) => place % 2 === 0);
    }
    this.#samples = [...this.#samples, { at, ...measure() }];
  }
}
