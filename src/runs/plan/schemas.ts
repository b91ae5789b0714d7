import { dirname, join } from 'node:path';
import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import { checkSchema } from '../../candidates/structured/checkSchema.ts';
import type { Problem, PromptFile, Result } from '../../prompts/promptFile.ts';
import { limits } from '../../prompts/limits.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { whyUnread } from './readProblem.ts';

/**
 * The schemas of the prompt files that have one, by the paths of the prompt files.
 *
 * @param root the folder that schema files must lie in, absolute; paths of prompt files are relative to it
 */
export async function readSchemas(
  prompts: readonly Pick<PromptFile, 'path' | 'schema'>[],
  files: FileStore,
  root: string,
): Promise<Result<ReadonlyMap<string, JsonObject>>> {
  const schemas = new Map<string, JsonObject>();
  const problems: Problem[] = [];
  for (const { path: file, schema: source } of prompts) {
    if (!source) continue;
    const { line } = source;
    const tell = (message: string): void => void problems.push({ file, line, message });
    const read =
      source.kind === 'inline'
        ? source.schema
        : await fromFile(join(dirname(join(root, file)), source.path), files, root);
    if (typeof read === 'string') {
      tell(`The schema ${source.kind === 'file' ? source.path : ''} ${read}`);
      continue;
    }
    const wrong = checkSchema(read);
    for (const message of wrong) tell(message);
    if (wrong.length === 0 && isJsonObject(read)) schemas.set(file, read);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: schemas };
}

interface Parsed {
  readonly value: unknown;
}

/** @returns a text for the end of a sentence that says why not */
async function fromFile(path: string, files: FileStore, root: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await files.readWithin(path, limits.fileBytes, root);
  } catch (error) {
    return whyUnread(error, '3 MB');
  }
  const parsed = parse(bytes);
  if (!parsed) return 'is no JSON: mend it.';
  // A text would be taken for a complaint.
  return typeof parsed.value === 'string' ? [] : parsed.value;
}

function parse(bytes: Uint8Array): Parsed | undefined {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}
