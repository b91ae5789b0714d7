import * as vscode from 'vscode';
import { systemClock } from '../base/clock.ts';
import { Runs } from '../runs/runs.ts';
import { TokenCounter } from '../services/tokenCounter.ts';
import { useLanguage } from '../wording/language.ts';
import { registerCandidatesView } from './commands/candidatesView.ts';
import type * as CommandWork from './commands/commandWork.ts';
import { registerBoardCommands } from './commands/board.ts';
import { publishUndo } from './commands/undoContext.ts';
import { GenerateOnSave } from './commands/generateOnSave.ts';
import { UndoReplace } from './commands/undoReplace.ts';
import { registerQueueCommands } from './commands/queue.ts';
import { Folders } from './files/folders.ts';
import { PromptFiles } from './files/promptFiles.ts';
import { PromptNames } from './files/promptNames.ts';
import { ActiveCandidate } from './activeCandidate.ts';
import { registerAgentTools } from './agentTools.ts';
import { ApiKeys } from './apiKeys.ts';
import { CandidateShelves } from './candidateShelves.ts';
import { choosingIds, commandIds } from './commandIds.ts';
import { EditorServices } from './editorServices.ts';
import { lateCommands } from './lateCommands.ts';
import { Endings } from './notifications/endings.ts';
import { showProgressNotification } from './notifications/progress.ts';
import { CandidatePresence } from './views/candidatePresence.ts';
import { CandidateDecorations } from './views/candidateDecorations.ts';
import { CandidatesView } from './views/candidatesView.ts';
import { PromptForecasts } from './views/promptForecasts.ts';
import { showSavedStatus } from './views/savedStatus.ts';
import { PipelineRuns } from './pipelineRuns.ts';
import { PipelineNames } from './files/pipelineNames.ts';
import { PipelineDiagnostics } from './views/pipelineDiagnostics.ts';
import { PipelineHelp } from './views/pipelineHelp.ts';
import { PipelineLenses } from './views/pipelineLenses.ts';
import { PromptCodeLens } from './views/promptCodeLens.ts';
import { PromptCompletion } from './views/promptCompletion.ts';
import { PromptDiagnostics } from './views/promptDiagnostics.ts';
import { PromptHover } from './views/promptHover.ts';
import { PromptQuickFixes } from './views/promptQuickFixes.ts';
import { lateQueuePanel } from './views/lateQueuePanel.ts';
import { PromptPlans } from './promptPlans.ts';
import { SavedPrompts } from './savedPrompts.ts';
import { Log } from './outputLog.ts';
import { RunLog } from './runLog.ts';
import { SettingsProblems } from './notifications/settingsProblems.ts';
import { offerUnfinishedRuns } from './notifications/unfinishedRuns.ts';
import { onceTrusted } from './trust.ts';
import { Boards } from './views/boards.ts';
import { StatusBar } from './views/statusBar.ts';

/** The extension host gives a deactivating extension five seconds. */
const graceMs = 3000;

/** Composes the extension: one set of runs, and every view and command on top of it. */
export class Application {
  readonly #runs: Runs;
  readonly #services: EditorServices;
  readonly #folders: Folders;

  private constructor(runs: Runs, services: EditorServices, folders: Folders) {
    this.#runs = runs;
    this.#services = services;
    this.#folders = folders;
  }

