import type { Clock } from '../../base/clock.ts';
import type { readRows, ReadRows } from '../../data/readRows.ts';
import type { DataSettings } from '../../model/data.ts';

/** What was read counts for so many times as long as reading it took. */
const timesAsLong = 20;
/** Settings whose rows are kept. */
const mostKept = 4;

interface Reading {
  readonly rows: Promise<ReadRows>;
  until: number;
}

/**
 * Rows for what a person looks at while they type: data that takes long to read is not read at every keystroke, and what
 * is read in a moment is always as it is now.
 */
export class RowMemory {
  readonly #clock: Clock;
  readonly #readings = new Map<string, Reading>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly readRows: typeof readRows = (settings, options) => {
    const key = keyOf(options.promptPath, settings);
    const known = this.#readings.get(key);
    if (known && this.#clock.now() < known.until) return known.rows;
    const startedAt = this.#clock.now();
    const reading: Reading = { rows: readAnew(settings, options), until: Infinity };
    const settle = (): void => {
      const now = this.#clock.now();
      reading.until = now + timesAsLong * (now - startedAt);
    };
    void reading.rows.then(settle, settle);
    this.#readings.delete(key);
    this.#readings.set(key, reading);
    for (const oldest of this.#readings.keys()) {
      if (this.#readings.size <= mostKept) break;
      this.#readings.delete(oldest);
    }
    return reading.rows;
  };

  /** Something may have changed that was read. */
  forget(): void {
    this.#readings.clear();
  }
}

const readAnew: typeof readRows = async (settings, options) =>
  (await import('../../data/readRows.ts')).readRows(settings, options);

/** Where the settings stand in the file makes no other rows. */
function keyOf(promptPath: string, { line: _line, ...settings }: DataSettings): string {
  return JSON.stringify([promptPath, settings]);
}
