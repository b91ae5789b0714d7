import type { Clock } from '../../base/clock.ts';

/** Whoever looks on is told this often at most, ms. */
const intervalMs = 250;

export interface ItemKey {
  readonly run: string;
  readonly item: string;
}

/** The beginning of a running item's text as far as it has arrived; empty when a new attempt has begun. */
export interface LiveText extends ItemKey {
  readonly text: string;
}

export type TextListener = (texts: readonly LiveText[]) => void;

/** Somebody who looks on. */
export interface TextWatch {
  /** Only these from now on. What the new ones among them have is told soon. */
  show(items: Iterable<ItemKey>): void;
  dispose(): void;
}

interface Running extends ItemKey {
  readonly read: () => string;
}

interface Watch {
  readonly listener: TextListener;
  /** By key, as they are shown. */
  shown: ReadonlySet<string>;
  /** Of these, what was not told yet. */
  readonly changed: Set<string>;
}

/**
 * The texts of running items, which nothing keeps before they are whole. They stay where they arrive, and are read only for
 * whoever looks on, of the items that are looked at: without anybody, a piece of text costs nothing here.
 */
export class LiveTexts {
  readonly #clock: Clock;
  readonly #reportError: (error: unknown) => void;
  readonly #running = new Map<string, Running>();
  readonly #watches = new Set<Watch>();
  #callOff: (() => void) | undefined;

  constructor(clock: Clock, reportError: (error: unknown) => void) {
    this.#clock = clock;
    this.#reportError = reportError;
  }

  /**
   * An item's text begins, or begins anew.
   *
   * @param read gives it as far as it has arrived
   */
  began({ run, item }: ItemKey, read: () => string): void {
    this.#running.set(keyOf({ run, item }), { run, item, read });
    this.arrived({ run, item });
  }

  /** More of it has arrived: called for every piece. */
  arrived(item: ItemKey): void {
    if (this.#watches.size > 0) this.#changed(keyOf(item));
  }

  /** What has come of the item is told otherwise. */
  ended(item: ItemKey): void {
    this.#running.delete(keyOf(item));
  }

  watch(listener: TextListener): TextWatch {
    const watch: Watch = { listener, shown: new Set(), changed: new Set() };
    this.#watches.add(watch);
    return {
      show: (items) => {
        const before = watch.shown;
        watch.shown = new Set(Array.from(items, keyOf));
        for (const key of watch.shown) if (!before.has(key)) this.#changedFor(watch, key);
      },
      dispose: () => void this.#watches.delete(watch),
    };
  }

  #changed(key: string): void {
    for (const watch of this.#watches) if (watch.shown.has(key)) this.#changedFor(watch, key);
  }

  #changedFor(watch: Watch, key: string): void {
    if (!this.#running.has(key)) return;
    watch.changed.add(key);
    this.#callOff ??= this.#clock.schedule(intervalMs, () => {
      this.#callOff = undefined;
      this.#tell();
    });
  }

  #tell(): void {
    const read = new Map<string, LiveText | undefined>();
    for (const watch of this.#watches) {
      const texts: LiveText[] = [];
      for (const key of watch.changed) {
        if (!watch.shown.has(key)) continue;
        if (!read.has(key)) read.set(key, this.#read(key));
        const text = read.get(key);
        if (text) texts.push(text);
      }
      watch.changed.clear();
      if (texts.length === 0) continue;
      try {
        watch.listener(texts);
      } catch (error) {
        this.#reportError(error);
      }
    }
  }

  #read(key: string): LiveText | undefined {
    const running = this.#running.get(key);
    if (!running) return undefined;
    const { run, item, read } = running;
    // Half of a character has arrived: the other half comes with the next piece.
    return { run, item, text: read().replace(/[\uD800-\uDBFF]$/, '') };
  }
}

function keyOf({ run, item }: ItemKey): string {
  return `${run} ${item}`;
}
