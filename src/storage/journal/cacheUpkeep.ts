import type { ReadCall, WriteCall } from './calls.ts';
import type { JournalOutcome } from './journalFailure.ts';
import type { CacheLimits } from './records.ts';
import { defaultCacheLimits } from './settings.ts';

const mostWaitingHits = 1000;

/** Trimming looks at the cache when this share of its limit has come in. */
const trimShare = 0.05;

/** What the cache of texts needs beside the calls that use it: hits are counted, and what is too much goes. */
export class CacheUpkeep {
  readonly #limits: CacheLimits;
  #hits: string[] = [];
  /** Characters that have come in since the cache was within its limits. */
  #growth = 0;
  #wasTrimmed = false;

  constructor(limits: CacheLimits = defaultCacheLimits) {
    this.#limits = limits;
  }

  get hasHits(): boolean {
    return this.#hits.length > 0;
  }

  /** Whether so many hits wait that they must be written although nothing else is. */
  get hasManyHits(): boolean {
    return this.#hits.length >= mostWaitingHits;
  }

  /** Hits are counted with the next write: asking alone commits nothing. */
  takeHits(): WriteCall[] {
    if (!this.hasHits) return [];
    const keys = this.#hits;
    this.#hits = [];
    return [{ name: 'cacheTouch', args: [keys] }];
  }

  /** Keeps in mind what a read found. @param value what it came to */
  followRead(call: ReadCall, value: unknown): void {
    if (call.name !== 'cached') return;
    const texts = value as readonly unknown[];
    for (const [place, key] of call.args[0].entries()) if (texts[place] !== undefined) this.#hits.push(key);
  }

  /** Keeps in mind what a committed write puts into the cache. */
  followWrite(call: WriteCall): void {
    if (call.name !== 'recordResult') return;
    const [, { cacheKey, text }] = call.args;
    if (cacheKey !== undefined) this.#growth += text.length;
  }

  /** Takes out what is too much, some at a time. @param write commits the call that does it */
  trim(write: (call: WriteCall) => readonly JournalOutcome<unknown>[]): void {
    const { mostCharacters } = this.#limits;
    if (this.#growth === 0 || (this.#wasTrimmed && this.#growth < mostCharacters * trimShare)) return;
    const [more] = write({ name: 'cacheTrim', args: [this.#limits] });
    this.#wasTrimmed = true;
    // A batch at a time, so that no call waits long: the rest goes with the writes to come.
    if (!(more?.ok && more.value === true)) this.#growth = 0;
  }
}
