import { join } from 'node:path';
import type { ServiceKey } from '../../engine/engine.ts';
import { candidatePath } from '../../candidates/candidateName.ts';
import type { NewItem, OutputNames } from '../../storage/journal/records.ts';

/** An item that can run: what the journal keeps of it, and the service that takes it in this process. */
export interface PlannedCandidate extends NewItem {
  readonly serviceKey: ServiceKey;
  /** Candidates of the run with the same messages and model, this one included. */
  readonly siblings: number;
}

/** `tagline 03`, or `tagline · espresso · 03` with a row. */
export function labelOf({ prompt, row, number }: Pick<NewItem, 'prompt' | 'row' | 'number'>): string {
  const digits = String(number).padStart(2, '0');
  return row === '' ? `${prompt.name} ${digits}` : `${prompt.name} · ${row} · ${digits}`;
}

/** The file that a candidate has when its name is free, absolute. */
export function firstChoice({ output, number }: Pick<NewItem, 'output' | 'number'>): string {
  return pathAt(output, number);
}

function pathAt(output: OutputNames, number: number): string {
  return join(output.folder, candidatePath(output, number));
}

/** Which numbers a run has given out in each series: whoever finds a name taken goes on after them. */
export class CandidateNumbers {
  readonly #last = new Map<string, number>();

  constructor(candidates: Iterable<Pick<NewItem, 'output' | 'number'>>) {
    this.learn(candidates);
  }

  /** These have their numbers already. */
  learn(candidates: Iterable<Pick<NewItem, 'output' | 'number'>>): void {
    for (const { output, number } of candidates) {
      const key = seriesKey(output);
      this.#last.set(key, Math.max(number, this.#last.get(key) ?? 0));
    }
  }

  /** In order of preference, endless, absolute. */
  *paths({ output, number }: Pick<NewItem, 'output' | 'number'>): Iterable<string> {
    yield pathAt(output, number);
    for (let next = (this.#last.get(seriesKey(output)) ?? number) + 1; ; next++) yield pathAt(output, next);
  }
}

/** The number of a path in a series; undefined when it is not part of it. */
export function numberIn(output: OutputNames, path: string): number | undefined {
  const [start = ''] = join(output.folder, output.series).split('*');
  // With the number in several places, the first of them tells.
  const digits = path.startsWith(start) ? /^-?(\d*)/.exec(path.slice(start.length))?.[1] : undefined;
  if (digits === undefined) return undefined;
  const number = digits === '' ? 1 : Number(digits);
  return pathAt(output, number) === path ? number : undefined;
}

export function seriesKey({ folder, series }: OutputNames): string {
  return join(folder, series);
}
