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
  discardRun: 'parallelCandidates.discardRun',
  adoptRuns: 'parallelCandidates.adoptRuns',
  clearFinished: 'parallelCandidates.clearFinished',
  clearCache: 'parallelCandidates.clearCache',
  setApiKey: 'parallelCandidates.setApiKey',
  addService: 'parallelCandidates.addService',
  chooseModel: 'parallelCandidates.chooseModel',
  showMenu: 'parallelCandidates.showMenu',
} as const;

/** The queue panel, as package.json contributes it. */
export const queueViewId = 'parallelCandidates.queue';

/** The editor has it for every view. */
export const focusQueueId = `${queueViewId}.focus`;
