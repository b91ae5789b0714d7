import type { Clock } from '../../base/clock.ts';
import { isFinal } from '../../model/item.ts';
import type { EventStream } from '../board/eventStream.ts';
import { endRecords } from './endRecords.ts';
import { writeTable, type PipelineEndRequest } from './pipelineEnd.ts';

/** Changes wait for others so long, ms. */
const gatherMs = 1_000;
/** Writing takes at most one part in so many of the time: large tables are written less often. */
const restPerPass = 10;

/** Keeps the table of a pipeline up to date while its run goes on: it is whole at every moment. */
export class LiveTable {
  readonly #request: PipelineEndRequest;
  readonly #clock: Clock;
  readonly #unsubscribe: () => void;
  #cancelWait: (() => void) | undefined;
  #pass: Promise<void> | undefined;
  /** Not written again before, by the clock. */
  #restsUntil = 0;
  #hasChanged = false;
  #isEnded = false;

  constructor(request: PipelineEndRequest, events: EventStream, clock: Clock) {
    this.#request = request;
    this.#clock = clock;
    this.#unsubscribe = events.subscribe((event) => {
      if (event.type !== 'itemChanged' || event.item.run !== request.run) return;
      if (isFinal(event.item.state)) this.#changed();
    });
  }

  /** Resolves when nothing is written any more: the last table is for whoever ends the run. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#unsubscribe();
    this.#cancelWait?.();
    await this.#pass;
  }

  /** Resolves when nothing is being written: somebody else writes all that there is now. */
  async rest(): Promise<void> {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    this.#hasChanged = false;
    await this.#pass;
  }

  #changed(): void {
    this.#hasChanged = true;
    if (this.#isEnded || this.#cancelWait || this.#pass || !this.#request.pipeline.table) return;
    const delayMs = Math.max(gatherMs, this.#restsUntil - this.#clock.now());
    this.#cancelWait = this.#clock.schedule(delayMs, () => {
      this.#cancelWait = undefined;
      this.#pass = this.#write().finally(() => {
        this.#pass = undefined;
        if (this.#hasChanged) this.#changed();
      });
    });
  }

  /** What cannot be written now is tried again with the next change, and told at the end. */
  async #write(): Promise<void> {
    this.#hasChanged = false;
    const { run, flow, workspace } = this.#request;
    const before = this.#clock.now();
    const records = await endRecords(workspace.journal, run, flow);
    if (records.ok) await writeTable(this.#request, records.value);
    const now = this.#clock.now();
    this.#restsUntil = now + (now - before) * restPerPass;
  }
}
