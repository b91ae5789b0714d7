import type { Clock } from '../../base/clock.ts';
import type { Runs } from '../runs.ts';
import { Watch } from '../watch.ts';
import { RowFeed, type RowFeedRequest } from './rowFeed.ts';

/** Several changes that come together are looked at once they have come to rest for so long, ms. */
const quietMs = 300;
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
  readonly #changes: Watch;
  readonly #unsubscribe: () => void;
  /** Rows that changed while something of them was at work. */
  #areLeft = false;
  #told: string | undefined;
  #callOff: (() => void) | undefined;

  constructor(request: SourceWatchRequest) {
    const { runs, run, clock } = request;
    this.#request = request;
    this.#feed = new RowFeed({ ...request, watch: wholeFiles }, runs);
    this.#changes = new Watch({ clock, quietMs, run: () => this.#pass() });
    this.#unsubscribe = runs.events.subscribe((event) => {
      if (event.type !== 'runChanged' || event.run.id !== run) return;
      if (event.run.state === 'watching' && this.#areLeft) this.changed();
    });
    // What has changed since the plan was read, nobody was told of.
    this.changed();
  }

  /** Something of the source may have changed. */
  changed(): void {
    this.#changes.changed();
  }

  dispose(): void {
    this.#unsubscribe();
    this.#callOff?.();
    this.#changes.dispose();
  }

  async #pass(): Promise<void> {
    const passed = await this.#feed.pass();
    if (!passed.ok) {
      if (passed.failure !== this.#told) this.#request.tell(passed.failure);
      this.#told = passed.failure;
      return;
    }
    this.#told = undefined;
    this.#areLeft = passed.value.left > 0;
    if (passed.value.unsettled === 0) return;
    this.#callOff?.();
    this.#callOff = this.#request.clock.schedule(settleMs, () => this.changed());
  }
}
