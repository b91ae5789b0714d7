import { availableParallelism, totalmem } from 'node:os';
import type { StageDefinition } from '../flow/pipeline.ts';

/** What one reader of pages takes with its data, and room for a page. */
const bytesOfReader = 2 ** 30;

/** Items at once of a stage that does not say: what computes gets the cores, what only waits has its services' limits. */
export function defaultWorkers(
  stage: Pick<StageDefinition, 'kind'> & { readonly module?: string },
): number | undefined {
  const cores = Math.max(1, availableParallelism());
  switch (stage.kind) {
    case 'command':
      return cores;
    case 'module':
      return stage.module === 'ocr' ? Math.max(1, Math.min(cores, Math.floor(totalmem() / bytesOfReader))) : cores;
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
