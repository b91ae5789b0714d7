import { join, posix } from 'node:path';
import type { Pipeline, PromptStage } from '../../flow/pipeline.ts';
import { readPrompt } from '../../prompts/formats/formats.ts';
import { parsePromptFile } from '../../prompts/parse.ts';
import type { Problem, PromptFile, Result } from '../../prompts/promptFile.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { includedIn } from '../plan/promptInputs.ts';
import { readTextWithin } from '../plan/textWithin.ts';
import { readSchemas } from '../plan/schemas.ts';
import type { StagePrompt } from './promptStage.ts';

export interface StagePromptsRequest {
  readonly pipeline: Pipeline;
  /** Path of the pipeline file, relative to the root and with `/`. */
  readonly path: string;
  /** Absolute. */
  readonly root: string;
  readonly files: FileStore;
}

/** The prompts of all prompt stages, by stage, with what they refer to. */
export async function readStagePrompts(
  request: StagePromptsRequest,
): Promise<Result<ReadonlyMap<string, StagePrompt>>> {
  const { pipeline, root, files } = request;
  const problems: Problem[] = [];
  const prompts = new Map<string, PromptFile>();
  for (const stage of pipeline.stages) {
    if (stage.kind !== 'prompt') continue;
    const read = await readStagePrompt(stage, request);
    if (read.ok) prompts.set(stage.name, read.value);
    else problems.push(...read.problems);
  }
  const schemas = await readSchemas([...prompts.values()], files, root);
  if (!schemas.ok) problems.push(...schemas.problems);
  if (problems.length > 0 || !schemas.ok) return { ok: false, problems };
  const stages = new Map<string, StagePrompt>();
  for (const [name, prompt] of prompts) {
    const includes = await includedIn(prompt, { files, root });
    const schema = schemas.value.get(prompt.path);
    stages.set(name, { prompt, includes, ...(schema ? { schema } : {}) });
  }
  return { ok: true, value: stages };
}

async function readStagePrompt(
  { name, prompt, line }: PromptStage,
  { path, root, files }: StagePromptsRequest,
): Promise<Result<PromptFile>> {
  if (prompt.kind === 'inline') {
    const read = parsePromptFile(posix.join(posix.dirname(path), `${name}.prompt.md`), prompt.text);
    if (read.ok) return read;
    const told = read.problems.map(({ message }) => ({
      file: path,
      line,
      message: `In the stage "${name}": ${message}`,
    }));
    return { ok: false, problems: told };
  }
  const file = posix.join(posix.dirname(path), prompt.path);
  const text = await readTextWithin(join(root, file), root, files);
  if (text.ok) return readPrompt(file, text.value);
  const message = `The prompt file ${prompt.path} of the stage "${name}" ${text.failure}: correct its path.`;
  return { ok: false, problems: [{ file: path, line, message }] };
}
