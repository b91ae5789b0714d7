import { dirname, join } from 'node:path';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { Flow } from '../../flow/flow.ts';
import { parsePipeline } from '../../flow/pipelineFile/parsePipeline.ts';
import type { Pipeline } from '../../flow/pipeline.ts';
import { placedMessage, type Problem } from '../../base/problem.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { readTextWithin } from '../plan/textWithin.ts';
import type { ResumeRequest } from '../resume/resumption.ts';
import type { ServiceDirectory } from '../serviceDirectory.ts';
import { PipelineEnding } from './pipelineEnding.ts';
import { pipelineStages } from './pipelineStages.ts';
import { upTo } from './selectStages.ts';
import { StageFiles } from './stageFiles.ts';
import { readStagePrompts } from './stagePrompts.ts';
import { stageWorks } from './stageWorks.ts';
import type { FetchedStore } from './webRequests.ts';

/** A pipeline at work on a run: what its stages do, and where what comes of them goes. */
export interface WorkingPipeline {
  readonly pipeline: Pipeline;
  /** Of the file, absolute. */
  readonly folder: string;
  readonly flow: Flow;
  readonly store: FileStore;
  readonly files: StageFiles;
  /** What its run is started or resumed with, and attended. */
  readonly ending: PipelineEnding;
}

export interface ResumedPipeline extends WorkingPipeline {
  /** Once the run has ended. */
  readonly dispose: () => Promise<void>;
  readonly stages: NonNullable<ResumeRequest['stages']>;
}

export interface ResumedPipelineRequest {
  readonly flow: Flow;
  /** The folder that everything stays inside, absolute. */
  readonly root: string;
  readonly store: FileStore;
  readonly services: ServiceDirectory;
  readonly isProxied: boolean;
  /** Where the bundles of the program lie, absolute. */
  readonly programs: string;
  /** Where what is fetched is kept for later runs. */
  readonly fetched: FetchedStore;
}

/**
 * What a run needs to go on that follows a pipeline: its file as it is now.
 *
 * @returns a failure is a sentence: the file is gone, wrong, or has lost a stage of the run
 */
export async function resumedPipeline(request: ResumedPipelineRequest): Promise<Outcome<ResumedPipeline, string>> {
  const { flow, root, store, services, isProxied, programs, fetched } = request;
  const path = flow.pipeline;
  const fails = (why: string): Outcome<never, string> => failed(`The run cannot go on: ${why}`);
  const text = await readTextWithin(join(root, path), root, store);
  if (!text.ok) return fails(`its pipeline ${path} ${text.failure}.`);
  const parsed = parsePipeline(path, text.value);
  if (!parsed.ok) return fails(firstOf(parsed.problems));
  const { stages: now } = parsed.value.pipeline;
  const gone = flow.stages.find(({ name }) => !now.some((stage) => stage.name === name));
  if (gone) return fails(`${path} has no stage "${gone.name}" any more: run it anew.`);
  // A run that was to go up to one of them goes no further.
  const selected = upTo(
    parsed.value.pipeline,
    flow.stages.map(({ name }) => name),
  );
  if (!selected.ok) return fails(selected.failure);
  const pipeline = selected.value;
  const prompts = await readStagePrompts({ pipeline, path, root, files: store });
  if (!prompts.ok) return fails(firstOf(prompts.problems));
  const folder = dirname(join(root, path));
  const files = new StageFiles(store, folder);
  const works = await stageWorks({ pipeline, folder, store, files, services, isProxied, programs, fetched });
  const ending = new PipelineEnding();
  const made = pipelineStages({ pipeline, root, store, files, services, works })(prompts.value);
  const stages = { ...made, deliver: ending.deliver };
  return success({ stages, ending, pipeline, folder, flow, store, files, dispose: works.dispose });
}

function firstOf([first]: readonly Problem[]): string {
  return first ? placedMessage(first) : 'its pipeline cannot be read.';
}
