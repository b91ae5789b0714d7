/**
 * What reads the candidates of prompt files and decides about them. It is loaded when somebody first looks at candidates:
 * `await import('./choosingWork.ts')`.
 */
export { archiveCandidates, archiveOthers } from '../runs/shelf/archiveCandidates.ts';
export { bestOf } from '../runs/shelf/best.ts';
export { note, rate } from '../runs/shelf/decide.ts';
export { listCandidates } from '../runs/shelf/listCandidates.ts';
export { chosenPrompt, ownerOf } from '../runs/shelf/locate.ts';
export { perform } from '../runs/shelf/operations.ts';
export { notePick, pick, pickAll, targetOf, textOf } from '../runs/shelf/pick.ts';
export { replaceFile } from '../runs/shelf/replaceFile.ts';
export { DiskShelves } from '../storage/shelfFile.ts';
export { WorkspaceShelves } from './files/workspaceShelves.ts';
