/**
 * What reads, explains, plans and previews prompt files, and exports what came of them. It weighs more than the rest of the extension, and is loaded
 * when a prompt file is first looked into: `await import('./promptWork.ts')`.
 */
export { diagnose } from '../prompts/diagnose.ts';
export { readPrompt } from '../prompts/formats/formats.ts';
export { completionsAt } from '../prompts/help/completions.ts';
export { folderAt, helpPlaceAt } from '../prompts/help/helpPlace.ts';
export { hoveredAt } from '../prompts/help/hover.ts';
export { noNames, valueNames } from '../prompts/help/valueNames.ts';
export { modelEdit } from '../prompts/modelEdit.ts';
export { isWatched, promptAction } from '../prompts/promptAction.ts';
export { estimatePlan } from '../runs/plan/estimatePlan.ts';
export { firstRowOf } from '../runs/plan/firstRow.ts';
export { planRun } from '../runs/plan/plan.ts';
export { previewOf } from '../runs/plan/preview.ts';
export { countRows } from '../runs/plan/rowCount.ts';
export { DataFiles } from '../storage/dataFiles.ts';
export { exportCandidates } from '../runs/shelf/exportCandidates.ts';
export { listCandidates } from '../runs/shelf/listCandidates.ts';
