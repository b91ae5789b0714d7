import type { Clock } from '../../base/clock.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';

/**
 * SQLite waits ten seconds for a locked journal by itself. A backup, a scanner or a large transaction of another process
 * is through within this time; whoever holds the journal for longer does so for as long as they like.
 */
const patienceMs = 60_000;
const retryMs = 500;

/** Makes a write and waits for its outcome. */
export type Persist = <Value>(write: () => Promise<JournalOutcome<Value>>) => Promise<JournalOutcome<Value>>;

/** The writes of one run: those that meet a locked journal are tried again, while nothing new is started. */
export class PatientWrites {
  readonly #clock: Clock;
  readonly #isPatient: () => boolean;
  readonly #hold: (isHeld: boolean) => void;
  readonly #pending = new Set<Promise<unknown>>();
  #refusedSince: number | undefined;

  /**
   * @param isPatient whether waiting is wanted at the moment
   * @param hold told when the journal turns out to be locked, and when it is free again
   */
  constructor(clock: Clock, isPatient: () => boolean, hold: (isHeld: boolean) => void) {
    this.#clock = clock;
    this.#isPatient = isPatient;
    this.#hold = hold;
  }

  readonly persist: Persist = async (write) => {
    const writing = this.#untilFree(write);
    this.#pending.add(writing);
    const outcome = await writing;
    this.#pending.delete(writing);
    return outcome;
  };

  /** Resolves when no write is under way any more. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async #untilFree<Value>(write: () => Promise<JournalOutcome<Value>>): Promise<JournalOutcome<Value>> {
    for (;;) {
      const outcome = await write();
      const isLocked = !outcome.ok && outcome.failure.reason === 'busy';
      if (isLocked && this.#isPatient() && this.#waitedMs() < patienceMs) await this.#pause();
      else {
        if (outcome.ok) this.#free();
        return outcome;
      }
    }
  }

  #waitedMs(): number {
    if (this.#refusedSince === undefined) {
      this.#refusedSince = this.#clock.now();
      this.#hold(true);
    }
    return this.#clock.now() - this.#refusedSince;
  }

  #free(): void {
    if (this.#refusedSince === undefined) return;
    this.#refusedSince = undefined;
    this.#hold(false);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#clock.schedule(retryMs, resolve));
  }
}
