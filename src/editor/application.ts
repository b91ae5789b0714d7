import * as vscode from 'vscode';
import { systemClock } from '../base/clock.ts';
import { Runs } from '../runs/runs.ts';
import { ServiceDirectory } from '../runs/serviceDirectory.ts';
import { TokenCounter } from '../services/tokenCounter.ts';
import { useLanguage } from '../wording/language.ts';
import { registerCandidatesView } from './commands/candidatesView.ts';
import { ChooseCommands } from './commands/choose.ts';
import { CompareCommands } from './commands/compare.ts';
import { registerExportCandidates } from './commands/exportCandidates.ts';
import { registerReadCandidates } from './commands/readCandidates.ts';
import { registerAddService } from './commands/addService.ts';
import { registerBoardCommands } from './commands/board.ts';
import { registerChooseModel } from './commands/chooseModel.ts';
import { GenerateCommand } from './commands/generate.ts';
import { GenerateOnSave } from './commands/generateOnSave.ts';
import { registerPreviewPrompt } from './commands/previewPrompt.ts';
import { UndoReplace } from './commands/undoReplace.ts';
import { registerNewPipeline } from './commands/newPipeline.ts';
import { registerNewPromptFile } from './commands/newPromptFile.ts';
import { PipelineCommands } from './commands/pipelines.ts';
import { RunCommands } from './commands/runs.ts';
import { registerQueueCommands } from './commands/queue.ts';
import { registerSetApiKey } from './commands/setApiKey.ts';
import { Folders } from './files/folders.ts';
import { PromptFiles } from './files/promptFiles.ts';
import { PromptNames } from './files/promptNames.ts';
import { ActiveCandidate } from './activeCandidate.ts';
import { registerAgentTools } from './agentTools.ts';
import { ApiKeys } from './apiKeys.ts';
import { CandidateShelves } from './candidateShelves.ts';
import { editorModels } from './editorModels.ts';
import { EditorServices } from './editorServices.ts';
import { Endings } from './notifications/endings.ts';
import { showProgressNotification } from './notifications/progress.ts';
import { CandidatePresence } from './views/candidatePresence.ts';
import { CandidateDecorations } from './views/candidateDecorations.ts';
import { CandidatesView } from './views/candidatesView.ts';
import { PlanSheets } from './views/planSheets.ts';
import { PromptForecasts } from './views/promptForecasts.ts';
import { PromptPreviews } from './views/promptPreviews.ts';
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
import { QueuePanel } from './views/queuePanel.ts';
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
  readonly #services: ServiceDirectory;
  readonly #folders: Folders;

  private constructor(runs: Runs, services: ServiceDirectory, folders: Folders) {
    this.#runs = runs;
    this.#services = services;
    this.#folders = folders;
  }

  static start(context: vscode.ExtensionContext): Application {
    useLanguage(vscode.env.language, vscode.l10n.bundle);
    const log = new Log(vscode.window.createOutputChannel('Parallel Candidates', { log: true }));
    const services = new ServiceDirectory(systemClock, Math.random, { editorModels });
    const runs = new Runs({
      services,
      clock: systemClock,
      random: Math.random,
      reportError: (error) => log.unexpected(error),
    });
    const keys = new ApiKeys(context.secrets);
    const folders = new Folders(context, runs, log);
    const editorServices = new EditorServices(services, keys);
    const endings = new Endings(runs, folders);
    const promptFiles = new PromptFiles();
    const promptNames = new PromptNames();
    const diagnostics = new PromptDiagnostics(promptFiles);
    const settingsProblems = new SettingsProblems();
    const counter = new TokenCounter(vscode.Uri.joinPath(context.extensionUri, 'dist', 'tokenWorker.js').fsPath);
    const plans = new PromptPlans(editorServices, folders, counter);
    const sheets = new PlanSheets(context.extensionUri, log);
    const previews = new PromptPreviews({ extensionUri: context.extensionUri, plans, promptFiles, counter, log });
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
    const register: (() => vscode.Disposable)[] = [
      () => promptFiles,
      () => runLog,
      () => ({ dispose: () => void counter.dispose() }),
      () => settingsProblems,
      () => new RunCommands({ runs, folders, services: editorServices, endings, settingsProblems, pipelines }),
      () => new QueuePanel({ extensionUri: context.extensionUri, runs, folders, log }),
      () => new StatusBar(runs),
      () => showProgressNotification(runs),
      () => forecasts,
      () => presence,
      () => new PromptCodeLens(promptFiles, forecasts, saved, presence),
      () => diagnostics,
      () => new PromptQuickFixes(promptFiles, diagnostics),
      () => new PromptCompletion(promptFiles, promptNames),
      () => new PromptHover(promptFiles, promptNames),
      () =>
        new GenerateCommand({
          counter,
          runs,
          plans,
          sheets,
          services: editorServices,
          folders,
          endings,
          promptFiles,
          diagnostics,
          settingsProblems,
          undo,
        }),
      () => sheets,
      () => undo,
      () => shelves,
      () => activeCandidate,
      () => boards,
      () => registerBoardCommands(boards, activeCandidate),
      () => new CandidateDecorations(shelves),
      () => new ChooseCommands(shelves, activeCandidate),
      () => new CompareCommands(shelves, activeCandidate),
      () => registerReadCandidates(shelves, activeCandidate),
      () => registerExportCandidates(shelves, activeCandidate),
      () => {
        const view = new CandidatesView({ shelves, active: activeCandidate, promptFiles, runs, folders });
        return vscode.Disposable.from(view, registerCandidatesView(view));
      },
      () => previews,
      () => registerPreviewPrompt(previews, promptFiles),
      () => new GenerateOnSave({ runs, plans, folders, promptFiles, diagnostics, endings, saved, log }),
      () => showSavedStatus(saved),
      () => registerQueueCommands(runs, runLog),
      () => registerSetApiKey(keys),
      () => registerAddService(editorServices),
      () => registerChooseModel(editorServices, promptFiles),
      () => registerNewPromptFile(context.extensionUri),
      () => registerNewPipeline(context.extensionUri),
      () => new PipelineDiagnostics(),
      () => new PipelineLenses(),
      () => new PipelineHelp(new PipelineNames(folders)),
      () =>
        new PipelineCommands({
          ...{ runs, folders, endings, diagnostics, settingsProblems, pipelines },
          services: editorServices,
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
    return new Application(runs, services, folders);
  }

  async stop(): Promise<void> {
    await this.#runs.stop(graceMs);
    await this.#folders.dispose();
    this.#runs.dispose();
    await this.#services.dispose();
  }
}
