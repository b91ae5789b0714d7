import { join, posix } from 'node:path';
import type { JsonObject } from '../../../base/jsonObject.ts';
import type { DataInput } from '../../../model/dataInput.ts';
import { readPrompt } from '../../../prompts/formats/formats.ts';
import { parsePromptFile } from '../../../prompts/parse.ts';
import type { PromptFile } from '../../../prompts/promptFile.ts';
import type { FileStore } from '../../../storage/fileStore.ts';
import { firstRowOf } from '../../plan/firstRow.ts';
import { readTextWithin } from '../../plan/textWithin.ts';
import { readSchemas } from '../../plan/schemas.ts';
import type { PipelineSketch, StageSketch } from './pipelineSketch.ts';
import type { SketchMaterial } from './recordSketch.ts';

export interface MaterialRequest {
  readonly sketch: PipelineSketch;
  /** Of the pipeline file, relative to the root and with `/`. */
  readonly path: string;
  /** The folder that everything stays inside, absolute. */
  readonly root: string;
  readonly files: FileStore;
  /** Of the pipeline's folder. */
  readonly input: DataInput;
}

/** Prompts of stages that are looked into. */
const mostPrompts = 20;

/** Reads the first row and the schemas of what prompt stages answer; what cannot be read is not known. */
export async function readMaterial(request: MaterialRequest): Promise<SketchMaterial> {
  const { sketch, path, root, files, input } = request;
  const row = sketch.data && (await firstRowOf(sketch.data, path, input).catch(() => undefined));
  const schemas = new Map<string, JsonObject | null>();
  for (const stage of sketch.stages.filter(({ kind }) => kind === 'prompt').slice(0, mostPrompts)) {
    const prompt = await promptOf(stage, request);
    if (!prompt) continue;
    const read = prompt.schema ? await readSchemas([prompt], files, root) : undefined;
    if (!read) schemas.set(stage.name, null);
    else if (read.ok) schemas.set(stage.name, read.value.get(prompt.path) ?? null);
  }
  return { ...(row ? { row } : {}), schemas };
}

async function promptOf(
  { name, prompt }: StageSketch,
  { path, root, files }: MaterialRequest,
): Promise<PromptFile | undefined> {
  if (!prompt) return undefined;
  const folder = posix.dirname(path);
  if (prompt.kind === 'inline') {
    const read = parsePromptFile(posix.join(folder, `${name}.prompt.md`), prompt.value);
    return read.ok ? read.value : undefined;
  }
  const file = posix.join(folder, prompt.value);
  const text = await readTextWithin(join(root, file), root, files);
  const read = text.ok ? readPrompt(file, text.value) : undefined;
  return read?.ok === true ? read.value : undefined;
}
