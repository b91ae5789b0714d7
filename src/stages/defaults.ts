import { availableParallelism } from 'node:os';
import type { StageDefinition } from '../flow/pipeline.ts';

/** Items at once of a stage that does not say: what computes gets the cores, what only waits has its services' limits. */
export function defaultWorkers({ kind }: Pick<StageDefinition, 'kind'>): number | undefined {
  switch (kind) {
    case 'command':
    case 'module':
      return Math.max(1, availableParallelism());
    case 'http':
    case 'prompt':
      return undefined;
  }
}

/**
 * The retry policy of a stage that does not say: a program that has failed fails again, and may have done half of what
 * it does. Undefined: the run's.
 */
export function defaultRetry({
  kind,
}: Pick<StageDefinition, 'kind'>): { readonly attempts: number; readonly baseMs: number } | undefined {
  switch (kind) {
    case 'command':
    case 'module':
      return { attempts: 1, baseMs: 1000 };
    case 'http':
    case 'prompt':
      return undefined;
  }
}
