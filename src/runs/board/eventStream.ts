import type { RunEvent } from '../../model/run.ts';

export type RunListener = (event: RunEvent) => void;

/** The one stream that every view subscribes to. A listener that throws is reported and never stops the others. */
export class EventStream {
  readonly #listeners = new Set<RunListener>();
  readonly #reportError: (error: unknown) => void;

  constructor(reportError: (error: unknown) => void) {
    this.#reportError = reportError;
  }

  subscribe(listener: RunListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: RunEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#reportError(error);
      }
    }
  }
}
