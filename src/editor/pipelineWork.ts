/** What reads, explains, plans and runs pipelines, loaded when there is one: `await import('./pipelineWork.ts')`. */
export { parsePipeline, readPipelineText } from '../flow/pipelineFile/parsePipeline.ts';
export { completionsAt } from '../prompts/help/completions.ts';
export { folderAt } from '../prompts/help/helpPlace.ts';
export { sampleOf } from '../prompts/help/valueNames.ts';
export { attendPipeline } from '../runs/pipeline/attendPipeline.ts';
export { PipelineEnding } from '../runs/pipeline/pipelineEnding.ts';
export { momentAt, pipelineHoveredAt, pipelinePlaceAt } from '../runs/pipeline/help/pipelinePlace.ts';
export { pipelineSketch } from '../runs/pipeline/help/pipelineSketch.ts';
export { readMaterial } from '../runs/pipeline/help/readMaterial.ts';
export { recordSketch } from '../runs/pipeline/help/recordSketch.ts';
export { pipelineStages } from '../runs/pipeline/pipelineStages.ts';
export { planPipeline } from '../runs/pipeline/planPipeline.ts';
export { resumedPipeline } from '../runs/pipeline/resumedPipeline.ts';
export { upTo } from '../runs/pipeline/selectStages.ts';
export { SourceWatch, wholeFiles } from '../runs/pipeline/sourceWatch.ts';
export { StageFiles } from '../runs/pipeline/stageFiles.ts';
export { stageWorks } from '../runs/pipeline/stageWorks.ts';
export { DataFiles } from '../storage/dataFiles.ts';
