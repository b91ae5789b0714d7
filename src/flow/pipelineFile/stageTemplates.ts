import { isJsonObject } from '../../base/jsonObject.ts';
import type { StageDefinition } from '../pipeline.ts';

/** A template of a stage. */
export interface StageTemplate {
  /** Where it stands, from the stage down. */
  readonly path: readonly string[];
  readonly template: string;
  /** Whether it reads the record that the stage works on; else the one that comes to it. */
  readonly isInside: boolean;
}

function inside(path: readonly string[], template: string | undefined): StageTemplate[] {
  return template === undefined ? [] : [{ path, template, isInside: true }];
}

/** All texts in a value. */
function* textsIn(value: unknown, path: readonly string[]): Iterable<StageTemplate> {
  if (typeof value === 'string') yield* inside(path, value);
  else if (Array.isArray(value) || isJsonObject(value)) {
    for (const [name, each] of Object.entries(value)) yield* textsIn(each, [...path, name]);
  }
}

/** The templates of a stage but for those of its prompt. */
export function* templatesOf(stage: StageDefinition): Iterable<StageTemplate> {
  const { input } = stage;
  if (input.kind === 'gather' && input.by !== undefined) {
    yield { path: ['gather', 'by'], template: input.by, isInside: false };
  }
  if (input.kind === 'expand') yield* inside(['key'], input.key);
  yield* inside(['when'], stage.when);
  yield* inside(['output'], stage.output);
  switch (stage.kind) {
    case 'prompt':
      break;
    case 'command':
      if (stage.command.kind === 'shell') yield* inside(['command'], stage.command.line);
      else yield* textsIn(stage.command.arguments, ['command']);
      yield* inside(['stdin'], stage.stdin);
      break;
    case 'http': {
      const { url, query, headers, body } = stage.http;
      for (const [name, value] of Object.entries({ url, query, headers, body })) {
        yield* textsIn(value, ['http', name]);
      }
      break;
    }
    case 'module':
      yield* textsIn(stage.with, ['with']);
  }
}
