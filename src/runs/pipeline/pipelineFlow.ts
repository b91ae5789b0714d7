import { contentHash } from '../../base/hash.ts';
import { failed, type Outcome } from '../../base/outcome.ts';
import type { Expressions, RecordData } from '../../flow/flow.ts';
import type { HttpStage, CommandStage, ModuleStage, Pipeline, StageDefinition } from '../../flow/pipeline.ts';
import type { StageText } from '../../flow/record.ts';
import type { AttemptOutcome, Failure } from '../../model/attempt.ts';
import { outputPath } from '../../stages/outputPath.ts';
import type { RunFlow, StageAnswer, StageTask } from '../session/runFlow.ts';
import { StageExpressions, withItem } from './expressions.ts';
import { ownPaths } from './ownPaths.ts';
import { PromptWork, type PromptStageTools, type StagePrompt } from './promptStage.ts';
import type { StageWorks } from './pipelineStages.ts';
import type { StageFiles } from './stageFiles.ts';
import { fileOf, keptOutcome, resultFile } from './stageOutcome.ts';

export type WorkStage = HttpStage | CommandStage | ModuleStage;

export interface PipelineFlowTools extends Omit<PromptStageTools, 'variables'>, StageWorks {
  readonly files: StageFiles;
  /** The editor's `${…}` variables for the prompt of a stage. */
  readonly variables: (path: string) => Readonly<Record<string, string>>;
}

/** What a pipeline knows of a `RunFlow`. */
export type PipelineWork = Pick<RunFlow, 'work' | 'expressions' | 'identity' | 'restore' | 'files'>;

type Work = (task: StageTask) => Promise<AttemptOutcome<StageAnswer>>;

/** What a pipeline's stages do: everything of a `RunFlow` but what the plan knows. */
export function stagesOf(
  pipeline: Pipeline,
  prompts: ReadonlyMap<string, StagePrompt>,
  tools: PipelineFlowTools,
): PipelineWork {
  const expressions = new StageExpressions();
  tools.files.keep(ownPaths(pipeline, prompts, tools.workspace.base));
  const definitions = new Map(pipeline.stages.map((stage) => [stage.name, stage]));
  const works = new Map<string, Work>();
  const identities = new Map<string, string | undefined>();
  const placeOf = (output: string, task: StageTask): Outcome<string, string> =>
    outputPath(output, { record: recordOf(task), expressions });
  const workOf = (definition: StageDefinition): Work => {
    const known = works.get(definition.name);
    if (known) return known;
    const work = timed(definition, makeWork(definition, prompts, tools, expressions));
    works.set(definition.name, work);
    return work;
  };
  return {
    expressions,
    work: async (task) => {
      const definition = definitions.get(task.stage.name);
      if (!definition) return unknownStage(task.stage.name);
      // What has no place for its file is not paid for; requests say so themselves.
      const path = definition.output !== undefined && definition.kind !== 'http' && placeOf(definition.output, task);
      if (path && !path.ok) return notDone(path.failure);
      const outcome = await workOf(definition)(task);
      const { model } = task.item;
      return keptOutcome(definition, outcome, { text: '{}', format: 'json', model, isNothing: true });
    },
    files: {
      has: ({ name }) => definitions.get(name)?.output !== undefined,
      of: (task, result) => {
        const definition = definitions.get(task.stage.name);
        if (!definition) return failed(goneStage(task.stage.name));
        const record = recordOf(task);
        return resultFile(definition, result, { record, expressions, files: tools.files, owner: task.item.id });
      },
    },
    identity: ({ name }) => {
      if (!identities.has(name)) {
        const definition = definitions.get(name);
        identities.set(name, definition && identityOf(definition, prompts, tools));
      }
      return identities.get(name);
    },
    restore: (stage, result) => restored(definitions.get(stage.name), result, tools.files),
  };
}

/** The record of an item with what only templates of its item know. */
function recordOf({ record, item, stage }: Pick<StageTask, 'record' | 'item' | 'stage'>): RecordData {
  return withItem(record, item, stage.variants.length > 1);
}

function makeWork(
  definition: StageDefinition,
  prompts: ReadonlyMap<string, StagePrompt>,
  tools: PipelineFlowTools,
  expressions: Expressions,
): Work {
  if (definition.kind === 'prompt') {
    const prompt = prompts.get(definition.name);
    if (!prompt) return () => Promise.resolve(unknownStage(definition.name));
    const work = new PromptWork(prompt, { ...tools, variables: tools.variables(prompt.prompt.path) });
    return (task) => {
      const { item, record: _record, stage: _stage, ...options } = task;
      return work.perform({ item, record: recordOf(task), ...options });
    };
  }
  const work = tools.workOf(definition);
  return async (task) => {
    const { item, signal, admit } = task;
    const { key, serviceKey, id: owner } = item;
    const asking = admit ? { admit: () => admit(1) } : {};
    const outcome = await work({ record: recordOf(task), key, expressions, signal, serviceKey, owner, ...asking });
    return outcome.kind === 'failed' ? outcome : { ...outcome, result: { ...outcome.result, model: item.model } };
  };
}

/** An attempt that takes longer than its stage allows is called off. */
function timed({ name, timeoutMs }: StageDefinition, work: Work): Work {
  if (timeoutMs === undefined) return work;
  return async (task) => {
    const late = AbortSignal.timeout(timeoutMs);
    const outcome = await work({ ...task, signal: AbortSignal.any([task.signal, late]) });
    if (outcome.kind === 'completed' || task.signal.aborted || !late.aborted) return outcome;
    const message = `The stage "${name}" took longer than ${timeoutMs / 1000} s: raise its "timeout".`;
    return { ...outcome, failure: { reason: 'timeout', message } };
  };
}

/** Only what changes what comes of a record: not how many go together, nor where a file goes. */
function identityOf(
  definition: StageDefinition,
  prompts: ReadonlyMap<string, StagePrompt>,
  { contentOf }: PipelineFlowTools,
): string {
  const { line: _line, workers: _workers, queue: _queue, retry: _retry, timeoutMs: _timeout, ...rest } = definition;
  const { priority: _priority, input: _input, when: _when, ...own } = rest;
  if (definition.kind !== 'prompt') return contentHash(JSON.stringify([own, contentOf(definition)]));
  const found = prompts.get(definition.name);
  const includes = [...(found?.includes ?? [])].map(([path, text]) => [path, text.ok ? text.value : '']);
  return contentHash(JSON.stringify([own, found?.prompt.hash, found?.prompt.parameters, found?.schema, includes]));
}

/** A result from the cache is as good as new once its file is there. */
async function restored(
  definition: StageDefinition | undefined,
  result: StageText,
  files: StageFiles,
): Promise<boolean> {
  if (definition?.output === undefined) return true;
  const file = fileOf(result);
  return file === undefined ? result.text === '{}' : files.has(file.path, file.hash);
}

function unknownStage(name: string): AttemptOutcome<never> {
  return { kind: 'failed', failure: goneStage(name), calls: 0 };
}

function goneStage(name: string): Failure {
  return { reason: 'bad-request', message: `The pipeline has no stage "${name}" any more: run it anew.` };
}

function notDone(message: string): AttemptOutcome<never> {
  return { kind: 'failed', failure: { reason: 'bad-request', message }, calls: 0 };
}
