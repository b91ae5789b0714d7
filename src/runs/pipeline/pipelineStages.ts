import type { Pipeline } from '../../flow/pipeline.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import type { StageText } from '../../flow/record.ts';
import type { AttemptOutcome, Failure } from '../../model/attempt.ts';
import type { StageTask } from '../../stages/stage.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { editorVariables } from '../plan/plan.ts';
import type { ServiceDirectory } from '../serviceDirectory.ts';
import type { RunFlow } from '../session/runFlow.ts';
import { stagesOf, type WorkStage } from './pipelineFlow.ts';
import type { StagePrompt } from './promptStage.ts';
import type { StageFiles } from './stageFiles.ts';

export interface PipelineStagesOptions {
  readonly pipeline: Pipeline;
  /** The folder that everything stays inside, absolute. */
  readonly root: string;
  readonly store: FileStore;
  readonly files: StageFiles;
  readonly services: Pick<ServiceDirectory, 'service'>;
  /** How stages work that ask no model, and what their programs are. */
  readonly works: StageWorks;
}

/** One attempt of a stage that asks no model. */
export interface WorkTask extends StageTask {
  /** The item, as the one whose files are its own. */
  readonly owner: string;
  readonly serviceKey: ServiceKey;
  /** Asked before each request. */
  readonly admit?: () => Promise<Failure | undefined>;
}

export type Work = (task: WorkTask) => Promise<AttemptOutcome<StageText>>;

/** Makes the work of stages that ask no model. */
export interface StageWorks {
  readonly workOf: (stage: WorkStage) => Work;
  readonly contentOf: (stage: WorkStage) => string;
}

/** What the stages of a pipeline do, once their prompts are known. */
export function pipelineStages(
  options: PipelineStagesOptions,
): (
  prompts: ReadonlyMap<string, StagePrompt>,
) => Pick<RunFlow, 'work' | 'expressions' | 'identity' | 'restore' | 'files'> {
  const { pipeline, root, store, files, services, works } = options;
  return (prompts) =>
    stagesOf(pipeline, prompts, {
      files,
      services,
      workspace: { base: root, files: store },
      variables: (path) => editorVariables(root, path),
      ...works,
    });
}
