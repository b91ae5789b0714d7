export type CallOutcome = 'completed' | 'rejected' | 'failed' | 'aborted';

interface CallRecord {
  readonly atMs: number;
  outcome: CallOutcome | undefined;
}

/** What a service saw. Times are ms since the start. */
export class Ledger {
  readonly #calls: CallRecord[] = [];
  #active = 0;
  #peak = 0;

  /** Calls in flight. */
  get active(): number {
    return this.#active;
  }

  get peak(): number {
    return this.#peak;
  }

  get arrivals(): number {
    return this.#calls.length;
  }

  count(outcome: CallOutcome): number {
    return this.#calls.filter((call) => call.outcome === outcome).length;
  }

  /** @returns the end of the call, to be told once */
  arrive(atMs: number): (outcome: CallOutcome) => void {
    const call: CallRecord = { atMs, outcome: undefined };
    this.#calls.push(call);
    this.#active++;
    this.#peak = Math.max(this.#peak, this.#active);
    return (outcome) => {
      if (call.outcome !== undefined) throw new Error('A call ended twice.');
      call.outcome = outcome;
      this.#active--;
    };
  }

  /** Most calls in any half-open window of `windowMs`; refused ones included. */
  mostArrivals(windowMs: number): number {
    let most = 0;
    let first = 0;
    for (const [index, call] of this.#calls.entries()) {
      while (this.#calls[first]!.atMs <= call.atMs - windowMs) first++;
      most = Math.max(most, index - first + 1);
    }
    return most;
  }
}
