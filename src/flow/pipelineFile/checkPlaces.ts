import { comparableRelativePath } from '../../base/comparablePath.ts';
import { brief } from '../../base/sentence.ts';
import type { Pipeline, StageDefinition } from '../pipeline.ts';
import type { PipelineChecks } from './checks.ts';
import { isTemplate } from './texts.ts';

/** A place that must not be written to. */
export interface PlaceProblem {
  /** Where in the file it is said. */
  readonly at: readonly string[];
  readonly message: string;
}

interface Place {
  readonly at: readonly string[];
  /** As a sentence calls it. */
  readonly what: string;
  /** May be a template. */
  readonly path: string;
}

/**
 * Places that a pipeline must not write to, known before anything is spent: files that it reads or runs itself, and what
 * programs run or read as configuration. What only a record says of a path is checked when its file is written.
 *
 * @param name of the pipeline file, in its folder
 */
export function placeProblems(
  pipeline: Pipeline,
  name: string,
  { guardedPlace }: Pick<PipelineChecks, 'guardedPlace'>,
): readonly PlaceProblem[] {
  const own = new Map(ownFiles(pipeline, name).map(([path, what]) => [comparableRelativePath(path), what]));
  return placesOf(pipeline).flatMap(({ at, what, path }): PlaceProblem[] => {
    const said = `${what} "${brief(path, 200)}"`;
    const names = path.replace(/^(?:\.\/)+/, '').split('/');
    const first = names.findIndex((each) => each.includes('{{'));
    const folders = first === -1 ? names.slice(0, -1) : names.slice(0, first);
    const guarded = guardedPlace(folders, first === -1 ? names.at(-1) : undefined);
    if (guarded !== undefined) {
      return [
        {
          at,
          message: `${said} leads to "${guarded}", which programs run or read as configuration: choose another place.`,
        },
      ];
    }
    const there = isTemplate(path) ? undefined : own.get(comparableRelativePath(path));
    return there === undefined ? [] : [{ at, message: `${said} would replace ${there}: give it another name.` }];
  });
}

function placesOf({ stages, table, deliver }: Pipeline): readonly Place[] {
  return [
    ...stages.flatMap(({ name, output }, index): Place[] =>
      output === undefined
        ? []
        : [{ at: ['stages', String(index), 'output'], what: `"output" of the stage "${name}":`, path: output }],
    ),
    ...(table ? [{ at: ['table', 'file'], what: 'The table', path: table.path }] : []),
    ...deliver.map(({ kind, path }, index) => ({
      at: ['deliver', String(index), kind],
      what: `Delivery ${index + 1}:`,
      path,
    })),
  ];
}

/** What a pipeline reads or runs, and what a sentence calls it. */
function ownFiles({ source, stages }: Pipeline, name: string): readonly (readonly [string, string])[] {
  const data = source.data?.source;
  return [
    [name, 'the pipeline file itself'],
    ...(data?.kind === 'file' ? [[data.path, 'the data that the pipeline reads'] as const] : []),
    ...stages.flatMap(ownFile),
  ];
}

function ownFile(stage: StageDefinition): readonly (readonly [string, string])[] {
  const whose = `of the stage "${stage.name}"`;
  switch (stage.kind) {
    case 'prompt':
      return stage.prompt.kind === 'file' ? [[stage.prompt.path, `the prompt file ${whose}`]] : [];
    case 'module':
      return [[stage.module, `the module ${whose}`]];
    case 'command': {
      const [program] = stage.command.kind === 'program' ? stage.command.arguments : [];
      return program === undefined ? [] : [[program, `the program ${whose}`]];
    }
    case 'http':
      return [];
  }
}
