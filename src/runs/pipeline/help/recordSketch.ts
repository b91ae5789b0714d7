import { isJsonObject, type JsonObject } from '../../../base/jsonObject.ts';
import { sampleOf, type NameSource, type ValueNames } from '../../../prompts/help/valueNames.ts';
import { schemaSample } from './schemaSample.ts';
import type { PipelineSketch, StageSketch } from './pipelineSketch.ts';

/** What was read of the files that a pipeline names. */
export interface SketchMaterial {
  /** Values of the first row; absent: not known. */
  readonly row?: JsonObject;
  /** JSON Schemas of what prompt stages answer, by stage; `null`: they answer a text. */
  readonly schemas: ReadonlyMap<string, JsonObject | null>;
}

/** When a record is read. */
export interface SketchMoment {
  /** 0-based; behind the last one: when all are through. */
  readonly stage: number;
  /** Whether the stage has expanded or gathered already. */
  readonly isInside: boolean;
}

/** What a record is known to have at a moment. */
export interface RecordSketch extends ValueNames {
  /** Paths of what is a list in it. */
  readonly lists: readonly string[];
}

/** Levels of a record whose paths are offered. */
const deepest = 4;
const mostPaths = 500;
const builtInResults: Readonly<Record<string, JsonObject>> = {
  'pdf-text': { text: 'text', pages: ['text'], title: 'text' },
  ocr: { text: 'text', confidence: 'number' },
};
const fileResult = { file: 'text', sha256: 'text' };
const fetchedFile = { file: 'text', bytes: 'number', sha256: 'text', type: 'text', url: 'text' };

/** The names that a record has, from its row on through the stages. */
export function recordSketch(
  { data, stages }: PipelineSketch,
  { row, schemas }: SketchMaterial,
  { stage: last, isInside }: SketchMoment,
): RecordSketch {
  let names = new Map<string, NameSource>(
    Object.entries(row ?? {}).map(([name, value]) => [name, { kind: 'row', value }]),
  );
  let mayHaveMore = data !== undefined && row === undefined;
  for (const [index, stage] of stages.slice(0, last + (isInside ? 1 : 0)).entries()) {
    if (stage.isGathered) {
      names = gathered(names, stage.name);
      mayHaveMore = false;
    } else if (stage.each !== undefined) {
      const element = elementOf(names, stage.each);
      if (element === undefined) mayHaveMore = true;
      for (const [name, source] of element ?? []) names.set(name, source);
      names.set('index', { kind: 'given', note: 'The place of the element in its list, from 0.' });
    }
    if (index === last || stage.name === '') continue;
    names.set(stage.name, { kind: 'added', stage: stage.name, value: resultOf(stage, schemas) });
  }
  names.set('key', { kind: 'given', note: 'What tells the record apart from all others.' });
  const found = { lists: [] as string[], leaves: [] as string[] };
  for (const [name, source] of names) collect(sampleOf(source), [name], found);
  return { names, columns: [...new Set([...found.leaves, 'key'])], lists: found.lists, mayHaveMore };
}

function gathered(before: ReadonlyMap<string, NameSource>, stage: string): Map<string, NameSource> {
  const record = Object.fromEntries([...before].map(([name, source]) => [name, sampleOf(source) ?? 'value']));
  const missing = [{ key: 'text', stage: 'text', message: 'text' }];
  return new Map<string, NameSource>([
    ['records', { kind: 'added', stage, value: [record] }],
    ['group', { kind: 'given', note: 'What "by" gave for the records.' }],
    ['index', { kind: 'given', note: 'Which part of the group it is, from 0.' }],
    ['missing', { kind: 'added', stage, value: missing }],
  ]);
}

/** The fields of a list's element; undefined where they are not known. */
function elementOf(names: ReadonlyMap<string, NameSource>, path: string): [string, NameSource][] | undefined {
  const [root = '', ...others] = path.split('.');
  const source = names.get(root);
  let value = sampleOf(source);
  for (const name of others) value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const [first] = value as readonly unknown[];
  const fields = isJsonObject(first) ? first : { value: first };
  return Object.entries(fields).map(([name, each]) => [
    name,
    source?.kind === 'added' ? { kind: 'added', stage: source.stage, value: each } : { kind: 'row', value: each },
  ]);
}

/** What a stage adds under its name; of what nobody can know there is nothing in it. */
function resultOf({ name, kind, module, isJson, hasOutput }: StageSketch, schemas: SketchMaterial['schemas']): unknown {
  const file = hasOutput ? fileResult : {};
  switch (kind) {
    case 'prompt': {
      const schema = schemas.get(name);
      if (schema === undefined) return file;
      const sample = schema === null ? { text: 'text' } : schemaSample(schema);
      return { ...(isJsonObject(sample) ? sample : sample === undefined ? {} : { value: sample }), ...file };
    }
    case 'command':
      return isJson ? file : { text: 'text', ...file };
    case 'module':
      return {
        ...(module !== undefined && Object.hasOwn(builtInResults, module) ? builtInResults[module] : {}),
        ...file,
      };
    case 'http':
      return hasOutput ? fetchedFile : {};
    case undefined:
      return file;
  }
}

function collect(value: unknown, path: readonly string[], found: { lists: string[]; leaves: string[] }): void {
  if (found.leaves.length + found.lists.length >= mostPaths) return;
  if (Array.isArray(value)) found.lists.push(path.join('.'));
  else if (isJsonObject(value) && path.length < deepest) {
    for (const [name, each] of Object.entries(value)) collect(each, [...path, name], found);
    return;
  }
  found.leaves.push(path.join('.'));
}
