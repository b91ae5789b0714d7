import type { Clock } from '../../base/clock.ts';
import type { Runs } from '../runs.ts';
import { RowFeed, type RowFeedRequest } from './rowFeed.ts';

/** Changes that come so soon after one are looked at together, ms; those of a file that is written on and on hold up no other. */
const togetherMs = 300;
/** A file that has not changed for so long is whole, ms. */
const settleMs = 1_000;

/** How whoever plans and reads a source that is watched tells whole files from those that are being written. */
export const wholeFiles = { settleMs, now: () => Date.now() };

export interface SourceWatchRequest extends Omit<RowFeedRequest, 'watch'> {
  readonly runs: Runs;
  readonly clock: Clock;
  /** Told in one sentence why the source cannot be read now: once, however often it is tried. */
  readonly tell: (problem: string) => void;
}

/** Brings what comes to a source into the open run, for as long as that takes rows; whoever has it says when to look. */
export class SourceWatch {
  readonly #request: SourceWatchRequest;
  readonly #feed: RowFeed;
  readonly #unsubscribe: () => void;
  /** Rows that changed while something of them was at work. */
  #areLeft = false;
  #told: string | undefined;
  /** Of a look that is to come. */
  #callOff: (() => void) | undefined;
  #isLooking = false;
  #hasChanged = false;
  #isDisposed = false;

  constructor(request: SourceWatchRequest) {
    const { runs, run } = request;
    this.#request = request;
    this.#feed = new RowFeed({ ...request, watch: wholeFiles }, runs);
    this.#unsubscribe = runs.events.subscribe((event) => {
      if (event.type !== 'runChanged' || event.run.id !== run) return;
      if (event.run.state === 'watching' && this.#areLeft) this.changed();
    });
    // What has changed since the plan was read, nobody was told of.
    this.changed();
  }

  /** Something of the source may have changed. */
  changed(): void {
    this.#hasChanged = true;
    this.#lookIn(togetherMs);
  }

  dispose(): void {
    this.#unsubscribe();
    this.#isDisposed = true;
    this.#callOff?.();
  }

  #lookIn(delayMs: number): void {
    if (this.#callOff || this.#isLooking || this.#isDisposed) return;
    this.#callOff = this.#request.clock.schedule(delayMs, () => {
      this.#callOff = undefined;
      this.#isLooking = true;
      this.#hasChanged = false;
      void this.#look().then((again) => {
        this.#isLooking = false;
        if (this.#hasChanged) this.#lookIn(togetherMs);
        else if (again) this.#lookIn(settleMs);
      });
    });
  }

  /** @returns whether it must be looked again although nothing tells of it */
  async #look(): Promise<boolean> {
    const passed = await this.#feed.pass();
    if (!passed.ok) {
      if (passed.failure !== this.#told) this.#request.tell(passed.failure);
      this.#told = passed.failure;
      return false;
    }
    this.#told = undefined;
    this.#areLeft = passed.value.left > 0;
    return passed.value.unsettled > 0;
  }
}