  static start(context: vscode.ExtensionContext): Application {
    useLanguage(vscode.env.language, vscode.l10n.bundle);
    const log = new Log(vscode.window.createOutputChannel('Parallel Candidates', { log: true }));
    const keys = new ApiKeys(context.secrets);
    const editorServices = new EditorServices(keys);
    const runs = new Runs({
      services: () => editorServices.directory(),
      clock: systemClock,
      random: Math.random,
      reportError: (error) => log.unexpected(error),
    });
    const folders = new Folders(context, runs, log);
    const endings = new Endings(runs, folders);
    const promptFiles = new PromptFiles();
    const promptNames = new PromptNames();
    const diagnostics = new PromptDiagnostics(promptFiles);
    const settingsProblems = new SettingsProblems();
    const counter = new TokenCounter(vscode.Uri.joinPath(context.extensionUri, 'dist', 'tokenWorker.js').fsPath);
    const plans = new PromptPlans(editorServices, folders, counter);
    const forecasts = new PromptForecasts(plans, runs, log);
    const saved = new SavedPrompts();
    const undo = new UndoReplace(runs);
    const shelves = new CandidateShelves(folders, runs);
    const activeCandidate = new ActiveCandidate(shelves, promptFiles);
    const presence = new CandidatePresence(shelves, runs, folders);
    const { extensionUri } = context;
    const boards = new Boards({ extensionUri, shelves, runs, folders, activeCandidate, log });
    const pipelines = new PipelineRuns({ runs, services: editorServices, folders, extensionUri: context.extensionUri });
    const runLog = new RunLog(runs.events, log);
    const register: Register[] = [
      () => promptFiles,
      () => runLog,
      () => ({ dispose: () => void counter.dispose() }),
      () => settingsProblems,
      late(
        commandIds.resumeRun,
        commandIds.resumeWithMore,
        commandIds.retryFailed,
        commandIds.runItemAgain,
        commandIds.runStageAgain,
        commandIds.discardRun,
        commandIds.adoptRuns,
        commandIds.clearCache,
      )(({ RunCommands }) => {
        return new RunCommands({ runs, folders, services: editorServices, endings, settingsProblems, pipelines });
      }),
      () => lateQueuePanel({ extensionUri, runs, folders, log }),
      () => new StatusBar(runs),
      () => showProgressNotification(runs),
      () => forecasts,
      () => presence,
      () => new PromptCodeLens(promptFiles, forecasts, saved, presence),
      () => diagnostics,
      () => new PromptQuickFixes(promptFiles, diagnostics),
      () => new PromptCompletion(promptFiles, promptNames),
      () => new PromptHover(promptFiles, promptNames),
      late(
        commandIds.generate,
        commandIds.generateMissing,
        commandIds.replaceCandidates,
        commandIds.showPlan,
        commandIds.generateMore,
      )(({ PlanSheets, GenerateCommand }) => {
        const sheets = new PlanSheets(extensionUri, log);
        const tools = {
          counter,
          runs,
          plans,
          sheets,
          folders,
          endings,
          promptFiles,
          diagnostics,
          settingsProblems,
          undo,
        };
        return vscode.Disposable.from(sheets, new GenerateCommand({ ...tools, services: editorServices }));
      }),
      () => undo,
      () => shelves,
      () => activeCandidate,
      () => boards,
      () => registerBoardCommands(boards, activeCandidate),
      () => new CandidateDecorations(shelves),
      () => publishUndo(shelves),
      late(...choosingIds)(({ ChooseCommands }) => new ChooseCommands(shelves, activeCandidate)),
      late(
        commandIds.compare,
        commandIds.compareAll,
      )(({ CompareCommands }) => new CompareCommands(shelves, activeCandidate)),
      late(
        commandIds.nextCandidate,
        commandIds.previousCandidate,
        commandIds.openCandidate,
        commandIds.openPromptFile,
      )(({ registerReadCandidates }) => registerReadCandidates(shelves, activeCandidate)),
      late(commandIds.export)((work) => work.registerExportCandidates(shelves, activeCandidate)),
      () => {
        const view = new CandidatesView({ shelves, active: activeCandidate, promptFiles, runs, folders });
        return vscode.Disposable.from(view, registerCandidatesView(view));
      },
      late(commandIds.previewPrompt)(({ PromptPreviews, registerPreviewPrompt }) => {
        const previews = new PromptPreviews({ extensionUri, plans, promptFiles, counter, log });
        return vscode.Disposable.from(previews, registerPreviewPrompt(previews, promptFiles));
      }),
      () => new GenerateOnSave({ runs, plans, folders, promptFiles, diagnostics, endings, saved, log }),
      () => showSavedStatus(saved),
      () => registerQueueCommands(runs, runLog),
      late(commandIds.setApiKey)(({ registerSetApiKey }) => registerSetApiKey(keys)),
      late(commandIds.addService)(({ registerAddService }) => registerAddService(editorServices)),
      late(commandIds.chooseModel)((work) => work.registerChooseModel(editorServices, promptFiles)),
      late(commandIds.newPromptFile)(({ registerNewPromptFile }) => registerNewPromptFile(extensionUri)),
      late(commandIds.newPipeline)(({ registerNewPipeline }) => registerNewPipeline(extensionUri)),
      () => new PipelineDiagnostics(),
      () => new PipelineLenses(),
      () => new PipelineHelp(new PipelineNames(folders)),
      late(
        commandIds.runPipeline,
        commandIds.stopWatching,
      )(({ PipelineCommands }) => {
        const tools = { runs, folders, endings, diagnostics, settingsProblems, pipelines };
        return new PipelineCommands({ ...tools, services: editorServices });
      }),
      () => registerAgentTools({ runs, endings, folders, plans, promptFiles, shelves }),
      () => onceTrusted(() => void offerUnfinishedRuns(runs, folders)),
    ];
    context.subscriptions.push(log);
    for (const contribution of register) {
      // One that fails must not take the others with it.
      try {
        context.subscriptions.push(contribution());
      } catch (error) {
        log.unexpected(error);
      }
    }
    return new Application(runs, editorServices, folders);
  }

  async stop(): Promise<void> {
    await this.#runs.stop(graceMs);
    await this.#folders.dispose();
    this.#runs.dispose();
    await this.#services.dispose();
  }
}

type Register = () => vscode.Disposable;

/** Commands that are loaded when one of them is first called. */
function late(...ids: readonly string[]): (create: (work: typeof CommandWork) => vscode.Disposable) => Register {
  return (create) => () =>
    lateCommands(ids, async () => {
      const work = await import('./commands/commandWork.ts');
      return () => create(work);
    });
}
