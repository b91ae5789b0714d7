import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, dirname, join, posix, sep } from 'node:path';
import type { Problem, Result } from '../../base/problem.ts';
import { guardedPlace } from '../../candidates/guardedPlaces.ts';
import { checkDelivery } from '../../deliver/deliveries.ts';
import { checkPipeline, type PipelineFindings } from '../../flow/pipelineFile/checkPipeline.ts';
import type { PipelineChecks, PromptName } from '../../flow/pipelineFile/checks.ts';
import type { PipelineFile } from '../../flow/pipelineFile/parsePipeline.ts';
import type { PromptStage } from '../../flow/pipeline.ts';
import { readPrompt } from '../../prompts/formats/formats.ts';
import { parsePromptFile } from '../../prompts/parse.ts';
import { promptNames } from '../../prompts/promptNames.ts';
import { templateNames } from '../../prompts/rowExpressions.ts';
import { whyNoSelection } from '../../stages/http/select.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { readTextWithin } from '../plan/textWithin.ts';

export interface PipelineChecksRequest {
  readonly file: PipelineFile;
  /** The folder that everything stays inside, absolute. */
  readonly root: string;
  readonly store: FileStore;
  /** Names of services; absent: not known. */
  readonly services?: readonly string[];
  /** Of the source's rows; absent: not known. */
  readonly columns?: readonly string[];
}

/** All that can be known of a pipeline before it runs: what it refers to, and what it delivers. */
export async function pipelineFindings(request: PipelineChecksRequest): Promise<PipelineFindings> {
  const { file } = request;
  const { problems, hints } = await checkPipeline(file, checksOf(request));
  const folder = posix.dirname(file.path);
  const placed = (problem: Problem): Problem =>
    problem.file === file.path ? problem : { ...problem, file: posix.join(folder, problem.file) };
  const deliveries = file.pipeline.deliver.flatMap((definition) =>
    checkDelivery(definition).map(({ line, message }) => ({ file: file.path, line, message })),
  );
  return { problems: [...problems.map(placed), ...deliveries], hints: hints.map(placed) };
}

function checksOf({ file, root, store, services, columns }: PipelineChecksRequest): PipelineChecks {
  const folder = dirname(join(root, file.path));
  return {
    templateNames,
    selectProblem: whyNoSelection,
    promptNames: (prompt, known) => namesOfPrompt(prompt, known, { root, folder, store }),
    hasFile: (path) =>
      // Nothing of it is read: a file that has anything in it is too large then, and there.
      store.readWithin(join(folder, path), 0, root).then(
        () => true,
        // What is there and cannot be read, whoever needs it says.
        (error: unknown) =>
          !['ENOENT', 'ENOTDIR', 'FileNotFound'].includes((error as NodeJS.ErrnoException).code ?? ''),
      ),
    hasProgram: (program) => hasProgram(program, folder),
    guardedPlace,
    ...(services ? { services } : {}),
    ...(columns ? { columns } : {}),
  };
}

async function namesOfPrompt(
  prompt: PromptStage['prompt'],
  known: ReadonlySet<string>,
  { root, folder, store }: { readonly root: string; readonly folder: string; readonly store: FileStore },
): Promise<Result<readonly PromptName[]>> {
  if (prompt.kind === 'inline') {
    const read = parsePromptFile('inline.prompt.md', prompt.text);
    return read.ok ? promptNames(read.value, known) : read;
  }
  const text = await readTextWithin(join(folder, prompt.path), root, store);
  if (!text.ok) return { ok: false, problems: [] };
  const read = readPrompt(prompt.path, text.value);
  return read.ok ? promptNames(read.value, known) : read;
}

/** By its path, or on the PATH. */
async function hasProgram(program: string, folder: string): Promise<boolean> {
  const isPath = program.includes('/') || program.includes(sep);
  const places = isPath
    ? [join(folder, program), program]
    : (process.env.PATH ?? '').split(delimiter).map((each) => join(each, program));
  const endings = process.platform === 'win32' ? (process.env.PATHEXT ?? '.EXE').split(';').concat('') : [''];
  for (const place of places) {
    for (const ending of endings) {
      const isThere = await access(place + ending, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return true;
    }
  }
  return false;
}
