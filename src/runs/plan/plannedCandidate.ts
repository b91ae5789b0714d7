import type { NewItem, OutputNames } from '../../candidates/plannedItem.ts';
import type { ServiceKey } from '../../engine/engine.ts';

/**
 * An item that can run: what the journal keeps of it, and the service that takes it in this process. One of a plan looks up
 * what it says when it is asked (`RowCandidate`): a spread would copy nothing of that.
 */
export interface PlannedItem extends NewItem {
  readonly serviceKey: ServiceKey;
  /** Candidates of the run with the same messages and model, this one included. */
  readonly siblings: number;
  /** As many of them are asked for in one call, as different texts; absent: each has its own. */
  readonly verbalized?: number | undefined;
}

/** An item of a prompt file: it leaves a file. */
export interface PlannedCandidate extends PlannedItem {
  readonly output: OutputNames;
}

/** `tagline 03`, or `tagline · espresso · 03` with a row. */
export function labelOf({ prompt, row, number }: Pick<NewItem, 'prompt' | 'row' | 'number'>): string {
  const digits = String(number).padStart(2, '0');
  return row === '' ? `${prompt.name} ${digits}` : `${prompt.name} · ${row} · ${digits}`;
}

/** `espresso · title`: a record in a stage of a pipeline. @param name of the pipeline, for its one record without a key */
export function recordLabel(key: string, stage: string, name: string): string {
  return `${key === '' ? name : key} · ${stage}`;
}
