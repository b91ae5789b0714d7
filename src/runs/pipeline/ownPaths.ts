import { dirname, join } from 'node:path';
import type { Pipeline, StageDefinition } from '../../flow/pipeline.ts';
import { isTemplate } from '../../stages/pieces.ts';
import type { StagePrompt } from './promptStage.ts';

/**
 * Files that a pipeline reads, runs or makes of all records: what a record puts into a path must not replace them, least of
 * all what is run for the next record. A file that a stage leaves under one name on purpose is none of them.
 *
 * @param root of the prompts' paths, absolute
 * @returns relative to the pipeline's folder, or absolute
 */
export function ownPaths(
  pipeline: Pipeline,
  prompts: ReadonlyMap<string, StagePrompt>,
  root: string,
): readonly string[] {
  const { source, stages, table, deliver } = pipeline;
  const data = source.data?.source;
  const named = [
    ...(data?.kind === 'file' ? [data.path] : []),
    ...stages.flatMap(namedBy),
    ...(table ? [table.path] : []),
    ...deliver.map(({ path }) => path),
  ];
  const left = new Set(stages.map(({ output }) => output));
  return [
    ...named.filter((path) => !isTemplate(path) && !left.has(path)),
    ...[...prompts.values()].flatMap((prompt) => ofPrompt(prompt, root)),
  ];
}

function namedBy(stage: StageDefinition): readonly string[] {
  switch (stage.kind) {
    case 'prompt':
    case 'http':
      return [];
    case 'command':
      return stage.command.kind === 'program' ? stage.command.arguments : stage.command.line.split(/[\s"'();|&<>]+/);
    case 'module':
      return [stage.module, ...textsIn(stage.with)];
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function ofPrompt({ prompt, includes }: StagePrompt, root: string): readonly string[] {
  const file = join(root, prompt.path);
  const schema = prompt.schema?.kind === 'file' ? [prompt.schema.path] : [];
  return [file, ...[...schema, ...includes.keys()].map((path) => join(dirname(file), path))];
}
