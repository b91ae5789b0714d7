/** What reads, plans and runs pipelines, loaded when there is one: `await import('./pipelineWork.ts')`. */
export { parsePipeline, readPipelineText } from '../flow/pipelineFile/parsePipeline.ts';
export { attendPipeline } from '../runs/pipeline/attendPipeline.ts';
export { pipelineStages } from '../runs/pipeline/pipelineStages.ts';
export { planPipeline } from '../runs/pipeline/planPipeline.ts';
export { resumedPipeline } from '../runs/pipeline/resumedPipeline.ts';
export { upTo } from '../runs/pipeline/selectStages.ts';
export { StageFiles } from '../runs/pipeline/stageFiles.ts';
export { stageWorks } from '../runs/pipeline/stageWorks.ts';
