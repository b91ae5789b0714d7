import { parse } from 'yaml';
import { isJsonObject } from '../../../base/jsonObject.ts';
import { readPipelineText } from '../../../flow/pipelineFile/parsePipeline.ts';
import { isPromptFileName } from '../../../flow/pipelineFile/stageKinds.ts';
import { kindKeys } from '../../../flow/pipelineFile/keys.ts';
import type { DataSettings } from '../../../model/data.ts';
import { entry } from '../../../prompts/help/key.ts';
import { outlineOf, unquoted, type YamlBlock, type YamlKey } from '../../../prompts/help/yamlOutline.ts';

export type StageKind = keyof typeof kindKeys;

/** What is known of a stage that may be half written. */
export interface StageSketch {
  readonly name: string;
  /** UTF-16 units of the text. */
  readonly from: number;
  /** The keys that it has. */
  readonly keys: readonly string[];
  readonly kind: StageKind | undefined;
  readonly each?: string;
  readonly isGathered: boolean;
  readonly prompt?: { readonly kind: 'file' | 'inline'; readonly value: string };
  readonly module?: string;
  readonly isJson: boolean;
  /** Whether it leaves a file. */
  readonly hasOutput: boolean;
}

/** A pipeline file as far as it is written. */
export interface PipelineSketch {
  /** Absent where there is none, or it cannot be read. */
  readonly data?: DataSettings;
  readonly stages: readonly StageSketch[];
}

/** Reads what a parser would refuse: each value by itself, so that what is half written spoils nothing else. */
export function pipelineSketch(path: string, text: string): PipelineSketch {
  const { keys } = outlineOf(text, 0, text.length, -1);
  const data = dataOf(path, text, keys);
  const blocks = new Map<YamlBlock, YamlKey[]>();
  for (const key of keys) {
    if (!isPath(key.block, 'stages', entry)) continue;
    const own = blocks.get(key.block);
    if (own) own.push(key);
    else blocks.set(key.block, [key]);
  }
  return {
    ...(data ? { data } : {}),
    stages: [...blocks.values()].map((own) => stageOf(text, own, keys)),
  };
}

function isPath({ path }: YamlBlock, ...names: readonly string[]): boolean {
  return path.length === names.length && path.every((name, at) => name === names[at]);
}

/** The source is read as the file's reader does, without the stages that may be half written. */
function dataOf(path: string, text: string, keys: readonly YamlKey[]): DataSettings | undefined {
  const source = keys.find(({ name, block }) => name === 'source' && block.path.length === 0);
  if (!source) return undefined;
  const next = keys.find(({ from, block }) => from > source.from && block.path.length === 0);
  const slice = text.slice(source.from, next?.from);
  const { file } = readPipelineText(path, `${slice}\nstages: [{ name: x, command: [x] }]\n`);
  return file?.pipeline.source.data;
}

function stageOf(text: string, own: readonly YamlKey[], all: readonly YamlKey[]): StageSketch {
  const values = new Map(own.map((key) => [key.name, valueOf(text, key, all)]));
  const words = (name: string): string | undefined => {
    const value = values.get(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const kind = Object.keys(kindKeys).find((name): name is StageKind => values.has(name));
  const [each, module, prompt] = [words('each'), words('module'), promptOf(values.get('prompt'))];
  return {
    name: words('name') ?? '',
    from: own[0]?.from ?? 0,
    keys: own.map(({ name }) => name),
    kind,
    ...(each === undefined ? {} : { each: each.replace(/^\{\{\s*|\s*\}\}$/g, '') }),
    isGathered: values.has('gather'),
    ...(prompt ? { prompt } : {}),
    ...(module === undefined ? {} : { module }),
    isJson: words('result') === 'json',
    hasOutput: words('output') !== undefined,
  };
}

function promptOf(value: unknown): StageSketch['prompt'] {
  if (typeof value === 'string') return { kind: isPromptFileName(value.trim()) ? 'file' : 'inline', value };
  if (!isJsonObject(value)) return undefined;
  if (typeof value.file === 'string') return { kind: 'file', value: value.file };
  return typeof value.text === 'string' ? { kind: 'inline', value: value.text } : undefined;
}

/** What stands behind a key; undefined for what cannot be read yet. */
function valueOf(text: string, key: YamlKey, all: readonly YamlKey[]): unknown {
  if (key.block.indent !== undefined) {
    const lineStart = text.lastIndexOf('\n', key.from - 1) + 1;
    const next = all.find(({ from, block }) => from > key.from && block.path.length <= key.block.path.length);
    const slice = text.slice(key.from, next?.from).replace(/\n[ \t]*(?:-[ \t]*)?$/, '\n');
    try {
      const read: unknown = parse(`${' '.repeat(key.from - lineStart)}${slice}`, { maxAliasCount: 0 });
      if (isJsonObject(read)) return read[key.name];
    } catch {
      // Half written: its first line may say something.
    }
  }
  const [, written = ''] =
    /^[ \t]*:[ \t]*("[^"\n]*"|'[^'\n]*'|[^,}\]\n]*)/.exec(text.slice(key.to, key.to + 2_000)) ?? [];
  return unquoted(written.trim());
}
