/** What commands do, loaded when one of them is first called: `await import('./commands/commandWork.ts')`. */
export { PlanSheets } from '../views/planSheets.ts';
export { PromptPreviews } from '../views/promptPreviews.ts';
export { registerAddService } from './addService.ts';
export { ChooseCommands } from './choose.ts';
export { registerChooseModel } from './chooseModel.ts';
export { CompareCommands } from './compare.ts';
export { registerExportCandidates } from './exportCandidates.ts';
export { GenerateCommand } from './generate.ts';
export { registerNewPipeline } from './newPipeline.ts';
export { registerNewPromptFile } from './newPromptFile.ts';
export { PipelineCommands } from './pipelines.ts';
export { registerPreviewPrompt } from './previewPrompt.ts';
export { registerReadCandidates } from './readCandidates.ts';
export { RunCommands } from './runs.ts';
export { registerSetApiKey } from './setApiKey.ts';
