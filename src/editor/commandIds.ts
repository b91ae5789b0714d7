/** Every command of the extension, as package.json contributes it. Whoever calls one calls it by its id. */
export const commandIds = {
  generate: 'parallelCandidates.generate',
  generateMissing: 'parallelCandidates.generateMissing',
  replaceCandidates: 'parallelCandidates.replaceCandidates',
  undoReplace: 'parallelCandidates.undoReplace',
  showPlan: 'parallelCandidates.showPlan',
  previewPrompt: 'parallelCandidates.previewPrompt',
  toggleGenerateOnSave: 'parallelCandidates.toggleGenerateOnSave',
  newPromptFile: 'parallelCandidates.newPromptFile',
  runPipeline: 'parallelCandidates.runPipeline',
  newPipeline: 'parallelCandidates.newPipeline',
  generateMore: 'parallelCandidates.generateMore',
  showBoard: 'parallelCandidates.showBoard',
  boardNext: 'parallelCandidates.boardNext',
  boardPrevious: 'parallelCandidates.boardPrevious',
  boardDifferences: 'parallelCandidates.boardDifferences',
  boardReference: 'parallelCandidates.boardReference',
  boardFind: 'parallelCandidates.boardFind',
  boardLayout: 'parallelCandidates.boardLayout',
  boardOpen: 'parallelCandidates.boardOpen',
  boardMore: 'parallelCandidates.boardMore',
  boardPick: 'parallelCandidates.boardPick',
  boardArchive: 'parallelCandidates.boardArchive',
  boardRate1: 'parallelCandidates.boardRate1',
  boardRate2: 'parallelCandidates.boardRate2',
  boardRate3: 'parallelCandidates.boardRate3',
  boardRate4: 'parallelCandidates.boardRate4',
  boardRate5: 'parallelCandidates.boardRate5',
  boardClearRating: 'parallelCandidates.boardClearRating',
  boardNote: 'parallelCandidates.boardNote',
  boardUndoChoice: 'parallelCandidates.boardUndoChoice',
  showQueue: 'parallelCandidates.showQueue',
  showMetrics: 'parallelCandidates.showMetrics',
  pause: 'parallelCandidates.pause',
  resume: 'parallelCandidates.resume',
  cancelAll: 'parallelCandidates.cancelAll',
  resumeRun: 'parallelCandidates.resumeRun',
  resumeWithMore: 'parallelCandidates.resumeWithMore',
  retryFailed: 'parallelCandidates.retryFailed',
  runItemAgain: 'parallelCandidates.runItemAgain',
  runStageAgain: 'parallelCandidates.runStageAgain',
  stopWatching: 'parallelCandidates.stopWatching',
  discardRun: 'parallelCandidates.discardRun',
  adoptRuns: 'parallelCandidates.adoptRuns',
  clearFinished: 'parallelCandidates.clearFinished',
  clearCache: 'parallelCandidates.clearCache',
  setApiKey: 'parallelCandidates.setApiKey',
  addService: 'parallelCandidates.addService',
  chooseModel: 'parallelCandidates.chooseModel',
  showMenu: 'parallelCandidates.showMenu',
  pick: 'parallelCandidates.pick',
  pickInto: 'parallelCandidates.pickInto',
  pickBest: 'parallelCandidates.pickBest',
  archive: 'parallelCandidates.archive',
  archiveOthers: 'parallelCandidates.archiveOthers',
  rate1: 'parallelCandidates.rate1',
  rate2: 'parallelCandidates.rate2',
  rate3: 'parallelCandidates.rate3',
  rate4: 'parallelCandidates.rate4',
  rate5: 'parallelCandidates.rate5',
  clearRating: 'parallelCandidates.clearRating',
  note: 'parallelCandidates.note',
  undoChoice: 'parallelCandidates.undoChoice',
  compare: 'parallelCandidates.compare',
  compareAll: 'parallelCandidates.compareAll',
  nextCandidate: 'parallelCandidates.nextCandidate',
  previousCandidate: 'parallelCandidates.previousCandidate',
  openCandidate: 'parallelCandidates.openCandidate',
  openPromptFile: 'parallelCandidates.openPromptFile',
  export: 'parallelCandidates.export',
  filterCandidates: 'parallelCandidates.filterCandidates',
  showAllCandidates: 'parallelCandidates.showAllCandidates',
  refreshCandidates: 'parallelCandidates.refreshCandidates',
} as const;

/** Those that decide about candidates. */
export const choosingIds = [
  commandIds.pick,
  commandIds.pickInto,
  commandIds.pickBest,
  commandIds.archive,
  commandIds.archiveOthers,
  commandIds.rate1,
  commandIds.rate2,
  commandIds.rate3,
  commandIds.rate4,
  commandIds.rate5,
  commandIds.clearRating,
  commandIds.note,
  commandIds.undoChoice,
] as const;

/** The view of candidates, as package.json contributes it. */
export const candidatesViewId = 'parallelCandidates.candidates';

/** The editor has it for every view. */
export const focusCandidatesId = `${candidatesViewId}.focus`;

/** The queue panel, as package.json contributes it. */
export const queueViewId = 'parallelCandidates.queue';

/** The editor has it for every view. */
export const focusQueueId = `${queueViewId}.focus`;

/** The boards, as package.json names them in its when-clauses. */
export const boardViewType = 'parallelCandidates.board';
