import type { Clock } from '../../base/clock.ts';
import type { JournalOutcome } from '../../storage/journal/journalFailure.ts';

/**
 * A backup, a scanner or a large transaction of another process is through within this time; whoever holds the journal
 * for longer does so for as long as they like.
 */
const patienceMs = 60_000;
/** So long a run that is being left waits, ms. */
const leavingMs = 300;
const retryMs = 100;
/** Others may commit something large: only then is it known that the journal is locked, ms. */
const holdAfterMs = 500;

/** Makes a write and waits for its outcome. */
export type Persist = <Value>(write: () => Promise<JournalOutcome<Value>>) => Promise<JournalOutcome<Value>>;

/** The writes of one run: those that meet a locked journal are tried again, while nothing new is started. */
export class PatientWrites {
  readonly #clock: Clock;
  readonly #hold: (isHeld: boolean) => void;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #pauses = new Set<() => void>();
  #refusedSince: number | undefined;
  #isHeld = false;
  #isLeaving = false;

  /** @param hold told when the journal turns out to be locked, and when it is free again */
  constructor(clock: Clock, hold: (isHeld: boolean) => void = () => undefined) {
    this.#clock = clock;
    this.#hold = hold;
  }

  readonly persist: Persist = async (write) => {
    const writing = this.#untilFree(write);
    this.#pending.add(writing);
    const outcome = await writing;
    this.#pending.delete(writing);
    return outcome;
  };

  /** Nobody wants to wait any more. */
  leave(): void {
    this.#isLeaving = true;
    for (const goOn of this.#pauses) goOn();
  }

  /** Resolves when no write is under way any more. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async #untilFree<Value>(write: () => Promise<JournalOutcome<Value>>): Promise<JournalOutcome<Value>> {
    for (;;) {
      const outcome = await write();
      const isLocked = !outcome.ok && outcome.failure.reason === 'busy';
      if (isLocked && this.#waitedMs() < (this.#isLeaving ? leavingMs : patienceMs)) await this.#pause();
      else {
        if (outcome.ok) this.#free();
        return outcome;
      }
    }
  }

  #waitedMs(): number {
    const now = this.#clock.now();
    this.#refusedSince ??= now;
    const waitedMs = now - this.#refusedSince;
    if (waitedMs >= holdAfterMs && !this.#isHeld) {
      this.#isHeld = true;
      this.#hold(true);
    }
    return waitedMs;
  }

  #free(): void {
    this.#refusedSince = undefined;
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#hold(false);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const goOn = (): void => {
        callOff();
        this.#pauses.delete(goOn);
        resolve();
      };
      const callOff = this.#clock.schedule(retryMs, goOn);
      this.#pauses.add(goOn);
    });
  }
}
