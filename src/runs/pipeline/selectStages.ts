import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { Pipeline } from '../../flow/pipeline.ts';

/**
 * A pipeline up to the last of the stages that are wanted: those before it make what it needs, and what comes behind it
 * is left for another time. The table and what is delivered are those of all stages.
 *
 * @returns a failure is a sentence
 */
export function upTo(pipeline: Pipeline, wanted: readonly string[]): Outcome<Pipeline, string> {
  if (wanted.length === 0) return success(pipeline);
  const names = pipeline.stages.map(({ name }) => name);
  const unknown = unknownStage(names, wanted);
  if (unknown !== undefined) return failed(unknown);
  const last = Math.max(...wanted.map((name) => names.indexOf(name)));
  if (last === names.length - 1) return success(pipeline);
  const { table: _table, ...rest } = pipeline;
  return success({ ...rest, stages: pipeline.stages.slice(0, last + 1), deliver: [] });
}

/** What is wrong with names of stages, as a sentence. */
export function unknownStage(stages: readonly string[], wanted: Iterable<string>): string | undefined {
  for (const name of wanted) {
    if (stages.includes(name)) continue;
    return `The pipeline has no stage "${name}": its stages are ${stages.map((each) => `"${each}"`).join(', ')}.`;
  }
  return undefined;
}
